"""What each method does in one step, against numbers worked out by hand."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from tilth.errors import InvalidInputError

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install 'tilth[torch]'"
)

from tilth.models.robust import (  # noqa: E402
    CoTeaching,
    ForwardCorrection,
    MentorNet,
    PlainTraining,
    Schedule,
)
from tilth.models.robust.co_teaching import CoTeachingRule  # noqa: E402
from tilth.models.robust.divide_mix import (  # noqa: E402
    clean_chances,
    mix_match_loss,
    sharpened,
)
from tilth.models.robust.early_learning import EarlyLearningRule  # noqa: E402
from tilth.models.robust.incv import (  # noqa: E402
    SelectedRule,
    Selection,
    noise_rate_from_agreement,
    selected_noise_rate,
    selection,
)
from tilth.models.robust.inputs import InputScale  # noqa: E402
from tilth.models.robust.mentor import Lesson, fitted_mentor  # noqa: E402
from tilth.models.robust.mentor_net import (  # noqa: E402
    DataDrivenRule,
    PredefinedRule,
    predefined_weights,
)
from tilth.models.robust.mixup import MixupRule  # noqa: E402
from tilth.models.robust.noise_estimate import (  # noqa: E402
    estimated_noise,
    out_of_sample_probs,
)
from tilth.models.robust.noise_layers import NoiseLayerRule  # noqa: E402
from tilth.models.robust.run import Rule, Run, Task, train  # noqa: E402

X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0]], dtype=np.float32)
Y = np.array([0, 1, 2, 0])
# Logits are X @ W.T: the networks of the two-network methods differ in their weights.
W = np.array([[0.5, 0.0], [0.0, 0.5], [-0.5, 0.2]])
V = np.array([[0.0, 0.3], [0.4, 0.0], [0.1, 0.1]])


def _linear(weights: np.ndarray) -> torch.nn.Module:
    layer = torch.nn.Linear(2, 3, bias=False)
    layer.weight.data = torch.tensor(weights, dtype=torch.float32)
    return layer


def _task(weights: tuple[np.ndarray, ...] = (W, V), **options) -> Task:
    made = itertools.cycle(weights)
    return Task(
        inputs=torch.from_numpy(X),
        labels=torch.from_numpy(Y),
        weights=torch.ones(4),
        n_classes=3,
        validation=None,
        scale=InputScale(None, None, None, None),
        network=lambda: _linear(next(made)),
        schedule=Schedule(**({"n_epochs": 10, "batch_size": 4, "validation": 0} | options)),
        device="cpu",
        seed=0,
    )


def _step(rule: Rule, epoch: int = 0) -> tuple[float, Run]:
    """Return the loss of all four examples, and the run with gradients in its networks."""
    run = Run(_task(), rule)
    run.epoch = epoch
    rule.begin(run)
    loss = rule.loss(run, run.batch(torch.arange(4)))
    loss.backward()
    return float(loss.detach()), run


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _losses(weights: np.ndarray) -> np.ndarray:
    return -np.log(_softmax(X @ weights.T)[np.arange(4), Y])


def _gradient(weights: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return sum_i share_i (p_i - e_i) x_i, the gradient of the weighted cross-entropy."""
    return ((_softmax(X @ weights.T) - np.eye(3)[Y]) * share[:, None]).T @ X


def test_plain_training_follows_the_mean_cross_entropy() -> None:
    loss, run = _step(Rule())
    assert loss == pytest.approx(_losses(W).mean(), rel=1e-5)
    assert np.allclose(
        run.networks[0].weight.grad, _gradient(W, np.full(4, 0.25)), atol=1e-6
    )


def test_plain_sgd_steps_against_the_gradient_by_the_scheduled_size() -> None:
    task = _task((W,), n_epochs=1, optimizer="sgd", lr=0.1, weight_decay=0.0)
    weight = train(task, Rule()).last[0].weight.detach().numpy()
    size = task.schedule.lr_at(0.0)
    # Nesterov's first step is (1 + momentum) times the gradient.
    assert np.allclose(weight, W - 1.9 * size * _gradient(W, np.full(4, 0.25)), atol=1e-7)


def test_mixup_blends_inputs_and_both_losses_by_one_share() -> None:
    loss, run = _step(MixupRule(2.0))
    rng = np.random.default_rng(0)
    share, other = rng.beta(2.0, 2.0), rng.permutation(4)
    blends = share * X + (1 - share) * X[other]
    p = _softmax(blends @ W.T)
    rows = np.arange(4)
    by_hand = -share * np.log(p[rows, Y]) - (1 - share) * np.log(p[rows, Y[other]])
    assert loss == pytest.approx(by_hand.mean(), rel=1e-5)
    targets = share * np.eye(3)[Y] + (1 - share) * np.eye(3)[Y[other]]
    assert np.allclose(run.networks[0].weight.grad, (p - targets).T @ blends / 4, atol=1e-6)


