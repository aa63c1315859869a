"""Ways to act on findings, in the order the search tries them; one file per kind."""

from tilth.remedies import class_imbalance, columns, label_errors, text_problems
from tilth.remedies.remedy import Remedy

REMEDIES: tuple[Remedy, ...] = (
    *columns.REMEDIES,
    *text_problems.REMEDIES,
    *class_imbalance.REMEDIES,
    *label_errors.REMEDIES,
)
