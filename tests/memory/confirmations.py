"""Confirmed classes in memory."""

from __future__ import annotations

from collections.abc import Sequence

from tests.memory.tables import Tables


class MemoryConfirmations:
    """Fulfils `core.ports.Confirmations`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._confirmed: set[tuple[int, str]] = set()

    async def add(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> None:
        self._forget_removed()
        examples = self._tables.dataset(owner_id, dataset_id).examples
        self._confirmed |= {(one, examples[one].label) for one in ids if one in examples}

    async def ids(self, owner_id: int, dataset_id: int) -> frozenset[int]:
        self._forget_removed()
        examples = self._tables.dataset(owner_id, dataset_id).examples
        return frozenset(
            one.id for one in examples.values() if (one.id, one.label) in self._confirmed
        )

    def _forget_removed(self) -> None:
        there = {one for stored in self._tables.datasets.values() for one in stored.examples}
        self._confirmed = {one for one in self._confirmed if one[0] in there}
