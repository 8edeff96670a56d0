"""Edits: batches of changes to a dataset's examples, and taking them back."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import aiosqlite

from core.entities import Edit, EditKind, ExampleOrigin, Reading
from core.errors import AlreadyUndone, DatasetNotFound, EditNotLast, NothingToUndo
from core.ports import ACT, origin
from core.serialization import to_json
from storage.clock import now

# The columns of `changes` after (dataset_id, number, example_id), which are those of `examples`.
_EXAMPLE = "photo_id, label, name, origin, is_test, added_in"

_RESTORE = f"""
    INSERT INTO examples (id, dataset_id, {_EXAMPLE})
    SELECT example_id, dataset_id, {_EXAMPLE} FROM changes WHERE dataset_id = ? AND number = ?
    ON CONFLICT (id) DO UPDATE SET dataset_id = excluded.dataset_id, label = excluded.label,
        origin = excluded.origin, is_test = excluded.is_test, added_in = excluded.added_in
"""
# Where examples are now that the edit moved out of its dataset.
_ELSEWHERE = """
    SELECT examples.dataset_id, count(*) FROM changes JOIN examples ON examples.id = example_id
    WHERE changes.dataset_id = ? AND changes.number = ?
    AND examples.dataset_id <> changes.dataset_id GROUP BY examples.dataset_id
"""
# What was done to the same examples later, in another dataset: it has nothing to go back to.
_FORGET_LATER = """
    DELETE FROM changes WHERE rowid IN (
        SELECT later.rowid FROM changes
        JOIN changes AS later ON later.example_id = changes.example_id AND later.rowid > changes.rowid
        WHERE changes.dataset_id = ? AND changes.number = ?)
"""
_CLOSE_VOID = """
    UPDATE edits SET closed = 1
    WHERE closed = 0 AND dataset_id IN (SELECT id FROM datasets WHERE owner_id = ?)
    AND NOT EXISTS (SELECT 1 FROM changes
        WHERE changes.dataset_id = edits.dataset_id AND changes.number = edits.number)
    AND NOT EXISTS (SELECT 1 FROM changes
        WHERE changes.dataset_id = other_dataset_id AND changes.number = other_number)
    AND NOT EXISTS (SELECT 1 FROM negatives
        WHERE negatives.dataset_id = edits.dataset_id AND added_in = edits.number)
    AND (kind <> 'add' OR (
        NOT EXISTS (SELECT 1 FROM examples
            WHERE examples.dataset_id = edits.dataset_id AND added_in = edits.number)
        AND NOT EXISTS (SELECT 1 FROM changes
            WHERE changes.dataset_id = edits.dataset_id AND added_in = edits.number)))
"""


async def record_edit(
    connection: aiosqlite.Connection,
    owner_id: int,
    dataset_id: int,
    kind: EditKind,
    *,
    changed: int,
    reading: Reading | None = None,
    request: int | None = None,
) -> int:
    """Within a transaction of the caller's: the dataset's next version, and its number.

    The sheet of samples is forgotten: it shows what was. The edit that makes a dataset can't be taken
    back. Raises DatasetNotFound.
    """
    moment = now()
    rows = list(
        await connection.execute_fetchall(
            "UPDATE datasets SET version = version + 1, updated_at = ?, sheet = NULL"
            " WHERE id = ? AND owner_id = ? RETURNING version",
            (moment, dataset_id, owner_id),
        )
    )
    if not rows:
        raise DatasetNotFound
    number = int(rows[0][0])
    closed = number == 1 or kind is EditKind.UNDO
    await _note(connection, dataset_id, number)
    said = (to_json(reading.skipped), to_json(reading.notes), reading.seconds) if reading else ()
    await connection.execute(
        "INSERT INTO edits"
        " (dataset_id, number, kind, by_id, at, changed, closed, request, skipped, notes, seconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(dataset_id, number, kind, owner_id, moment, changed, closed, request),
            *(said or (None,) * 3),
        ),
    )
    return number


async def _note(connection: aiosqlite.Connection, dataset_id: int, number: int) -> None:
    """Within a transaction of the caller's: the update that the edit is made for is known to have made it."""
    if current := origin.get():
        await connection.execute(
            "INSERT OR IGNORE INTO steps (update_id, name, result)"
            " SELECT id, ?, 'true' FROM updates WHERE id = ?",
            (f"{ACT}{dataset_id} {number}", current.update_id),
        )


async def keep_before(
    connection: aiosqlite.Connection, dataset_id: int, number: int, ids: str
) -> None:
    """Within a transaction of the caller's: keeps examples as they are before edit `number`.

    ids : a JSON list.
    """
    await connection.execute(
        f"INSERT INTO changes (dataset_id, number, example_id, {_EXAMPLE})"
        f" SELECT dataset_id, ?, id, {_EXAMPLE} FROM examples"
        " WHERE dataset_id = ? AND id IN (SELECT value FROM json_each(?))",
        (number, dataset_id, ids),
    )


