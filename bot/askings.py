"""Askings: the messages in which an owner is asked about suggested photos, one per suggestion."""

from __future__ import annotations

import time

from bot.boards import Boards

# So long a message grows by photos that come; after that a new one asks, which is noticed.
FRESH_S = 600.0


class Askings(Boards):
    """Posts one question after the other, and remembers which are still fresh."""

    def __init__(self, fresh_s: float = FRESH_S) -> None:
        super().__init__()
        self._fresh_s = fresh_s
        self._asked: dict[int, float] = {}
        self._looks: dict[int, list[int]] = {}

    def note(self, suggestion_id: int) -> None:
        """The owner was asked about the suggestion by a new message."""
        self._asked[suggestion_id] = time.monotonic()

    def is_fresh(self, suggestion_id: int) -> bool:
        """True if the message that asks was sent a short time ago."""
        asked = self._asked.get(suggestion_id)
        return asked is not None and time.monotonic() - asked < self._fresh_s

    def note_look(self, suggestion_id: int, message_id: int) -> None:
        """A message shows the owner photos of the suggestion, with the same buttons."""
        self._looks.setdefault(suggestion_id, []).append(message_id)

    def forget(self, suggestion_id: int) -> tuple[int, ...]:
        """The suggestion was decided. The messages that show its photos, as far as this process sent them."""
        self._asked.pop(suggestion_id, None)
        return tuple(self._looks.pop(suggestion_id, ()))
