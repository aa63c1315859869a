"""The parts of the documentation page that runs decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PAGE = (
    Path(__file__).resolve().parents[2]
    / "docs"
    / "why"
    / "data-centric-against-model-centric.md"
)


def write(name: str, text: str) -> None:
    """Put a part into the page."""
    PAGE.write_text(with_part(PAGE.read_text(), name, text))


def with_part(page: str, name: str, text: str) -> str:
    """Return the page with this text between the marks of a part."""
    start, end = f"<!-- {name}: written by a run -->", f"<!-- end of {name} -->"
    before, rest = page.split(start)
    return f"{before}{start}\n\n{text}\n\n{end}{rest.split(end)[1]}"


def reviews(found: dict[str, Any]) -> str:
    """Return what the proof on the reviews showed."""
    proof, robust = found["proof"], found["proof"]["against_robust"]
    control = proof["control"]
    tried = ", ".join(f"{t['method']} {t['accuracy']:.3f}" for t in robust["validation"])
    method = f"{robust['method']}, the best of {len(robust['validation'])} robust methods"
    rows = [
        "| trained on | model | accuracy |",
        "|---|---|---|",
        f"| reviews as they are | the user's (logistic) | {proof['before']['mean']:.3f} |",
        f"| reviews with markup dropped | the user's (logistic) | {proof['after']['mean']:.3f} |",
        f"| reviews as they are | {method} | {robust['robust']['mean']:.3f} |",
        f"| reviews as they are | its network, trained plainly | {robust['plain_before']['mean']:.3f} |",
        f"| reviews with markup dropped | its network, trained plainly | {robust['plain_after']['mean']:.3f} |",
    ]
    said = (
        f"Edited data is {_signed(robust['difference'])} against robust training on unedited data "
        f"(95 % interval {_interval(robust['interval'])}), on {proof['n_test']} test reviews. With "
        f"shuffled labels the difference between the versions is {_signed(control['difference'])} "
        f"({_interval(control['interval'])}): it "
        f"{'vanishes' if control['vanishes'] else 'does not vanish'}. Of entirely random "
        f"labels the user's model learns {control['memorisation']:.0%} by heart. On the noisy labels "
        f"held out, the methods had: {tried}."
    )
    made = (
        f"Made by `python benchmarks/against_robust.py` in {found['cpu_seconds']} CPU seconds on "
        f"{found['machine']}; {found['versions']}."
    )
    return "\n".join(rows) + f"\n\n{said}\n\n{made}"


def _signed(value: float) -> str:
    return f"{value:+.3f}"


def _interval(ends: list[float]) -> str:
    return f"{ends[0]:+.3f} to {ends[1]:+.3f}"
