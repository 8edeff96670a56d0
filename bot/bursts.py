"""Bursts: messages that Telegram sends one by one though they belong together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field

from telegram import Message

# Telegram sends an album's messages at once; a pause this long means that it is complete.
QUIET_S = 1.0


@dataclass
class _Burst:
    messages: dict[int, Message] = field(default_factory=dict)
    edits: list[int] = field(default_factory=list)
    grew: asyncio.Event = field(default_factory=asyncio.Event)


class Bursts:
    """Gathers the messages of each burst until no more come.

    key : what the messages of one burst have in common.
    """

    def __init__(
        self,
        key: Callable[[Message], Hashable],
        quiet_s: float = QUIET_S,
        is_coming: Callable[[Message], bool] = lambda _: False,
    ) -> None:
        """is_coming : True while more of a message's burst was received and is not handed on yet."""
        self._key = key
        self._quiet_s = quiet_s
        self._is_coming = is_coming
        self._begun: dict[Hashable, _Burst] = {}

    def add(self, message: Message, update_id: int, known: int | None = None) -> bool:
        """Adds a message. True for a burst's first one: the caller then gathers the rest.

        known : the first update of the burst that an earlier process gathered; the same ones come together
        again.
        """
        key = self._key(message) if known is None else ("known", known)
        is_first = key not in self._begun
        burst = self._begun.setdefault(key, _Burst())
        burst.messages[update_id] = message
        burst.grew.set()
        return is_first

    def has_begun(self, message: Message) -> bool:
        """Return whether the message belongs to a burst that is being gathered."""
        return self._key(message) in self._begun

    def amend(self, edited: Message, update_id: int) -> bool:
        """Puts a message that was edited in the place of what it was; False where its burst is gathered
        already, or forgotten."""
        burst = self._begun.get(self._key(edited))
        for added, message in burst.messages.items() if burst else ():
            if burst and message.message_id == edited.message_id:
                burst.messages[added] = edited
                burst.edits.append(update_id)
                return True
        return False

    async def gather(
        self, first: Message, known: int | None = None
    ) -> tuple[list[Message], list[int]]:
        """Waits for the rest of the burst. Returns its messages in order, and the ids of their updates, that of
        the first one first, edits last. known : as in `add`."""
        key = self._key(first) if known is None else ("known", known)
        burst = self._begun[key]
        while burst.grew.is_set() or self._is_coming(first):
            burst.grew.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(burst.grew.wait(), self._quiet_s)
        del self._begun[key]
        messages = sorted(burst.messages.values(), key=lambda message: message.message_id)
        return messages, [*burst.messages, *burst.edits]
