"""A proof as lines of the screen: the protocol, the scores, the verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

from tilth.cli.audit_lines import Line
from tilth.display.numbers import count, interval, score, signed
from tilth.display.terminal import clipped, plain
from tilth.display.verdicts import STYLES, meaning, shows_gain

_WIDTH = 11
_WORST_SLICES = 3


def proof_lines(proof: Mapping[str, Any]) -> list[Line]:
    """Write a proof; for INVALID and UNPROVEN no score is printed as a result."""
    verdict = proof["verdict"]
    lines: list[Line] = [[(_protocol(proof), "dim")]]
    lines += [[(f"  note: {plain(note)}", "dim")] for note in proof["notes"]]
    if proof["before"] is not None and proof["before"] == proof["after"]:
        said = plain(proof["why"])  # nothing was applied: there is no gain to show
    elif shows_gain(verdict) and proof["before"] and proof["after"]:
        lines.append(_scores(proof))
        lines += _slices(proof["slices"])
        lines += _beside(proof)
        said = meaning(verdict, proof["smallest_detectable"])
    else:
        said = plain(proof["why"])
    lines.append([(f"{'verdict':<{_WIDTH}}", ""), (verdict, STYLES.get(verdict, "bold"))])
    lines[-1].append((f"   {said}", ""))
    next_ones = [plain(proof.get("advice", "")), plain(proof["next_command"])]
    for i, said_next in enumerate(filter(None, next_ones)):
        name = "" if i else "next"
        lines.append([(f"{name:<{_WIDTH}}", "dim"), (said_next, "dim")])
    return lines


def _protocol(proof: Mapping[str, Any]) -> str:
    before, after = count(proof["n_train_before"]), count(proof["n_train_after"])
    n_seeds = len(proof["seeds"])
    seeds = f"same {n_seeds} seeds, " if n_seeds > 1 and not proof["deterministic"] else ""
    test = f"{count(proof['n_test'], 'test row')} untouched and not used to choose"
    return f"same model, {seeds}{before} -> {after} training rows, {test}"


def _scores(proof: Mapping[str, Any]) -> Line:
    before, after = proof["before"], proof["after"]
    name = f"{plain(proof['metric'])} "
    return [
        (f"{name:<{_WIDTH}}", ""),
        (f"{score(before['mean'])} -> {score(after['mean'])}", "bold"),
        (f"   {signed(proof['difference'])}", STYLES.get(proof["verdict"], "")),
        (f"   95 % interval {interval(*proof['interval'])}", ""),
        (_wins(proof), ""),
    ]


def _wins(proof: Mapping[str, Any]) -> str:
    """Count the seeds that did better after; says nothing where seeds change nothing."""
    pairs = list(zip(proof["before"]["per_seed"], proof["after"]["per_seed"], strict=True))
    if len(pairs) < 2 or proof["deterministic"]:
        return ""
    is_lower_better = (
        proof["difference"] * (proof["after"]["mean"] - proof["before"]["mean"]) < 0
    )
    wins = sum(
        (after < before) if is_lower_better else (after > before) for before, after in pairs
    )
    return f"   wins {wins}/{len(pairs)}"


def _slices(slices: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Show the slices whose interval lies below 0: who pays for the gain."""
    losers = [s for s in slices if s["high"] is not None and s["high"] < 0][:_WORST_SLICES]
    return [
        [
            (f"{'by slice' if i == 0 else '':<{_WIDTH}}", "dim"),
            (
                f"{clipped(s['slice'], 50)}   {score(s['before'])} -> {score(s['after'])}",
                "red",
            ),
            (f"   {signed(s['difference'])} on {count(s['n'], 'row')}", "dim"),
        ]
        for i, s in enumerate(losers)
    ]


def _beside(proof: Mapping[str, Any]) -> list[Line]:
    """Show what stands beside the comparison, where it was asked for."""
    lines: list[Line] = []
    robust, control = proof.get("against_robust"), proof.get("control")
    if robust:
        n = count(len(robust["validation"]), "robust method")
        which = (
            f"   {plain(robust['method'])} on the unedited data, the best of {n} on noisy "
            "labels held out"
        )
        reached = (f"{score(robust['robust']['mean'])}", "bold")
        lines.append([(f"{'robust':<{_WIDTH}}", ""), reached, (which, "")])
        told = (
            f"edited data {signed(robust['difference'])} against it   95 % interval "
            f"{interval(*robust['interval'])}; its network trained plainly: "
            f"{score(robust['plain_before']['mean'])} -> {score(robust['plain_after']['mean'])}"
        )
        lines.append([(f"{'':<{_WIDTH}}", ""), (told, "dim")])
    if control:
        ended = "the gain vanishes" if control["vanishes"] else "a difference remains"
        told = (
            f"{signed(control['difference'])}   95 % interval {interval(*control['interval'])} "
            f"with shuffled labels: {ended}"
        )
        lines.append([(f"{'control':<{_WIDTH}}", ""), (told, "")])
        memorised = control.get("memorisation")  # proofs stored before had none
        if memorised is not None:
            told = f"of random labels, the model learns {memorised:.0%} by heart"
            lines.append([(f"{'':<{_WIDTH}}", ""), (told, "dim")])
    return lines


def candidates_line(candidates: Sequence[Mapping[str, Any]]) -> Line:
    """Say how many candidates were tried, and how many of them the proof let stand."""
    n_kept = sum(bool(candidate["accepted"]) for candidate in candidates)
    kept = f", {count(n_kept)} of them kept" if n_kept else ""
    return [(f"{count(len(candidates), 'candidate')} tried on training data{kept}", "")]


def edit_text(edit: Mapping[str, Any]) -> str:
    """Write one edit in a line: what it does, to how many, and why."""
    what = plain(edit.get("op", "")).replace("_", " ")
    if edit.get("column"):
        what += f" {plain(edit['column'])}"
    n = edit.get("n")
    size = (
        f" {count(n, 'row')}"
        if n is not None and "column" not in str(edit.get("op"))
        else ""
    )
    return f"{what}{size}: {plain(edit.get('reason', ''))}"