def test_the_noise_layer_starts_from_the_matrix_and_is_learned() -> None:
    matrix = np.array([[0.8, 0.2, 0.0], [0.0, 1.0, 0.0], [0.1, 0.3, 0.6]])
    rule = NoiseLayerRule(matrix)
    loss, run = _step(rule)
    noise = 0.99 * matrix + 0.01 / 3
    assert np.allclose(run.extra[0].detach().softmax(1), noise, atol=1e-6)
    p = _softmax(X @ W.T)
    p_given = (p * noise[:, Y].T).sum(axis=1)
    assert loss == pytest.approx(-np.log(p_given).mean(), rel=1e-5)
    # d/dtheta_kj of -log p_given = -r_k (1[j = given] - noise_kj), r the responsibilities
    r = p * noise[:, Y].T / p_given[:, None]
    by_hand = -np.einsum("ik,ikj->kj", r, np.eye(3)[Y][:, None, :] - noise[None]) / 4
    assert np.allclose(run.extra[0].grad, by_hand, atol=1e-6)
    assert np.allclose(run.networks[0].weight.grad, (p - r).T @ X / 4, atol=1e-6)


def test_co_teaching_learns_from_what_the_other_network_finds_easy() -> None:
    first, second = _losses(W), _losses(V)
    assert list(np.argsort(first)[:2]) != list(np.argsort(second)[:2])
    rule = CoTeachingRule(0.5, warm_epochs=4)
    assert [rule.kept(epoch) for epoch in (0, 1, 3, 9)] == [0.875, 0.75, 0.5, 0.5]
    loss, run = _step(rule, epoch=9)
    by_first, by_second = (
        np.isin(np.arange(4), np.argsort(losses)[:2]) / 2 for losses in (first, second)
    )
    assert loss == pytest.approx((first @ by_second) + (second @ by_first), rel=1e-5)
    assert np.allclose(run.networks[0].weight.grad, _gradient(W, by_second), atol=1e-6)
    assert np.allclose(run.networks[1].weight.grad, _gradient(V, by_first), atol=1e-6)


def test_a_predefined_curriculum_weighs_by_loss() -> None:
    losses = torch.tensor([0.5, 1.0, 1.5, 3.0])
    level = torch.tensor(1.0)
    assert predefined_weights(losses, level, 1.0).tolist() == [1.0, 1.0, 0.5, 0.0]
    assert predefined_weights(losses, level, 0.0).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_mentor_net_follows_its_weights_after_the_burn_in() -> None:
    losses = _losses(W)
    level = np.quantile(losses, 0.5)
    weights = np.clip(1 - (losses - level) / 0.2, 0, 1)
    assert 0 < weights.sum() < 4
    loss, run = _step(PredefinedRule(0.5, 0.2, burn_in=0.2), epoch=5)
    assert loss == pytest.approx((weights * losses).mean(), rel=1e-5)
    assert np.allclose(run.networks[0].weight.grad, _gradient(W, weights / 4), atol=1e-6)
    plain, _ = _step(PredefinedRule(0.5, 0.2, burn_in=0.2), epoch=1)
    assert plain == pytest.approx(losses.mean(), rel=1e-5)


def test_a_taught_mentor_weighs_by_what_it_believes_and_knows_how_losses_ran() -> None:
    believed = np.array([0.9, 0.5, 0.7, 0.2])
    seen = []

    def mentor(lesson: Lesson) -> torch.Tensor:
        seen.append(lesson)
        return torch.tensor(np.log(believed / (1 - believed)), dtype=torch.float32)

    rule = DataDrivenRule(mentor, 0.5, burn_in=0.2, more=1.5)
    loss, run = _step(rule, epoch=5)
    weights = np.array([0.85, 0.25, 0.55, 0.0])  # 1 - 1.5 * (1 - belief), 0 at the least
    losses = _losses(W)
    assert loss == pytest.approx((weights * losses).mean(), rel=1e-5)
    assert np.allclose(run.networks[0].weight.grad, _gradient(W, weights / 4), atol=1e-6)
    now = np.stack([losses, losses - np.quantile(losses, 0.5)], axis=1)
    assert np.allclose(seen[0].track, np.stack([np.zeros((4, 2)), now], axis=1), atol=1e-6)
    rule.loss(run, run.batch(torch.arange(4)))
    assert np.allclose(seen[1].track[:, 0], now, atol=1e-6)
    assert seen[0].progress.tolist() == [0.5] * 4


