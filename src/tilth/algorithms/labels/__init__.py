"""Label errors: how likely each given label is wrong, from out-of-sample class probabilities."""

from tilth.algorithms.labels.audited import (
    AuditSample,
    audit_sample,
    audited_precision,
    audited_recall,
)
from tilth.algorithms.labels.boxes import (
    Boxes,
    BoxQuality,
    box_errors,
    box_quality,
    image_quality,
    place_cut,
    share_found,
)
from tilth.algorithms.labels.calibration import (
    NoiseCalibration,
    calibrated_label_errors,
    calibrated_probabilities,
    error_probabilities,
    noise_calibration,
)
from tilth.algorithms.labels.confident_joint import (
    class_priors,
    class_thresholds,
    confident_joint,
    inverse_noise_matrix,
    joint_distribution,
    noise_matrix,
)
from tilth.algorithms.labels.cuts import count_cut, f1_cut, precision_cut
from tilth.algorithms.labels.dynamics_quality import dynamics_quality
from tilth.algorithms.labels.ensemble import ensemble_pred_probs, ensemble_weights
from tilth.algorithms.labels.expected import (
    expected_precision,
    expected_recall,
    noise_rate,
)
from tilth.algorithms.labels.health import (
    ClassHealth,
    ClassOverlaps,
    class_health,
    overlapping_classes,
)
from tilth.algorithms.labels.held_out import held_out_label_errors
from tilth.algorithms.labels.masks import (
    MaskQuality,
    Regions,
    mask_quality,
    mask_regions,
)
from tilth.algorithms.labels.multilabel import (
    multilabel_cut,
    multilabel_error_probabilities,
    multilabel_errors,
    multilabel_precision_cut,
    multilabel_quality,
)
from tilth.algorithms.labels.neighbor_votes import (
    neighbor_agreement,
    neighbor_noise_matrix,
)
from tilth.algorithms.labels.ordinal import OrdinalErrors, ordinal_errors, ordinal_quality
from tilth.algorithms.labels.quality import label_quality
from tilth.algorithms.labels.regression import (
    TargetCalibration,
    target_calibration,
    target_error_probabilities,
    target_errors,
    target_quality,
)
from tilth.algorithms.labels.selection import label_errors
from tilth.algorithms.labels.stability import (
    RankingStability,
    corrected_accuracy,
    ranking_stability,
)
from tilth.algorithms.labels.suggested import suggested_labels
from tilth.algorithms.labels.tokens import (
    sentence_quality,
    token_cut,
    token_errors,
    token_quality,
)
from tilth.algorithms.labels.training_dynamics import TrainingDynamics

__all__ = [
    "AuditSample",
    "BoxQuality",
    "Boxes",
    "ClassHealth",
    "ClassOverlaps",
    "MaskQuality",
    "NoiseCalibration",
    "OrdinalErrors",
    "RankingStability",
    "Regions",
    "TargetCalibration",
    "TrainingDynamics",
    "audit_sample",
    "audited_precision",
    "audited_recall",
    "box_errors",
    "box_quality",
    "calibrated_label_errors",
    "calibrated_probabilities",
    "class_health",
    "class_priors",
    "class_thresholds",
    "confident_joint",
    "corrected_accuracy",
    "count_cut",
    "dynamics_quality",
    "ensemble_pred_probs",
    "ensemble_weights",
    "error_probabilities",
    "expected_precision",
    "expected_recall",
    "f1_cut",
    "held_out_label_errors",
    "image_quality",
    "inverse_noise_matrix",
    "joint_distribution",
    "label_errors",
    "label_quality",
    "mask_quality",
    "mask_regions",
    "multilabel_cut",
    "multilabel_error_probabilities",
    "multilabel_errors",
    "multilabel_precision_cut",
    "multilabel_quality",
    "neighbor_agreement",
    "neighbor_noise_matrix",
    "noise_calibration",
    "noise_matrix",
    "noise_rate",
    "ordinal_errors",
    "ordinal_quality",
    "overlapping_classes",
    "place_cut",
    "precision_cut",
    "ranking_stability",
    "sentence_quality",
    "share_found",
    "suggested_labels",
    "target_calibration",
    "target_error_probabilities",
    "target_errors",
    "target_quality",
    "token_cut",
    "token_errors",
    "token_quality",
]
