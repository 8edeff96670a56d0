"""Two processes with one token: which of them goes on."""

from __future__ import annotations

import asyncio
import time

from telegram.error import Conflict

CONFLICTS = 2


class Rivals:
    """Decides which of two processes goes on: the one that has served in peace before.

    Each learns of the other by a conflict, and Telegram does not say who was first.
    """

    def __init__(self, in_peace_s: float) -> None:
        """in_peace_s : who has served so long before the first conflict was there first."""
        self._have_won = asyncio.Event()
        self._in_peace_s = in_peace_s
        self._began = time.monotonic()
        self._is_first: bool | None = None
        self._conflicts = 0

    def meet(self, *, stronger: bool = False) -> None:
        """Notes a conflict. stronger : True with a rival that would never give way."""
        if self._is_first is None:
            self._is_first = time.monotonic() - self._began >= self._in_peace_s
        self._conflicts += 1
        # The last poll of a process that is being stopped is no rival.
        if (stronger or not self._is_first) and self._conflicts >= CONFLICTS:
            self._have_won.set()

    @property
    def have_won(self) -> bool:
        """True where this process is to end."""
        return self._have_won.is_set()

    async def until(self, stop: asyncio.Event, task: asyncio.Task[None]) -> None:
        """Returns when `stop` is set, or the task has ended. Raises what the task ended with, and Conflict when
        this process is to end."""
        stopping, losing = (asyncio.create_task(event.wait()) for event in (stop, self._have_won))
        try:
            await asyncio.wait({stopping, losing, task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            losing.cancel()
        if self.have_won:
            raise Conflict("another process serves this token")
        if not stop.is_set():
            task.result()
