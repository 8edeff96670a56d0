"""Examples in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from core import names
from core.entities import Dataset, Edit, EditKind, Example, ExampleOrigin, LastEdit
from core.errors import NothingToChange
from tests.memory.datasets import counted
from tests.memory.edits import last_edit, record_change, record_edit, undo_last
from tests.memory.tables import StoredDataset, Tables


class MemoryExamples:
    """Fulfils `core.ports.Examples`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def find(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> tuple[Example, ...]:
        stored = self._tables.dataset(owner_id, dataset_id)
        return tuple(
            self._tables.with_photo(owner_id, stored.examples[number])
            for number in sorted(stored.examples.keys() & set(ids))
        )

    async def of_class(
        self, owner_id: int, dataset_id: int, label: str, first: int = 0, most: int | None = None
    ) -> tuple[Example, ...]:
        stored = self._tables.dataset(owner_id, dataset_id)
        ids = _ids(stored, lambda one: one.label == label)[first:][:most]
        return tuple(self._tables.with_photo(owner_id, stored.examples[one]) for one in ids)

    async def relabel(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], label: str
    ) -> Dataset:
        label = names.clean_label(label)
        stored = self._tables.dataset(owner_id, dataset_id)
        photos = {one.photo.sha256 for one in stored.examples.values() if one.id in ids}
        changed = _ids(stored, lambda one: one.photo.sha256 in photos and one.label != label)
        self._change(stored, EditKind.RELABEL, changed, label=label, origin=ExampleOrigin.HAND)
        return counted(stored)

    async def move(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], to_dataset_id: int
    ) -> Dataset:
        stored = self._tables.dataset(owner_id, dataset_id)
        moved = _ids(stored, lambda one: one.id in ids)
        if not moved or dataset_id == to_dataset_id:
            raise NothingToChange
        target = self._tables.dataset(owner_id, to_dataset_id)
        taken = record_change(self._tables, stored, EditKind.MOVE, moved)
        there = {(one.photo.sha256, one.label) for one in target.examples.values()}
        examples = [stored.examples.pop(number) for number in moved]
        added = [one for one in examples if (one.photo.sha256, one.label) not in there]
        given = record_edit(target, EditKind.MOVE, len(added))
        taken.other = to_dataset_id, given.edit.number
        given.other = dataset_id, taken.edit.number
        target.examples |= {one.id: replace(one, added_in=given.edit.number) for one in added}
        return counted(target)

    async def remove(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> Dataset:
        stored = self._tables.dataset(owner_id, dataset_id)
        removed = _ids(stored, lambda one: one.id in ids)
        record_change(self._tables, stored, EditKind.REMOVE, removed)
        for number in removed:
            del stored.examples[number]
        self._tables.release_photos(owner_id)
        return counted(stored)

    async def set_test(
        self, owner_id: int, dataset_id: int, ids: Sequence[int] | None, *, is_test: bool
    ) -> Dataset:
        stored = self._tables.dataset(owner_id, dataset_id)
        changed = _ids(
            stored, lambda one: one.is_test != is_test and (ids is None or one.id in ids)
        )
        self._change(stored, EditKind.SET_TEST, changed, is_test=is_test)
        return counted(stored)

    async def rename_class(
        self, owner_id: int, dataset_id: int, label: str, new_label: str
    ) -> Dataset:
        new_label = names.clean_label(new_label)
        stored = self._tables.dataset(owner_id, dataset_id)
        changed = _ids(stored, lambda one: one.label == label != new_label)
        self._change(
            stored, EditKind.RENAME_CLASS, changed, label=new_label, origin=ExampleOrigin.HAND
        )
        return counted(stored)

    async def last_edit(self, owner_id: int, dataset_id: int) -> LastEdit | None:
        return last_edit(self._tables, self._tables.dataset(owner_id, dataset_id))

    async def undo(
        self,
        owner_id: int,
        dataset_id: int,
        number: int | None = None,
        request: int | None = None,
    ) -> Dataset:
        undo_last(self._tables, owner_id, dataset_id, number, request)
        return counted(self._tables.dataset(owner_id, dataset_id))

    async def history(self, owner_id: int, dataset_id: int) -> tuple[Edit, ...]:
        edits = self._tables.dataset(owner_id, dataset_id).edits.values()
        return tuple(stored.edit for stored in reversed(edits))

    def _change(
        self, stored: StoredDataset, kind: EditKind, ids: Collection[int], **fields: Any
    ) -> None:
        """One edit that sets fields of examples. Raises NothingToChange where there are none."""
        record_change(self._tables, stored, kind, ids)
        for number in ids:
            stored.examples[number] = replace(stored.examples[number], **fields)


def _ids(stored: StoredDataset, holds: Callable[[Example], bool]) -> list[int]:
    return sorted(example.id for example in stored.examples.values() if holds(example))
