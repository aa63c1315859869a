"""Make masks/ and probs.npz, here: pictures whose pixels have classes, and what a model sees.

There are no pictures: fields are drawn by lot, and the model sees them with blurred edges and
some doubt. What went wrong: a part of a mask was filled with another class, a mask was
shifted, and in one two classes were swapped.
"""

from pathlib import Path

import numpy as np
from PIL import Image

rng = np.random.default_rng(3)
SIDE, N, NAMES = 96, 40, 3


def blurred(values):
    for axis in (0, 1):
        for _ in range(3):
            values = (np.roll(values, 1, axis) + values + np.roll(values, -1, axis)) / 3
    return values


masks, probs = [], {}
for i in range(N):
    centres = rng.uniform(0, SIDE, (7, 2))
    down, right = np.mgrid[:SIDE, :SIDE]
    distance = np.stack([np.hypot(down - y, right - x) for y, x in centres])
    mask = rng.integers(0, NAMES, 7)[distance.argmin(axis=0)]
    seen = np.stack(
        [
            blurred((mask == k) * 1.0) + 0.1 * blurred(rng.random((SIDE, SIDE)))
            for k in range(NAMES)
        ]
    )
    probs[f"field-{i:02}"] = (seen / seen.sum(axis=0)).astype(np.float32)
    masks.append(mask)

masks[4][20:60, 30:70] = (masks[4][20:60, 30:70] + 1) % NAMES
masks[17] = np.roll(masks[17], 14, axis=1)
masks[29] = np.array([1, 0, 2])[masks[29]]
folder = Path("masks")
folder.mkdir(exist_ok=True)
for name, mask in zip(probs, masks, strict=True):
    Image.fromarray(mask.astype(np.uint8)).save(folder / f"{name}.png")
np.savez("probs.npz", **probs)
print(f"masks/: {N} masks of {SIDE} x {SIDE} pixels, probs.npz: an array for each")
print(
    "planted: a part filled in field-04, field-17 shifted, two classes swapped in field-29"
)
