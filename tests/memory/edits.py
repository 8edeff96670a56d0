"""Edits in memory: recorded, and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.entities import Edit, EditKind
from core.errors import NothingToUndo
from tests.memory.tables import StoredDataset, StoredEdit, Tables, now


def record_edit(stored: StoredDataset, kind: EditKind, changed: int) -> StoredEdit:
    """The dataset's next version, made by its owner. The sheet of samples is forgotten.

    The edit that makes a dataset can't be taken back, nor can an undoing.
    """
    number, moment = stored.dataset.version + 1, now()
    stored.dataset = replace(stored.dataset, version=number, updated_at=moment, sheet=None)
    edit = Edit(
        dataset_id=stored.dataset.id,
        number=number,
        kind=kind,
        by_id=stored.dataset.owner_id,
        at=moment,
        changed=changed,
    )
    recorded = StoredEdit(edit, is_closed=number == 1 or kind is EditKind.UNDO)
    stored.edits[number] = recorded
    return recorded


def record_change(stored: StoredDataset, kind: EditKind, ids: Iterable[int]) -> StoredEdit:
    """An edit that changes examples, which it keeps as they are before it."""
    before = {number: stored.examples[number] for number in ids}
    edit = record_edit(stored, kind, len(before))
    edit.before = before
    return edit


def undo_last(tables: Tables, owner_id: int, dataset_id: int) -> None:
    """Takes the last edit back that can be, a move in both datasets.

    Raises DatasetNotFound, NothingToUndo.
    """
    stored = tables.dataset(owner_id, dataset_id)
    edits = [edit for edit in stored.edits.values() if not edit.is_closed]
    if not edits:
        raise NothingToUndo
    last = edits[-1]
    _take_back(stored, last)
    if last.other is not None:
        other_id, other_number = last.other
        if other := tables.datasets.get(other_id):  # it may have been deleted
            _take_back(other, other.edits[other_number])
    tables.release_photos(owner_id)


def _take_back(stored: StoredDataset, edit: StoredEdit) -> None:
    """Puts the examples back that the edit changed or removed, and removes those that it added."""
    edit.is_closed = True
    stored.examples |= edit.before
    number = edit.edit.number
    added = [one.id for one in stored.examples.values() if one.added_in == number]
    for example_id in added:
        del stored.examples[example_id]
        # What later edits changed of them has nothing to go back to.
        for later in stored.edits.values():
            later.before.pop(example_id, None)
    record_edit(stored, EditKind.UNDO, len(edit.before) + len(added))
    edit.before = {}
