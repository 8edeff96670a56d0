"""Taps: a button that is pressed twice does its work once.

People tap twice, and a press that was on its way comes from the message as it was before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable

# Of all chats; a tap comes again within seconds, or from a message that was not edited.
REMEMBERED = 10_000


class Taps:
    """The taps whose work is done, the newest of them, while the bot runs."""

    def __init__(self) -> None:
        # In the order in which they were done.
        self._done: dict[Hashable, None] = {}

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
