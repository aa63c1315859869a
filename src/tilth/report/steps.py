"""The commands that go on from a run, each with what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.display.terminal import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Step = tuple[str, str]  # a command, and what it does

_IMPROVED = ("classification", "ordinal", "regression")  # tasks that improve works on
NAME_THE_LABEL = "name the label column with --label COLUMN to ask about labels as well"


def audit_steps(
    document: Mapping[str, Any],
    program: Sequence[str],
    words: Mapping[str, Sequence[str] | None],
) -> list[Step]:
    """Return what to do after an audit.

    Parameters
    ----------
    document : mapping
        With ``checks`` and the ``dataset``.
    program : sequence of str
        The first words of a command in the same project.
    words : mapping of str to sequence of str or None
        What stands behind ``audit`` and ``improve``: the data, with the options that go on;
        None where no command can name them.
    """
    found = [
        check["name"] for check in document["checks"] if check["outcome"] == "findings"
    ]
    steps: list[Step] = []
    has_inputs = document["dataset"]["n_columns"] > 1
    audit, improve = words["audit"], words["improve"]
    if document["dataset"]["label"] is None:
        if audit is not None:
            steps.append((command_line(*program, "audit", *audit), NAME_THE_LABEL))
    elif (
        improve is not None
        and found
        and document["dataset"]["task"] in _IMPROVED
        and has_inputs
    ):
        line = command_line(*program, "improve", *improve)
        steps.append((line, "try edits, keep what is proven"))
    if found:
        line = command_line("tilth", "explain", found[0])
        steps.append((line, "what it asks, and how"))
    return steps


def improve_steps(
    document: Mapping[str, Any], program: Sequence[str], apply: Sequence[str] = ()
) -> list[Step]:
    """Return what to do after an improvement or a proof.

    Parameters
    ----------
    document : mapping
        The improvement's, with the ``version`` it made and its ``parent``, if any.
    program : sequence of str
    apply : sequence of str
        What stands behind ``apply`` to make its edits on the source again; empty where they
        were not written.
    """
    steps: list[Step] = []
    version, parent = document.get("version"), document.get("parent")
    if document.get("next_command"):
        steps.append((str(document["next_command"]), "try that next"))
    if version and apply:
        line = command_line(*program, "apply", *apply)
        steps.append((line, "make the same edits once the source is refreshed"))
    if version and parent:
        line = command_line(*program, "diff", parent, version)
        steps.append((line, "see every change"))
        line = command_line(*program, "undo", version)
        steps.append((line, f"take {version} back; your files were never changed"))
    return steps or [(command_line(*program, "log"), "list the versions of the project")]
