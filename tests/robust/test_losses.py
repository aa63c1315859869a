"""Every loss and its gradient against numbers worked out by hand."""

import math

import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install 'tilth[torch]'"
)

from tilth.models.robust import losses  # noqa: E402

P = np.array([0.5, 0.3, 0.2])  # the probabilities behind the logits
GIVEN = 1
E_GIVEN = np.array([0.0, 1.0, 0.0])


def _value_and_gradient(loss, **options):  # type: ignore[no-untyped-def]
    logits = torch.tensor(np.log(P)[None], requires_grad=True)
    value = loss(logits, torch.tensor([GIVEN]), **options)
    assert value.shape == (1,)
    value.sum().backward()
    return float(value.detach()), logits.grad.numpy()[0]


def test_cross_entropy_is_minus_log_p_and_pulls_to_the_given_label() -> None:
    value, gradient = _value_and_gradient(losses.cross_entropy)
    assert value == pytest.approx(-math.log(0.3))
    assert np.allclose(gradient, [0.5, -0.7, 0.2])


def test_soft_bootstrap_adds_a_share_of_the_entropy() -> None:
    value, gradient = _value_and_gradient(losses.soft_bootstrap, trust=0.9)
    entropy = -(0.5 * math.log(0.5) + 0.3 * math.log(0.3) + 0.2 * math.log(0.2))
    assert value == pytest.approx(0.9 * -math.log(0.3) + 0.1 * entropy)
    of_entropy = -P * (np.log(P) + entropy)  # dH/dz_k = -p_k (log p_k + H)
    assert np.allclose(gradient, 0.9 * (P - E_GIVEN) + 0.1 * of_entropy)


def test_hard_bootstrap_adds_the_cross_entropy_of_the_predicted_class() -> None:
    value, gradient = _value_and_gradient(losses.hard_bootstrap, trust=0.8)
    assert value == pytest.approx(-0.8 * math.log(0.3) - 0.2 * math.log(0.5))
    # targets 0.2, 0.8, 0.0: the gradient is p minus targets
    assert np.allclose(gradient, [0.3, -0.5, 0.2])


def test_symmetric_cross_entropy_adds_a_bounded_part() -> None:
    value, gradient = _value_and_gradient(
        losses.symmetric_cross_entropy, alpha=0.1, beta=1.0, log_zero=-4.0
    )
    assert value == pytest.approx(0.1 * -math.log(0.3) + 4 * 0.7)
    # d(1 - p_y)/dz = -p_y (e_y - p): 4 * 0.3 * (p - e_y)
    assert np.allclose(gradient, (0.1 + 1.2) * (P - E_GIVEN))


def test_generalized_cross_entropy_trusts_likely_labels_more() -> None:
    value, gradient = _value_and_gradient(losses.generalized_cross_entropy, q=0.7)
    assert value == pytest.approx((1 - 0.3**0.7) / 0.7)
    assert np.allclose(gradient, 0.3**0.7 * (P - E_GIVEN))


@pytest.mark.parametrize("q", [1e-6, 1.0])
def test_generalized_cross_entropy_ends_in_its_two_limits(q: float) -> None:
    value, _ = _value_and_gradient(losses.generalized_cross_entropy, q=q)
    assert value == pytest.approx(0.7 if q == 1.0 else -math.log(0.3), rel=1e-5)


def test_forward_correction_asks_for_the_noisy_label() -> None:
    noise = np.array([[0.8, 0.1, 0.1], [0.0, 1.0, 0.0], [0.3, 0.3, 0.4]])
    value, gradient = _value_and_gradient(
        losses.forward_corrected, noise=torch.tensor(noise)
    )
    p_given = 0.5 * 0.1 + 0.3 * 1.0 + 0.2 * 0.3
    assert value == pytest.approx(-math.log(p_given))
    responsibilities = P * noise[:, 1] / p_given
    assert np.allclose(gradient, P - responsibilities)


def test_forward_correction_without_noise_is_cross_entropy() -> None:
    value, gradient = _value_and_gradient(
        losses.forward_corrected, noise=torch.eye(3, dtype=torch.float64)
    )
    assert value == pytest.approx(-math.log(0.3))
    assert np.allclose(gradient, [0.5, -0.7, 0.2])
