"""Questions asked of the data, in report order; one file each."""

from tilth.checks import (
    class_imbalance,
    column_problems,
    exact_duplicates,
    image_problems,
    label_errors,
    label_patterns,
    missing_values,
    near_duplicates,
    outliers,
    test_leakage,
    text_problems,
)
from tilth.checks.check import Check

CHECKS: tuple[Check, ...] = (
    label_patterns.CHECK,
    label_errors.CHECK,
    text_problems.CHECK,
    image_problems.CHECK,
    exact_duplicates.CHECK,
    near_duplicates.CHECK,
    outliers.CHECK,
    missing_values.CHECK,
    column_problems.CHECK,
    class_imbalance.CHECK,
    test_leakage.CHECK,
)
