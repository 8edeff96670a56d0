"""Searches in memory."""

from __future__ import annotations

from core.entities import Search
from tests.memory.tables import Tables


class MemorySearches:
    """Fulfils `core.ports.Searches`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._last: dict[int, Search] = {}

    async def keep(self, owner_id: int, dataset_id: int, search: Search) -> None:
        self._tables.dataset(owner_id, dataset_id)
        self._last[dataset_id] = search

    async def last(self, owner_id: int, dataset_id: int) -> Search | None:
        self._tables.dataset(owner_id, dataset_id)
        return self._last.get(dataset_id)
