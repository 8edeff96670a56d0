"""Faults on demand: the next calls of a method, or a share of them, fail as asked."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from random import Random

from bot.playground.errors import ApiError
from bot.playground.parameters import Parameters


class ConnectionCut(Exception):
    """Raised to end the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A call fails with `error`; after : True where what was asked for is done all the same."""

    error: Exception
    after: bool = False


class Faults:
    """Faults that were ordered by `/play/faults` and have not happened yet."""

    def __init__(self, seed: int = 0) -> None:
        self._ordered: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._shares: defaultdict[str, list[tuple[float, Fault]]] = defaultdict(list)
        self._random = Random(seed)  # noqa: S311 (no secret)

    def order(self, parameters: Parameters) -> None:
        """Adds faults as the parameters of `/play/faults` say; error_code 0 cuts the connection. `after`:
        when the call was carried out. `percent`: that share of all calls from now on, instead of `times`; 0
        ends it."""
        code = parameters.integer("error_code", 500)
        wait_s = parameters.integer("retry_after", 0) or None
        described = parameters.text("description") or "Internal Server Error"
        error = ApiError(code, described, wait_s) if code else ConnectionCut()
        fault = Fault(error, parameters.flag("after"))
        method = parameters.text("method").lower()
        if "percent" in parameters:
            self._share(method, parameters.integer("percent", 0) / 100, fault)
        else:
            times = max(parameters.integer("times", 1), 0)
            self._ordered[method].extend([fault] * times)

    def next(self, method: str) -> Fault | None:
        """The fault of this call of the method, if one was ordered."""
        method = method.lower()
        if self._ordered[method]:
            return self._ordered[method].popleft()
        drawn = self._random.random()
        for share, fault in self._shares[method]:
            if drawn < share:
                return fault
            drawn -= share
        return None

    def _share(self, method: str, share: float, fault: Fault) -> None:
        if share:
            self._shares[method].append((share, fault))
        else:
            self._shares[method].clear()
