"""Greetings: a group is greeted once where Telegram tells twice that the bot was added to it."""

from __future__ import annotations

import time

# The link that adds the bot also sends /start there; both arrive within seconds.
PAUSE_S = 60.0


class Greetings:
    """Remembers the last greeting of each group while the bot runs."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._greeted: dict[int, float] = {}

    def note(self, chat_id: int) -> None:
        """The group was greeted now."""
        self._greeted[chat_id] = time.monotonic()

    def is_recent(self, chat_id: int) -> bool:
        """True if the group was greeted a moment ago."""
        greeted = self._greeted.get(chat_id)
        return greeted is not None and time.monotonic() - greeted < self._pause_s
