"""Albums: photos and files that were sent as one."""

from __future__ import annotations

from collections.abc import Callable

from telegram import Message

from bot.bursts import QUIET_S, Bursts

# Albums of which a caption may still be edited: what is remembered is lost at a restart anyway.
REMEMBERED = 500


class Albums(Bursts):
    """Gathers the messages of each album, and remembers the last albums."""

    def __init__(
        self, quiet_s: float = QUIET_S, is_coming: Callable[[Message], bool] = lambda _: False
    ) -> None:
        super().__init__(_album_of, quiet_s, is_coming)
        self._gathered: dict[tuple[int, str], list[Message]] = {}

    async def gather(
        self, first: Message, known: int | None = None
    ) -> tuple[list[Message], list[int]]:
        """Waits for the rest of the album, as `Bursts` does."""
        messages, update_ids = await super().gather(first, known)
        self._remember(_album_of(first), messages)
        return messages, update_ids

    def whole(self, message: Message) -> list[Message]:
        """The album of a message in order, or the message alone where it is in none, or in one that is
        forgotten."""
        return self._gathered.get(_album_of(message), [message])

    def _remember(self, key: tuple[int, str], messages: list[Message]) -> None:
        """Beside those that were gathered before: after a restart the rest of an album may come late."""
        self._gathered[key] = [*self._gathered.pop(key, []), *messages]
        if len(self._gathered) > REMEMBERED:
            del self._gathered[next(iter(self._gathered))]


def _album_of(message: Message) -> tuple[int, str]:
    return message.chat_id, message.media_group_id or ""
