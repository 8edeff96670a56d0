"""Examples in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core import names
from core.entities import Dataset, Edit, EditKind, Example, ExampleOrigin
from core.errors import LabelInvalid, NameInvalid, NothingToChange
from tests.memory.datasets import counted
from tests.memory.edits import record_change, record_edit, undo_last
from tests.memory.tables import StoredExample, Tables


class MemoryExamples:
    """Fulfils `core.ports.Examples`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def find(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> tuple[Example, ...]:
        found = self._select(owner_id, dataset_id, lambda one: one.id in ids)
        return tuple(sorted(found, key=lambda example: example.id))

    async def relabel(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], label: str
    ) -> Dataset:
        label = _clean(label)
        named = self._select(owner_id, dataset_id, lambda one: one.id in ids)
        # One photo may be there several times: all get the class that was given by hand.
        photos = {example.photo.sha256 for example in named}
        changed = self._select(
            owner_id, dataset_id, lambda one: one.photo.sha256 in photos and one.label != label
        )
        return self._change(
            dataset_id, EditKind.RELABEL, changed, label=label, origin=ExampleOrigin.HAND
        )

    async def move(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], to_dataset_id: int
    ) -> Dataset:
        moved = self._select(owner_id, dataset_id, lambda one: one.id in ids)
        if not moved or dataset_id == to_dataset_id:
            raise NothingToChange
        there = {(one.photo.sha256, one.label) for one in self._select(owner_id, to_dataset_id)}
        stored, target = self._tables.datasets[dataset_id], self._tables.datasets[to_dataset_id]
        taken = record_change(self._tables, stored, EditKind.MOVE, [one.id for one in moved])
        others = [one for one in moved if (one.photo.sha256, one.label) not in there]
        given = record_edit(target, EditKind.MOVE, len(others))
        taken.other = to_dataset_id, given.edit.number
        given.other = dataset_id, taken.edit.number
        for example in moved:  # one that is there already is not doubled
            del self._tables.examples[example.id]
        for example in others:
            placed = replace(example, added_in=given.edit.number)
            self._tables.examples[example.id] = StoredExample(to_dataset_id, placed)
        return counted(self._tables, target)

    async def remove(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> Dataset:
        removed = self._select(owner_id, dataset_id, lambda one: one.id in ids)
        stored = self._tables.datasets[dataset_id]
        record_change(self._tables, stored, EditKind.REMOVE, [one.id for one in removed])
        for example in removed:
            del self._tables.examples[example.id]
        self._tables.release_photos()
        return counted(self._tables, stored)

    async def set_test(
        self, owner_id: int, dataset_id: int, ids: Sequence[int] | None, *, is_test: bool
    ) -> Dataset:
        changed = self._select(
            owner_id,
            dataset_id,
            lambda one: one.is_test != is_test and (ids is None or one.id in ids),
        )
        return self._change(dataset_id, EditKind.SET_TEST, changed, is_test=is_test)

    async def rename_class(
        self, owner_id: int, dataset_id: int, label: str, new_label: str
    ) -> Dataset:
        new_label = _clean(new_label)
        changed = self._select(
            owner_id, dataset_id, lambda one: one.label == label and label != new_label
        )
        return self._change(
            dataset_id, EditKind.RENAME_CLASS, changed, label=new_label, origin=ExampleOrigin.HAND
        )

    async def undo(self, owner_id: int, dataset_id: int) -> Dataset:
        undo_last(self._tables, owner_id, dataset_id)
        return counted(self._tables, self._tables.dataset(owner_id, dataset_id))

    async def history(self, owner_id: int, dataset_id: int) -> tuple[Edit, ...]:
        edits = self._tables.dataset(owner_id, dataset_id).edits.values()
        return tuple(stored.edit for stored in reversed(edits))

    def _select(
        self,
        owner_id: int,
        dataset_id: int,
        holds: Callable[[Example], bool] = lambda example: True,
    ) -> list[Example]:
        """The dataset's examples that the condition holds for. Raises DatasetNotFound."""
        self._tables.dataset(owner_id, dataset_id)
        return [example for example in self._tables.examples_of(dataset_id) if holds(example)]

    def _change(
        self, dataset_id: int, kind: EditKind, examples: Sequence[Example], **fields: Any
    ) -> Dataset:
        """One edit that sets fields of examples. Raises NothingToChange where there are none."""
        stored = self._tables.datasets[dataset_id]
        record_change(self._tables, stored, kind, [example.id for example in examples])
        for example in examples:
            changed = StoredExample(dataset_id, replace(example, **fields))
            self._tables.examples[example.id] = changed
        return counted(self._tables, stored)


def _clean(label: str) -> str:
    try:
        return names.clean(label)
    except NameInvalid as error:
        raise LabelInvalid(max_length=error.max_length) from error
