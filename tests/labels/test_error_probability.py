"""P(error) of every label: against the formula, and the same bits in any chunks."""

from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.estimation import finished, in_memory
from tilth.algorithms.labels import (
    error_probabilities,
    f1_cut,
    label_errors,
    noise_calibration,
)
from tilth.algorithms.labels.calibration import (
    GivenClasses,
    NoiseCalibration,
    calibration_steps,
    with_cut,
)
from tilth.algorithms.labels.error_probability import (
    error_counts,
    f1_cut_of_counts,
    p_error,
    p_right,
    p_right_by_doubt,
    reach,
)
from tilth.algorithms.labels.hidden_classes import HiddenClasses
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.noise_model import even_noise


def rows_of(seed, n, n_classes, kind="f8", noise=0.15):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, n_classes, n)
    scores = rng.normal(size=(n, n_classes))
    scores[np.arange(n), true] += 2.5
    pred_probs = np.exp(1.3 * scores)
    pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    labels = np.where(rng.random(n) < noise, rng.integers(0, n_classes, n), true)
    return labels, pred_probs.astype(kind)


def calibration_of(n_classes, *, even, undone, rng):
    """Return a calibration as one might be fitted."""
    noise = rng.dirichlet(np.full(n_classes, 0.3), n_classes) * 0.2 + 0.8 * np.eye(
        n_classes
    )
    first = GivenClasses(0.8, rng.normal(size=n_classes) / 3, noise) if undone else None
    hidden = HiddenClasses(
        1.4, rng.normal(size=n_classes) / 3, even_noise(n_classes, 0.1) if even else noise
    )
    return NoiseCalibration(1e-6, first, hidden, share=0.4, explained=0.8, cut=0.5)


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def by_the_formula(labels, pred_probs, known, doubt):
    """P(error) row by row, as the documentation of `error_probabilities` has it."""
    logs = np.log(np.maximum(pred_probs.astype(float), known.smallest))
    if known.undone is not None:
        q = softmax(known.undone.scale * logs + known.undone.bias)
        r = q
        for _ in range(5):
            r = r * ((q / (r @ known.undone.noise)) @ known.undone.noise.T)
        logs = np.log(np.maximum(r, 1e-6))
    r = softmax(known.hidden.scale * logs + known.hidden.bias)
    errors = []
    for y, row in zip(labels, r, strict=True):
        noise = known.hidden.noise
        wrong = 1 - noise[y, y] * row[y] / (row @ noise[:, y])
        unsure = 1 - row[y]
        unsure = {
            "low": 0.0,
            "middle": known.share * unsure,
            "high": (1 + unsure) / 2 if row.argmax() != y else unsure,
        }[doubt]
        errors.append(wrong + (1 - wrong) * unsure)
    return np.array(errors)


@pytest.mark.parametrize("doubt", ["low", "middle", "high"])
@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize(
    ("n_classes", "undone"),
    [(2, False), (16, False), (17, False), (40, False), (3, True), (30, True)],
)
def test_p_error_is_that_of_the_formula(n_classes, undone, even, doubt):
    rng = np.random.default_rng(n_classes)
    known = calibration_of(n_classes, even=even, undone=undone, rng=rng)
    labels, pred_probs = rows_of(0, 300, n_classes)
    wanted = by_the_formula(labels, pred_probs, known, doubt)
    for kind, tolerance in (("f8", 1e-12), ("f4", 2e-5), ("f2", 3e-3)):
        right = p_right(checked_examples(labels, pred_probs.astype(kind)), known, doubt)
        assert right.dtype == np.result_type(kind, np.float32)
        np.testing.assert_allclose(p_error(right), wanted, atol=tolerance)


def test_several_doubts_at_once_are_each_alone():
    known = calibration_of(5, even=True, undone=False, rng=np.random.default_rng(0))
    rows = checked_examples(*rows_of(1, 200, 5, "f4"))
    doubts = ("low", "middle", "high")
    for doubt, right in zip(doubts, p_right_by_doubt(rows, known, doubts), strict=True):
        np.testing.assert_array_equal(right, p_right(rows, known, doubt))


def test_a_scale_that_float32_cannot_hold_is_computed_in_float64():
    known = calibration_of(30, even=True, undone=False, rng=np.random.default_rng(0))
    known = known._replace(
        hidden=known.hidden._replace(scale=20.0, bias=np.linspace(-12, 12, 30))
    )
    labels, pred_probs = rows_of(1, 100, 30, "f4")
    right = p_right(checked_examples(labels, pred_probs), known)
    assert right.dtype == np.float64
    wanted = by_the_formula(labels, pred_probs, known, "middle")
    np.testing.assert_allclose(p_error(right), wanted, atol=1e-9)


