"""Who agreed that their photos are kept, and what waits for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

Work = Callable[[], Awaitable[None]]

# Of what a person sends before they answer; the photos are in the chat and can be sent again.
MAX_WAITING = 100


class Consents:
    """Remembers consents while the bot runs; the record is in storage."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._waiting: dict[int, list[Work]] = {}

    def is_given(self, user_id: int) -> bool:
        """True if it is known that the person agreed."""
        return user_id in self._given

    def note(self, user_id: int) -> None:
        """The record says that the person agreed."""
        self._given.add(user_id)

    def wait(self, user_id: int, work: Work) -> bool:
        """Keeps the work until the person answers. True where they are to be asked now."""
        is_first = user_id not in self._waiting
        waiting = self._waiting.setdefault(user_id, [])
        if len(waiting) < MAX_WAITING:
            waiting.append(work)
        return is_first

    def give(self, user_id: int) -> Sequence[Work]:
        """The person agreed: what waited."""
        self._given.add(user_id)
        return self._waiting.pop(user_id, [])

    def refuse(self, user_id: int) -> None:
        """The person did not agree: what waited is dropped."""
        self._waiting.pop(user_id, None)

    def forget(self, user_id: int) -> None:
        """The person took it back, or is gone."""
        self._given.discard(user_id)
        self._waiting.pop(user_id, None)
