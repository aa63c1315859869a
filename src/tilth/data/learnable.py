"""What data must be like for a model to be trained on them and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset


def check_learnable(dataset: Dataset, verb: str) -> None:
    """Refuse to `verb` (improve, prove) what no model of ours learns; say what works.

    Raises
    ------
    InvalidInputError
        If there is no label, or it is not one class or one number per example.
    """
    task = dataset.schema.task
    if task == "none":
        raise InvalidInputError(
            f"{verb} needs a label to train on, got none for {dataset.source}. Name its column "
            "with --label."
        )
    if dataset.schema.learned_as == "none":
        raise InvalidInputError(
            f"{verb} needs one class or one number per example, got the task {task} for "
            f"{dataset.source}. Use tilth audit, which finds wrong labels of every task, and "
            "correct them where you label."
        )
