"""Questions asked of the data, in report order; one file each."""

from tilth.checks import (
    class_imbalance,
    column_problems,
    label_errors,
    missing_values,
    test_leakage,
    text_problems,
)
from tilth.checks.check import Check

CHECKS: tuple[Check, ...] = (
    text_problems.CHECK,
    label_errors.CHECK,
    missing_values.CHECK,
    column_problems.CHECK,
    class_imbalance.CHECK,
    test_leakage.CHECK,
)
