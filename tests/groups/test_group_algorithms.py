import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from tilth.algorithms import groups
from tilth.errors import InvalidInputError


@pytest.fixture
def coin():
    """400 examples of two classes, a model that is right in 80 % of cases and says so."""
    rng = np.random.default_rng(3)
    says = rng.integers(0, 2, 400)
    labels = np.where(rng.random(400) < 0.8, says, 1 - says)
    probs = np.full((400, 2), 0.2)
    probs[np.arange(400), says] = 0.8
    return labels, probs


def test_the_slope_residual_is_the_log_probability_beyond_its_expectation():
    probs = np.array([[0.9, 0.1], [0.5, 0.5]])
    residual, variance = groups.slope_residual(np.array([1, 0]), probs)
    expected = 0.9 * np.log(0.9) + 0.1 * np.log(0.1)
    square = 0.9 * np.log(0.9) ** 2 + 0.1 * np.log(0.1) ** 2
    np.testing.assert_allclose(residual, [np.log(0.1) - expected, 0.0], atol=1e-12)
    np.testing.assert_allclose(variance, [square - expected**2, 0.0], atol=1e-12)


def test_the_shift_residual_sums_to_zero_over_classes(coin):
    labels, probs = coin
    residual, variance = groups.shift_residual(labels, probs)
    np.testing.assert_allclose(residual.sum(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(variance, probs * (1 - probs))


def test_z_by_hand_for_two_of_four_examples():
    members = csc_array(np.array([[True], [True], [False], [False]]))
    z = groups.group_z(
        members, np.array([3.0, 1.0, 0.0, 0.0]), np.array([2.0, 2.0, 9.0, 9.0])
    )
    # centred sum (3 + 1) - 2 * 1 = 2; variance (2 + 2) * (1 - 2/4) = 2
    np.testing.assert_allclose(z, [2.0 / np.sqrt(2.0)])


def test_an_empty_group_and_the_whole_have_no_z():
    members = csc_array(np.array([[False, True], [False, True]]))
    assert groups.group_z(members, np.array([1.0, 2.0]), np.ones(2)).tolist() == [0.0, 0.0]


def test_a_residual_of_another_length_is_refused():
    with pytest.raises(
        InvalidInputError, match="one entry per row of `members`, got 3 for 2"
    ):
        groups.group_z(csc_array(np.ones((2, 1))), np.zeros(3), np.zeros(3))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_row_order_and_class_names_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    labels, order = rng.integers(0, 3, 60), rng.permutation(60)
    probs = rng.dirichlet(np.ones(3), 60)
    members = csc_array(rng.random((60, 4)) < 0.4)
    renamed = np.array([2, 0, 1])
    renamed_probs = np.empty_like(probs)
    renamed_probs[:, renamed] = probs

    def z(members, labels, probs):
        slope = groups.group_z(members, *groups.slope_residual(labels, probs))
        shift = np.abs(groups.group_z(members, *groups.shift_residual(labels, probs))).max(
            axis=1
        )
        return np.r_[slope, shift]

    before = z(members, labels, probs)
    np.testing.assert_allclose(
        before, z(members[order], labels[order], probs[order]), atol=1e-9
    )
    np.testing.assert_allclose(
        before, z(members, renamed[labels], renamed_probs), atol=1e-9
    )


def test_random_groups_have_standard_normal_z(coin):
    labels, probs = coin
    rng = np.random.default_rng(0)
    members = csc_array(rng.random((400, 2000)) < 0.3)
    z = groups.group_z(members, *groups.slope_residual(labels, probs))
    assert abs(z.mean()) < 0.1
    assert 0.85 < z.std() < 1.15


def test_the_family_cut_grows_with_what_is_looked_at():
    cuts = [groups.family_cut(n, 2) for n in (1, 10, 1000, 10**6)]
    assert cuts == sorted(cuts)
    assert groups.family_cut(1, 1, level=0.05) == pytest.approx(1.959964)


def test_temperature_undoes_overconfidence(coin):
    labels, probs = coin
    sure = groups.tempered(probs, 3.0)
    power = groups.temperature(labels, sure)
    np.testing.assert_allclose(groups.tempered(sure, power).max(axis=1), 0.8, atol=0.04)


def test_the_slope_of_labels_is_one_zero_or_negative(coin):
    labels, probs = coin
    rng = np.random.default_rng(1)
    sound, error = groups.label_slope(labels, probs)
    random, _ = groups.label_slope(rng.permutation(labels), probs)
    inverted, _ = groups.label_slope(1 - labels, probs)
    assert sound == pytest.approx(1.0, abs=3 * error)
    assert random == pytest.approx(0.0, abs=3 * error)
    assert inverted == pytest.approx(-1.0, abs=4 * error)


def test_a_group_of_one_class_has_no_slope():
    assert groups.label_slope(np.zeros(5, dtype=int), np.full((5, 2), 0.5)) == (0.0, np.inf)


def test_the_best_run_leaves_out_blocks_that_do_not_help():
    found = groups.best_run(
        np.array([-8.0, 9.0, 8.0, -1.0, -8.0]),
        np.full(5, 9.0),
        np.full(5, 10),
        n_examples=50,
        limits=(5, 40),
    )
    assert found is not None
    assert found[:2] == (1, 3)
    assert found[2] == pytest.approx(17 / np.sqrt(18 * (1 - 20 / 50)))


def test_no_run_within_the_limits_is_none():
    assert (
        groups.best_run(
            np.ones(2), np.ones(2), np.full(2, 10), n_examples=20, limits=(30, 40)
        )
        is None
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-5, 5)), min_size=1, max_size=20))
def test_the_maximal_run_is_that_of_trying_all(pairs):
    values, residual = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    first, last = groups.maximal_run(values, residual)
    distinct = np.unique(values)
    sums = [
        residual[(values >= a) & (values <= b)].sum()
        for a in distinct
        for b in distinct
        if a <= b
    ]
    assert residual[(values >= first) & (values <= last)].sum() == max(sums)


