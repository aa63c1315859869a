"""Losses that forgive wrong labels: one number per example, from logits and given labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return -log p(given)."""
    return functional.cross_entropy(logits, labels, reduction="none")


def soft_bootstrap(logits: Tensor, labels: Tensor, *, trust: float) -> Tensor:
    """Return the cross-entropy with targets trust * given + (1 - trust) * p.

    References
    ----------
    Reed et al. (2015), "Training Deep Neural Networks on Noisy Labels with Bootstrapping",
    equation 6. The gradient passes through p in both places, as written there.
    """
    log_p = logits.log_softmax(1)
    entropy = -(log_p.exp() * log_p).sum(1)
    return trust * cross_entropy(logits, labels) + (1 - trust) * entropy


def hard_bootstrap(logits: Tensor, labels: Tensor, *, trust: float) -> Tensor:
    """Return the cross-entropy with targets trust * given + (1 - trust) * predicted.

    References
    ----------
    Reed et al. (2015), equation 7.
    """
    log_p = logits.log_softmax(1)
    return trust * cross_entropy(logits, labels) - (1 - trust) * log_p.amax(1)


def symmetric_cross_entropy(
    logits: Tensor, labels: Tensor, *, alpha: float, beta: float, log_zero: float
) -> Tensor:
    """Return alpha * cross-entropy + beta * reverse cross-entropy.

    The reverse one, -sum_k p_k log(given_k) with log 0 set to `log_zero`, is
    -log_zero * (1 - p(given)).

    References
    ----------
    Wang et al. (2019), "Symmetric Cross Entropy for Robust Learning with Noisy Labels",
    equations 5 to 7.
    """
    p_given = logits.softmax(1).gather(1, labels[:, None])[:, 0]
    reverse = -log_zero * (1 - p_given)
    return alpha * cross_entropy(logits, labels) + beta * reverse


def generalized_cross_entropy(logits: Tensor, labels: Tensor, *, q: float) -> Tensor:
    """Return (1 - p(given)^q) / q: cross-entropy for q -> 0, absolute error for q = 1.

    References
    ----------
    Zhang & Sabuncu (2018), "Generalized Cross Entropy Loss", equation 6.
    """
    return -torch.expm1(-q * cross_entropy(logits, labels)) / q


def forward_corrected(logits: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
    """Return -log of the probability of the given label, through P(given | true).

    References
    ----------
    Patrini et al. (2017), "Making Deep Neural Networks Robust to Label Noise", theorem 2.
    """
    p_given = (logits.softmax(1) * noise.T[labels]).sum(1)
    return -p_given.clamp(min=1e-12).log()
