"""`tilth prove`: whether one version of the data is better than another."""

import time
from typing import Annotated

import typer

from tilth.cli import options


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
    label: options.Label = None,
    text: options.Text = None,
    id_: options.Id = None,
    group: options.Group = None,
    model: options.Model = None,
    text_as: options.TextAs = None,
    metric: options.Metric = None,
    seed: options.Seed = 0,
    jobs: options.Jobs = None,
    as_json: options.Json = False,
) -> None:
    """Compare two versions on untouched examples.

    The same model is trained on both, alike.
    """
    from tilth import prove as run_prove
    from tilth.cli import documents, proof_lines, workplace
    from tilth.cli.screen import Screen
    from tilth.data.read import read_like

    screen = Screen(ctx.obj, as_json=as_json)
    roles = {"label": label, "text": text or None, "id": id_, "group": group}
    start = time.perf_counter()
    with workplace.Workplace(ctx.obj, screen) as project:
        first = project.load_before(before, roles)
        second = project.load_after(after, first)
        with screen.working():
            proof = run_prove(
                first,
                second,
                test=read_like(test, first),
                model=model,
                metric=metric,
                transforms=project.transforms_between(before, after),
                text_as=options.text_as(text_as),
                seed=seed,
                n_jobs=jobs or options.n_cores(),
                progress=screen.progress,
            )
        document = documents.prove_document(proof, time.perf_counter() - start)
        project.remember_proof(before, after, document)
    for line in proof_lines.proof_lines(document):
        screen.parts(*line)
    screen.document(document)