def test_the_level_of_a_curriculum_moves_a_tenth_of_the_way() -> None:
    rule = PredefinedRule(0.5, 1.0, burn_in=0.0)
    _step(rule)
    first = float(rule.level)
    rule.level = torch.tensor(first + 1.0)
    run = Run(_task(), rule)
    rule.loss(run, run.batch(torch.arange(4)))
    assert float(rule.level) == pytest.approx(first + 0.9, rel=1e-5)


def test_a_mentor_learns_to_tell_right_from_wrong_labels() -> None:
    generator = torch.Generator().manual_seed(0)
    is_right = (torch.rand(2000, generator=generator) < 0.6).long()
    now = torch.randn(2000, 2, generator=generator) * 0.5 + 2.0 * (1 - is_right[:, None])
    track = torch.stack([torch.zeros_like(now), now], 1)
    lesson = Lesson(
        track, torch.zeros(2000, dtype=torch.int64), torch.rand(2000, generator=generator)
    )
    torch.manual_seed(0)
    mentor = fitted_mentor([lesson], [is_right], 3)
    told = mentor(lesson).detach().sigmoid() > 0.5
    assert (told == (is_right == 1)).float().mean() > 0.95


def test_verified_labels_must_be_right_and_wrong_ones(blobs) -> None:
    model = MentorNet(curriculum="data-driven", schedule=Schedule(n_epochs=1))
    with pytest.raises(InvalidInputError, match="one entry per example"):
        model.fit(blobs["X"], blobs["given"], verified=np.ones(3))
    with pytest.raises(InvalidInputError, match="must hold right labels"):
        model.fit(blobs["X"], blobs["given"], verified=np.ones(600, dtype=int))


def test_a_mentor_taught_by_verified_labels_beats_plain_training(blobs) -> None:
    verified = np.where(np.arange(600) % 3 == 0, (~blobs["is_error"]).astype(int), -1)
    short = Schedule(n_epochs=8, batch_size=32, validation=0)
    model = MentorNet(curriculum="data-driven", schedule=short)
    model.fit(blobs["X"], blobs["given"], verified=verified)
    plain = PlainTraining(schedule=short).fit(blobs["X"], blobs["given"])
    hits = [(m.predict(blobs["X_test"]) == blobs["y_test"]).mean() for m in (model, plain)]
    assert hits[0] > hits[1] + 0.03


def test_early_learning_pulls_towards_the_running_mean() -> None:
    rule = EarlyLearningRule(pull=3.0, momentum=0.7)
    loss, run = _step(rule)
    p = _softmax(X @ W.T)
    belief = 0.3 * p  # the first update starts from nothing
    inner = (p * belief).sum(axis=1)
    by_hand = _losses(W) + 3.0 * np.log(1 - inner)
    assert loss == pytest.approx(by_hand.mean(), rel=1e-5)
    # d log(1 - <p, t>)/dz_k = -p_k (t_k - <p, t>) / (1 - <p, t>)
    pull = -p * (belief - inner[:, None]) / (1 - inner)[:, None]
    dz = (p - np.eye(3)[Y] + 3.0 * pull) / 4
    assert np.allclose(run.networks[0].weight.grad, dz.T @ X, atol=1e-6)
    assert np.allclose(rule.beliefs, belief, atol=1e-6)


def test_guessed_labels_are_sharpened_by_squaring() -> None:
    assert np.allclose(
        sharpened(torch.tensor([[0.6, 0.2, 0.2]])), [[36 / 44, 4 / 44, 4 / 44]]
    )


def test_mix_match_adds_cross_entropy_squared_error_and_a_prior() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]])
    q = np.array([[0.1, 0.8, 0.1]])
    kept, guessed = (torch.tensor(np.log(v), requires_grad=True) for v in (p, q))
    targets = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    goal = np.array([[0.0, 1.0, 0.0]])
    found = mix_match_loss(
        (kept, guessed), (torch.tensor(targets), torch.tensor(goal)), torch.ones(2), 10.0
    )
    mean = np.vstack([p, q]).mean(axis=0)
    entropy = -(math.log(0.7) + 0.5 * math.log(0.5) + 0.5 * math.log(0.3)) / 2
    penalty = sum(math.log(1 / 3 / m) / 3 for m in mean)
    assert float(found.detach()) == pytest.approx(entropy + 10 * 0.06 / 3 + penalty)
    found.backward()
    # cross-entropy: (p - target) / 2; squared error: 10 * 2 / 3 * p_k (e_k - <p, e>);
    # prior: -(1/9) p_k (1 / mean_k - <p, 1 / mean>) for each of the three rows
    inverse = 1 / mean / 9
    of_prior = [-v * (inverse - (v * inverse).sum(axis=1, keepdims=True)) for v in (p, q)]
    error = q - goal
    of_error = 10 * 2 / 3 * q * (error - (q * error).sum())
    assert np.allclose(kept.grad, (p - targets) / 2 + of_prior[0])
    assert np.allclose(guessed.grad, of_error + of_prior[1])


