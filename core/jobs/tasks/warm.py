"""Importing this does once what every process would do anew at its first fit.

The fork server imports it, and the processes that it makes have what libraries keep from a first use:
scikit-learn's and narwhals' look-up of data frames, cattrs' functions for a card, the digest of the
default network's weights. Without it the first fit of a process takes 80 ms more, and each fit has a
process of its own.
"""

from __future__ import annotations

import gc
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.entities import FitOptions
from core.models import training
from core.recipes import make_recipe

_CLASSES, _PHOTOS, _DIMENSION = 3, 30, 16

logger = logging.getLogger(__name__)


def warm_up() -> None:
    """Makes a fit of the default recipe on made vectors. No session of ONNX Runtime is opened, since its
    threads would be missing after a fork."""
    labels = np.arange(_PHOTOS) % _CLASSES
    vectors = np.random.default_rng(0).normal(size=(_PHOTOS, _DIMENSION)).astype(np.float32)
    classes = tuple(map(str, range(_CLASSES)))
    data = training.TrainingSet(vectors, labels, np.arange(_PHOTOS), classes, "", 1)
    with TemporaryDirectory() as folder:
        out = Path(folder) / "model.onnx"
        training.fit(data, make_recipe(), FitOptions(), out, lambda message: None)


try:
    warm_up()
except Exception:  # a process without it is slower, and as good
    logger.exception("a process is not warmed up")
# What was made until now is never collected, so that its memory stays shared with the fork server.
gc.freeze()