@pytest.mark.parametrize(
    ("given_of_true", "rate"),
    [
        ([[1, 0], [0, 1]], 0.0),
        ([[0.5, 0.5], [0.5, 0.5]], 0.5),
        ([[0, 1], [1, 0]], 1.0),
        ([[1, 0], [1, 0]], 0.5),
    ],
)
def test_the_noise_inside_a_group_is_estimated(given_of_true, rate):
    rng = np.random.default_rng(0)
    true = np.repeat([0, 1], 500)
    says = np.where(rng.random(1000) < 0.9, true, 1 - true)
    probs = np.full((1000, 2), 0.1)
    probs[np.arange(1000), says] = 0.9
    labels = (rng.random(1000) < np.array(given_of_true)[true, 1]).astype(int)
    found = groups.group_noise(labels, probs)
    assert found.noise_rate == pytest.approx(rate, abs=0.08)
    np.testing.assert_allclose(found.given_of_true, given_of_true, atol=0.15)


def test_kappa_and_mcnemar_by_hand():
    assert groups.cohen_kappa(np.array([0, 1, 2]), np.array([0, 1, 2])) == 1.0
    assert groups.cohen_kappa(np.array([0, 0]), np.array([0, 0])) == 0.0
    assert groups.cohen_kappa(np.array([0, 1]), np.array([1, 0])) == -1.0
    assert groups.mcnemar_z(np.array([True, False]), np.array([True, False])) == 0.0


def nearest_mean(x, labels):
    """A model of one number: the class whose mean is nearest."""

    def predict(train, test, seed):
        means = np.array([x[train][labels[train] == k].mean() for k in (0, 1)])
        return np.abs(x[test][:, None] - means).argmin(axis=1)

    return predict


@pytest.mark.parametrize(
    ("kind", "tau"), [("sound", 1.0), ("random", 0.0), ("inverted", -1.0)]
)
def test_transfer_tells_sound_random_and_inverted_groups(kind, tau):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 900)
    x = labels + rng.normal(0, 0.4, 900)
    inside = np.arange(900) < 300
    if kind == "random":
        labels[inside] = rng.integers(0, 2, 300)
    elif kind == "inverted":
        labels[inside] = 1 - labels[inside]
    test = groups.transfer(inside, labels, nearest_mean(x, labels))
    assert test.agree == pytest.approx(tau, abs=0.2)
    assert test.tau == pytest.approx(tau, abs=0.2) or kind == "random"
    assert (test.core_predicted >= 0).all()


def test_a_group_of_one_label_contradicts_only_if_the_rest_did_not_expect_it():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 900)
    x = labels + rng.normal(0, 0.3, 900)
    mislabelled = np.arange(900) < 200
    expected = mislabelled & (labels == 0)
    given = np.where(mislabelled, 0, labels)
    bad = groups.contradiction(mislabelled, given, nearest_mean(x, given))
    sound = groups.contradiction(expected, labels, nearest_mean(x, labels))
    assert bad.ratio > 0.8
    assert bad.z > 6
    assert bad.noise_rate == pytest.approx(0.5, abs=0.1)
    assert sound.ratio < 0.2


def test_an_additive_model_stays_blind_to_noise_under_a_feature():
    rng = np.random.default_rng(0)
    x, source = rng.random(2000) < 0.5, rng.random(2000) < 0.3
    labels = np.where(source, rng.integers(0, 2, 2000), x).astype(int)
    design = csc_array(np.stack([x, ~x, source, ~source], axis=1))
    model = groups.AdditiveProbs(design, np.array([0, 0, 1, 1]), labels, 2)
    for probs in (model.without(1), model.refitted_without(1)):
        slope, error = groups.label_slope(labels[source], probs[source])
        assert slope + 2 * error < 0.5
        assert groups.label_slope(labels[~source], probs[~source])[0] > 0.8


def test_search_finds_single_groups_and_runs():
    members = csc_array(np.repeat(np.eye(4, dtype=bool), 25, axis=0))
    residual = np.repeat([-1.0, 1.0, 1.0, -1.0], 25)
    single = groups.search_groups(
        members, np.full(4, -1), residual, np.ones(100), limits=(20, 70), cut=3
    )
    run = groups.search_groups(
        members, np.zeros(4, dtype=int), residual, np.ones(100), limits=(20, 70), cut=3
    )
    assert [(hit.first, hit.last) for hit in single] == [(1, 1), (2, 2)]
    assert [(hit.first, hit.last) for hit in run] == [(1, 2)]
