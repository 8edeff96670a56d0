"""Tasks for the tests of the runners."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import TooFewClasses

Report = Callable[[object], None]


def count_up(report: Report, to: int) -> int:
    """Reports each number on the way."""
    for number in range(to):
        report(number)
    return to


def report_for_ever(report: Report, out: Path) -> None:
    """Writes the file when it begins; ends when it is killed, or where reporting ends it."""
    out.touch()
    while True:
        report(0)
        time.sleep(0.01)


def refuse(report: Report) -> None:
    raise TooFewClasses(label="apple")


def fail(report: Report) -> None:
    raise ZeroDivisionError("by nought")


def return_what_cannot_be_carried(report: Report) -> object:
    return threading.Lock()
