"""An audit as lines of the screen: one per check, worst example named."""

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.display import evidence, labels_said
from tilth.display.numbers import count, share
from tilth.display.terminal import clipped, plain

Line = list[tuple[str, str]]  # pieces of text, each with its style

_NAME_WIDTH = 18  # the longest check name
_MANY_CLASSES = 6  # more are counted, not listed
_REASON_WIDTH = 110
_PATH_WIDTH = 40  # of the path of an image
_SHOWN_IDS = 4
_AGREEMENT = {
    "out_of_sample_accuracy": "accuracy",
    "out_of_sample_class_accuracy": "accuracy of single classes",
    "out_of_sample_r2": "r2",
    "out_of_sample_recall": "recall of boxes",
}


def dataset_lines(document: Mapping[str, Any]) -> list[Line]:
    """Say what was read: size, the roles of columns, and what was guessed."""
    roles = [
        f"{role}={_joined(document[role])}"
        for role in ("text", "image", "id")
        if document[role]
    ]
    if document["label"]:
        roles.append(f"label={plain(document['label'])} ({_labels_in_words(document)})")
    roles += [
        f"{role}={plain(document[role])}"
        for role in ("group", "time", "annotator", "split")
        if document[role]
    ]
    named = {document["label"], document["image"], *document["text"]}
    guesses, assumed = document["guesses"], ("label", "text", "image")
    used = [g for g in guesses if g["column"] in named and g["role"] in assumed]
    offered = [g for g in guesses if g not in used and document[g["role"]] != g["column"]]
    size = f"{count(document['n_examples'])} rows"
    line: Line = [(clipped(document["source"], 60), "bold"), (f"   {size}", "")]
    line.append(("".join(f" · {role}" for role in roles), ""))
    if used:
        flags = " / ".join(sorted({f"--{g['role']}" for g in used}))
        line.append((f"   guessed; set with {flags}", "dim"))
    lines = [line]
    if offered:
        said = ", ".join(f"--{g['role']} {plain(g['column'])}" for g in offered)
        lines.append([(f"  not used unless you say so: {said}", "dim")])
    return lines


def _joined(value: Any) -> str:
    return plain(",".join(value) if isinstance(value, list) else value)


def _labels_in_words(document: Mapping[str, Any]) -> str:
    if document["task"] == "regression":
        return "numbers"
    classes = document.get("classes", [])
    if not classes and "order" in document:  # of pixels, which are not counted
        return " / ".join(clipped(name, 20) for name in document["order"][:_MANY_CLASSES])
    if len(classes) > _MANY_CLASSES:
        return f"{len(classes)} classes"
    return " / ".join(
        f"{clipped(c['label'], 20)}{':' if _reads_as_number(c['label']) else ''} {c['n']:,}"
        for c in classes
    )


def _reads_as_number(label: Any) -> bool:
    """Whether a count behind the label would be taken for more of it."""
    return str(label)[-1:].isdigit()


def check_line(
    document: Mapping[str, Any], *, id_column: str | None, snippet: str, width: int
) -> Line:
    """Write what one check found: name, count, share, and its worst case."""
    start = f"  {document['name']:<{_NAME_WIDTH}} "
    if document["outcome"] == "failed":
        return [(start, "bold"), ("FAILED  ", "bold red"), (plain(document["reason"]), "")]
    n_examples, unit = document["n_examples"], document["unit"]
    is_in_rows = unit == "example" or n_examples > 0
    size = count(n_examples, "row") if is_in_rows else count(document["n_issues"], unit)
    how_many = f"{size:>13}  {share(document['share']) if is_in_rows else '':>8}   "
    said = _sure(document) + _worst(document, id_column)
    snippet = document["issues"][0]["evidence"].get("excerpt", snippet)
    room = max(width - len(start) - len(how_many) - len(said) - 4, 24)
    quoted = f'  "{clipped(snippet, room)}"' if snippet else ""
    return [(start, "bold"), (how_many, "yellow"), (said, ""), (quoted, "dim")]


def facts_lines(document: Mapping[str, Any]) -> list[Line]:
    """Say what a check tells of the whole dataset, one line each."""
    start = " " * (_NAME_WIDTH + 3)
    return [[(start + said, "dim")] for said in labels_said.facts_said(document["facts"])]


