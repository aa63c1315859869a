"""Find label errors from labels and probabilities alone, without a table or a model."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from tilth.algorithms.label_noise import flip_labels, make_uniform_noise
from tilth.algorithms.labels import (
    calibrated_label_errors,
    error_probabilities,
    expected_precision,
)

X, truth = load_digits(return_X_y=True)
labels = flip_labels(
    truth, make_uniform_noise(10, 0.05), rng=np.random.default_rng(0)
).labels
wrong = labels != truth

model = LogisticRegression(max_iter=2000)
pred_probs = cross_val_predict(model, X / 16, labels, method="predict_proba")

flagged = calibrated_label_errors(labels, pred_probs)
value, low, high = expected_precision(labels, pred_probs, flagged)
print(
    f"{flagged.sum()} labels flagged, {(flagged & wrong).sum()} of {wrong.sum()} wrong ones found"
)
print(
    f"precision: expected {value:.2f} [{low:.2f}, {high:.2f}], true {wrong[flagged].mean():.2f}"
)

p_error = error_probabilities(labels, pred_probs)
careful = p_error >= 0.9  # the cut moves without computing anything again
print(f"from 0.9 on: {careful.sum()} flagged, true precision {wrong[careful].mean():.2f}")
