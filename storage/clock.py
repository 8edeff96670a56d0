"""Timestamps in the tables' format."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """The current time as ISO 8601 in UTC, to the microsecond; these texts sort by time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def today() -> str:
    """The current day in UTC, as ISO 8601."""
    return datetime.now(UTC).date().isoformat()
