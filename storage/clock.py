"""Moments as the tables hold them."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """ISO 8601 in UTC, to the microsecond: texts in order of time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
