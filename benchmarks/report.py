"""How large a report is, how long it takes from finished results, and what its first screen says.

    python benchmarks/report.py [--shots FOLDER]

The magazine reviews are improved with the judge of the study; then the page is made again and
again from that result, and once from findings in a million rows. Where Chromium and playwright are installed, the page is opened at 1280 x 900
in light and dark: requests, console messages, accessibility violations (axe-core), and which of
the markup pattern, the gain and the next command the first screen shows. With --shots the pictures
are kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import judges
import numpy as np
import pandas as pd
from planted import SHARED

import tilth
from tilth.checks.check import Findings
from tilth.report.contents import Run
from tilth.report.documents import improve_document
from tilth.report.made import made
from tilth.report.runs import improve_run
from tilth.report.steps import improve_steps
from tilth.report.write import FORMATS, MAX_BYTES, report_text, write_run

N_RUNS = 9
CHROMIUM = Path("/usr/bin/chromium")


def report(what: str, value: float, bar: float, unit: str) -> None:
    print(f"{what:44} {value:10,.3f} {unit:8} bar {bar:,g}  ratio {value / bar:.2f}")


def seen(page: Path, wanted: dict[str, str], shots: Path) -> None:
    """Open the page in a browser and print what it does and shows."""
    try:
        from importlib.resources import files

        from playwright.sync_api import sync_playwright

        axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ImportError as missing:
        print(f"not opened in a browser: {missing}")
        return
    if not CHROMIUM.exists():
        print(f"not opened in a browser: no {CHROMIUM}")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"]
        )
        own = page.resolve().as_uri()
        for scheme in ("light", "dark"):
            tab: Any = browser.new_page(
                viewport={"width": 1280, "height": 900}, color_scheme=scheme
            )
            noise: list[str] = []
            tab.on("console", lambda message, noise=noise: noise.append(message.text))
            tab.on("request", lambda r, noise=noise: r.url == own or noise.append(r.url))
            tab.goto(own)
            for name, text in wanted.items():
                box = tab.get_by_text(text).first.bounding_box()
                print(f"{scheme}: {name} ends at {box['y'] + box['height']:.0f} of 900 px")
            tab.screenshot(path=shots / f"report-{scheme}.png")
            tab.evaluate(axe)
            found = tab.evaluate("() => axe.run()")
            n_messages = f"{len(noise)} requests and console messages"
            print(f"{scheme}: {len(found['violations'])} axe violations, {n_messages}")
        browser.close()


def million() -> None:
    """Report findings of a table of a million rows."""
    n, rng = 1_000_000, np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(n, 20)), columns=[f"x{i}" for i in range(20)])
    data = tilth.read(
        table.assign(label=rng.choice(["a", "b", "c"], n)), label="label", text=()
    )
    other = rng.choice(np.array(["a", "b", "c"], dtype=object), n)
    errors = pd.DataFrame(
        {"key": np.arange(n), "quality": rng.random(n), "given": data.given}
    )
    errors = errors.assign(
        is_issue=errors["quality"] < 0.05, suggested=other, p_suggested=0.9
    )
    keys = [f"group {i}" for i in range(100_000)]
    groups = pd.DataFrame({"key": keys, "quality": 0.1, "is_issue": True, "n_examples": 2})
    groups = groups.assign(conflicting=False, labels="a 2")
    members = pd.DataFrame(
        {"key": np.repeat(keys, 2), "position": rng.permutation(n)[:200_000]}
    )
    found = {
        "label_errors": Findings("example", errors, ""),
        "exact_duplicates": Findings("cluster", groups, "", members),
    }
    used = []
    for _ in range(3):
        began = time.process_time()
        report_text(Run(data, found, made(data)))
        used.append(time.process_time() - began)
    report("html of 1,000,000 x 20 (CPU, median of 3)", statistics.median(used), 5.0, "s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=Path)
    options = parser.parse_args()
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    million()
    folder = SHARED / "dcai_lab" / "data_centric_model_centric"
    if not folder.exists():
        print(f"no magazine reviews in {folder}")
        return
    data = tilth.read(folder / "reviews_train.csv", label="label")
    better = tilth.improve(
        data, test=folder / "reviews_test.csv", model=judges.reviews, n_jobs=1
    )
    document = improve_document(better) | {"made": made(data, seed=0)}
    document |= {"version": "v2", "parent": "v1", "patch": "edits.jsonl"}
    steps = improve_steps(document, ["tilth"], "edits.jsonl")
    run = improve_run(better, document, "reviews_train.csv", steps)
    for fmt in FORMATS:
        wall, cpu, text = [], [], ""
        for _ in range(N_RUNS):
            began, used = time.perf_counter(), time.process_time()
            text = report_text(run, fmt)
            wall.append(time.perf_counter() - began)
            cpu.append(time.process_time() - used)
        median = statistics.median(cpu)
        spread = (
            f"{min(cpu):.3f} to {max(cpu):.3f} CPU, first {wall[0]:.3f} wall, n = {N_RUNS}"
        )
        report(f"{fmt} of {len(data):,} reviews ({spread})", median, 1.0, "s")
        report(
            f"{fmt} of {len(data):,} reviews",
            len(text.encode()) / 1000,
            MAX_BYTES / 1000,
            "KB",
        )
    with tempfile.TemporaryDirectory() as folder_name:
        page = Path(folder_name) / "report.html"
        write_run(run, page)
        proof = document["before"]["mean"], document["after"]["mean"]
        wanted = {
            "the markup pattern": "review contains",
            "the gain": f"from {proof[0]:.3f} to {proof[1]:.3f}",
            "the next command": run.commands[0][0],
        }
        shots = options.shots or Path(folder_name)
        shots.mkdir(parents=True, exist_ok=True)
        seen(page, wanted, shots)


if __name__ == "__main__":
    main()
