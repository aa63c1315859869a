"""`tilth prove`: whether one version of the data is better than another."""

from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tilth.cli import options
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from tilth.cli.workplace import Workplace
    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.store.version import Version


def prove(
    ctx: typer.Context,
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="File or version, such as v1.")
    ],
    after: Annotated[
        str, typer.Argument(metavar="AFTER", help="File or version, such as v2.")
    ],
    test: Annotated[
        str,
        typer.Option(metavar="FILE", help="Test examples neither version was edited with."),
    ],
    patch: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The patch that made AFTER: test rows go through its column edits.",
        ),
    ] = None,
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
    model: options.Model = None,
    text_as: options.TextAs = None,
    metric: options.Metric = None,
    against_robust: Annotated[
        bool,
        typer.Option(
            "--against-robust",
            help="Also show what noise-robust training reaches on BEFORE (needs tilth[torch]).",
        ),
    ] = False,
    control: Annotated[
        str | None,
        typer.Option(
            metavar="shuffled",
            help="Compare again with training labels shuffled: a gain must vanish.",
        ),
    ] = None,
    image_root: options.ImageRoot = None,
    no_header: options.NoHeader = False,
    seed: options.Seed = 0,
    jobs: options.Jobs = None,
    as_json: options.Json = False,
) -> None:
    """Compare two versions on untouched examples.

    The same model is trained on both, alike.
    """
    from tilth.cli import again, proof_lines, workplace
    from tilth.cli.screen import Screen
    from tilth.models.model import load_model
    from tilth.report import documents
    from tilth.trial.prove import prove as run_prove

    if against_robust:  # said before anything is trained
        import tilth.models.robust  # noqa: F401
    screen = Screen(ctx.obj, as_json=as_json)
    roles = options.roles(
        label=label, text=text, classes=classes, image=image, id=id_, group=group,
        time=time, annotator=annotator, split=split, task=task,
    )  # fmt: skip
    start = perf_counter()
    with workplace.Workplace(
        ctx.obj, screen, has_header=not no_header, image_root=image_root
    ) as project:
        first = project.load_before(before, roles)
        second = project.load_after(after, first)
        versions = project.versions_of((before, first), (after, second))
        with screen.working():
            proof = run_prove(
                first,
                second,
                project.load_test(test, first),
                model=load_model(model, first, text_as=options.text_as(text_as)),
                metric=metric,
                transforms=_transforms(project, versions, patch, (first, second)),
                expected_fingerprint=project.recorded_test(test, versions[1], second),
                against_robust=against_robust,
                control=_control(control),
                seed=seed,
                n_jobs=jobs or options.n_cores(),
                progress=screen.progress,
            )
        document = documents.prove_document(proof, perf_counter() - start)
        document["next_command"] = again.next_command(ctx, proof.next_step, first)
        project.remember_proof(*versions, document, test)
    for line in proof_lines.proof_lines(document):
        screen.parts(*line)
    screen.document(document)


def _control(value: str | None) -> Literal["shuffled"] | None:
    match value:
        case None | "shuffled":
            return value
        case _:
            raise InvalidInputError(f"--control must be shuffled, got {value}.")


def _transforms(
    project: "Workplace",
    versions: "tuple[Version | None, Version | None]",
    patch: str | None,
    data: "tuple[Dataset, Dataset]",
) -> "list[Edit]":
    """Return the column edits that test rows go through, as a patch or the project has them."""
    from tilth.cli.untold import refuse_untold
    from tilth.edits.edit import COLUMN_OPS
    from tilth.edits.patch_file import read_patch

    before, after = versions
    if patch is not None:
        edits = list(read_patch(patch).edits)
    else:
        edits = project.edits_that_made(before, after) or []
    is_told = before and after and before.dataset_id == after.dataset_id
    if patch is not None or not is_told:
        refuse_untold(*data, {edit.column for edit in edits})
    return [edit for edit in edits if edit.op in COLUMN_OPS]