async def relabel_taught(
    connection: aiosqlite.Connection,
    dataset_id: int,
    number: int,
    label: str,
    digests: Sequence[str],
) -> int:
    """Within a transaction of the caller's: photos that are there under other classes, or in the test set, go to the one
    that they were taught as now, to be learned, by edit `number`; how many examples changed."""
    rows = await connection.execute_fetchall(
        "SELECT examples.id FROM examples JOIN photos ON photos.id = photo_id"
        " WHERE dataset_id = ? AND (label <> ? OR is_test = 1) AND sha256 IN (SELECT value FROM json_each(?))",
        (dataset_id, label, json.dumps([*digests])),
    )
    ids = json.dumps([row[0] for row in rows])
    await keep_before(connection, dataset_id, number, ids)
    changed = await connection.execute(
        "UPDATE examples SET label = ?, origin = ?, is_test = 0 WHERE id IN (SELECT value FROM json_each(?))",
        (label, ExampleOrigin.HAND, ids),
    )
    return changed.rowcount


async def undo_last(
    connection: aiosqlite.Connection,
    owner_id: int,
    dataset_id: int,
    number: int | None,
    request: int | None,
) -> None:
    """Within a transaction of the caller's: takes the last edit back that can be.

    A move is taken back in both datasets. An example that was changed or moved on in another dataset
    since returns as it was: with one id it is in one place. Each dataset whose examples change gets
    an edit. Raises AlreadyUndone where one of the owner's has the request, NothingToUndo, and EditNotLast
    where the last edit is not `number`.
    """
    if request is not None and await _is_fulfilled(connection, owner_id, request):
        raise AlreadyUndone
    rows = list(
        await connection.execute_fetchall(
            "SELECT edits.* FROM edits JOIN datasets ON datasets.id = dataset_id"
            " WHERE dataset_id = ? AND owner_id = ? AND closed = 0"
            " ORDER BY number DESC LIMIT 1",
            (dataset_id, owner_id),
        )
    )
    if not rows:
        raise NothingToUndo
    edit = rows[0]
    if number not in (None, edit["number"]):
        raise EditNotLast
    changed = Counter({dataset_id: 0})
    changed += await _restore(connection, dataset_id, edit["number"])
    if edit["other_dataset_id"] is not None:
        changed += await _restore(connection, edit["other_dataset_id"], edit["other_number"])
    if edit["kind"] == EditKind.ADD:
        removed = await connection.execute(
            "DELETE FROM examples WHERE dataset_id = ? AND added_in = ?",
            (dataset_id, edit["number"]),
        )
        changed[dataset_id] += removed.rowcount
    if edit["kind"] == EditKind.REFUSE:
        removed = await connection.execute(
            "DELETE FROM negatives WHERE dataset_id = ? AND added_in = ?",
            (dataset_id, edit["number"]),
        )
        changed[dataset_id] = max(changed[dataset_id], removed.rowcount)
    for touched, count in changed.items():
        await record_edit(
            connection, owner_id, touched, EditKind.UNDO, changed=count, request=request
        )
    await close_void(connection, owner_id)


async def _is_fulfilled(connection: aiosqlite.Connection, owner_id: int, request: int) -> bool:
    rows = await connection.execute_fetchall(
        "SELECT 1 FROM edits WHERE by_id = ? AND request = ? LIMIT 1", (owner_id, request)
    )
    return bool(list(rows))


async def close_void(connection: aiosqlite.Connection, owner_id: int) -> None:
    """Within a transaction of the caller's: edits of the owner's that have nothing left to take back
    are not offered any more."""
    await connection.execute(_CLOSE_VOID, (owner_id,))


async def _restore(connection: aiosqlite.Connection, dataset_id: int, number: int) -> Counter[int]:
    """Makes examples what they were before the edit; how many changed in which dataset."""
    edit = (dataset_id, number)
    await connection.execute(
        "UPDATE edits SET closed = 1 WHERE dataset_id = ? AND number = ?", edit
    )
    elsewhere = await connection.execute_fetchall(_ELSEWHERE, edit)
    await connection.execute(_FORGET_LATER, edit)
    restored = await connection.execute(_RESTORE, edit)
    await connection.execute("DELETE FROM changes WHERE dataset_id = ? AND number = ?", edit)
    return Counter({dataset_id: restored.rowcount, **dict(map(tuple, elsewhere))})


def edit_of(row: sqlite3.Row) -> Edit:
    return Edit(
        dataset_id=row["dataset_id"],
        number=row["number"],
        kind=EditKind(row["kind"]),
        by_id=row["by_id"],
        at=datetime.fromisoformat(row["at"]),
        changed=row["changed"],
    )
