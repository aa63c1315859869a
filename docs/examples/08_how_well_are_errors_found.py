"""Plant label noise of a known amount and measure how much of it is found. Takes half a minute."""

import numpy as np
from sklearn.datasets import load_digits

import tilth
from tilth.data.faults import plant_label_noise

frame = load_digits(as_frame=True).frame
clean = tilth.read(frame, label="target")
for share in (0.02, 0.1, 0.3):
    noisy, is_wrong = plant_label_noise(clean, share, np.random.default_rng(0))
    found = tilth.audit(noisy, select=["label_errors"], model="logistic").outcomes[
        "label_errors"
    ]
    flagged = found.table["is_issue"].to_numpy()
    hit = (flagged & is_wrong).sum()
    expected = found.expected_precision
    print(
        f"{share:4.0%} wrong: precision {hit / flagged.sum():.2f} "
        f"(expected {expected.value:.2f} [{expected.low:.2f}, {expected.high:.2f}]), "
        f"recall {hit / is_wrong.sum():.2f}"
    )
