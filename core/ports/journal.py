"""The ports of delivery: the journal of updates, and the steps that were taken for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update that was received and is not handled.

    attempts : how often a later process than the one that received it took it up. burst : the first
    update of those that it is handled with, None where it is handled alone.
    """

    update_id: int
    body: str
    attempts: int = 0
    burst: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done for an update and must not be done again.

    result : JSON; None while it is not known whether it was done. after_id : for a message, the number of the
    last one known before it was sent.
    """

    name: str
    result: str | None = None
    after_id: int = 0


@dataclass(eq=False)
class Origin:
    """The update for which something is done, and what an earlier process had done for it already.

    steps : by their names. is_replay : True where an earlier process received the update.
    """

    update_id: int
    is_replay: bool = False
    steps: dict[str, Step] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def next(self, kind: str) -> int:
        """0, 1, 2 …: the place of the next step among those of its kind."""
        place = self._counts.get(kind, 0)
        self._counts[kind] = place + 1
        return place

    def peek(self, kind: str) -> int:
        """What `next` would return."""
        return self._counts.get(kind, 0)

    @property
    def has_acted(self) -> bool:
        """True if an earlier process had changed something for the update."""
        return any(name.startswith(ACT) for name in self.steps)


ACT = "act "
"""The beginning of the names of steps that are changes."""

origin: ContextVar[Origin | None] = ContextVar("origin", default=None)
"""What the current task works for. Tasks that it makes inherit it."""


class Updates(Protocol):
    """The journal of Telegram's updates."""

    async def receive(self, updates: Mapping[int, str], confirmed: int = 0) -> frozenset[int]:
        """Adds the bodies of updates by their numbers, and forgets handled ones with numbers below
        `confirmed`, which Telegram will not send again: one transaction. Returns the numbers of those that
        were not there."""

    async def take_up(self, update_id: int) -> None:
        """Counts that an update of an earlier process is taken up."""

    async def gather(self, update_ids: Sequence[int]) -> None:
        """Notes that these updates are handled as one, named by the first."""

    async def done(self, update_ids: Sequence[int]) -> None:
        """Marks updates as handled; unknown ones are no error."""

    async def park(self) -> None:
        """Notes that the process stops as it should: attempts so far do not count."""

    async def pending(self) -> tuple[Waiting, ...]:
        """The updates that are not handled, oldest first."""

    async def set_aside(self, update_id: int) -> None:
        """Takes out of the journal what cannot be handled, and keeps it for the operator."""

    async def unreadable(self) -> tuple[str, ...]:
        """The bodies that were set aside, oldest first; the newest thousand are kept."""

    async def check(self) -> None:
        """Writes and removes a row, and keeps room for more on a disk that gets full later. Raises whatever
        keeps the journal from being written."""


class Steps(Protocol):
    """What was done for updates. Steps are forgotten with their update."""

    async def of(self, update_id: int) -> tuple[Step, ...]:
        """All that are on record for an update."""

    async def put(self, update_id: int, step: Step) -> None:
        """Puts a step on record, in place of one of this name. Where the update is forgotten, nothing is
        kept."""

    async def see(self, counter: int, message_id: int) -> None:
        """Notes that a count of messages has come to this number."""

    async def last_messages(self) -> tuple[tuple[int, int], ...]:
        """The counts that were noted, each with its largest number."""
