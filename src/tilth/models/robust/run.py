"""One training run: its networks and data on the device, and the loop that drives it."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from tilth.algorithms.labels.training_dynamics import TrainingDynamics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module

    from tilth.models.robust.inputs import InputScale
    from tilth.models.robust.schedule import Schedule

_ASKED_AT_ONCE = 2_000  # examples of one forward pass without gradients


class Batch(NamedTuple):
    """Examples of one step: their rows in the training set, inputs, labels and weights."""

    rows: Tensor
    inputs: Tensor
    labels: Tensor
    weights: Tensor


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be learned, by whatever method.

    Attributes
    ----------
    inputs : tensor of shape (n_examples, ...)
        Not yet scaled, anywhere.
    labels : int tensor of shape (n_examples,)
        Given classes, coded 0 .. n_classes - 1.
    weights : float tensor of shape (n_examples,)
        With mean 1.
    n_classes : int
    validation : (inputs, labels) or None
        Held out, with labels as noisy as the others; chooses the epoch.
    scale : InputScale
    network : callable () -> Module
        Makes a network with new weights.
    schedule : Schedule
    device : str
    seed : int
        Decides weights, order, augmentation and every draw of the method.
    """

    inputs: Tensor
    labels: Tensor
    weights: Tensor
    n_classes: int
    validation: tuple[Tensor, Tensor] | None
    scale: InputScale
    network: Callable[[], Module]
    schedule: Schedule
    device: str
    seed: int

    @property
    def n_examples(self) -> int:
        """How many examples are trained on."""
        return len(self.labels)

    def rows(self, positions: NDArray[np.intp]) -> Task:
        """Return the same task with some of the examples."""
        picked = torch.from_numpy(np.asarray(positions, dtype=np.int64))
        return replace(
            self,
            inputs=self.inputs[picked],
            labels=self.labels[picked],
            weights=self.weights[picked],
        )


class Rule:
    """What a method changes in the loop; a class because it holds state from step to step.

    The defaults are plain training. A method sets `n_networks` and overrides what it
    changes: `begin` once, then in every epoch `batches`, and `loss` for each of them.
    """

    n_networks = 1

    def begin(self, run: Run) -> None:
        """Prepare state; may add parameters to `run.extra`."""

    def batches(self, run: Run) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        return run.shuffled()

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return the number whose gradient is followed."""
        logits = run.logits(batch.inputs)
        losses = functional.cross_entropy(logits, batch.labels, reduction="none")
        return (batch.weights * losses).mean()

    def predictors(self) -> Sequence[tuple[int, ...]]:
        """Return sets of networks; validation chooses the one whose mean predicts."""
        return [(i,) for i in range(self.n_networks)]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run came to.

    Attributes
    ----------
    best, last : list of Module
        Networks whose mean probability predicts: of the epoch and predictor with the best
        accuracy on validation labels, and of the last epoch.
    history : list of dict
        Per epoch: ``loss`` (mean of the steps) and ``validation`` (best accuracy of a
        predictor; NaN without validation).
    best_epoch : int
        Counted from 0.
    dynamics : TrainingDynamics or None
        Of the first network.
    """

    best: list[Module]
    last: list[Module]
    history: list[dict[str, float]]
    best_epoch: int
    dynamics: TrainingDynamics | None


class Run:
    """Networks, data and random draws of one training; rules see and steer it.

    A class because everything in it changes from step to step.
    """

    def __init__(self, task: Task, rule: Rule) -> None:
        self.task = task
        self.schedule = task.schedule
        self.device = torch.device(task.device)
        self.rng = np.random.default_rng(task.seed)
        self.generator = torch.Generator(self.device).manual_seed(task.seed)
        self.inputs = task.inputs.to(self.device)
        self.labels = task.labels.to(self.device)
        self.weights = task.weights.to(self.device)
        self.scale = task.scale.to(self.device)
        self.networks = [self._placed(task.network()) for _ in range(rule.n_networks)]
        self.extra: list[Tensor] = []  # parameters beside those of the networks
        self.epoch = 0
        mixed = self.schedule.mixed_precision
        self.mixed = self.device.type != "cpu" if mixed is None else mixed

    def shuffled(self, rows: Tensor | None = None) -> Iterator[Batch]:
        """Yield the examples (or some of them) in random order, in batches of even size."""
        n = len(self.labels) if rows is None else len(rows)
        size = self.schedule.batch_size_for(self.task.n_examples)
        order = torch.from_numpy(self.rng.permutation(n)).to(self.device)
        order = order if rows is None else rows[order]
        for part in torch.tensor_split(order, max(1, round(n / size))):
            yield self.batch(part)

    def batch(self, rows: Tensor) -> Batch:
        """Return these training examples, augmented."""
        return Batch(rows, self.augmented(rows), self.labels[rows], self.weights[rows])

    def augmented(self, rows: Tensor) -> Tensor:
        """Return the inputs of training examples, changed at random and scaled."""
        inputs = self.inputs[rows]
        if self.schedule.augment is not None:
            inputs = self.schedule.augment(inputs, self.generator)
        return self.scale.scaled(inputs)

    def logits(self, inputs: Tensor, network: int = 0) -> Tensor:
        """Return what one network says of scaled inputs, in full precision."""
        return self.asked(self.networks[network], inputs)

    def asked(self, module: Module, inputs: Tensor) -> Tensor:
        """Return what a module says of scaled inputs, in full precision."""
        if inputs.dim() == 4:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            found = module(inputs)
        return found.float()

    def predicted(self, inputs: Tensor | None = None, network: int = 0) -> Tensor:
        """Return logits without augmentation or gradients; None: of the training examples."""
        inputs = self.inputs if inputs is None else inputs
        module = self.networks[network]
        with evaluated(module), torch.no_grad():
            parts = [
                self.asked(module, self.scale.scaled(part.to(self.device)))
                for part in inputs.split(_ASKED_AT_ONCE)
            ]
        return torch.cat(parts)

    def _placed(self, network: Module) -> Module:
        return network.to(self.device, memory_format=torch.channels_last)


