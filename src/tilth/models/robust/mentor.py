"""The mentor of MentorNet: a small network that tells right labels by how they are learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_STEPS = 300  # of fitting the mentor; our own, its loss is flat by then
_BATCH = 256
_LR = 0.01


class Lesson(NamedTuple):
    """How examples stand: one row each.

    Attributes
    ----------
    track : float tensor of shape (n, 2, 2)
        Loss, and loss minus its moving percentile: at the visit before, and now.
    labels : int tensor of shape (n,)
    progress : float tensor of shape (n,)
        Part of the training done, in [0, 1].
    """

    track: Tensor
    labels: Tensor
    progress: Tensor


class Mentor(nn.Module):  # type: ignore[misc]
    """A two-way LSTM over the losses, beside the label and the epoch.

    References
    ----------
    Jiang et al. (2018), "MentorNet", figure 2.
    """

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.track = nn.LSTM(2, 10, batch_first=True, bidirectional=True)
        self.label = nn.Embedding(n_classes, 2)
        self.epoch = nn.Embedding(100, 5)
        self.hidden = nn.Linear(20 + 2 + 5, 20)
        self.out = nn.Linear(20, 1)

    def forward(self, lesson: Lesson) -> Tensor:
        """Return the logit that each label is right."""
        _, (state, _) = self.track(lesson.track)
        percent = (lesson.progress * 100).long().clamp(0, 99)
        parts = [state.transpose(0, 1).flatten(1), self.label(lesson.labels)]
        hidden = self.hidden(torch.cat([*parts, self.epoch(percent)], 1)).tanh()
        return self.out(hidden)[:, 0]


def fitted_mentor(
    lessons: Sequence[Lesson], is_right: Sequence[Tensor], n_classes: int
) -> Mentor:
    """Return a mentor fitted to lessons of examples whose labels are known right or wrong.

    Draws from torch's global generator.
    """
    lesson = Lesson(*(torch.cat(column) for column in zip(*lessons, strict=True)))
    truth = torch.cat(list(is_right)).float()
    mentor: Mentor = Mentor(n_classes).to(truth.device)
    optimizer = torch.optim.Adam(mentor.parameters(), lr=_LR)
    for step in range(_STEPS):
        for group in optimizer.param_groups:
            group["lr"] = _LR * (1 - step / _STEPS)
        rows = torch.randint(len(truth), (min(_BATCH, len(truth)),)).to(truth.device)
        told = mentor(Lesson(*(column[rows] for column in lesson)))
        loss = functional.binary_cross_entropy_with_logits(told, truth[rows])
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
    return mentor
