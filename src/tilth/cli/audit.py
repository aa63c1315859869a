"""`tilth audit`: what is wrong with the data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tilth.cli import completion, options
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from tilth.checks.check import Outcome
    from tilth.cli.screen import Screen
    from tilth.cli.workplace import Workplace
    from tilth.data.dataset import Dataset
    from tilth.engine.audit import Audit

FAILED = "failed"


def audit(
    ctx: typer.Context,
    source: options.Source = None,
    label: options.Label = None,
    task: options.Task = None,
    classes: options.Classes = None,
    text: options.Text = None,
    image: options.Image = None,
    id_: options.Id = None,
    group: options.Group = None,
    time: options.Time = None,
    annotator: options.Annotator = None,
    split: options.Split = None,
    test: options.Test = None,
    model: options.Model = None,
    labels: Annotated[
        str | None, typer.Option(metavar="FILE", help="Labels alone, instead of SOURCE.")
    ] = None,
    pred_probs: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Out-of-sample probabilities (.npy, .npz, .csv, .parquet)."
        ),
    ] = None,
    predictions: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Out-of-sample predictions: numbers in the same formats, or boxes as COCO results (.json).",
        ),
    ] = None,
    embeddings: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A vector for each example, in row order."),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECK,...",
            help="Run these checks alone.",
            autocompletion=completion.checks,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="CHECK.OPTION=VALUE",
            help="Move the line of a check, as label_errors.min_p_error=0.5; repeatable. "
            "`tilth explain CHECK` lists its options.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", help="Issues listed for each check in --json.", min=0),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECK",
            help="Exit 1 if this check finds something or could not say; `failed`: if any check broke.",
            autocompletion=completion.checks,
        ),
    ] = None,
    image_root: options.ImageRoot = None,
    no_header: options.NoHeader = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            help="With --labels and --pred-probs alone: write every flagged row here (.parquet).",
        ),
    ] = None,
    html: options.Html = None,
    redact: options.Redact = False,
    seed: options.Seed = 0,
    jobs: options.Jobs = None,
    as_json: options.Json = False,
) -> int:
    """Find what is wrong with a dataset.

    Guesses what each column is for, says so, and asks every check its question: cheap
    ones first, worst case named. Changes nothing. Labels and probabilities without SOURCE
    are read piece by piece, however large they are, and asked about labels alone; with --html
    or --set they are read whole.
    """
    from tilth.cli import label_files, reports, workplace
    from tilth.cli.screen import Screen
    from tilth.report import documents
    from tilth.report.made import made

    screen = Screen(ctx.obj, as_json=as_json)
    read = {"SOURCE": source, "--test": test}
    options.check_output(html, "--html", reports.ENDINGS, read)
    selected = check_names(options.names(select), "--select") or None
    gates = check_names(options.names(fail_on), "--fail-on", FAILED)
    roles = options.roles(
        label=label, text=text, classes=classes, image=image, id=id_, group=group,
        time=time, annotator=annotator, split=split, task=task,
    )  # fmt: skip
    given: dict[str, Any] = {"test": test, "model": model, "pred_probs": pred_probs}
    given |= {"predictions": predictions, "embeddings": embeddings}
    files = label_files.Asked(labels or "", pred_probs or "", classes, out, not no_header)
    if label_files.are_alone(
        files, {**roles, **given, "source": source, "html": html, "set": set_}
    ):
        checks = label_files.audit_files(
            ctx, screen, files, select=selected, limit=limit, jobs=jobs
        )
        return gate_code(screen, checks, gates)
    with workplace.Workplace(
        ctx.obj, screen, has_header=not no_header, image_root=image_root
    ) as project:
        dataset = project.load_labels(labels) if labels else project.load(source, roles)
        result = _asked(
            screen,
            project,
            dataset,
            **_beside(project, dataset, **given),
            select=selected,
            options=check_options(set_ or []),
            seed=seed,
            n_jobs=jobs or options.n_cores(),
            cache=project.cache,
        )
        how = {"made": made(dataset, command=ctx.obj.command, seed=seed)}
        project.remember_audit(result, documents.audit_document(result, limit=0) | how)
    document = documents.audit_document(result, limit) | how
    _end(ctx, screen, result, document)
    return gate_code(screen, document["checks"], gates)


def _end(
    ctx: typer.Context, screen: "Screen", audit: "Audit", document: dict[str, Any]
) -> None:
    """Print what is left to say, and write the report."""
    from tilth.cli import again, reports
    from tilth.report.runs import audit_run
    from tilth.report.steps import audit_steps
    from tilth.report.write import write_run

    program, html = ctx.obj.program, ctx.params["html"]
    names = ("audit", "improve")
    words = {name: again.words(ctx, name, audit.dataset) for name in names}
    steps = audit_steps(document, program, words)
    if html is not None:
        about: dict[str, Any] = {"program": program, "words": words}
        run = audit_run(audit, document, steps, ctx.params["source"], **about)
        write_run(run, html, redacted=ctx.params["redact"])
    reports.show_end(screen, document, steps, {"Report": html})


def _beside(
    project: "Workplace",
    dataset: "Dataset",
    *,
    test: str | None,
    model: str | None,
    **arrays: str | None,
) -> dict[str, Any]:
    """Read what was given beside the dataset."""
    from tilth.cli import sources
    from tilth.models.model import load_model

    return {
        "test": project.load_test(test, dataset) if test else None,
        "model": load_model(model, dataset) if model else None,
        **sources.read_beside(dataset, **arrays),
    }


def _asked(
    screen: "Screen", project: "Workplace", dataset: "Dataset", **options: Any
) -> "Audit":
    """Ask the checks, printing each answer as it comes."""
    from tilth import audit as run_audit
    from tilth.cli import audit_lines
    from tilth.report import documents

    for line in audit_lines.dataset_lines(documents.dataset_document(dataset)):
        screen.parts(*line)
    for note in dataset.notes:
        screen.note(f"  note: {note}")

    def show(name: str, outcome: "Outcome") -> None:
        _show_check(screen, dataset, name, outcome)
        project.remember_source()  # not before the first finding is on the screen

    with screen.working():
        return run_audit(dataset, **options, progress=screen.progress, on_outcome=show)


def check_names(names: list[str], option: str, *more: str) -> list[str]:
    """Return the names if checks are called so; a close name is suggested otherwise."""
    import difflib

    from tilth.checks import CHECKS

    known = [check.name for check in CHECKS]
    for name in names:
        if name not in known and name not in more:
            close = difflib.get_close_matches(name, [*known, *more], n=1)
            hint = f"Did you mean {option} {close[0]}?" if close else "Try: tilth explain"
            raise InvalidInputError(
                f'No check "{name}" for {option}; checks are {", ".join([*known, *more])}. {hint}'
            )
    return names


def check_options(said: list[str]) -> dict[str, dict[str, float | str]]:
    """Return what ``CHECK.OPTION=VALUE`` says, by check and option; a word stays a word."""
    found: dict[str, dict[str, float | str]] = {}
    for one in said:
        name, _, value = one.partition("=")
        check, _, option = name.strip().partition(".")
        if not (check and option and value):
            raise InvalidInputError(
                f"--set must be CHECK.OPTION=VALUE, got {one!r}. Write label_errors.min_p_error=0.5"
            )
        try:
            found.setdefault(check, {})[option] = float(value)
        except ValueError:
            found.setdefault(check, {})[option] = value
    return found


def _show_check(
    screen: "Screen", dataset: "Dataset", name: str, outcome: "Outcome"
) -> None:
    """Print what one check found, as soon as it has ended."""
    from tilth.checks.check import Findings
    from tilth.cli import audit_lines
    from tilth.report import documents

    document = documents.check_document(name, outcome, dataset, limit=1)
    if document["outcome"] not in ("findings", "failed"):
        return
    snippet = ""
    if isinstance(outcome, Findings) and outcome.unit == "example" and dataset.schema.text:
        position = int(outcome.issues["key"].iloc[0])
        snippet = str(dataset.table[dataset.schema.text[0]].iloc[position])
    line = audit_lines.check_line(
        document, id_column=dataset.schema.id, snippet=snippet, width=screen.width
    )
    screen.parts(*line)
    for more in audit_lines.facts_lines(document):
        screen.parts(*more)


def gate_code(screen: "Screen", checks: list[dict[str, Any]], gates: list[str]) -> int:
    """Return 1 if a gate failed, and say why: a check that could not say never passes one."""
    by_name = {check["name"]: check for check in checks}
    failed = [check["name"] for check in checks if check["outcome"] == "failed"]
    code = 0
    for gate in gates:
        if gate == FAILED:
            said = f"{', '.join(failed)} broke" if failed else ""
        elif gate not in by_name:
            said = "it was not selected"
        else:
            reason = by_name[gate]["reason"]
            said = {
                "clean": "",
                "findings": "it found something",
                "failed": f"it broke: {reason}",
                "skipped": f"it was skipped: {reason}",
                "not_applicable": f"it could not be asked: {reason}",
            }[by_name[gate]["outcome"]]
        if said:
            code = 1
            screen.line(f"gate {gate} failed: {said}", "bold red")
    return code
