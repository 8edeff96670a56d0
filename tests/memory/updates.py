"""The journal of updates in memory."""

from __future__ import annotations

MAX_UNREADABLE = 1000


class MemoryUpdates:
    """Fulfils `core.ports.Updates`."""

    def __init__(self) -> None:
        self._pending: dict[int, str] = {}
        self._unreadable: dict[int, str] = {}

    async def add(self, update_id: int, body: str) -> bool:
        return self._pending.setdefault(update_id, body) is body

    async def done(self, update_id: int) -> None:
        self._pending.pop(update_id, None)

    async def pending(self) -> tuple[str, ...]:
        return tuple(self._pending[number] for number in sorted(self._pending))

    async def set_aside(self, body: str) -> None:
        for number in [number for number, kept in self._pending.items() if kept == body]:
            self._unreadable.pop(number, None)  # the newest goes to the end
            self._unreadable[number] = self._pending.pop(number)
        for number in list(self._unreadable)[:-MAX_UNREADABLE]:
            del self._unreadable[number]

    async def unreadable(self) -> tuple[str, ...]:
        return tuple(self._unreadable.values())

    async def check(self) -> None:
        """Memory can always be written."""
