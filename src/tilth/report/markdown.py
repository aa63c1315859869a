"""A report as Markdown: the same document, for issues, wikis and mails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tilth.display.evidence import KINDS
from tilth.display.headlines import DONE
from tilth.display.numbers import count, interval, score, share, signed
from tilth.display.terminal import plain
from tilth.display.verdicts import shows_gain
from tilth.report.examples import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~#$])")
_LINKS = re.compile(r"(?i)(://|www\.|@)")
_NOT_A_LETTER = re.compile(r"\W")
_LIST_MARK = re.compile(
    r"^(\d*)([-+=.)])"
)  # at the start of a line it makes a list or a heading
_RUNS = re.compile(r"`+")


def escaped(text: object) -> str:
    r"""Return text that Markdown shows as it is: no markup, HTML or link comes of it.

    Examples
    --------
    >>> print(escaped("a *b* <i> [x](y) http://z"))
    a \*b\* \<i\> \[x\](y) http\:\/\/z
    """
    kept = _SPECIAL.sub(r"\\\1", plain(text))
    kept = _LINKS.sub(lambda match: _NOT_A_LETTER.sub(r"\\\g<0>", match[0]), kept)
    return _LIST_MARK.sub(r"\1\\\2", kept)


def quoted(text: object) -> str:
    """Return text from the data as a code span, where nothing is markup.

    Examples
    --------
    >>> quoted("a ` b"), quoted("")
    ('`` a ` b ``', '(empty)')
    """
    kept = plain(text)
    if not kept:
        return "(empty)"
    if "|" in kept:  # it would end a cell, and a code span cannot escape it everywhere
        return escaped(kept)
    fence = "`" * (1 + max((len(run) for run in _RUNS.findall(kept)), default=0))
    pad = " " if len(fence) > 1 or kept[0] == kept[-1] == " " else ""
    return f"{fence}{pad}{kept}{pad}{fence}"


def markdown(report: Mapping[str, Any]) -> str:
    """Return a report document as Markdown.

    Parameters
    ----------
    report : mapping
        As `report_document` makes it.
    """
    blocks = [
        *_answer(report),
        *_problems(report),
        *(block for check in report["checks"] for block in _check(report, check)),
        *_matrix(report),
        *_classes(report),
        *_proof(report),
        *_candidates(report),
        *_computed(report),
        *_next(report),
    ]
    return "\n\n".join(blocks) + "\n"


def _answer(report: Mapping[str, Any]) -> Iterable[str]:
    answer, data = report["answer"], report["dataset"]
    verdict = f"{answer['verdict']}: " if answer["verdict"] else ""
    yield f"# {verdict}{escaped(answer['headline'])}"
    roles = [f"text {quoted(', '.join(data['text']))}"] if data["text"] else []
    roles += [f"label {quoted(data['label'])}"] if data["label"] else []
    size = count(data["n_examples"], "example")
    if data["n_in_all"]:
        size = f"{count(data['n_examples'])} of {count(data['n_in_all'], 'example')}"
    yield " · ".join([quoted(data["name"]), size, *roles])
    for edit in report["edits"]:
        yield f"**{DONE.get(edit['op'], edit['op'])}:** {escaped(edit['reason'] or edit['headline'])}"
    for sentence in answer["sentences"]:
        yield escaped(sentence)
    yield f"*{escaped(report['holds'])}*"
    for note in report["notes"]:
        yield escaped(note)


def _problems(report: Mapping[str, Any]) -> Iterable[str]:
    if report["problems"]:
        yield "## Top problems"
        rows = [
            [
                escaped(problem["title"]),
                _size(problem),
                quoted(problem["command"]["command"])
                if problem["command"]["command"]
                else "",
            ]
            for problem in report["problems"]
        ]
        yield _table(["Problem", "Size", "Command"], rows)


def _check(report: Mapping[str, Any], check: Mapping[str, Any]) -> Iterable[str]:
    if check["outcome"] != "findings":
        return
    yield f"## {escaped(check['title'])}"
    yield f"{escaped(check['question'])} `{check['name']}`, {_size(check)}."
    for sentence in check["said"]:
        yield escaped(f"{sentence[0].upper()}{sentence[1:]}.")
    if check["name"] == "label_patterns":
        rows = [
            [
                quoted(issue["key"]),
                count(issue["n_members"]),
                share(issue["evidence"]["noise_rate"]),
                KINDS.get(issue["evidence"]["kind"], escaped(issue["evidence"]["kind"])),
                escaped(issue["evidence"].get("words") or ""),
            ]
            for issue in check["issues"]
        ]
        yield _table(["Group", "Examples", "Labels wrong, about", "They are", "How"], rows)
    if report["redacted"] and check["unit"] in ("example", "cluster"):
        yield "Redacted: the single examples are left out."
        return
    rows = [
        [
            _name(report, example["id"]),
            "" if example["given"] is None else quoted(example["given"]),
            _content(example),
            "" if check["unit"] == "group" else escaped(issue["why"]),
        ]
        for issue in check["issues"]
        for example in issue["examples"]
    ]
    if check["unit"] in ("column", "class"):
        rows = [
            [quoted(issue["key"]), "", "", escaped(issue["why"])]
            for issue in check["issues"]
        ]
    if rows and not (report["redacted"] and check["unit"] == "group"):
        yield _table(["Which", "Given", "Content", "Why"], rows)
    if check.get("n_not_shown"):
        yield f"{count(check['n_not_shown'])} more are not listed."


def _matrix(report: Mapping[str, Any]) -> Iterable[str]:
    matrix = report["noise_matrix"]
    if not matrix:
        return
    yield "## Which label is taken for which"
    heads = [
        "Given",
        *(f"is rather {quoted(name)}" for name in matrix["classes"]),
        "All given it",
    ]
    rows = [
        [
            quoted(row["label"]),
            *(
                "" if n is None else f"{count(n)} ({share(part)})"
                for n, part in zip(row["cells"], row["shares"], strict=True)
            ),
            count(row["n"]),
        ]
        for row in matrix["rows"]
    ]
    yield _table(heads, rows)


def _classes(report: Mapping[str, Any]) -> Iterable[str]:
    classes = report["classes"]
    if classes:
        yield "## Class balance"
        rows = [
            [quoted(c["label"]), count(c["n"]), share(c["share"])]
            for c in classes["classes"]
        ]
        yield _table(["Class", "Examples", "Share"], rows)
        if classes["n_others"]:
            yield f"{count(classes['n_others'], 'more class')} hold {count(classes['n_in_others'], 'example')}."


def _proof(report: Mapping[str, Any]) -> Iterable[str]:
    proof = report["proof"]
    if not proof:
        return
    yield "## Proof"
    yield f"**{proof['verdict']}** {escaped(proof['why'])}"
    for note in proof["notes"]:
        yield escaped(note)
    if not shows_gain(proof["verdict"]) or not proof["before"] or not proof["after"]:
        return
    metric = escaped(str(proof["metric"]).replace("_", " "))
    yield _table(
        ["", metric, "per seed"],
        [
            [
                f"data {side}",
                score(proof[side]["mean"]),
                ", ".join(map(score, proof[side]["per_seed"])),
            ]
            for side in ("before", "after")
        ],
    )
    if proof["slices"]:
        yield "Every part of the test, those that lose first:"
        rows = [
            [
                quoted(part["slice"]),
                count(part["n"]),
                score(part["before"]),
                score(part["after"]),
                signed(part["difference"]),
                "" if part["low"] is None else interval(part["low"], part["high"]),
            ]
            for part in proof["slices"]
        ]
        yield _table(
            ["Part", "Rows", "Before", "After", "Difference", "95 % interval"], rows
        )


def _candidates(report: Mapping[str, Any]) -> Iterable[str]:
    if report["candidates"]:
        yield "## Candidates tried"
        rows = [
            [
                "; then ".join(escaped(edit["headline"]) for edit in one["edits"]),
                signed(one["inner"]["difference"]) if one["inner"] else "",
                ("**kept**: " if one["accepted"] else "") + escaped(one["why"]),
            ]
            for one in report["candidates"]
        ]
        yield _table(["Edits", "On training data", "What became of it"], rows)


def _computed(report: Mapping[str, Any]) -> Iterable[str]:
    made = report["made"]
    yield "## How it was computed"
    facts = [f"command {quoted(made['command'])}"] if made["command"] else []
    facts.append(f"data hash `{made['data']}`")
    facts += [f"seed {made['seed']}"] if made["seed"] is not None else []
    if made["tilth"]:
        versions = ", ".join(f"{name} {value}" for name, value in made["packages"].items())
        facts.append(f"tilth {made['tilth']}, Python {made['python']}, {versions}")
    facts.append(str(made["time"]))
    yield "\n".join(f"- {fact}" for fact in [*facts, *map(escaped, report["limits"])])
    rows = [
        [
            f"`{check['name']}`",
            check["outcome"].replace("_", " "),
            escaped(check["cut"] or check["reason"] or ""),
        ]
        for check in report["checks"]
    ]
    if rows:
        yield _table(["Check", "Ended", "Its line, or why it said nothing"], rows)


def _next(report: Mapping[str, Any]) -> Iterable[str]:
    if report["next"]:
        yield "## Next commands"
        yield "\n".join(
            f"- {quoted(step['command'])}: {escaped(step['what'])}"
            for step in report["next"]
        )


def _size(check: Mapping[str, Any]) -> str:
    if check["n_examples"]:
        return f"{count(check['n_examples'], 'example')} ({share(check['share'])})"
    return count(check["n_issues"], check["unit"])


def _name(report: Mapping[str, Any], example_id: str | None) -> str:
    if example_id is None:
        return ""
    data = report["dataset"]
    is_path = data["image"] and not example_id.isdigit()
    return quoted(example_id) if data["id"] or is_path else f"row {escaped(example_id)}"


def _content(example: Mapping[str, Any]) -> str:
    """Return text or cells; a picture is named beside them, not put into the file."""
    if example["pieces"]:
        return quoted(plain_text(example["pieces"]))
    return ", ".join(
        f"{quoted(name)} {quoted(value)}" for name, value, _ in example["cells"]
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
