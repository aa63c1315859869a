"""What `audit` and `improve` return, as a run to report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.engine.as_command import data_words
from tilth.engine.improve import Improvement
from tilth.report.contents import Run
from tilth.report.documents import audit_document, improve_document
from tilth.report.made import made
from tilth.report.steps import audit_steps
from tilth.report.write import write_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tilth.engine.audit import Audit
    from tilth.report.steps import Step
    from tilth.report.write import Format


def write_report(
    result: Audit | Improvement,
    path: str | Path,
    *,
    fmt: Format | None = None,
    redacted: bool = False,
) -> None:
    """Write what `audit` or `improve` returned to one file to share.

    Parameters
    ----------
    result : Audit or Improvement
    path : path
        An existing file is replaced.
    fmt : {"html", "md", "json"}, optional
        None: by the ending of `path`, and HTML where that says nothing.
    redacted : bool
        Leave out whatever quotes an example: texts, values, ids.

    Raises
    ------
    InvalidInputError
        If the folder is missing.
    OutputError
        If the disk is full or the folder may not be written to.

    Notes
    -----
    The HTML file needs no network and no JavaScript. Below 500 KB for texts and tables;
    fewer examples are shown, and that is said, where it would be larger.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import tilth
    >>> audit = tilth.audit(tilth.read({"x": [1, 2, 2]}), select=["exact_duplicates"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tilth.write_report(audit, f"{folder}/report.md")
    ...     Path(f"{folder}/report.md").read_text().splitlines()[0]
    '# 1 example repeats another one exactly'
    """
    if isinstance(result, Improvement):
        dataset = result.dataset
        document = improve_document(result) | {"made": made(dataset)}
        step = ("tilth.apply(better.patch, data)", "make the same edits on refreshed data")
        steps = [step] if result.edits else []
        if result.proof.next_command:
            steps.append((result.proof.next_command, "try that next"))
        source, n = result.audit.dataset.source, result.n_examples
        words = {"audit": data_words(result.audit.dataset)}
        run = improve_run(result, document, source, steps, words=words, n_examples=n)
    else:
        document = audit_document(result, limit=0) | {"made": made(result.dataset)}
        source = result.dataset.source
        words = dict.fromkeys(("audit", "improve"), data_words(result.dataset))
        steps = audit_steps(document, ["tilth"], words)
        run = audit_run(result, document, steps, source, words=words)
    write_run(run, path, fmt, redacted=redacted)


def audit_run(
    audit: Audit,
    document: Mapping[str, Any],
    steps: Sequence[Step],
    source: str | None,
    *,
    program: Sequence[str] = ("tilth",),
    words: Mapping[str, Sequence[str] | None] | None = None,
) -> Run:
    """Return what a report of an audit tells of.

    Parameters
    ----------
    audit : Audit
    document : mapping
        Its JSON document, with ``made``.
    steps : sequence of (command, what it does)
    source : str, optional
        How a command names the data.
    program : sequence of str
        The first words of a command in the same project.
    words : mapping of str to sequence of str, optional
        As `Run` has it.
    """
    return Run(
        dataset=audit.dataset,
        outcomes=audit.outcomes,
        made=document["made"],
        facts=audit.facts,
        commands=steps,
        source=source or audit.dataset.source,
        program=program,
        words=words or {},
    )


def improve_run(
    improvement: Improvement,
    document: Mapping[str, Any],
    source: str,
    steps: Sequence[Step],
    *,
    program: Sequence[str] = ("tilth",),
    words: Mapping[str, Sequence[str] | None] | None = None,
    n_examples: int | None = None,
) -> Run:
    """Return what a report of an improvement tells of.

    Parameters
    ----------
    improvement : Improvement
    document : mapping
        Its JSON document, with ``made``.
    source : str
        How a command names the data.
    steps : sequence of (command, what it does)
    program : sequence of str
        The first words of a command in the same project.
    words : mapping of str to sequence of str, optional
        As `Run` has it.
    n_examples : int, optional
        Of the data as given, of which the checks may have seen a part; None: all.
    """
    audit = improvement.audit
    n_seen = len(audit.dataset)
    looked = f"The checks looked at {n_seen:,} of {n_examples or n_seen:,} examples"
    return Run(
        dataset=audit.dataset,
        outcomes=audit.outcomes,
        made=document["made"],
        facts=audit.facts,
        result=document,
        commands=steps,
        source=source,
        program=program,
        notes=[f"{looked}; the others were held out for the proof."]
        if audit.outcomes and n_seen < (n_examples or n_seen)
        else [],
        words=words or {},
        n_examples=n_examples,
    )
