"""The journal of updates in memory, and the steps that were taken for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.ports import Step, Waiting

MAX_UNREADABLE = 1000


class MemoryUpdates:
    """Fulfils `core.ports.Updates`."""

    def __init__(self) -> None:
        self.kept: dict[int, Waiting] = {}
        self._handled: set[int] = set()
        self._unreadable: dict[int, str] = {}

    async def receive(self, updates: Mapping[int, str], confirmed: int = 0) -> frozenset[int]:
        for number in [number for number in self._handled if number < confirmed]:
            self._handled.discard(number)
            self.kept.pop(number, None)
        new = updates.keys() - self.kept.keys()
        self.kept |= {number: Waiting(number, updates[number]) for number in new}
        return frozenset(new)

    async def take_up(self, update_id: int) -> None:
        if waiting := self.kept.get(update_id):
            self.kept[update_id] = replace(waiting, attempts=waiting.attempts + 1)

    async def gather(self, update_ids: Sequence[int]) -> None:
        for number in self.kept.keys() & {*update_ids}:
            self.kept[number] = replace(self.kept[number], burst=update_ids[0])

    async def done(self, update_ids: Sequence[int]) -> None:
        self._handled |= self.kept.keys() & {*update_ids}

    async def park(self) -> None:
        for waiting in await self.pending():
            self.kept[waiting.update_id] = replace(waiting, attempts=0)

    async def pending(self) -> tuple[Waiting, ...]:
        return tuple(self.kept[number] for number in sorted(self.kept.keys() - self._handled))

    async def set_aside(self, update_id: int) -> None:
        if waiting := self.kept.pop(update_id, None):
            self._unreadable.pop(update_id, None)  # the newest goes to the end
            self._unreadable[update_id] = waiting.body
        for number in list(self._unreadable)[:-MAX_UNREADABLE]:
            del self._unreadable[number]

    async def unreadable(self) -> tuple[str, ...]:
        return tuple(self._unreadable.values())

    async def check(self) -> None:
        """Memory can always be written."""


class MemorySteps:
    """Fulfils `core.ports.Steps`."""

    def __init__(self, updates: MemoryUpdates) -> None:
        self._updates = updates
        self._steps: dict[int, dict[str, Step]] = {}
        self._last: dict[int, int] = {}

    async def of(self, update_id: int) -> tuple[Step, ...]:
        known = self._steps.get(update_id, {}) if update_id in self._updates.kept else {}
        return tuple(known[name] for name in sorted(known))

    async def put(self, update_id: int, step: Step) -> None:
        if update_id in self._updates.kept:
            self._steps.setdefault(update_id, {})[step.name] = step

    async def see(self, counter: int, message_id: int) -> None:
        self._last[counter] = max(self._last.get(counter, 0), message_id)

    async def last_messages(self) -> tuple[tuple[int, int], ...]:
        return tuple(self._last.items())
