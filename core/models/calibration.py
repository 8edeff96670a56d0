"""Calibration by one factor for all logits: temperature scaling.

Guo et al., "On calibration of modern neural networks", 2017. The factor suits logits of photos that a
fold's model did not see.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from core.models.discriminants import Floats
from core.models.evaluation import Ints

# Bounds of the logarithm of the factor that scales logits. Ridge regression's scores lie between 0 and
# 1, so that their factor is 16 to 20 on the shop photos, and up to 100 where the classes lie far apart.
_LOG_SCALE_BOUNDS = (-7.0, 6.0)


class HeldOut(Protocol):
    """Gives the logits of photos that a fold's model did not see."""

    def held_out_logits(self, fold: int) -> Floats:
        """Logits, (photos, classes), by the model of a fold's training photos."""


def held_out_scale(solver: HeldOut, labels: Ints, asked: Sequence[Ints]) -> float:
    """The factor for logits that suits the held-out photos of all folds; 1 without folds.

    labels : (n,) positions of classes. asked : for each fold the positions of the photos whose logits
    the solver gives.
    """
    if not asked:
        return 1.0
    logits = np.concatenate([solver.held_out_logits(fold) for fold in range(len(asked))])
    return best_scale(logits, labels[np.concatenate(asked)])


def best_scale(logits: Floats, truth: Ints) -> float:
    """The factor for logits, (n, classes), that makes the truth, (n,) positions, most likely."""

    def loss(log_scale: float) -> float:
        log_probabilities = log_softmax(math.exp(log_scale) * logits, axis=1)
        return -float(log_probabilities[np.arange(len(truth)), truth].mean())

    best = minimize_scalar(loss, bounds=_LOG_SCALE_BOUNDS, method="bounded")
    return float(np.exp(best.x))
