"""One estimator and one loop: what holds for every method."""

import pickle  # noqa: TID251 - estimators travel to worker processes
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from tilth.errors import InvalidInputError

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install 'tilth[torch]'"
)

from tilth.models import robust  # noqa: E402
from tilth.models.robust import PlainTraining, Schedule, crop_and_flip  # noqa: E402
from tilth.models.robust.networks import new_network  # noqa: E402

QUICK = Schedule(n_epochs=4, batch_size=64)


def test_a_fit_learns_labels_of_any_kind_and_gives_them_back(blobs) -> None:
    names = np.array(["red", "green", "blue"], dtype=object)
    found = PlainTraining(schedule=QUICK).fit(blobs["X"], names[blobs["truth"]])
    predicted = found.predict(blobs["X_test"])
    assert set(predicted) <= set(names)
    assert (predicted == names[blobs["y_test"]]).mean() > 0.8
    probs = found.predict_proba(blobs["X_test"])
    assert probs.shape == (600, 3)
    assert np.allclose(probs.sum(axis=1), 1)
    assert found.classes_.tolist() == ["blue", "green", "red"]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(blobs) -> None:
    def probs(seed: int) -> np.ndarray:
        model = PlainTraining(schedule=QUICK, random_state=seed)
        return model.fit(blobs["X"], blobs["given"]).predict_proba(blobs["X_test"])

    assert np.array_equal(probs(1), probs(1))
    assert not np.array_equal(probs(1), probs(2))


def test_a_fit_leaves_the_random_state_of_torch_and_the_module_alone(blobs) -> None:
    module = torch.nn.Linear(10, 3)
    before = module.weight.detach().clone()
    state = torch.random.get_rng_state()
    PlainTraining(module, schedule=QUICK).fit(blobs["X"], blobs["given"])
    assert torch.equal(module.weight, before)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_module_is_an_architecture_and_a_function_keeps_its_weights() -> None:
    module = torch.nn.Linear(10, 3)
    assert not torch.equal(new_network(module, (10,), 3).weight, module.weight)
    assert torch.equal(new_network(lambda: module, (10,), 3).weight, module.weight)


def test_a_function_is_told_the_shape_and_the_classes_if_it_asks(blobs) -> None:
    def make(n_classes: int, input_shape: tuple[int, ...]) -> torch.nn.Module:
        return torch.nn.Linear(input_shape[0], n_classes)

    found = PlainTraining(make, schedule=QUICK).fit(blobs["X"], blobs["given"])
    assert found.networks_[0].weight.shape == (3, 10)


def test_it_is_a_scikit_learn_estimator(blobs) -> None:
    model = PlainTraining(schedule=QUICK, random_state=3)
    assert clone(model).get_params() == model.get_params()
    scores = cross_val_score(model, blobs["X"], blobs["truth"], cv=2)
    assert scores.min() > 0.7
    fitted = model.fit(blobs["X"], blobs["truth"])
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict(blobs["X_test"]), fitted.predict(blobs["X_test"]))


def test_a_weight_of_two_is_an_example_given_twice(blobs) -> None:
    """The gradient of one full batch, where the order of examples does not matter."""
    schedule = Schedule(
        n_epochs=1, batch_size=2000, validation=0, optimizer="sgd", lr=0.1, weight_decay=0
    )
    X, y = blobs["X"], blobs["given"]
    twice = np.arange(600) % 3 == 0
    module = torch.nn.Linear(10, 3)
    start = partial(_copied, module)
    weighted = PlainTraining(start, schedule=schedule)
    weighted.fit(X, y, sample_weight=np.where(twice, 2.0, 1.0))
    repeated = PlainTraining(start, schedule=schedule)
    repeated.fit(np.vstack([X, X[twice]]), np.concatenate([y, y[twice]]))
    assert torch.allclose(
        weighted.networks_[0].weight, repeated.networks_[0].weight, atol=1e-6
    )


def _copied(module: torch.nn.Module) -> torch.nn.Module:
    import copy

    return copy.deepcopy(module)


def test_validation_chooses_the_epoch_and_the_last_one_stays_reachable(blobs) -> None:
    schedule = Schedule(n_epochs=25, batch_size=16, lr=0.01)
    found = PlainTraining(schedule=schedule).fit(blobs["X"], blobs["given"])
    scores = [epoch["validation"] for epoch in found.history_]
    assert len(scores) == 25
    assert found.best_epoch_ == int(np.argmax(scores)) < 24
    best = found.predict_proba(blobs["X_test"])
    assert not np.allclose(best, found.predict_proba(blobs["X_test"], epoch="last"))
    assert 530 < len(found.trained_rows_) < 550  # a tenth of each class is held out


def test_examples_given_for_validation_are_used_and_nothing_is_held_out(blobs) -> None:
    validation = (blobs["X_test"], blobs["y_test"])
    found = PlainTraining(schedule=QUICK).fit(
        blobs["X"], blobs["given"], validation=validation
    )
    assert len(found.trained_rows_) == 600
    scores = [(found.predict(blobs["X_test"]) == blobs["y_test"]).mean()]
    assert scores[0] == pytest.approx(max(e["validation"] for e in found.history_))


