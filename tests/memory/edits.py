"""Edits in memory: recorded, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from core.entities import Edit, EditKind
from core.errors import NothingToChange, NothingToUndo
from tests.memory.tables import Change, StoredDataset, StoredEdit, Tables, now


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


def record_change(
    tables: Tables, stored: StoredDataset, kind: EditKind, ids: Collection[int]
) -> StoredEdit:
    """An edit that changes these examples, kept as they are before it. Raises NothingToChange."""
    if not ids:
        raise NothingToChange
    recorded = record_edit(stored, kind, len(ids))
    key = (stored.dataset.id, recorded.edit.number)
    tables.changes += [Change(key, tables.examples[number]) for number in ids]
    return recorded


def undo_last(tables: Tables, owner_id: int, dataset_id: int) -> None:
    """Takes the last edit back that can be, a move in both datasets. Each dataset whose examples
    change gets an edit.

    Raises DatasetNotFound, NothingToUndo.
    """
    stored = tables.dataset(owner_id, dataset_id)
    edits = [edit for edit in stored.edits.values() if not edit.is_closed]
    if not edits:
        raise NothingToUndo
    last = edits[-1]
    changed = _restore(tables, (dataset_id, last.edit.number))
    if last.other is not None:
        changed += _restore(tables, last.other)
    if last.edit.kind is EditKind.ADD:
        changed[dataset_id] += _remove_added(tables, dataset_id, last.edit.number)
    for touched, count in changed.items():
        record_edit(tables.datasets[touched], EditKind.UNDO, count)
    close_void(tables)
    tables.release_photos()


def close_void(tables: Tables) -> None:
    """Edits that have nothing left to take back are not offered any more."""
    changing = {change.edit for change in tables.changes}
    adding = {(one.dataset_id, one.example.added_in) for one in tables.examples.values()}
    adding |= {
        (change.before.dataset_id, change.before.example.added_in) for change in tables.changes
    }
    for dataset_id, stored in tables.datasets.items():
        for number, edit in stored.edits.items():
            key = (dataset_id, number)
            is_addition = edit.edit.kind is EditKind.ADD and key in adding
            if key not in changing and edit.other not in changing and not is_addition:
                edit.is_closed = True


def _restore(tables: Tables, key: tuple[int, int]) -> Counter[int]:
    """Makes examples what they were before the edit; how many changed in which dataset."""
    dataset_id, number = key
    if dataset_id in tables.datasets:  # the other dataset of a move may have been deleted
        tables.datasets[dataset_id].edits[number].is_closed = True
    changed: Counter[int] = Counter()
    for change in [change for change in tables.changes if change.edit == key]:
        before = change.before
        position = tables.changes.index(change)
        # What was done to the example later, in another dataset, has nothing to go back to.
        tables.changes[position:] = [
            later
            for later in tables.changes[position + 1 :]
            if later.before.example.id != before.example.id
        ]
        now_at = tables.examples.get(before.example.id)
        changed[dataset_id] += 1
        if now_at is not None and now_at.dataset_id != dataset_id:
            changed[now_at.dataset_id] += 1
        tables.examples[before.example.id] = before
    return changed


def _remove_added(tables: Tables, dataset_id: int, number: int) -> int:
    added = [
        example_id
        for example_id, one in tables.examples.items()
        if (one.dataset_id, one.example.added_in) == (dataset_id, number)
    ]
    for example_id in added:
        del tables.examples[example_id]
    return len(added)
