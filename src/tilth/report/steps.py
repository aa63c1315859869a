"""The commands that go on from a run, each with what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.data.schema import ORIGIN_ROLES
from tilth.display.terminal import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Step = tuple[str, str]  # a command, and what it does

_IMPROVED = ("classification", "ordinal", "regression")  # tasks that improve works on
NAME_THE_LABEL = "name the label column with --label COLUMN to ask about labels as well"


def source_words(
    source: str | None, dataset: Mapping[str, Any], *, is_version: bool
) -> list[str]:
    """Return how a command names the data again: a version knows its label and task.

    `dataset` is its document.
    """
    if source is None:
        return []
    label, task = dataset["label"], dataset["task"]
    if is_version or label is None:
        return [source]
    words = [source, "--label", label]
    for role in ORIGIN_ROLES:  # only a person gives these
        words += [f"--{role}", dataset[role]] if dataset[role] else []
    if task not in ("classification", "regression"):
        words += ["--task", task]
    if task == "ordinal" and dataset.get("order"):
        words += ["--classes", ",".join(dataset["order"])]
    return words


def audit_steps(
    document: Mapping[str, Any],
    program: Sequence[str],
    words: Sequence[str],
    test: str | None = None,
) -> list[Step]:
    """Return what to do after an audit.

    Parameters
    ----------
    document : mapping
        With ``checks`` and the ``dataset``.
    program : sequence of str
        The first words of a command in the same project.
    words : sequence of str
        How a command names the data, as `source_words` says.
    test : str, optional
        The test file, where one was given.
    """
    found = [
        check["name"] for check in document["checks"] if check["outcome"] == "findings"
    ]
    steps: list[Step] = []
    if document["dataset"]["label"] is None:
        steps.append((command_line(*program, "audit", *words), NAME_THE_LABEL))
    elif found and document["dataset"]["task"] in _IMPROVED:
        tested = ["--test", test] if test else []
        line = command_line(*program, "improve", *words, *tested)
        steps.append((line, "try edits, keep what is proven"))
    if found:
        line = command_line("tilth", "explain", found[0])
        steps.append((line, "what it asks, and how"))
    return steps


def improve_steps(
    document: Mapping[str, Any], program: Sequence[str], patch: str | None = None
) -> list[Step]:
    """Return what to do after an improvement or a proof.

    Parameters
    ----------
    document : mapping
        The improvement's, with the ``version`` it made and its ``parent``, if any.
    program : sequence of str
    patch : str, optional
        Where its edits were written.
    """
    steps: list[Step] = []
    version, parent = document.get("version"), document.get("parent")
    if document.get("next_command"):
        steps.append((str(document["next_command"]), "go on to a verdict"))
    if version and patch:
        line = command_line(*program, "apply", patch, "NEW.csv", "-o", "OUT.csv")
        steps.append((line, "make the same edits on a refreshed file"))
    if version and parent:
        line = command_line(*program, "diff", parent, version)
        steps.append((line, "see every change"))
        line = command_line(*program, "undo", version)
        steps.append((line, f"take {version} back; your files were never changed"))
    return steps or [(command_line(*program, "log"), "list the versions of the project")]
