"""Albums: photos that Telegram sends one by one though they belong together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from telegram import Message

# Telegram sends an album's messages at once; a pause this long means that it is complete.
QUIET_S = 1.0
# Albums of which a caption may still be edited: what is remembered is lost at a restart anyway.
REMEMBERED = 500


@dataclass
class _Album:
    messages: dict[int, Message] = field(default_factory=dict)
    grew: asyncio.Event = field(default_factory=asyncio.Event)


class Albums:
    """Gathers the messages of each album until no more come, and remembers the last ones."""

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        self._quiet_s = quiet_s
        self._albums: dict[tuple[int, str], _Album] = {}
        self._gathered: dict[tuple[int, str], list[Message]] = {}

    def add(self, message: Message, update_id: int) -> bool:
        """Adds a message of an album. True for the album's first one: the caller then gathers the
        rest."""
        key = _key(message)
        is_first = key not in self._albums
        album = self._albums.setdefault(key, _Album())
        album.messages[update_id] = message
        album.grew.set()
        return is_first

    def has_begun(self, message: Message) -> bool:
        """Return whether the message belongs to an album that is being gathered."""
        return _key(message) in self._albums

    async def gather(self, first: Message) -> tuple[list[Message], list[int]]:
        """Waits for the rest of the album. Returns its messages in order, and the ids of their
        updates."""
        album = self._albums[_key(first)]
        while album.grew.is_set():
            album.grew.clear()
            try:
                await asyncio.wait_for(album.grew.wait(), self._quiet_s)
            except TimeoutError:
                break
        del self._albums[_key(first)]
        messages = sorted(album.messages.values(), key=lambda message: message.message_id)
        self._remember(_key(first), messages)
        return messages, list(album.messages)

    def whole(self, message: Message) -> list[Message]:
        """The album of a message in order, or the message alone where it is in none, or in one that is
        forgotten."""
        return self._gathered.get(_key(message), [message])

    def _remember(self, key: tuple[int, str], messages: list[Message]) -> None:
        """Beside those that were gathered before: after a restart the rest of an album may come late."""
        self._gathered[key] = [*self._gathered.pop(key, []), *messages]
        if len(self._gathered) > REMEMBERED:
            del self._gathered[next(iter(self._gathered))]


def _key(message: Message) -> tuple[int, str]:
    return message.chat_id, message.media_group_id or ""
