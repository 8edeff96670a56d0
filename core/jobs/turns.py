"""Places that people wait for, one after the other: who asks for forty waits no longer for the first, and
lets others in between."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

from core.ports.turns import TURN


class Turns:
    """A semaphore that serves those who wait round robin by `TURN`, and each one's requests in order."""

    def __init__(self, places: int) -> None:
        self._free = places
        # By person; whoever is served goes to the end.
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}

    def withdraw(self, places: int) -> None:
        """Takes away so many places of those that are free."""
        self._free -= min(places, self._free)

    def locked(self) -> bool:
        """True if the next one has to wait."""
        return self._free == 0

    async def acquire(self) -> None:
        """Returns when there is a place for the caller, who then gives it back by `release`."""
        if self._free:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(TURN.get(), deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it was given at the same moment
                self.release()
            raise

    def release(self) -> None:
        """Gives the place to the next one who still waits."""
        while self._waiting:
            person = next(iter(self._waiting))
            queue = self._waiting.pop(person)
            place = queue.popleft()
            if queue:
                self._waiting[person] = queue
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
