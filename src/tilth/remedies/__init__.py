"""Ways to act on findings; among equals the search prefers the one listed first."""

from tilth.remedies import (
    class_imbalance,
    columns,
    duplicates,
    image_problems,
    label_errors,
    label_patterns,
    outliers,
    text_problems,
)
from tilth.remedies.remedy import Remedy

REMEDIES: tuple[Remedy, ...] = (
    *label_patterns.REMEDIES,
    *text_problems.REMEDIES,
    *image_problems.REMEDIES,
    *duplicates.REMEDIES,
    *outliers.REMEDIES,
    *columns.REMEDIES,
    *label_errors.REMEDIES,
    *class_imbalance.REMEDIES,
)