def test_two_clouds_of_losses_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    losses = np.concatenate([rng.normal(0.3, 0.1, 300), rng.normal(2.5, 0.4, 200)])
    chances = clean_chances(losses)
    assert (chances[:300] > 0.9).mean() > 0.99
    assert (chances[300:] < 0.1).mean() > 0.99
    assert clean_chances(np.ones(5)).tolist() == [1.0] * 5


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.4, 0.6])
def test_noise_is_read_off_the_agreement_with_unseen_labels(rate: float) -> None:
    agreement = (1 - rate) ** 2 + rate**2 / 9
    assert noise_rate_from_agreement(agreement, 10) == pytest.approx(rate, abs=1e-9)


def test_agreement_no_better_than_chance_is_full_noise() -> None:
    assert noise_rate_from_agreement(0.05, 10) == pytest.approx(0.9)


def test_what_two_noisy_sources_agree_on_is_cleaner() -> None:
    # .6^2 right and right, .4^2 / 9 wrong the same way
    assert selected_noise_rate(0.4, 10) == pytest.approx((0.16 / 9) / (0.36 + 0.16 / 9))


def test_iterative_cross_validation_selects_cleaner_labels(blobs) -> None:
    found = selection(_blob_task(blobs), discard=True)
    wrong = blobs["is_error"]
    assert 200 < len(found.selected) < 500
    assert wrong[found.selected].mean() < 0.6 * wrong.mean()
    assert len(np.intersect1d(found.selected, found.candidates)) == 0
    assert len(np.unique(found.selected)) == len(found.selected)
    assert abs(found.noise_rate - 0.4) < 0.12


def test_candidates_join_the_selected_after_the_warm_up() -> None:
    rule = SelectedRule(Selection(np.array([0, 1]), np.array([2]), 0.3), 3, 3)
    run = Run(_task(), rule)
    seen = []
    for run.epoch in (0, 3):
        seen.append(sorted(torch.cat([batch.rows for batch in rule.batches(run)]).tolist()))
    assert seen == [[0, 1], [0, 1, 2]]
    assert rule.rates[0] == pytest.approx(selected_noise_rate(0.3, 3))
    assert rule.rates[1] == pytest.approx(0.3, abs=0.15)


def test_out_of_sample_probabilities_know_nothing_of_the_label_asked_for() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    task = _task()
    task = Task(
        torch.from_numpy(rng.normal(size=(300, 20)).astype(np.float32)),
        torch.from_numpy(labels),
        torch.ones(300),
        2,
        None,
        task.scale,
        lambda: torch.nn.Sequential(
            torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)
        ),
        Schedule(n_epochs=15, batch_size=32, lr=0.01),
        "cpu",
        0,
    )
    probs = out_of_sample_probs(task)
    assert np.allclose(probs.sum(axis=1), 1)
    assert 0.38 < (probs.argmax(axis=1) == labels).mean() < 0.62  # random labels: chance


def test_the_noise_of_a_task_is_estimated_by_confident_learning(blobs) -> None:
    found = estimated_noise(_blob_task(blobs))
    assert abs(found.rate - 0.4) < 0.12
    assert np.abs(found.matrix - blobs["noise"]).max() < 0.25


def test_a_matrix_for_other_classes_and_a_rate_out_of_range_are_refused(blobs) -> None:
    one = Schedule(n_epochs=1)
    with pytest.raises(InvalidInputError, match="each of the 3 classes, got 2"):
        ForwardCorrection(noise_matrix=np.eye(2), schedule=one).fit(
            blobs["X"], blobs["given"]
        )
    with pytest.raises(InvalidInputError, match=r"in \[0, 1\), got 1"):
        CoTeaching(noise_rate=1.0, schedule=one).fit(blobs["X"], blobs["given"])


def _blob_task(blobs) -> Task:
    made = SimpleNamespace(**blobs)
    return Task(
        torch.from_numpy(made.X),
        torch.from_numpy(made.given.astype(np.int64)),
        torch.ones(len(made.X)),
        3,
        None,
        InputScale(None, None, None, None),
        lambda: torch.nn.Linear(10, 3),
        Schedule(n_epochs=12, batch_size=32, lr=0.02),
        "cpu",
        0,
    )
