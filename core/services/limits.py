"""How much one user may keep."""

from __future__ import annotations

from collections.abc import Sized

from core.errors import QuotaExceeded

MAX_DATASETS = 20
MAX_MODELS = 100


def check_quota(what: str, kept: Sized, limit: int) -> None:
    """Raises QuotaExceeded where nothing more fits."""
    if len(kept) >= limit:
        raise QuotaExceeded(what=what, have=len(kept), limit=limit)
