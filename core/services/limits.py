"""Limits on what one user may keep, and on what can be trained."""

from __future__ import annotations

from collections.abc import Mapping, Sized

from core.errors import QuotaExceeded, TooFewClasses, TooFewPhotos
from core.registry import MIN_PHOTOS_PER_CLASS

MAX_DATASETS = 20
"""Per user."""
MAX_MODELS = 100
"""Per user, without the baseline."""


def check_quota(what: str, kept: Sized, limit: int) -> None:
    """Checks that there is room for one more. Raises QuotaExceeded.

    what : "datasets" or "models", for the error.
    """
    if len(kept) >= limit:
        raise QuotaExceeded(what=what, have=len(kept), limit=limit)


def check_enough(classes: Mapping[str, int]) -> None:
    """Checks that a model can be trained on classes with so many photos each, duplicates counted.

    The fit checks again, without duplicates. Raises TooFewClasses, TooFewPhotos.
    """
    if len(classes) < 2:
        raise TooFewClasses(label=next(iter(classes), ""))
    few = {label: count for label, count in classes.items() if count < MIN_PHOTOS_PER_CLASS}
    if few:
        raise TooFewPhotos.of(few, MIN_PHOTOS_PER_CLASS)
