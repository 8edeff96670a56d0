"""Taps: a button that is pressed twice does its work once.

People tap twice, and a press that was on its way comes from the message as it was before.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable

# Of all chats; a tap comes again within seconds, or from a message that was not edited.
REMEMBERED = 10_000
# A second tap waits until the first one is handled, or comes right after it. Later it is meant.
AGAIN_AFTER_S = 2.0


class Taps:
    """The taps whose work is done, the newest of them, while the bot runs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock : the time in seconds."""
        self._clock = clock
        # In the order in which they were done.
        self._done: dict[Hashable, None] = {}
        # Until when each is passed over; None while its work goes on.
        self._busy: dict[Hashable, float | None] = {}

    async def once(self, tap: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        """Does the work, unless it was done for this tap. Work that fails may be asked for again.

        A sender's updates come one after the other: no tap is repeated while its work is done.
        """
        if tap in self._done:
            return
        await work()
        self._done[tap] = None
        if len(self._done) > REMEMBERED:
            del self._done[next(iter(self._done))]

    def begin(self, tap: Hashable) -> bool:
        """True if the work of this tap, which may be asked for again later, is to be done now; `end` ends it.
        False while it goes on, and for a moment after."""
        now = self._clock()
        self._busy = {
            known: until for known, until in self._busy.items() if until is None or now < until
        }
        if tap in self._busy:
            return False
        self._busy[tap] = None
        return True

    def end(self, tap: Hashable) -> None:
        """The work that was begun for this tap is over."""
        self._busy[tap] = self._clock() + AGAIN_AFTER_S