def in_chunks(rng, labels, pred_probs, cuts, estimation):
    chunks = rng.permutation(len(cuts) + 1)
    split = np.split(np.arange(len(labels)), cuts)
    states = []
    for chunk in chunks:
        rows = checked_examples(labels[split[chunk]], pred_probs[split[chunk]])
        states.append(estimation.update(estimation.start(), rows))
    states = ForkingPickler.loads(ForkingPickler.dumps(states))
    while len(states) > 1:
        rng.shuffle(states)
        states.append(estimation.merge(states.pop(), states.pop()))
    return estimation.finish(states[0])


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 3, 16, 20]),
    st.integers(1, 300),
    st.sampled_from(["f2", "f4", "f8"]),
)
def test_calibration_errors_and_cut_are_the_same_bits_in_any_chunks(
    seed, n_classes, n, kind
):
    labels, pred_probs = rows_of(seed, n, n_classes, kind)
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.integers(0, n + 1, rng.integers(0, 5)))
    steps = calibration_steps(n_classes, pred_probs.dtype)
    known, _ = finished(steps, lambda step: in_chunks(rng, labels, pred_probs, cuts, step))
    parts = [
        p_right(checked_examples(labels[rows], pred_probs[rows]), known)
        for rows in np.split(np.arange(n), cuts)
    ]
    known = with_cut(known, sum(error_counts(part) for part in parts))
    whole = noise_calibration(labels, pred_probs)
    assert known.cut == whole.cut
    assert known.hidden.scale == whole.hidden.scale
    np.testing.assert_array_equal(known.hidden.noise, whole.hidden.noise)
    np.testing.assert_array_equal(
        p_error(np.concatenate(parts)),
        error_probabilities(labels, pred_probs, calibration=whole),
    )


@pytest.mark.parametrize("n_classes", [3, 16, 17, 300])
def test_a_row_alone_has_the_bits_it_has_among_many(n_classes):
    known = calibration_of(
        n_classes, even=False, undone=False, rng=np.random.default_rng(0)
    )
    labels, pred_probs = rows_of(2, 200_000 // n_classes, n_classes, "f4")
    among = p_right(checked_examples(labels, pred_probs), known)
    for row in (0, 1, len(labels) // 2, len(labels) - 1):
        alone = p_right(
            checked_examples(labels[row : row + 1], pred_probs[row : row + 1]), known
        )
        assert alone[0] == among[row]


def test_the_cut_of_counts_is_the_f1_cut_to_the_width_of_a_bin():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        right = rng.beta(rng.uniform(0.5, 3), 0.2, 3000)
        errors = p_error(right)
        best = f1_cut(errors)
        cut = f1_cut_of_counts(error_counts(right))
        assert cut == pytest.approx(best, abs=2e-3)

        def expected_f1(cut, errors=errors):
            flagged = errors >= cut
            return 2 * errors[flagged].sum() / (flagged.sum() + errors.sum())

        assert expected_f1(best) - expected_f1(cut) < 1e-4


def test_a_rounded_probability_falls_on_the_same_side_of_a_cut_everywhere():
    cut = 0.75
    right = (1 - cut + np.arange(-20, 21) * 2.0**-25).astype(np.float32)
    assert np.count_nonzero(np.float32(1) - right >= cut) > 21  # rounded, some too many
    flagged = reach(right, cut)
    np.testing.assert_array_equal(flagged, right <= 1 - cut)
    n_above = error_counts(right)[int(cut * 65536) :].sum()
    assert n_above == flagged.sum() == (p_error(right) >= cut).sum()


def test_one_class_or_no_rows_have_no_errors():
    for shape in ((5, 1), (0, 3), (0, 1)):
        labels, pred_probs = np.zeros(shape[0], dtype=int), np.ones(shape)
        assert not label_errors(labels, pred_probs).any()
        assert noise_calibration(labels, pred_probs).cut == np.inf


def test_counts_of_nothing_ask_for_no_cut():
    assert f1_cut_of_counts(error_counts(np.zeros(0))) == np.inf


def test_in_memory_runs_each_step_once():
    rows = checked_examples(*rows_of(0, 50, 3))
    asked = []
    finished(
        calibration_steps(3, rows.pred_probs.dtype),
        lambda step: asked.append(type(step).__name__) or in_memory(step, rows),
    )
    assert asked == ["KeyCounts", "KeyedRows"]
