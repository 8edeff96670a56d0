"""Timestamps in the tables' format."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> str:
    """The current time as ISO 8601 in UTC, to the microsecond; these texts sort by time."""
    return ago(0)


def ago(seconds: float) -> str:
    """The moment so many seconds before now, as `now` has it."""
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    return moment.isoformat(timespec="microseconds")


def today() -> str:
    """The current day in UTC, as ISO 8601."""
    return datetime.now(UTC).date().isoformat()
