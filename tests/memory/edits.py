"""Edits in memory: recorded, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from core.entities import Edit, EditKind, Example, LastEdit
from core.errors import AlreadyUndone, EditNotLast, NothingToChange, NothingToUndo
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
    """An edit that changes examples, which are kept as they are before it.

    Raises NothingToChange where there are none.
    """
    if not ids:
        raise NothingToChange
    edit = record_edit(stored, kind, len(ids))
    tables.changes += [
        Change(stored.dataset.id, edit.edit.number, stored.examples[number]) for number in ids
    ]
    return edit


def last_open(stored: StoredDataset) -> StoredEdit | None:
    """The last edit of the dataset that can be taken back."""
    edits = [edit for edit in stored.edits.values() if not edit.is_closed]
    return edits[-1] if edits else None


def last_edit(tables: Tables, stored: StoredDataset) -> LastEdit | None:
    """What `undo_last` would take back, with what it changed."""
    last = last_open(stored)
    if last is None:
        return None
    edit = last.edit
    key = edit.dataset_id, edit.number
    before = {one.example.id: one.example.label for one in tables.changes if one.edit == key}
    after = (
        one.label
        for one in stored.examples.values()
        if one.added_in == edit.number or one.id in before
    )
    return LastEdit(edit, Counter(before.values()), Counter(after))


def undo_last(
    tables: Tables, owner_id: int, dataset_id: int, wanted: int | None, request: int | None
) -> None:
    """Takes the last edit back that can be, a move in both datasets; each dataset whose examples
    change gets an edit.

    Raises DatasetNotFound, AlreadyUndone, NothingToUndo, and EditNotLast where the last edit is not `wanted`.
    """
    stored = tables.dataset(owner_id, dataset_id)
    if request is not None and (owner_id, request) in tables.undone:
        raise AlreadyUndone
    last = last_open(stored)
    if last is None:
        raise NothingToUndo
    if wanted not in (None, last.edit.number):
        raise EditNotLast
    changed = +_restore(tables, dataset_id, last.edit.number)
    if last.other is not None:
        changed += _restore(tables, *last.other)
    if last.edit.kind is EditKind.ADD:
        changed[dataset_id] += _remove_added(stored, last.edit.number)
    if last.edit.kind is EditKind.REFUSE:
        removed = [one for one, edit in stored.negatives.items() if edit == last.edit.number]
        for digest in removed:
            del stored.negatives[digest]
        changed[dataset_id] = max(changed[dataset_id], len(removed))
    for touched, count in changed.items():
        record_edit(tables.datasets[touched], EditKind.UNDO, count)
    if request is not None:
        tables.undone.add((owner_id, request))
    close_void(tables, owner_id)
    tables.release_photos(owner_id)


def close_void(tables: Tables, owner_id: int) -> None:
    """Edits of the owner's that have nothing left to take back are not offered any more."""
    changing = {change.edit for change in tables.changes}
    adding = {(change.dataset_id, change.example.added_in) for change in tables.changes}
    for stored in tables.datasets_of(owner_id):
        adding |= {(stored.dataset.id, one.added_in) for one in stored.examples.values()}
        for number, edit in stored.edits.items():
            key = stored.dataset.id, number
            adds = edit.edit.kind is EditKind.ADD and key in adding
            adds |= number in stored.negatives.values()
            edit.is_closed |= not (adds or key in changing or edit.other in changing)


def _restore(tables: Tables, dataset_id: int, number: int) -> Counter[int]:
    """Makes examples what they were before the edit, wherever they are now; how many changed in
    which dataset. Nothing where the dataset was deleted."""
    if dataset_id not in tables.datasets:
        return Counter()
    before = _take_changes(tables, dataset_id, number)
    changed = Counter({dataset_id: len(before)})
    for other_id in tables.datasets.keys() - {dataset_id}:
        examples = tables.datasets[other_id].examples
        for example_id in examples.keys() & before.keys():
            del examples[example_id]
            changed[other_id] += 1
    stored = tables.datasets[dataset_id]
    stored.examples |= before
    stored.edits[number].is_closed = True
    return changed


def _take_changes(tables: Tables, dataset_id: int, number: int) -> dict[int, Example]:
    """Takes the changes of an edit out: the examples before it, by id.

    What was done to the same examples later goes too: it has nothing to go back to.
    """
    changes = tables.changes
    places = [place for place, one in enumerate(changes) if one.edit == (dataset_id, number)]
    before = {changes[place].example.id: changes[place].example for place in places}
    first = min(places, default=len(changes))
    later = [one for one in changes[first:] if one.example.id not in before]
    tables.changes = changes[:first] + later
    return before


def _remove_added(stored: StoredDataset, number: int) -> int:
    """Removes the examples that the edit added; how many there were."""
    added = [one.id for one in stored.examples.values() if one.added_in == number]
    for example_id in added:
        del stored.examples[example_id]
    return len(added)
