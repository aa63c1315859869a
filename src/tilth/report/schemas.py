"""The JSON documents of the command line, described as JSON Schema; their fields are a promise.

Fields may be added to a document; a field is never renamed, and what it holds never changes,
without another number behind the name of the document.
"""

from __future__ import annotations

from typing import Any

from tilth.data.schema import SINGLE_ROLES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
FLAG: Schema = {"type": "boolean"}
ANY: Schema = {}
OPEN: Schema = {"type": "object"}


def record(said: str = "", /, **fields: Schema) -> Schema:
    """Return the schema of an object with these fields, all of them always there."""
    return {
        "type": "object",
        **({"description": said} if said else {}),
        "required": list(fields),
        "properties": fields,
    }


def listed(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def maybe(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*values: str) -> Schema:
    """Return the schema of one of a few words."""
    return {"enum": list(values)}


def said(schema: Schema, description: str) -> Schema:
    """Return a schema with a sentence about it."""
    return {**schema, "description": description}


MADE = record(
    "How the run can be repeated.",
    time=said(TEXT, "When it ran, ISO 8601 in UTC."),
    command=said(TEXT, "The command line as typed; empty from Python."),
    data=said(TEXT, "Hash of the content, ids, weights and roles of the data."),
    seed=maybe(COUNT),
    tilth=maybe(TEXT),
    python=maybe(TEXT),
    system=maybe(TEXT),
    packages=said(OPEN, "Version of each package that computes."),
)
VERDICT = one_of("BETTER", "WORSE", "NO DIFFERENCE", "UNPROVEN", "INVALID")
INTERVAL = {"type": "array", "items": maybe(NUMBER), "minItems": 2, "maxItems": 2}
ESTIMATE = record("A number with its 95 % interval.", value=NUMBER, low=NUMBER, high=NUMBER)
CLASS = record(label=ANY, n=COUNT)
GUESS = record("A role guessed, and how sure.", role=TEXT, column=TEXT, confidence=SHARE)
UNIT = one_of("example", "element", "column", "class", "group", "cluster")
OUTCOME = one_of("findings", "clean", "not_applicable", "skipped", "failed")
ROLES = {name: maybe(TEXT) for name in SINGLE_ROLES}

DATASET = record(
    "What was read.",
    source=TEXT,
    version_id=said(TEXT, "Hash of content, ids, weights and roles: equal data, equal id."),
    n_examples=COUNT,
    n_columns=COUNT,
    columns=listed(TEXT),
    task=TEXT,
    text=listed(TEXT),
    **ROLES,
    guesses=listed(GUESS),
    notes=listed(TEXT),
    n_unlabelled=maybe(COUNT),
)
DATASET["properties"]["classes"] = said(
    listed(CLASS),
    "Where labels are classes: each with its examples or elements, largest first.",
)
DATASET["properties"]["order"] = said(
    listed(TEXT), "The classes in the user's order: ordinal ones from lowest to highest."
)
ISSUE = record(
    "One flagged unit.",
    key=said(ANY, "The example's id, else a readable name."),
    quality=said(SHARE, "1 looks right, 0 is surely wrong."),
    given=ANY,
    suggested=ANY,
    evidence=said(OPEN, "What the check saw, by name."),
)
ISSUE["properties"]["example_ids"] = said(
    listed(ANY), "Of units above examples: the examples that belong to it."
)
CHECK = record(
    "How one check ended.",
    name=TEXT,
    outcome=OUTCOME,
    reason=said(maybe(TEXT), "Why it said nothing, or how it broke."),
    unit=maybe(UNIT),
    n_issues=COUNT,
    n_examples=said(COUNT, "Examples the issues are about, each counted once."),
    share=said(SHARE, "Of all examples."),
    expected_precision=said(maybe(ESTIMATE), "Expected share of right flags."),
    cut=said(maybe(TEXT), "How the line between issue and no issue was drawn."),
    facts=OPEN,
    issues=said(listed(ISSUE), "Worst first; --limit caps the list, never the counts."),
)
SCORES = record(mean=NUMBER, per_seed=listed(NUMBER))
SLICE = record(
    "A readable part of the test.",
    slice=TEXT,
    n=COUNT,
    metric=TEXT,
    before=NUMBER,
    after=NUMBER,
    difference=said(NUMBER, "Positive is better."),
    low=maybe(NUMBER),
    high=maybe(NUMBER),
)
SHOWN = record(verdict=VERDICT, difference=NUMBER, interval=INTERVAL)
SUSPECTS = record(
    "The difference with and without test rows that checks suspect.",
    n_suspected=COUNT,
    n_without=COUNT,
    **{"with": SHOWN},
    without=maybe(SHOWN),
)
AGAINST_ROBUST = record(
    "Noise-robust training on the data as they were, beside the edited data.",
    method=said(TEXT, "The best on noisy labels held out of the training data."),
    validation=said(
        listed(record(method=TEXT, accuracy=maybe(SHARE))), "Every method tried."
    ),
    robust=said(SCORES, "That method on the unedited data, same test rows."),
    plain_before=said(SCORES, "The same network trained plainly on the unedited data."),
    plain_after=said(SCORES, "The same network trained plainly on the edited data."),
    difference=said(NUMBER, "Edited data minus robust training; positive is better."),
    interval=INTERVAL,
)
CONTROL = record(
    "The same comparison with training labels in random order.",
    kind=one_of("shuffled"),
    difference=NUMBER,
    interval=INTERVAL,
    vanishes=said(FLAG, "The interval holds 0, as it must."),
    memorisation=said(
        maybe(NUMBER), "Fit of entirely random labels, 0 to 1; null without classes."
    ),
)
PROOF: dict[str, Schema] = {
    "verdict": VERDICT,
    "metric": TEXT,
    "before": said(maybe(SCORES), "Null for INVALID and UNPROVEN, as are the next four."),
    "after": maybe(SCORES),
    "difference": said(maybe(NUMBER), "Positive is better, whatever the metric."),
    "interval": said(maybe(INTERVAL), "95 % interval of the difference."),
    "smallest_detectable": maybe(NUMBER),
    "n_train_before": COUNT,
    "n_train_after": COUNT,
    "n_test": said(COUNT, "Test rows compared on."),
    "n_test_left_out": COUNT,
    "why": said(TEXT, "The verdict in one sentence, with its numbers."),
    "seeds": listed(COUNT),
    "deterministic": said(FLAG, "Seeds change nothing for this model."),
    "test_fingerprint": TEXT,
    "next_command": said(TEXT, "Runs as it is; empty where no command goes on."),
    "advice": said(TEXT, "What may help next, in a sentence."),
    "notes": listed(TEXT),
    "slices": said(listed(SLICE), "Losers first."),
    "suspects": maybe(SUSPECTS),
    "against_robust": said(maybe(AGAINST_ROBUST), "Null unless asked for."),
    "control": said(maybe(CONTROL), "Null unless asked for."),
}
EDIT = record(op=TEXT, n=COUNT, remedy=TEXT, check=TEXT, reason=TEXT, column=maybe(TEXT))
INNER = record(
    "Against the state before it, on validation rows.",
    before=NUMBER,
    after=NUMBER,
    difference=NUMBER,
    z=said(maybe(NUMBER), "Difference over its standard error."),
    n_rows=COUNT,
    before_all_rows=NUMBER,
    after_all_rows=NUMBER,
)
CANDIDATE = record(
    edits=listed(OPEN), inner={"anyOf": [INNER, record()]}, accepted=FLAG, why=TEXT
)
LOGGED = record(
    version=TEXT,
    parent=maybe(TEXT),
    content=TEXT,
    current=FLAG,
    command=TEXT,
    time=TEXT,
    n_examples=COUNT,
    n_before=maybe(COUNT),
    edits=listed(OPEN),
    proof=maybe(OPEN),
    not_applied=said(
        listed(record(time=TEXT, command=TEXT, verdict=TEXT, why=TEXT)),
        "Runs of improve on it that applied nothing, newest first.",
    ),
)
EXAMPLE = record(
    "An example as far as it is shown.",
    id=maybe(TEXT),
    given=maybe(TEXT),
    pieces=said(
        listed({"type": "array"}), "Text in pieces, each with whether it is marked."
    ),
    cells=said(listed({"type": "array"}), "Name, value, and whether it is marked."),
    image=said(
        maybe(TEXT), "Address that holds the picture, data:image/...; none if redacted."
    ),
    is_image=said(FLAG, "Whether there is an image, shown or not."),
)

SCHEMAS: dict[str, Schema] = {
    "tilth.audit/1": record(
        "tilth audit --json",
        dataset=DATASET,
        failed=said(COUNT, "Checks that broke."),
        seconds=NUMBER,
        facts=OPEN,
        checks=listed(CHECK),
        made=MADE,
    ),
    "tilth.improve/1": record(
        "tilth improve --json",
        **PROOF,
        edits=listed(EDIT),
        candidates=listed(CANDIDATE),
        rejected_proof=said(
            maybe(record(**PROOF)), "Of edits that the test did not confirm."
        ),
        seconds=NUMBER,
        facts=OPEN,
        made=MADE,
        version=said(maybe(TEXT), "The version made; null where nothing was applied."),
        parent=maybe(TEXT),
        out=maybe(TEXT),
        patch=maybe(TEXT),
        html=maybe(TEXT),
    ),
    "tilth.prove/1": record("tilth prove --json", **PROOF, seconds=NUMBER),
    "tilth.report/1": record(
        "tilth report --format json",
        redacted=FLAG,
        holds=said(TEXT, "What of single examples is in it."),
        dataset=OPEN,
        answer=record(verdict=maybe(VERDICT), headline=TEXT, sentences=listed(TEXT)),
        notes=listed(TEXT),
        problems=listed(OPEN),
        checks=listed(OPEN),
        overlaps=listed(OPEN),
        noise_matrix=maybe(OPEN),
        classes=maybe(OPEN),
        proof=maybe(OPEN),
        edits=listed(OPEN),
        candidates=listed(OPEN),
        facts=OPEN,
        made=MADE,
        next=listed(record(command=TEXT, what=TEXT)),
        limits=said(listed(TEXT), "What was cut."),
    ),
    "tilth.apply/1": record(
        "tilth apply --json",
        edits=listed(EDIT),
        transforms_only=FLAG,
        n_before=COUNT,
        n_after=COUNT,
        out=TEXT,
    ),
    "tilth.diff/1": record(
        "tilth diff --json", n_before=COUNT, n_after=COUNT, edits=listed(OPEN)
    ),
    "tilth.log/1": record("tilth log --json", source=TEXT, versions=listed(LOGGED)),
    "tilth.undo/1": record(
        "tilth undo --json", undone=TEXT, version=TEXT, n_examples=COUNT, out=maybe(TEXT)
    ),
    "tilth.written/1": record(
        "tilth report --json",
        version=TEXT,
        source=TEXT,
        out=TEXT,
        format=one_of("html", "md", "json"),
        redacted=FLAG,
    ),
    "tilth.error/1": record(
        "Any command that fails, with --json",
        error=TEXT,
        cause=maybe(TEXT),
        hint=maybe(TEXT),
        exit_code=COUNT,
    ),
}
"""By the name that a document carries as its ``schema``."""


def schema_document(name: str) -> Schema:
    """Return one of `SCHEMAS` as a JSON Schema of its own.

    Examples
    --------
    >>> schema_document("tilth.error/1")["required"]
    ['schema', 'error', 'cause', 'hint', 'exit_code']
    """
    schema = SCHEMAS[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **schema,
        "required": ["schema", *schema["required"]],
        "properties": {"schema": {"const": name}, **schema["properties"]},
    }
