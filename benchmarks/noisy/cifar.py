"""CIFAR-10 as arrays: images, published noisy labels and probabilities, fixed features."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
CACHE = Path(__file__).resolve().parent.parent / ".cache"
CLASSES = 10


@dataclass(frozen=True, eq=False)
class Noisy:
    """One set of noisy labels in the canonical order of the 50,000 training images."""

    given: NDArray[np.int64]
    truth: NDArray[np.int64]
    pred_probs: NDArray[np.float16] | None  # published, out of sample; None: there are none


@cache
def images(split: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (n, 3, 32, 32) and true labels of "train" or "test"."""
    kept = CACHE / f"cifar10_{split}.npz"
    if kept.exists():
        stored = np.load(kept)
        return stored["images"], stored["labels"]
    from PIL import Image

    folder = SHARED / "cifar10"
    names = ["test"] if split == "test" else ["train_0", "train_1"]
    table = pd.concat([pd.read_parquet(folder / f"{name}.parquet") for name in names])
    table = table.sort_values("index")
    decoded = np.stack([np.asarray(Image.open(io.BytesIO(b))) for b in table["image"]])
    pixels = np.ascontiguousarray(decoded.transpose(0, 3, 1, 2))
    labels = table["label"].to_numpy(np.int64)
    CACHE.mkdir(exist_ok=True)
    np.savez_compressed(kept, images=pixels, labels=labels)
    return pixels, labels


def noisy_labels(cell: str) -> Noisy:
    """Return the labels of a cell.

    "0.0", "0.2" and "0.6" are sparsities of the published noise of 40 %; "aggre" and "worse"
    were given by people (CIFAR-10N).
    """
    if cell in {"aggre", "worse"}:
        stored = np.load(SHARED / "cifar10n" / "cifar10n.npz")
        return Noisy(
            stored[f"{cell}_label"].astype(np.int64),
            stored["clean_label"].astype(np.int64),
            None,
        )
    stored = np.load(SHARED / "cl_cifar10" / f"noise0.4_sparsity{cell}.npz")
    return Noisy(
        stored["noisy_labels"].astype(np.int64),
        stored["true_labels"].astype(np.int64),
        stored["pred_probs"],
    )


@cache
def features(n_train: int, n_directions: int = 160) -> tuple[NDArray, NDArray]:
    """Return fixed features of the first `n_train` rows of `shuffled_rows` and of the test.

    Histograms of oriented gradients and mean colours, reduced to the principal directions of
    the training rows, found without labels; all by one factor to a mean square of 1.
    """
    kept = CACHE / f"features_{n_train}_{n_directions}.npz"
    if kept.exists():
        stored = np.load(kept)
        return stored["train"], stored["test"]
    raw = [
        _described(images("train")[0][shuffled_rows()[:n_train]]),
        _described(images("test")[0]),
    ]
    mean = raw[0].mean(axis=0)
    centred = [part - mean for part in raw]
    _, vectors = np.linalg.eigh(centred[0].T @ centred[0] / n_train)
    directions = vectors[:, ::-1][:, :n_directions]
    found = [part @ directions for part in centred]
    scale = np.sqrt((found[0] ** 2).mean())
    train, test = (np.asarray(part / scale, dtype=np.float32) for part in found)
    CACHE.mkdir(exist_ok=True)
    np.savez(kept, train=train, test=test)
    return train, test


def shuffled_rows() -> NDArray[np.int64]:
    """Return the training rows in the one random order that subsets are cut from."""
    return np.random.default_rng(2021).permutation(50_000)


def _described(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    parts = np.array_split(pictures, max(len(pictures) // 1_000, 1))
    return np.concatenate([_descriptors(part) for part in parts])


def _descriptors(pictures: NDArray[np.uint8], n_bins: int = 9) -> NDArray[np.float32]:
    """Return HOG of 4 x 4 cells, blocks of 2 x 2 cells normalised, beside mean colours.

    Dalal & Triggs (2005), "Histograms of Oriented Gradients for Human Detection": the
    channel with the strongest gradient counts at each pixel.
    """
    pixels = pictures.astype(np.float32) / 255
    down = np.zeros_like(pixels)
    across = np.zeros_like(pixels)
    down[:, :, 1:-1] = pixels[:, :, 2:] - pixels[:, :, :-2]
    across[:, :, :, 1:-1] = pixels[:, :, :, 2:] - pixels[:, :, :, :-2]
    strength = np.hypot(down, across)
    strongest = strength.argmax(axis=1)[:, None]
    down, across, strength = (
        np.take_along_axis(a, strongest, axis=1)[:, 0] for a in (down, across, strength)
    )
    angle = (np.arctan2(down, across) % np.pi) / np.pi * n_bins
    lower = np.floor(angle).astype(np.int64) % n_bins
    share = angle - np.floor(angle)
    n = len(pictures)
    cells = np.zeros((n, 32, 32, n_bins), dtype=np.float32)
    np.put_along_axis(cells, lower[..., None], (strength * (1 - share))[..., None], axis=3)
    upper = ((lower + 1) % n_bins)[..., None]
    np.put_along_axis(cells, upper, (strength * share)[..., None], axis=3)
    cells = cells.reshape(n, 8, 4, 8, 4, n_bins).sum(axis=(2, 4))
    blocks = np.concatenate(
        [cells[:, i : 7 + i, j : 7 + j] for i in (0, 1) for j in (0, 1)], axis=3
    )
    blocks /= np.sqrt((blocks**2).sum(axis=3, keepdims=True) + 1e-3)
    blocks = np.minimum(blocks, 0.2)
    blocks /= np.sqrt((blocks**2).sum(axis=3, keepdims=True) + 1e-3)
    colours = pixels.reshape(n, 3, 8, 4, 8, 4).mean(axis=(3, 5)).reshape(n, -1)
    return np.hstack([blocks.reshape(n, -1), colours.astype(np.float32)])
