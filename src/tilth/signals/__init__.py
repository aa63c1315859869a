"""What models and measurements say of each example."""

from tilth.signals import (
    boxes,
    column_stats,
    described,
    embeddings,
    features,
    image_stats,
    judge,
    label_matrix,
    masks,
    pred_probs,
    predicates,
    predictions,
    signal_model,
    tags,
    text_stats,
)
from tilth.signals.signals import Signal

PROVIDERS: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        column_stats.SIGNAL,
        text_stats.SIGNAL,
        image_stats.SIGNAL,
        described.SIGNAL,
        features.SIGNAL,
        embeddings.SIGNAL,
        signal_model.SIGNAL,
        pred_probs.SIGNAL,
        predictions.SIGNAL,
        predictions.RESIDUALS,
        *label_matrix.SIGNALS,
        *tags.SIGNALS,
        *boxes.SIGNALS,
        *masks.SIGNALS,
        predicates.SIGNAL,
        judge.SIGNAL,
    )
}
