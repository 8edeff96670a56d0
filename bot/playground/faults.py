"""Faults on demand: the next calls of a method fail as asked."""

from __future__ import annotations

from collections import defaultdict, deque

from bot.playground.errors import ApiError
from bot.playground.parameters import Parameters


class ConnectionCut(Exception):
    """Raised to end the connection without an answer."""


class Faults:
    """Faults that were ordered by `/play/faults` and have not happened yet."""

    def __init__(self) -> None:
        self._ordered: defaultdict[str, deque[Exception]] = defaultdict(deque)

    def order(self, parameters: Parameters) -> None:
        """Adds faults as the parameters of `/play/faults` say; error_code 0 cuts the connection."""
        code = parameters.integer("error_code", 500)
        wait_s = parameters.integer("retry_after", 0) or None
        described = parameters.text("description") or "Internal Server Error"
        fault = ApiError(code, described, wait_s) if code else ConnectionCut()
        times = max(parameters.integer("times", 1), 0)
        self._ordered[parameters.text("method").lower()].extend([fault] * times)

    def strike(self, method: str) -> None:
        """Raises the next fault of the method, if one is ordered."""
        if self._ordered[method.lower()]:
            raise self._ordered[method.lower()].popleft()
