"""`tilth improve`: a better version of the data, with proof."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tilth.cli import options
from tilth.errors import InvalidInputError, OutputError

if TYPE_CHECKING:
    from tilth.cli.screen import Screen
    from tilth.data.dataset import Dataset
    from tilth.engine.improve import Improvement

_EDITED = "edited.csv"  # what a command writes where -o named nothing


def improve(
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
    text_as: options.TextAs = None,
    metric: options.Metric = None,
    budget: Annotated[
        str, typer.Option(metavar="TIME", help="Time for the search: 90s, 10m, 1h.")
    ] = "10m",
    out: options.Out = None,
    patch: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the edits here (JSON Lines).")
    ] = None,
    audit_sample: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Without --test: write N held-out rows to -o for a person to label, and stop.",
        ),
    ] = None,
    html: options.Html = None,
    redact: options.Redact = False,
    audited: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Those rows with their labels: the proof rests on them."
        ),
    ] = None,
    image_root: options.ImageRoot = None,
    no_header: options.NoHeader = False,
    keep_formulas: options.KeepFormulas = False,
    seed: options.Seed = 0,
    jobs: options.Jobs = None,
    as_json: options.Json = False,
) -> None:
    """Try edits, keep what is proven to help.

    The judge is your own model, trained alike before and after.

    Edits are chosen on training data alone. What is kept is proven on test examples that
    chose nothing; without --test a fifth of the rows is set aside first. Where nothing is
    proven nothing is applied, and -o writes the data as they are.
    """
    from tilth.cli import again, audited_rows, workplace
    from tilth.cli.screen import Screen

    screen = Screen(ctx.obj, as_json=as_json)
    budget_seconds = options.seconds(budget)
    others = {"SOURCE": source, "--test": test, "--audited": audited}
    files = _outputs(others, out=out, patch=patch, html=html)
    roles = options.roles(
        label=label, text=text, classes=classes, image=image, id=id_, group=group,
        time=time, annotator=annotator, split=split, task=task,
    )  # fmt: skip
    _refuse_two_tests(test, audit_sample, audited)
    with workplace.Workplace(
        ctx.obj, screen, has_header=not no_header, image_root=image_root
    ) as project:
        dataset = project.load(source, roles)
        project.remember_source()
        if audit_sample is not None:
            asked = audited_rows.Asked(audit_sample, seed, out, keep_formulas)
            audited_rows.ask(screen, dataset, asked, ctx)
            return
        improvement = _tried(
            screen,
            dataset,
            test=project.load_test(test, dataset) if test else None,
            audited=audited_rows.read_answers(audited, dataset) if audited else None,
            model=model,
            metric=metric,
            budget=budget_seconds,
            text_as=options.text_as(text_as),
            seed=seed,
            n_jobs=jobs or options.n_cores(),
            cache=project.cache,
        )
        document = _document(ctx, improvement, dataset)
        # Remembered first: what took minutes must not be lost to a full disk.
        document |= project.remember_improvement(improvement, document, test)
        options_of_apply = again.carried(ctx, "apply", {"out": str(out or _EDITED)})
        with _way_back(project.way_back(document["version"], options_of_apply)):
            _write(screen, improvement, out, patch, keep_formulas=keep_formulas)
    document |= {name: path and str(path) for name, path in files.items()}
    if files["html"] is not None:
        _report(ctx, improvement, document, dataset)
    _show(screen, document, ctx.obj.program, improvement.dataset)
    screen.document(document)


def _document(
    ctx: typer.Context, improvement: "Improvement", dataset: "Dataset"
) -> dict[str, Any]:
    """Write what came out, how it was made, and the command that goes on."""
    from tilth.cli import again
    from tilth.data.plain_values import plain_value
    from tilth.report.documents import improve_document
    from tilth.report.made import made

    step = improvement.proof.next_step
    return improve_document(improvement) | {
        "made": made(dataset, command=ctx.obj.command, seed=ctx.params["seed"]),
        "next_command": again.next_command(ctx, step, dataset),
        "facts": plain_value(improvement.audit.facts),
    }


def _report(
    ctx: typer.Context,
    improvement: "Improvement",
    document: dict[str, Any],
    dataset: "Dataset",
) -> None:
    """Write the report of an improvement of `dataset`."""
    from tilth.cli import again
    from tilth.display.terminal import as_argument
    from tilth.report.runs import improve_run
    from tilth.report.steps import improve_steps
    from tilth.report.write import write_run

    program, source, patch = ctx.obj.program, ctx.params["source"], document["patch"]
    file = {"out": document["out"] or _EDITED}
    apply = list(map(as_argument, [patch, source])) if patch and source else []
    apply += again.carried(ctx, "apply", file) if apply else []
    about: dict[str, Any] = {"program": program, "n_examples": len(dataset)}
    about["words"] = {"audit": again.words(ctx, "audit", dataset)}
    steps = improve_steps(document, program, apply)
    run = improve_run(improvement, document, dataset.source, steps, **about)
    write_run(run, Path(document["html"]), redacted=ctx.params["redact"])


def _outputs(
    others: dict[str, str | None],
    *,
    out: Path | None,
    patch: Path | None,
    html: Path | None,
) -> dict[str, Path | None]:
    """Refuse outputs that cannot be written; the report goes beside the data unless said."""
    from tilth.cli import reports
    from tilth.data.write import ENDINGS

    html = html or reports.beside(out)
    options.check_output(out, "-o", ENDINGS, others)
    before: dict[str, str | Path | None] = {**others, "-o": out}
    options.check_output(patch, "--patch", (), before)
    options.check_output(html, "--html", reports.ENDINGS, {**before, "--patch": patch})
    return {"out": out, "patch": patch, "html": html}


def _show(
    screen: "Screen", document: dict[str, Any], program: list[str], dataset: "Dataset"
) -> None:
    """Print what was tried, the proof, and what was done."""
    from tilth.cli import proof_lines
    from tilth.display.terminal import command_line

    undo = command_line(*program, "undo", document["version"])
    if document["candidates"] or document["verdict"] != "INVALID":
        screen.parts(*proof_lines.candidates_line(document["candidates"]))
    for line in proof_lines.proof_lines(document):
        screen.parts(*line)
    done = _what_was_done(document, undo=undo, has_weights=dataset.weights is not None)
    for said in done:
        screen.line(said)


def _refuse_two_tests(test: str | None, sample: int | None, audited: str | None) -> None:
    given = [
        name
        for name, value in (
            ("--test", test),
            ("--audit-sample", sample),
            ("--audited", audited),
        )
        if value is not None
    ]
    if len(given) > 1:
        raise InvalidInputError(
            f"Only one of --test, --audit-sample and --audited can be given, got {' and '.join(given)}. "
            "Leave the others out."
        )


def _tried(screen: "Screen", dataset: "Dataset", **options: Any) -> "Improvement":
    """Search and prove, telling of each edit as it is kept."""
    from tilth import improve as run_improve
    from tilth.cli import audit_lines
    from tilth.report import documents

    for line in audit_lines.dataset_lines(documents.dataset_document(dataset)):
        screen.parts(*line)
    for note in dataset.notes:
        screen.note(f"  note: {note}")
    with screen.working():
        return run_improve(
            dataset,
            **options,
            progress=screen.progress,
            on_event=lambda sentence: screen.note(f"  helps on training data: {sentence}"),
        )


def _write(
    screen: "Screen",
    improvement: "Improvement",
    out: Path | None,
    patch: Path | None,
    *,
    keep_formulas: bool,
) -> None:
    from tilth.cli.exports import write_out
    from tilth.edits.patch_file import write_patch

    if patch is not None:
        write_patch(improvement.patch, patch)
    if out is not None:
        write_out(screen, improvement.dataset, out, keep_formulas=keep_formulas)


@contextmanager
def _way_back(way_back: str) -> Iterator[None]:
    """Say with what cannot be written how to come by it later."""
    try:
        yield
    except OutputError as error:
        raise OutputError(f"{error} {way_back}") from error


def _what_was_done(document: dict[str, Any], *, undo: str, has_weights: bool) -> list[str]:
    """Say what was applied and written, plainly so where that is nothing."""
    from tilth.cli.proof_lines import edit_text

    edits, out, patch = document["edits"], document["out"], document["patch"]
    report = [f"report     {document['html']}"] if document["html"] else []
    if not edits:
        is_tried = document["candidates"] or document["verdict"] != "INVALID"
        lines = [
            f"applied    nothing: no edit was {'proven to help' if is_tried else 'tried'}"
        ]
        lines += (
            [f"written    {out}: the data as they were, without an edit"] if out else []
        )
        return lines + ([f"patch      {patch}: no edits"] if patch else []) + report
    lines = [f"applied    {edit_text(edit)}" for edit in edits]
    weights = '; the weights are its column "sample_weight"' if has_weights else ""
    lines += [f"written    {out}{weights}"] if out else []
    lines += [f"patch      {patch}"] if patch else []
    lines += report
    version = document["version"]
    return lines + ([f"version    {version}     undo: {undo}"] if version else [])
