import json
import threading

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.errors import InvalidInputError, ModelError
from tilth.trial import fingerprint
from tilth.trial.next_step import rows_needed
from tilth.trial.prove import prove

WHY = Reason("a check", "a remedy", "a reason")


class NearestMean:
    """Predicts the class whose mean x is nearest; the same for every seed."""

    def fit(self, X, y):
        x = np.asarray(X["x"], dtype=float)
        self.classes_ = np.unique(y)
        self.means_ = np.array([x[y == c].mean() for c in self.classes_])
        return self

    def predict(self, X):
        x = np.asarray(X["x"], dtype=float)
        return self.classes_[np.abs(x[:, None] - self.means_).argmin(axis=1)]


class Lucky(NearestMean):
    """Trains on a few random rows: every seed is another model."""

    def __init__(self, random_state=0):
        self.random_state = random_state

    def fit(self, X, y):
        few = np.random.default_rng(self.random_state).choice(len(X), 120, replace=False)
        return super().fit(X.iloc[few], y[few])


class Line:
    def fit(self, X, y):
        self.line_ = np.polyfit(X["x"], y, 1)
        return self

    def predict(self, X):
        return np.polyval(self.line_, X["x"])


def make(table, task="classification", **roles):
    table = pd.DataFrame(table).reset_index(drop=True)
    return Dataset(table, Schema(task, label="label", **roles), np.arange(len(table)))


