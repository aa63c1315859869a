"""Every robust method beats plain training where labels are wrong, and behaves as one estimator."""

from collections.abc import Callable

import numpy as np
import pytest

from tilth.algorithms.label_noise import flip_labels, make_uniform_noise

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install 'tilth[torch]'"
)

from tilth.models.robust import (  # noqa: E402
    INCV,
    CoTeaching,
    DivideMix,
    EarlyLearningRegularization,
    ForwardCorrection,
    GeneralizedCrossEntropy,
    MentorNet,
    Mixup,
    PlainTraining,
    ReedBootstrapping,
    RobustClassifier,
    Schedule,
    SModel,
    SymmetricCrossEntropy,
)

RATE = 0.4
NOISE = make_uniform_noise(4, RATE)
# Long enough to memorise, and no validation: what the last epoch is worth.
LONG = Schedule(
    n_epochs=20, batch_size=32, lr=0.005, weight_decay=0, validation=0, dynamics=False
)

METHODS: dict[str, tuple[type[RobustClassifier], dict[str, object]]] = {
    "reed soft": (ReedBootstrapping, {"mode": "soft", "trust": 0.5}),
    "reed hard": (ReedBootstrapping, {"mode": "hard", "trust": 0.5}),
    "s-model": (SModel, {"noise_matrix": NOISE}),
    "co-teaching": (CoTeaching, {"noise_rate": RATE}),
    "mentor net, predefined": (MentorNet, {"percentile": 0.6}),
    "mentor net, data-driven": (MentorNet, {"curriculum": "data-driven"}),
    "sce": (SymmetricCrossEntropy, {}),
    "mixup": (Mixup, {"alpha": 8.0}),
    "incv": (INCV, {}),
    "forward correction": (ForwardCorrection, {"noise_matrix": NOISE}),
    "gce": (GeneralizedCrossEntropy, {}),
    "elr": (EarlyLearningRegularization, {}),
    "divide mix": (DivideMix, {}),
}


def network() -> torch.nn.Module:
    """Return a network that can memorise five hundred labels."""
    return torch.nn.Sequential(
        torch.nn.Linear(10, 128),
        torch.nn.ReLU(),
        torch.nn.Linear(128, 128),
        torch.nn.ReLU(),
        torch.nn.Linear(128, 4),
    )


def clouds(seed: int) -> tuple[np.ndarray, ...]:
    """Return training features, noisy labels, test features and their true labels."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(4, 10)) * 0.9
    labels = np.repeat(np.arange(4), 350)
    X = (centres[labels] + rng.normal(size=(1400, 10))).astype(np.float32)
    order = rng.permutation(1400)
    X, labels = X[order], labels[order]
    given = flip_labels(labels[:500], NOISE, rng=rng).labels
    return X[:500], given, X[500:], labels[500:]


@pytest.fixture(scope="module")
def accuracy() -> Callable[[RobustClassifier, int], float]:
    """Return a function that trains on the clouds of a seed and scores the truth."""
    data = {seed: clouds(seed) for seed in (0, 1)}

    def measured(model: RobustClassifier, seed: int) -> float:
        X, given, X_test, truth = data[seed]
        predicted = model.set_params(random_state=seed).fit(X, given).predict(X_test)
        return float((predicted == truth).mean())

    return measured


@pytest.fixture(scope="module")
def plain(accuracy) -> list[float]:
    """Return what plain training reaches."""
    return [accuracy(PlainTraining(network(), schedule=LONG), seed) for seed in (0, 1)]


@pytest.mark.parametrize("name", METHODS)
def test_a_robust_method_beats_plain_training(name: str, accuracy, plain) -> None:
    method, options = METHODS[name]
    reached = [
        accuracy(method(network(), schedule=LONG, **options), seed) for seed in (0, 1)
    ]
    gains = np.subtract(reached, plain)
    assert gains.min() > 0.03, (reached, plain)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_the_same_twice_and_knows_its_parameters(name: str) -> None:
    method, options = METHODS[name]
    X, given, X_test, _ = clouds(2)
    short = Schedule(n_epochs=3, batch_size=64, lr=0.01)
    names = np.array(["a", "b", "c", "d"])
    options = {k: v for k, v in options.items() if k != "curriculum"}
    model = method(schedule=short, random_state=1, **options)
    assert model.get_params()["schedule"] == short
    first = model.fit(X, names[given])
    probs = first.predict_proba(X_test)
    assert probs.shape == (900, 4)
    assert np.allclose(probs.sum(axis=1), 1)
    assert set(first.predict(X_test)) <= set(names)
    assert first.dynamics_.n_epochs == len(first.history_) == 3
    again = method(schedule=short, random_state=1, **options).fit(X, names[given])
    assert np.array_equal(again.predict_proba(X_test), probs)
    weighted = method(schedule=short, **options).fit(
        X, given, np.where(given == 0, 3.0, 1.0)
    )
    assert (weighted.predict(X_test) == 0).mean() > 0


def test_two_networks_are_not_one(accuracy) -> None:
    X, given, _, _ = clouds(0)
    short = Schedule(n_epochs=3, batch_size=64)
    found = DivideMix(network(), schedule=short).fit(X, given)
    first, second = found.networks_
    assert not torch.equal(first[0].weight, second[0].weight)


def test_the_incv_row_says_what_it_selected() -> None:
    X, given, _, _ = clouds(0)
    found = INCV(network(), schedule=Schedule(n_epochs=8, batch_size=32)).fit(X, given)
    assert np.isin(found.selected_, found.trained_rows_).all()
    assert 0 < found.noise_rate_ < 1