def test_the_dynamics_of_a_run_are_those_of_its_network(blobs) -> None:
    found = PlainTraining(schedule=QUICK).fit(blobs["X"], blobs["given"])
    dynamics = found.dynamics_
    rows = found.trained_rows_
    assert (dynamics.n_epochs, dynamics.n_examples) == (4, len(rows))
    last = found.predict_proba(blobs["X"][rows], epoch="last")
    given = blobs["given"][rows]
    assert np.allclose(dynamics.p_given[-1], last[np.arange(len(rows)), given], atol=1e-6)
    assert np.array_equal(dynamics.is_correct[-1], last.argmax(axis=1) == given)
    assert ((dynamics.margin > 0) == dynamics.is_correct).mean() > 0.99
    wrong = blobs["is_error"][rows]
    assert (
        dynamics.margin.mean(axis=0)[wrong].mean()
        < dynamics.margin.mean(axis=0)[~wrong].mean()
    )


def test_mixed_precision_trains_as_well(blobs) -> None:
    schedule = Schedule(n_epochs=4, batch_size=64, mixed_precision=True)
    found = PlainTraining(schedule=schedule).fit(blobs["X"], blobs["truth"])
    assert (found.predict(blobs["X_test"]) == blobs["y_test"]).mean() > 0.8


def test_images_are_learned_with_augmentation_and_in_bytes() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    images = rng.integers(0, 60, (200, 3, 16, 16)).astype(np.uint8)
    images[labels == 1, 0] += 120  # one class is red
    schedule = Schedule(n_epochs=4, batch_size=32, augment=crop_and_flip, lr=0.01)
    found = PlainTraining(schedule=schedule).fit(images, labels)
    assert (found.predict(images) == labels).mean() > 0.95


def test_pillow_images_are_taken_as_they_come() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pictures = [image.new("RGB", (8, 8), (255 * (i % 2), 0, 0)) for i in range(40)]
    schedule = Schedule(n_epochs=6, batch_size=8, lr=0.01)
    found = PlainTraining(schedule=schedule).fit(pictures, np.arange(40) % 2)
    assert (found.predict(pictures) == np.arange(40) % 2).mean() > 0.9


def test_cropping_moves_pictures_and_nothing_else() -> None:
    picture = (
        torch.arange(32 * 32, dtype=torch.float32).reshape(1, 1, 32, 32).repeat(64, 3, 1, 1)
    )
    moved = crop_and_flip(picture, torch.Generator().manual_seed(0))
    assert moved.shape == picture.shape
    assert torch.isin(moved, picture).all()
    steps = (moved[:, 0, 16, 17] - moved[:, 0, 16, 16]).unique().tolist()
    assert steps == [-1.0, 1.0]  # mirrored and not
    assert len(moved[:, 0, 16, 16].unique()) > 20  # shifted by many amounts


def test_a_table_and_texts_are_encoded() -> None:
    words = np.array(["fine good lovely", "bad awful poor"], dtype=object)
    texts = words[np.arange(120) % 2]
    found = PlainTraining(schedule=QUICK).fit(texts, np.where(np.arange(120) % 2, "-", "+"))
    assert found.predict(np.array(["good", "awful"], dtype=object)).tolist() == ["+", "-"]
    frame = pd.DataFrame({"colour": ["red", "blue"] * 60, "size": np.arange(120.0)})
    found = PlainTraining(schedule=QUICK).fit(frame, np.arange(120) % 2)
    assert found.predict(frame.iloc[:2]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("X", "y", "sentence"),
    [
        (np.ones((4, 2)), np.array([0, 1, 0]), "one label per example, got 3 labels for 4"),
        (np.ones((3, 2)), np.array([1, 1, 1]), "two classes or more, got 1"),
        (np.array([[1.0], [np.nan]]), np.array([0, 1]), "must be finite, row 1 is not"),
        (np.ones((2, 2, 2, 2, 2)), np.array([0, 1]), "must be given for inputs"),
        (np.ones((2, 1), dtype=complex), np.array([0, 1]), "must hold numbers"),
    ],
)
def test_inputs_that_cannot_be_learned_are_refused(X, y, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        PlainTraining(schedule=QUICK).fit(X, y)


def test_weights_must_be_numbers_of_zero_or_more(blobs) -> None:
    with pytest.raises(InvalidInputError, match="600 numbers of 0 or more"):
        PlainTraining(schedule=QUICK).fit(blobs["X"], blobs["given"], np.full(600, -1.0))


@pytest.mark.parametrize(
    "options", [{"n_epochs": 0}, {"lr": 0.0}, {"validation": 1.0}, {"optimizer": "adam"}]
)
def test_a_schedule_out_of_range_is_refused(options) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(options))):
        Schedule(**options)


def test_a_module_that_is_none_is_refused(blobs) -> None:
    with pytest.raises(InvalidInputError, match="must be a torch module or a function"):
        PlainTraining("mlp", schedule=QUICK).fit(blobs["X"], blobs["given"])


def test_every_name_of_the_room_is_there() -> None:
    assert [name for name in robust.__all__ if not hasattr(robust, name)] == []
