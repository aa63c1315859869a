"""The noisy-label table: every row runs on images and in mixed precision, and the report is honest."""

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install 'tilth[torch]'"
)

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
RESULTS = BENCHMARKS / "results" / "noisy_table_small.csv"


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scripts find each other as they do when one of them is run."""
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.fixture(scope="module")
def tiny():
    """The full-scale setup shrunk to seconds, and pictures whose class is a colour."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from noisy.protocol import Material, full_setup, own_probs
    finally:
        sys.path.remove(str(BENCHMARKS))
    setup = full_setup(
        "cpu", width=4, n_epochs=2, batch_size=32, lr=0.05, mixed_precision=True
    )
    images, given, truth, probs = _pictures()
    kept, held = np.arange(120), np.arange(120, 150)
    data = Material(
        images[kept],
        given[kept],
        truth[kept],
        probs[kept].astype(np.float16),
        (images[held], given[held]),
        (images[held], truth[held]),
        0,
        partial(own_probs, setup, "tiny"),
    )
    return setup, data


def _pictures() -> tuple[np.ndarray, ...]:
    """Return images, given labels a fifth of which are wrong, the truth, its probabilities."""
    truth = np.arange(150) % 3
    images = np.random.default_rng(0).integers(0, 90, (150, 3, 32, 32)).astype(np.uint8)
    for k in range(3):
        images[truth == k, k] += 120
    given = np.where(np.arange(150) < 30, (truth + 1) % 3, truth)
    probs = np.full((150, 3), 0.1)
    probs[np.arange(150), truth] = 0.8
    return images, given, truth, probs


def _rows() -> tuple:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from noisy.rows import ROWS
    finally:
        sys.path.remove(str(BENCHMARKS))
    return ROWS


@pytest.mark.parametrize(
    ("row", "setting"),
    [
        pytest.param(row, setting, id=f"{row.name} {setting}")
        for row in _rows()
        for setting in [row.settings[0], *row.settings[1:][-1:]]  # first and last
    ],
)
def test_every_row_trains_on_images_as_on_an_accelerator(
    row, setting, tiny, tmp_path, monkeypatch
) -> None:
    from noisy import cifar, runs

    monkeypatch.setattr(cifar, "CACHE", tmp_path)
    monkeypatch.setattr(cifar, "CLASSES", 3)
    setup, data = tiny
    fitted = row.fit(setup, data, setting)
    found = runs.scores(fitted, data)
    assert 0 <= found["accuracy"] <= 1
    assert 0 < found["validation"] <= 1
    assert found["n_epochs"] >= 2
    if row.family == "data":
        assert found["recall"] == 1.0  # the probabilities know the truth


def test_the_full_table_runs_from_the_command_and_goes_on_where_it_stopped(
    tmp_path, monkeypatch, capsys
) -> None:
    import noisy_table
    from noisy import cifar, protocol

    images, given, truth, probs = _pictures()
    (tmp_path / "cifar10").mkdir()
    monkeypatch.setattr(cifar, "SHARED", tmp_path)
    monkeypatch.setattr(cifar, "CACHE", tmp_path)
    monkeypatch.setattr(cifar, "images", lambda split: (images, truth))
    monkeypatch.setattr(
        cifar, "noisy_labels", lambda cell: cifar.Noisy(given, truth, probs)
    )
    tiny = partial(protocol.full_setup, width=4, n_epochs=1, batch_size=32, lr=0.05)
    monkeypatch.setattr(noisy_table, "full_setup", tiny)
    monkeypatch.setattr(noisy_table, "RESULTS", tmp_path)
    asked = ["noisy_table.py", "--scale", "full", "--device", "cpu", "--jobs", "1"]
    asked += ["--seeds", "2", "--only", "both", "plain"]
    monkeypatch.setattr(sys, "argv", asked)
    noisy_table.main()
    table = tmp_path / "noisy_table_full.csv"
    runs = pd.read_csv(table, dtype={"cell": str})
    found = sorted(zip(runs["cell"], runs["row"], runs["seed"], strict=True))
    wanted = [(c, r, s) for c in ("0.0", "0.6") for r in ("both", "plain") for s in (0, 1)]
    assert found == wanted
    assert set(runs["scale"]) == {"full"}
    assert "| plain |" in table.with_suffix(".md").read_text()
    before = table.read_text().splitlines()
    table.write_text("\n".join(before[:-1]) + "\n")
    capsys.readouterr()
    noisy_table.main()
    assert "1 runs to go" in capsys.readouterr().err
    assert len(table.read_text().splitlines()) == len(before)


