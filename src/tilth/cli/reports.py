"""What commands hand to a report, and the next commands on the screen."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilth.cli.screen import Screen
    from tilth.data.dataset import Dataset
    from tilth.engine.audit import Audit
    from tilth.engine.improve import Improvement
    from tilth.report.contents import Run
    from tilth.report.steps import Step

ENDINGS = (".html", ".htm")


def show_steps(screen: "Screen", steps: "Sequence[Step]") -> None:
    """Print the next commands; nothing with --quiet."""
    for i, (command, what) in enumerate(steps):
        screen.note(f"{'' if i else 'Next':<10}{command}     {what}")


def beside(out: Path | None) -> Path | None:
    """Return where the report of an output goes: next to it, under its name.

    Examples
    --------
    >>> beside(Path("better.csv")).name
    'better.report.html'
    """
    if out is None:
        return None
    from tilth.data.write import ENDINGS

    for ending in sorted(ENDINGS, key=len, reverse=True):
        if out.name.lower().endswith(ending):
            return out.with_name(f"{out.name[: -len(ending)]}.report.html")
    return out.with_name(f"{out.name}.report.html")


def audit_run(
    audit: "Audit",
    document: Mapping[str, Any],
    steps: "Sequence[Step]",
    source: str | None,
) -> "Run":
    """Return what a report of an audit tells of."""
    from tilth.report.contents import Run

    return Run(
        dataset=audit.dataset,
        outcomes=audit.outcomes,
        made=document["made"],
        facts=audit.facts,
        commands=steps,
        source=source or audit.dataset.source,
    )


def improve_run(
    improvement: "Improvement",
    document: Mapping[str, Any],
    dataset: "Dataset",
    program: Sequence[str],
) -> "Run":
    """Return what a report of an improvement tells of."""
    from tilth.report.contents import Run
    from tilth.report.steps import improve_steps

    audit = improvement.audit
    return Run(
        dataset=audit.dataset,
        outcomes=audit.outcomes,
        made=document["made"],
        facts=audit.facts,
        result=document,
        commands=improve_steps(document, program, document["patch"]),
        source=dataset.source,
        notes=held_out_notes(len(audit.dataset), len(dataset)),
    )


def held_out_notes(n_training: int, n_examples: int) -> list[str]:
    """Say that checks saw the training part alone, where that is so."""
    if n_training == n_examples:
        return []
    looked = f"The checks looked at {n_training:,} of {n_examples:,} examples"
    return [f"{looked}; the others were held out for the proof."]
