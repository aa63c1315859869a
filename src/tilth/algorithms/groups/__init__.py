"""Groups of examples whose labels do not follow from the inputs as elsewhere.

A search over many candidate groups with any per-example target: a residual and its variance
per example, one sparse product for all candidates, a cut for the whole family of tests, what
the labels inside one group look like, and whether what a group teaches holds elsewhere.
"""

from tilth.algorithms.groups.additive import AdditiveProbs, calibrated
from tilth.algorithms.groups.noise import (
    GroupNoise,
    group_noise,
    noise_given,
    noise_log_ratio,
)
from tilth.algorithms.groups.residuals import (
    family_cut,
    group_z,
    label_slope,
    shift_residual,
    slope_residual,
    temperature,
    tempered,
)
from tilth.algorithms.groups.runs import best_run, maximal_run
from tilth.algorithms.groups.search import Hit, search_groups
from tilth.algorithms.groups.transfer import (
    Contradiction,
    Transfer,
    cohen_kappa,
    contradiction,
    mcnemar_z,
    transfer,
)

__all__ = [
    "AdditiveProbs",
    "Contradiction",
    "GroupNoise",
    "Hit",
    "Transfer",
    "best_run",
    "calibrated",
    "cohen_kappa",
    "contradiction",
    "family_cut",
    "group_noise",
    "group_z",
    "label_slope",
    "maximal_run",
    "mcnemar_z",
    "noise_given",
    "noise_log_ratio",
    "search_groups",
    "shift_residual",
    "slope_residual",
    "temperature",
    "tempered",
    "transfer",
]