def test_fewer_examples_get_as_many_steps(tiny) -> None:
    setup, _ = tiny
    assert setup.schedule_for(60, 120).n_epochs == 2 * setup.schedule.n_epochs
    assert setup.schedule_for(60, 120).batch_size == setup.schedule.batch_size


def _runs(mine: float, theirs: float, dense: float) -> pd.DataFrame:
    """Return runs in which one data-centric row and the eight others score so much."""
    from noisy import report

    others = [n for n in report.PUBLISHED if n not in {"argmax", "both"} and "pr" not in n]
    others.remove("confident joint")
    lines = []
    for cell in ("0.0", "0.6"):
        for name in ["both", *others]:
            for seed in range(3):
                value = theirs if name in others else (dense if cell == "0.0" else mine)
                score = value + 0.002 * (seed - 1)
                lines.append(
                    {
                        "protocol": 1, "scale": "small", "cell": cell, "row": name,
                        "family": "data" if name == "both" else "model", "seed": seed,
                        "setting": "{}", "accuracy": score, "accuracy_last": score,
                        "validation": score, "precision": 0.5, "recall": 0.5, "f1": 0.5,
                        "label_accuracy": 0.8, "n_trainings": 1, "seconds": 1.0,
                        "machine": "m", "versions": "v",
                    }
                )  # fmt: skip
    return pd.DataFrame(lines)


def test_the_report_says_what_holds_and_what_fails() -> None:
    from noisy import report

    good = report.lines(report.summary(_runs(0.60, 0.50, 0.605)))
    assert len(good) == 9
    assert all(line.holds for line in good)
    close = report.lines(report.summary(_runs(0.502, 0.50, 0.55)))
    assert not any(line.holds for line in close)
    text = report.markdown(_runs(0.502, 0.50, 0.55))
    assert (
        "FAILS: both beats plain at sparsity 0.6: +0.2 points, 1.2 standard errors" in text
    )
    assert "FAILS: both loses at most 1 point" in text
    assert "| plain | 50.0 ± 0.2 | 50.0 ± 0.2 | 57.3 |" in text


def test_noisy_validation_chooses_the_setting_and_the_test_does_not() -> None:
    from noisy import report

    runs = _runs(0.6, 0.5, 0.6)
    other = runs[(runs["row"] == "Mixup") & (runs["seed"] == 0)].assign(
        setting='{"alpha": 4.0}', validation=0.9, accuracy=0.1
    )
    chosen = report.finals(pd.concat([runs, other], ignore_index=True))
    mixup = chosen[(chosen["row"] == "Mixup")]
    assert set(mixup["setting"]) == {'{"alpha": 4.0}'}
    assert set(mixup["accuracy"]) == {0.1}


def test_the_markdown_is_that_of_the_runs() -> None:
    from noisy import report
    from noisy.runs import PROTOCOL

    runs = report.read_runs(RESULTS, PROTOCOL)
    assert RESULTS.with_suffix(".md").read_text() == report.markdown(runs)


def test_the_page_that_tells_the_story_has_what_the_runs_gave() -> None:
    from noisy import page, report
    from noisy.runs import PROTOCOL

    written = page.PAGE.read_text()
    table = report.page_block(report.read_runs(RESULTS, PROTOCOL))
    assert written == page.with_part(written, "table", table)
    assert all(f"| {name} |" in written for name in report.PUBLISHED)
    found = json.loads(RESULTS.with_name("against_robust.json").read_text())
    assert written == page.with_part(written, "reviews", page.reviews(found))