@dataclass(eq=False)
class _Choice:
    """The best epoch and predictor so far."""

    accuracy: float = -1.0
    epoch: int = 0
    predictor: tuple[int, ...] = (0,)
    states: dict[int, Any] = field(default_factory=dict)


def train(task: Task, rule: Rule) -> Outcome:
    """Train networks on a task as a rule says.

    The global random state of torch is left as it was.
    """
    device = torch.device(task.device)
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(task.seed)
        return _train(Run(task, rule), rule)


def _train(run: Run, rule: Rule) -> Outcome:
    rule.begin(run)
    optimizer = _optimizer(run)
    held = run.task.validation
    watched = None if held is None else (held[0].to(run.device), held[1].to(run.device))
    history: list[dict[str, float]] = []
    recorded: list[tuple[Tensor, Tensor, Tensor]] = []
    choice = last = _Choice()
    for epoch in range(run.schedule.n_epochs):
        run.epoch = epoch
        loss = _one_epoch(run, rule, optimizer)
        last = _chosen(run, rule, watched)
        history.append({"loss": loss, "validation": last.accuracy})
        if run.schedule.dynamics:
            recorded.append(_said(run))
        if watched is None or last.accuracy > choice.accuracy:
            choice = last
            if watched is not None and epoch < run.schedule.n_epochs - 1:
                choice.states = {i: _copied(run.networks[i]) for i in choice.predictor}
    return Outcome(
        [_restored(run, i, choice.states) for i in choice.predictor],
        [run.networks[i] for i in last.predictor],
        history,
        choice.epoch,
        _dynamics(recorded),
    )


def _one_epoch(run: Run, rule: Rule, optimizer: Any) -> float:
    for network in run.networks:
        network.train()
    total, n_steps = torch.zeros((), device=run.device), 0
    size = run.schedule.batch_size_for(run.task.n_examples)
    expected = max(1, round(len(run.labels) / size))
    for batch in rule.batches(run):
        done = run.epoch + min(n_steps / expected, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = run.schedule.lr_at(done / run.schedule.n_epochs)
        loss = rule.loss(run, batch)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        total += loss.detach()
        n_steps += 1
    return float(total) / max(n_steps, 1)


def _optimizer(run: Run) -> Any:
    schedule = run.schedule
    weights = [p for network in run.networks for p in network.parameters()]
    groups: list[dict[str, Any]] = [{"params": [p for p in weights if p.requires_grad]}]
    if run.extra:
        groups.append({"params": run.extra, "weight_decay": 0.0})
    common = {"lr": schedule.lr, "weight_decay": schedule.weight_decay}
    if schedule.optimizer == "sgd":
        return torch.optim.SGD(groups, **common, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(groups, **common)


def _chosen(run: Run, rule: Rule, watched: tuple[Tensor, Tensor] | None) -> _Choice:
    """Return the predictor that is best on validation labels now; NaN without them."""
    predictors = rule.predictors()
    if watched is None:
        return _Choice(float("nan"), run.epoch, predictors[0])
    inputs, labels = watched
    probs = [run.predicted(inputs, i).softmax(1) for i in range(rule.n_networks)]
    hits = [
        torch.stack([probs[i] for i in p]).mean(0).argmax(1) == labels for p in predictors
    ]
    scores = [float(hit.float().mean()) for hit in hits]
    best = int(np.argmax(scores))
    return _Choice(scores[best], run.epoch, predictors[best])


def _said(run: Run) -> tuple[Tensor, Tensor, Tensor]:
    """Return p(given), the margin and the hit of every training example now."""
    logits = run.predicted()
    given = run.labels[:, None]
    own = logits.gather(1, given)[:, 0]
    others = logits.scatter(1, given, float("-inf")).amax(1)
    p_given = logits.softmax(1).gather(1, given)[:, 0]
    return p_given.cpu(), (own - others).cpu(), (logits.argmax(1) == run.labels).cpu()


def _dynamics(recorded: list[tuple[Tensor, Tensor, Tensor]]) -> TrainingDynamics | None:
    if not recorded:
        return None
    columns = zip(*recorded, strict=True)
    return TrainingDynamics(*(torch.stack(column).numpy() for column in columns))


def _copied(network: Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _restored(run: Run, i: int, states: dict[int, Any]) -> Module:
    """Return a network as it was in the best epoch; the last one keeps its own."""
    if i not in states:
        return run.networks[i]
    network = copy.deepcopy(run.networks[i])
    network.load_state_dict(states[i])
    return network


def probabilities(
    network: Module, scale: InputScale, inputs: Tensor
) -> NDArray[np.float64]:
    """Return class probabilities of inputs, not yet scaled, from a trained network."""
    device = next(network.parameters()).device
    scale = scale.to(device)
    with evaluated(network), torch.no_grad():
        parts = [
            network(scale.scaled(part.to(device))).float().softmax(1).cpu()
            for part in inputs.split(_ASKED_AT_ONCE)
        ]
    return np.asarray(torch.cat(parts), dtype=np.float64)


@contextlib.contextmanager
def evaluated(module: Module) -> Iterator[None]:
    """Put a module into evaluation in this block, and back into what it was."""
    was = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was)