def points(n, seed, noise=0.0):
    """Classes a and b around -1 and 1; a share of those of class a is labelled b."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) > 0.7).astype(int)
    x = 2.0 * truth - 1 + rng.normal(0, 0.8, n)
    wrong = (truth == 0) & (rng.random(n) < noise)
    table = pd.DataFrame({"x": x, "label": np.where((truth == 1) | wrong, "b", "a")})
    return table, wrong


TABLE, WRONG = points(600, 1, noise=0.9)
NOISY, FIXED = make(TABLE), make(TABLE[~WRONG])
TEST = make(points(400, 2)[0])


def of_nearest_mean(before=NOISY, after=FIXED, test=TEST, **options):
    return prove(before, after, test, model=options.pop("model", NearestMean()), **options)


def test_better_data_are_better_with_every_number_of_the_contract():
    proof = of_nearest_mean()
    assert proof.verdict == "BETTER"
    assert proof.metric == "accuracy"
    x, given = TEST.table["x"], TEST.given
    means = FIXED.table.groupby("label")["x"].mean()
    right = np.where(x > means.mean(), "b", "a") == given
    assert proof.after.mean == pytest.approx(right.mean())
    assert proof.difference == pytest.approx(proof.after.mean - proof.before.mean)
    low, high = proof.interval
    assert 0 < low < proof.difference < high
    assert (proof.n_train_before, proof.n_train_after) == (600, 600 - WRONG.sum())
    assert (proof.n_test, proof.n_test_left_out) == (400, 0)
    document = json.loads(json.dumps(proof.to_document(), allow_nan=False))
    assert document["before"] == {
        "mean": proof.before.mean,
        "per_seed": list(proof.before.per_seed),
    }
    assert document["interval"] == [low, high]
    assert document["slices"][0]["slice"]
    assert document["next_command"] == ""


def test_worse_data_are_worse():
    proof = of_nearest_mean(FIXED, NOISY)
    assert proof.verdict == "WORSE"
    assert proof.interval[1] < 0
    assert "below 0" in proof.why


def test_data_as_good_show_no_difference_and_what_the_test_could_have_shown():
    proof = of_nearest_mean(FIXED, FIXED.rows(np.arange(len(FIXED)) % 10 > 0))
    assert proof.verdict == "NO DIFFERENCE"
    assert proof.interval[0] <= 0 <= proof.interval[1]
    assert 0 < proof.smallest_detectable < 0.1
    assert "could have shown a gain of" in proof.why
    assert (proof.next_step.command, proof.next_command) == ("", "")
    n = rows_needed(proof.difference, proof.smallest_detectable, 400)
    assert proof.advice.startswith("If the gain seen here, 0.002, is real, a test of")
    assert f"about {n:,} rows like these" in proof.advice


def test_a_model_that_seeds_do_not_change_is_trained_twice_and_said_so():
    trained = []
    proof = of_nearest_mean(progress=lambda *told: trained.append(told))
    assert proof.deterministic
    assert proof.seeds == (0,)
    assert len(proof.before.per_seed) == 1
    assert trained == [("proof", n, 10) for n in (1, 2, 3, 4, 10)]
    assert any("Deterministic model" in note for note in proof.notes)


def test_a_model_with_luck_is_trained_with_every_seed_on_both_sides():
    trained = []
    proof = of_nearest_mean(
        model=Lucky(), seed=7, n_seeds=4, progress=lambda *told: trained.append(told)
    )
    assert not proof.deterministic
    assert proof.seeds == (7, 8, 9, 10)
    assert len(set(proof.after.per_seed)) > 1
    assert trained == [("proof", n, 8) for n in range(1, 9)]
    assert proof.verdict == "BETTER"


def test_two_seeds_are_enough_for_a_proof_and_one_is_not():
    assert len(of_nearest_mean(model=Lucky(), n_seeds=2).before.per_seed) == 2
    with pytest.raises(InvalidInputError, match="one training cannot show its luck"):
        of_nearest_mean(n_seeds=1)


def test_the_same_trial_gives_the_same_proof_on_any_number_of_workers():
    class Local(Lucky):  # as from a notebook: no worker could import it
        pass

    alone, beside = (of_nearest_mean(model=Local(), n_jobs=n) for n in (1, 2))
    assert alone.to_document() == beside.to_document()


def test_a_model_that_cannot_travel_to_another_process_is_trained_here():
    class Locked(NearestMean):
        lock = threading.Lock()

        def __deepcopy__(self, memo):
            return Locked()

    assert of_nearest_mean(model=Locked(), n_jobs=2).verdict == "BETTER"


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(0)
    shuffled = [data.rows(rng.permutation(len(data))) for data in (NOISY, FIXED, TEST)]
    plain, mixed = of_nearest_mean(), of_nearest_mean(*shuffled)
    assert mixed.difference == pytest.approx(plain.difference)
    assert mixed.interval == pytest.approx(plain.interval)
    assert mixed.test_fingerprint == plain.test_fingerprint


def test_renamed_classes_change_nothing():
    renamed = [
        make(data.table.assign(label=data.table["label"].map({"a": 1, "b": 0})))
        for data in (NOISY, FIXED, TEST)
    ]
    plain, other = of_nearest_mean(), of_nearest_mean(*renamed)
    assert other.difference == pytest.approx(plain.difference)
    assert other.verdict == plain.verdict


def test_with_shuffled_labels_the_gain_vanishes():
    rng = np.random.default_rng(5)
    verdicts, differences = [], []
    for _ in range(8):  # balanced: guessing the larger class is no gain either
        table, test = (
            t.assign(label=rng.permutation(t["label"])) for t in (TABLE, TEST.table)
        )
        arms = make(table), make(table[~WRONG]), make(test)
        proof = of_nearest_mean(*arms, metric="balanced_accuracy")
        verdicts.append(proof.verdict)
        differences.append(proof.difference)
    assert verdicts.count("BETTER") <= 2  # of 8 at 2.5 % each: more in 1 of 1,000 runs
    assert abs(np.mean(differences)) < 3 * np.std(differences) / np.sqrt(8)


@pytest.mark.parametrize("shuffle_rows", [False, True])
def test_identical_data_are_refused(shuffle_rows):
    rows = np.random.default_rng(0).permutation(600) if shuffle_rows else np.arange(600)
    with pytest.raises(InvalidInputError, match="must differ, got the same 600 examples"):
        of_nearest_mean(NOISY, NOISY.rows(rows))


def test_weights_are_a_difference():
    class Weighted(NearestMean):
        def fit(self, X, y, sample_weight=None):
            return super().fit(
                X[sample_weight > 0] if sample_weight is not None else X,
                y[sample_weight > 0] if sample_weight is not None else y,
            )

    weighted = Dataset(NOISY.table, NOISY.schema, NOISY.example_id, weights=1.0 - WRONG)
    assert of_nearest_mean(NOISY, weighted, model=Weighted()).verdict == "BETTER"


def test_data_that_nothing_changed_have_no_difference_and_one_arm():
    trained = []
    proof = of_nearest_mean(
        NOISY, NOISY, unchanged=True, progress=lambda *told: trained.append(told)
    )
    assert proof.verdict == "NO DIFFERENCE"
    assert proof.after == proof.before
    assert (proof.difference, proof.interval) == (0.0, (0.0, 0.0))
    assert "nothing was changed" in proof.why.lower()
    assert 0 < proof.smallest_detectable < 0.15
    assert trained[-1] == ("proof", 5, 5)


def test_edits_that_change_no_answer_tell_what_the_test_could_have_shown_at_worst():
    proof = of_nearest_mean(FIXED, make(pd.concat([FIXED.table] * 2)))
    assert proof.verdict == "NO DIFFERENCE"
    assert proof.difference == 0
    assert (
        proof.smallest_detectable
        == of_nearest_mean(FIXED, FIXED, unchanged=True).smallest_detectable
    )
    assert proof.advice == ""  # nor does any number tell what a larger one would show


@pytest.mark.parametrize("metric", ["mae", "rmse", "r2"])
def test_regression_where_lower_may_be_better(metric):
    rng = np.random.default_rng(0)
    x = rng.normal(size=900)
    label = 3 * x + rng.normal(0, 0.5, 900)
    wrong = (np.arange(900) < 500) & (rng.random(900) < 0.3)
    table = pd.DataFrame({"x": x, "label": np.where(wrong, label + 6, label)})
    before, after = (
        make(table[:500], "regression"),
        make(table[:500][~wrong[:500]], "regression"),
    )
    proof = prove(before, after, make(table[500:]), model=Line(), metric=metric)
    assert proof.verdict == "BETTER"
    assert proof.difference > 0
    assert (proof.after.mean < proof.before.mean) == (metric != "r2")
    assert proof.slices["metric"].unique().tolist() == ["mae"]
    default = prove(before, after, make(table[500:]), model=Line())
    assert default.metric == "r2"


def test_a_built_in_model_can_be_the_judge():
    proof = of_nearest_mean(model="logistic", n_seeds=2)
    assert proof.verdict == "BETTER"
    assert proof.deterministic


def test_a_metric_that_does_not_fit_the_task_is_refused():
    with pytest.raises(InvalidInputError, match="must fit the task classification"):
        of_nearest_mean(metric="mae")


def test_a_model_that_breaks_is_a_model_error():
    class Broken(NearestMean):
        def fit(self, X, y):
            raise ValueError("three classes are required")

    with pytest.raises(ModelError, match="three classes are required"):
        of_nearest_mean(model=Broken())


# what the test must be


def no_gain(proof):
    numbers = (proof.before, proof.after, proof.difference, proof.interval)
    document = proof.to_document()
    return (
        all(number is None for number in numbers)
        and proof.smallest_detectable is None
        and document["before"] is document["after"] is document["interval"] is None
        and len(proof.slices) == 0
    )


def test_a_test_that_repeats_the_training_data_is_invalid():
    proof = of_nearest_mean(test=NOISY)
    assert proof.verdict == "INVALID"
    assert no_gain(proof)
    assert "600 of 600 labelled test rows (100.0 %) repeat training rows" in proof.why
    assert (proof.n_test, proof.n_test_left_out, proof.seeds) == (0, 600, ())


def test_leaked_rows_are_left_out_on_both_sides_whatever_their_label():
    leaked = TABLE[:30].assign(label="a")
    proof = of_nearest_mean(test=make(pd.concat([leaked, TEST.table])))
    plain = of_nearest_mean()
    assert (proof.n_test, proof.n_test_left_out) == (400, 30)
    assert proof.difference == pytest.approx(plain.difference)
    assert any(note.startswith("30 test rows that repeat") for note in proof.notes)


def test_less_than_80_percent_of_the_test_left_is_invalid():
    proof = of_nearest_mean(test=make(pd.concat([TABLE[:110], TEST.table])))
    assert proof.verdict == "INVALID"
    assert (proof.n_test, proof.n_test_left_out) == (400, 110)


def test_less_than_100_test_rows_are_invalid():
    assert of_nearest_mean(test=TEST.rows(np.arange(100))).verdict != "INVALID"
    proof = of_nearest_mean(test=TEST.rows(np.arange(99)))
    assert proof.verdict == "INVALID"
    assert "99 test rows can be compared on; a proof needs at least 100" in proof.why
    assert proof.advice.startswith("Give a test with 100 rows or more")
    assert held_out(TEST.given[:99], None, test=TEST.rows(np.arange(99))).advice.endswith(
        "or more data: a fifth of them is held out as the test."
    )


def test_a_test_without_any_label_is_invalid():
    proof = of_nearest_mean(test=make(TEST.table.assign(label=None)))
    assert proof.verdict == "INVALID"
    assert proof.n_test_left_out == 400


@pytest.mark.parametrize("relabel", [False, True])
def test_adding_test_rows_to_the_training_data_is_invalid(relabel):
    stolen = TEST.table[:5].assign(**({"label": "a"} if relabel else {}))
    proof = of_nearest_mean(after=make(pd.concat([FIXED.table, stolen])))
    assert proof.verdict == "INVALID"
    assert no_gain(proof)
    assert proof.why.startswith("5 test rows are repeated")


def test_adding_other_rows_or_copies_of_training_rows_is_no_leak():
    more = points(200, 9)[0]
    for added in (more, FIXED.table[:200]):
        proof = of_nearest_mean(after=make(pd.concat([FIXED.table, added])))
        assert proof.verdict == "BETTER"


def test_copies_with_new_ids_are_no_leak():
    before, after, test = (
        make(data.table.assign(key=np.arange(len(data)) + start), id="key")
        for data, start in ((NOISY, 0), (FIXED, 10_000), (TEST, 20_000))
    )
    model = NearestMean()
    copies = make(
        pd.concat(
            [after.table, after.table.assign(key=range(30_000, 30_000 + len(after)))]
        ),
        id="key",
    )
    assert prove(before, copies, test, model=model).verdict == "BETTER"


def test_a_test_that_changed_since_it_was_recorded_is_invalid():
    recorded = fingerprint.test_fingerprint(TEST)
    assert of_nearest_mean(expected_fingerprint=recorded).verdict == "BETTER"
    edited = TEST.table.copy()
    edited.loc[3, "label"] = "a" if edited.loc[3, "label"] == "b" else "b"
    proof = of_nearest_mean(test=make(edited), expected_fingerprint=recorded)
    assert proof.verdict == "INVALID"
    assert no_gain(proof)
    assert "changed" in proof.why
    assert proof.next_command == ""
    assert proof.advice.startswith("Compare on the test as it was")


def test_test_rows_without_a_label_are_left_out_and_counted():
    table = pd.concat([TEST.table, TEST.table[:1].assign(label=None)])
    proof = of_nearest_mean(test=make(table))
    assert (proof.n_test, proof.n_test_left_out) == (400, 1)
    assert "1 test row without a label left out." in proof.notes
    unlabelled = make(pd.concat([TABLE, TABLE[:50].assign(x=50.0, label=None)]))
    assert of_nearest_mean(unlabelled).n_train_before == 600


def test_classes_that_training_never_had_count_as_errors_and_are_said():
    strange = make(pd.concat([TEST.table, TEST.table[:20].assign(x=9.0, label="z")]))
    proof, plain = of_nearest_mean(test=strange), of_nearest_mean()
    assert proof.after.mean == pytest.approx(plain.after.mean * 400 / 420)
    assert any("20 test rows of 1 class that neither" in note for note in proof.notes)


def test_classes_that_one_arm_lacks_are_said():
    third = pd.DataFrame({"x": 9 + np.arange(40) / 100, "label": "c"})
    with_c, test = (
        make(pd.concat([TABLE, third])),
        make(pd.concat([TEST.table, third.assign(x=third["x"] + 0.003)])),
    )
    lost = of_nearest_mean(with_c, NOISY, test)
    assert lost.verdict == "WORSE"
    assert any("that `after` lost" in note for note in lost.notes)
    won = of_nearest_mean(NOISY, with_c, test)
    assert won.verdict == "BETTER"
    assert any("that only `after` has" in note for note in won.notes)


def test_a_test_of_other_classes_is_refused():
    with pytest.raises(InvalidInputError, match=r"share classes.*'no', 'yes'.*'a', 'b'"):
        of_nearest_mean(
            test=make(TEST.table.assign(label=np.where(TEST.table["x"] > 0, "yes", "no")))
        )


def test_labels_that_are_no_numbers_are_refused_in_regression():
    table = pd.DataFrame({"x": np.arange(300.0), "label": np.arange(300.0)})
    test = make({"x": np.arange(200) + 0.5, "label": ["much"] * 200})
    with pytest.raises(InvalidInputError, match=r"must be finite numbers.*'much'"):
        prove(
            make(table, "regression"), make(table[:250], "regression"), test, model=Line()
        )


def test_a_test_without_the_label_or_another_column_is_refused():
    with pytest.raises(
        InvalidInputError, match="`test` must have the label column 'label'"
    ):
        of_nearest_mean(test=make(TEST.table.rename(columns={"label": "y"})))
    with pytest.raises(
        InvalidInputError, match="every column of `before`, got none called 'x'"
    ):
        of_nearest_mean(test=make(TEST.table.rename(columns={"x": "z"})))


# columns


def two_columns(data, seed):
    return make(data.table.assign(junk=np.random.default_rng(seed).normal(size=len(data))))


def test_a_column_that_one_file_lacks_is_taken_from_its_test_and_said():
    before, test = two_columns(NOISY, 0), two_columns(TEST, 1)
    seen = []

    class Watching(NearestMean):
        def predict(self, X):
            seen.append(list(X.columns))
            return super().predict(X)

    proof = of_nearest_mean(before, FIXED, test, model=Watching())
    assert seen == [["x", "junk"], ["x"]] * 2
    assert (
        "The test loses 'junk' in the arm 'after', which has no such column." in proof.notes
    )
    assert proof.verdict == "BETTER"
    assert proof.n_test == 400


@pytest.mark.parametrize("has_ids", [True, False])
def test_a_later_version_may_have_lost_the_column_of_ids(has_ids):
    before = make(NOISY.table.assign(n=range(len(NOISY))), id="n")
    test = make(TEST.table.assign(n=range(len(TEST))), id="n" if has_ids else None)

    class OfX(NearestMean):
        def fit(self, X, y):
            return super().fit(X[["x"]], y)

        def predict(self, X):
            return super().predict(X[["x"]])

    proof = of_nearest_mean(before, FIXED, test, model=OfX())
    assert proof.difference == of_nearest_mean().difference


def test_transforms_reach_the_test_rows_of_their_arm():
    scale = Edit(
        "transform_column",
        no_targets(),
        WHY,
        column="x",
        params={"kind": "scale", "center": 100.0, "scale": 0.01},
    )
    drop = Edit("drop_column", no_targets(), WHY, column="junk")
    before, test = two_columns(NOISY, 0), two_columns(TEST, 1)
    after = apply_edits(make(before.table[~WRONG]), [scale, drop])
    plain = of_nearest_mean()
    proof = of_nearest_mean(before, after, test, transforms=(scale, drop))
    assert proof.difference == pytest.approx(plain.difference)
    assert proof.verdict == "BETTER"
    assert not [note for note in proof.notes if "loses" in note]
    assert of_nearest_mean(before, after, test).after.mean < 0.7  # the same without them


def test_both_arms_get_their_inputs_alike_though_a_column_goes():
    class Counting(NearestMean):
        def fit(self, X, y):
            assert isinstance(X, pd.DataFrame)
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.full(len(X), "a")

    text = [f"some words of review number {i}" for i in range(600)]
    before = make(
        {"review": text, "stars": range(600), "label": TABLE["label"]}, text=("review",)
    )
    after = make(before.table.drop(columns="stars"), text=("review",))
    test = make(
        {
            "review": [f"other text about thing {i}" for i in range(150)],
            "stars": range(150),
            "label": TEST.table["label"][:150],
        }
    )
    assert prove(before, after, test, model=Counting()).verdict == "NO DIFFERENCE"


def test_a_lone_text_column_reaches_the_model_as_strings():
    class Reading:
        def fit(self, X, y):
            assert isinstance(X[0], str)
            return self

        def predict(self, X):
            return np.full(len(X), "a")

    text = np.array([f"some words of review number {i}" for i in range(900)])
    data = make({"review": text, "label": np.tile(["a", "b"], 450)}, text=("review",))
    parts = [data.rows(np.arange(*part)) for part in ((0, 700), (0, 500), (700, 900))]
    assert prove(*parts, model=Reading()).n_test <= 200


# labels that share the faults of the data


def held_out(test_labels, suspects, before=NOISY, after=FIXED, test=TEST):
    return of_nearest_mean(
        before,
        after,
        make(test.table.assign(label=test_labels)),
        suspects=suspects,
        held_out=True,
    )


FLIPPED = {"a": "b", "b": "a"}
PART = np.arange(400) < 180


def test_on_held_out_rows_the_verdict_stands_where_unsuspected_rows_show_the_same():
    proof = held_out(TEST.given, PART)
    assert proof.verdict == "BETTER"
    assert (proof.suspects.n_suspected, proof.suspects.n_without) == (180, 220)
    assert proof.suspects.without.shows == proof.suspects.all_rows.shows == 1
    assert "those no check suspects show the same" in proof.why
    assert held_out(TEST.given, PART, FIXED, NOISY).verdict == "WORSE"
    some = FIXED.rows(np.arange(len(FIXED)) % 10 > 0)
    assert held_out(TEST.given, PART, FIXED, some).verdict == "NO DIFFERENCE"


def test_on_held_out_rows_without_suspects_one_interval_is_enough():
    proof = held_out(TEST.given, None)
    assert proof.verdict == "BETTER"
    assert proof.suspects.without == proof.suspects.all_rows


def test_held_out_rows_that_share_the_faults_leave_it_unproven():
    shared = TEST.table["label"].where(~PART, TEST.table["label"].map(FLIPPED))
    proof = held_out(shared, PART)
    assert proof.verdict == "UNPROVEN"
    assert no_gain(proof)
    assert proof.suspects.without.shows == 1
    assert proof.suspects.all_rows.shows < 1
    assert "the 220 that no check suspects show a gain" in proof.why
    assert not any(character.isdigit() for character in proof.why.replace("220", ""))
    assert proof.next_step.command == "improve"
    assert dict(proof.next_step.options) == {"audit-sample": "100"}
    document = proof.to_document()
    assert document["suspects"]["without"]["verdict"] == "BETTER"
    assert document["difference"] is None


def test_too_few_unsuspected_rows_leave_it_unproven():
    proof = held_out(TEST.given, np.arange(400) < 310)
    assert proof.verdict == "UNPROVEN"
    assert no_gain(proof)
    assert proof.to_document()["suspects"]["without"] is None
    assert "90 of the held-out rows are free of suspicion" in proof.why


def test_a_test_of_its_own_keeps_its_verdict_and_tells_the_other_one_beside_it():
    proof = of_nearest_mean(suspects=PART)
    assert proof.verdict == "BETTER"
    document = proof.to_document()["suspects"]
    assert document["n_suspected"] == 180
    assert document["with"]["verdict"] == document["without"]["verdict"] == "BETTER"
    few = of_nearest_mean(suspects=np.arange(400) < 310)
    assert few.verdict == "BETTER"
    assert few.suspects.without is None
    assert of_nearest_mean().suspects is None


@pytest.mark.parametrize("suspects", [np.zeros(3, dtype=bool), np.zeros(400)])
def test_suspects_that_do_not_mark_the_test_rows_are_refused(suspects):
    with pytest.raises(InvalidInputError, match="one True or False per test row"):
        of_nearest_mean(suspects=suspects)


# what people see


def test_a_notebook_shows_the_verdict_its_reason_and_what_to_do():
    lines = repr(of_nearest_mean(FIXED, FIXED, unchanged=True)).splitlines()
    assert lines[0].startswith("NO DIFFERENCE: Nothing was changed")
    assert len(lines) == 2
    assert (
        repr(of_nearest_mean(test=TEST.rows(np.arange(9))))
        .splitlines()[-1]
        .startswith("Next: Give a test with 100 rows or more")
    )
    assert repr(of_nearest_mean()).startswith("BETTER: Accuracy went from 0.")


def test_the_fingerprint_tells_every_change_and_no_order():
    plain = fingerprint.test_fingerprint(TEST)
    assert fingerprint.test_fingerprint(TEST.rows(np.arange(400)[::-1])) == plain
    changed = [
        TEST.table.assign(x=TEST.table["x"] + 1e-9),
        TEST.table.assign(label=TEST.table["label"].map(FLIPPED)),
        TEST.table[1:],
        pd.concat([TEST.table, TEST.table[:1]]),
        TEST.table.rename(columns={"x": "z"}),
    ]
    assert plain not in [fingerprint.test_fingerprint(make(table)) for table in changed]
    assert len({fingerprint.test_fingerprint(make(table)) for table in changed}) == 5
