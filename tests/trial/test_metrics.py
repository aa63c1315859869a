import numpy as np
import pytest
from sklearn import metrics as reference

from tilth.errors import InvalidInputError
from tilth.trial.metrics import METRICS, default_metric, metric_named

GIVEN = np.array(["a", "a", "b", "b", "b", "c"], dtype=object)
PREDICTED = np.array(["a", "b", "b", "b", "c", "d"], dtype=object)  # "d" is never given
NUMBERS = np.array([1.0, 2.0, 4.0, 5.0])
ESTIMATES = np.array([1.5, 2.0, 3.0, 7.0])


def of(name):
    return (
        (GIVEN, PREDICTED)
        if METRICS[name].task == "classification"
        else (NUMBERS, ESTIMATES)
    )


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("accuracy", 3 / 6),
        ("balanced_accuracy", (1 / 2 + 2 / 3 + 0) / 3),
        ("f1_macro", (2 / 3 + 4 / 6 + 0 + 0) / 4),
        ("r2", 1 - 5.25 / 10),
        ("mae", 3.5 / 4),
        ("rmse", np.sqrt(5.25 / 4)),
    ],
)
def test_scores_are_those_computed_by_hand(name, by_hand):
    assert METRICS[name].score(*of(name)) == pytest.approx(by_hand)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    given, predicted = rng.integers(0, 4, 60), rng.integers(0, 5, 60)
    numbers, estimates = rng.normal(50, 3, 60), rng.normal(50, 3, 60)
    expected = {
        "accuracy": reference.accuracy_score(given, predicted),
        "balanced_accuracy": reference.balanced_accuracy_score(given, predicted),
        "f1_macro": reference.f1_score(given, predicted, average="macro"),
        "r2": reference.r2_score(numbers, estimates),
        "mae": reference.mean_absolute_error(numbers, estimates),
        "rmse": reference.root_mean_squared_error(numbers, estimates),
    }
    for name, value in expected.items():
        is_labels = METRICS[name].task == "classification"
        pair = (given.astype(object), predicted) if is_labels else (numbers, estimates)
        assert METRICS[name].score(*pair) == pytest.approx(value)


@pytest.mark.parametrize("name", METRICS)
def test_contributions_average_to_the_metric_and_higher_is_better(name):
    given, predicted = of(name)
    metric = METRICS[name]
    contributions = metric.contributions(given, predicted)
    assert contributions.mean() == pytest.approx(
        metric.sign * metric.score(given, predicted)
    )
    assert metric.contributions(given, given).mean() > contributions.mean()


@pytest.mark.parametrize("name", METRICS)
def test_the_spread_of_contributions_is_the_sampling_spread_of_the_metric(name):
    rng = np.random.default_rng(0)
    given = rng.choice([0, 1, 2], size=600, p=[0.6, 0.3, 0.1]).astype(object)
    predicted = np.where(rng.random(600) < 0.7, given, rng.integers(0, 3, 600))
    metric = METRICS[name]
    rows = rng.integers(0, 600, size=(800, 600))
    resampled = [metric.score(given[draw], predicted[draw]) for draw in rows]
    linear = metric.contributions(given, predicted).std() / np.sqrt(600)
    assert linear == pytest.approx(np.std(resampled), rel=0.1)


@pytest.mark.parametrize("name", METRICS)
def test_the_metric_of_weighted_rows_is_the_metric_of_repeated_rows(name):
    given, predicted = of(name)
    counts = np.arange(1, len(given) + 1)
    metric = METRICS[name]
    statistics = metric.statistics(given, predicted)
    weighted = metric.value(np.asarray((counts / counts.sum())[None] @ statistics))
    repeated = metric.score(np.repeat(given, counts), np.repeat(predicted, counts))
    assert weighted[0] == pytest.approx(repeated)


def test_a_class_that_no_row_of_a_resample_has_is_left_out_of_the_mean():
    metric = METRICS["balanced_accuracy"]
    statistics = metric.statistics(GIVEN, PREDICTED)
    only_a_and_b = np.array([1, 1, 1, 1, 1, 0]) / 5
    value = metric.value(np.asarray(only_a_and_b[None] @ statistics))[0]
    assert value == pytest.approx((1 / 2 + 2 / 3) / 2)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_r2_of_constant_labels_is_0_and_of_perfect_predictions_1(offset):
    constant = np.full(5, offset)
    metric = METRICS["r2"]
    assert metric.score(constant, constant) == 1
    assert metric.score(constant, constant + 1) == 0
    assert metric.contributions(constant, constant + 1).tolist() == [0.0] * 5


def test_rmse_of_perfect_predictions_has_contributions_of_0():
    assert METRICS["rmse"].contributions(NUMBERS, NUMBERS).tolist() == [0.0] * 4


def test_whole_numbers_match_whatever_type_they_are_stored_in():
    given = np.array([1, 0, 1], dtype=object)
    assert METRICS["accuracy"].score(given, np.array([1.0, 0.0, 0.0])) == pytest.approx(
        2 / 3
    )
    assert METRICS["f1_macro"].score(given, np.array([1, 0, 1], dtype=np.int8)) == 1


def test_an_unknown_metric_is_refused_with_those_there_are():
    with pytest.raises(InvalidInputError, match="one of accuracy, balanced_accuracy"):
        metric_named("auc")


def test_a_metric_for_another_task_is_refused():
    with pytest.raises(
        InvalidInputError, match=r"fit the task regression \(r2, mae, rmse\)"
    ):
        metric_named("accuracy", "regression")
    assert metric_named("mae", "regression").sign == -1


def test_data_without_a_label_have_no_default_metric():
    with pytest.raises(InvalidInputError, match="needs a label"):
        default_metric("none")
