"""Classifiers that learn from noisy labels as they are; needs the extra `torch`.

Every one is a scikit-learn estimator around any torch module. They are what editing the data
is compared with, and they may be trained on edited data as well.
"""

from importlib.util import find_spec

from tilth.errors import MissingExtraError

if find_spec("torch") is None:  # the one place that asks; the files here import it freely
    raise MissingExtraError(
        "Noise-robust training needs PyTorch, which is not installed: pip install 'tilth[torch]'"
    )

from tilth.models.robust.augment import crop_and_flip
from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.co_teaching import CoTeaching
from tilth.models.robust.divide_mix import DivideMix
from tilth.models.robust.early_learning import EarlyLearningRegularization
from tilth.models.robust.incv import INCV
from tilth.models.robust.loss_methods import (
    GeneralizedCrossEntropy,
    PlainTraining,
    ReedBootstrapping,
    SymmetricCrossEntropy,
)
from tilth.models.robust.mentor_net import MentorNet
from tilth.models.robust.mixup import Mixup
from tilth.models.robust.noise_layers import ForwardCorrection, SModel
from tilth.models.robust.schedule import Schedule

__all__ = [
    "INCV",
    "CoTeaching",
    "DivideMix",
    "EarlyLearningRegularization",
    "ForwardCorrection",
    "GeneralizedCrossEntropy",
    "MentorNet",
    "Mixup",
    "PlainTraining",
    "ReedBootstrapping",
    "RobustClassifier",
    "SModel",
    "Schedule",
    "SymmetricCrossEntropy",
    "crop_and_flip",
]