def _sure(document: Mapping[str, Any]) -> str:
    precision = document["expected_precision"]
    if not precision:
        return ""
    low, high = precision["low"], precision["high"]
    if not labels_said.is_told(precision):
        return f"precision cannot be told ({low:.2f} to {high:.2f})   "
    return f"expected precision {precision['value']:.2f} [{low:.2f}, {high:.2f}]   "


def _worst(document: Mapping[str, Any], id_column: str | None) -> str:
    """Name the worst unit and what speaks against it."""
    issue, unit, n_issues = document["issues"][0], document["unit"], document["n_issues"]
    reason = clipped(evidence.said(document["name"], issue), _REASON_WIDTH)
    if unit == "example":
        key = issue["key"]
        if _is_path(key, id_column):
            return f"e.g. {clipped(key, _PATH_WIDTH)}  {reason}".rstrip()
        name = "row" if id_column is None else plain(id_column)
        return f"e.g. {name} {clipped(key, 24)}  {reason}".rstrip()
    units = (
        f"{count(n_issues, unit)}, e.g. " if n_issues > 1 and document["n_examples"] else ""
    )
    if unit == "cluster":
        ids = issue["example_ids"]
        are_paths = _is_path(ids[0], id_column)
        room, noun = (_PATH_WIDTH, "") if are_paths else (16, "rows ")
        named = ", ".join(clipped(i, room) for i in ids[:_SHOWN_IDS])
        return f"{units}{noun}{named}{', ...' * (len(ids) > _SHOWN_IDS)}  {reason}".rstrip()
    word = "class " if unit == "class" else ""
    return f"{units}{word}{clipped(issue['key'], 70)}  {reason}".rstrip()


def _is_path(example_id: Any, id_column: str | None) -> bool:
    """Whether an example is named by where its image lies."""
    return id_column is None and isinstance(example_id, str)


def closing_lines(checks: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Name the checks that found nothing and those that could not be asked."""
    lines: list[Line] = []
    clean = [check["name"] for check in checks if check["outcome"] == "clean"]
    if clean:
        lines.append([(f"  {'ok':<{_NAME_WIDTH}} ", "green"), (", ".join(clean), "")])
    for outcome, word in (("not_applicable", "not applicable"), ("skipped", "skipped")):
        reasons: dict[str, list[str]] = {}
        for check in checks:
            if check["outcome"] == outcome:
                reasons.setdefault(check["reason"], []).append(check["name"])
        lines += [
            [
                (f"  {word:<{_NAME_WIDTH}} ", "dim"),
                (f"{', '.join(names)}: {plain(reason)}", "dim"),
            ]
            for reason, names in reasons.items()
        ]
    n_failed = sum(check["outcome"] == "failed" for check in checks)
    if n_failed:
        said = f"{count(n_failed, 'check')} failed and said nothing about the data"
        lines.append([(f"  {said}", "bold red")])
    return lines


def ending_lines(document: Mapping[str, Any], written: Mapping[str, object]) -> list[Line]:
    """Name the checks without findings, the model behind the others, and what was written."""
    lines = closing_lines(document["checks"])
    baseline = baseline_line(document["facts"])
    if baseline:
        lines += [[("", "")], baseline]
    left_out = left_out_line(document["facts"])
    if left_out:
        lines.append(left_out)
    for what, path in written.items():
        if path is not None:
            lines += [[("", "")], [(f"{what:<10}{path}", "")]]
    return lines


def baseline_line(facts: Mapping[str, Any]) -> Line | None:
    """Say how well the model behind the findings agrees with the given labels."""
    name = next((n for n in _AGREEMENT if facts.get(n) is not None), None)
    if name is None:
        return None
    said = f"out-of-sample {_AGREEMENT[name]} {facts[name]:.3f} against the given labels"
    return [
        ("Baseline  ", "bold"),
        (f"{said} ({plain(facts.get('signal_model', ''))})", ""),
    ]


def left_out_line(facts: Mapping[str, Any]) -> Line | None:
    """Say that the user's model describes no examples, and why."""
    left_out = facts.get("model_left_out")
    if not left_out:
        return None
    model, why = clipped(left_out["model"], 60), clipped(left_out["why"], 300)
    return [(f"  note: {model} did not take part in the findings: {why}", "yellow")]
