"""Edits: batches of changes to a dataset's examples, and taking them back."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import aiosqlite

from core.entities import Edit, EditKind, Reading
from core.errors import DatasetNotFound, NothingToUndo
from core.serialization import to_json
from storage.clock import now

# The columns of `changes` after (dataset_id, number, example_id), which are those of `examples`.
_EXAMPLE = "photo_id, label, name, origin, is_test, added_in"


async def record_edit(
    connection: aiosqlite.Connection,
    owner_id: int,
    dataset_id: int,
    kind: EditKind,
    *,
    changed: int,
    reading: Reading | None = None,
) -> int:
    """Within a transaction of the caller's: the dataset's next version, and its number.

    The sheet of samples is forgotten: it shows what was. The edit that makes a dataset can't be taken
    back. Raises DatasetNotFound.
    """
    rows = list(
        await connection.execute_fetchall(
            "UPDATE datasets SET version = version + 1, updated_at = ?, sheet = NULL"
            " WHERE id = ? AND owner_id = ? RETURNING version",
            (now(), dataset_id, owner_id),
        )
    )
    if not rows:
        raise DatasetNotFound
    number = int(rows[0][0])
    closed = number == 1 or kind is EditKind.UNDO
    said = (to_json(reading.skipped), to_json(reading.notes), reading.seconds) if reading else ()
    await connection.execute(
        "INSERT INTO edits"
        " (dataset_id, number, kind, by_id, at, changed, closed, skipped, notes, seconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (dataset_id, number, kind, owner_id, now(), changed, closed, *(said or (None,) * 3)),
    )
    return number


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


async def undo_last(connection: aiosqlite.Connection, owner_id: int, dataset_id: int) -> None:
    """Within a transaction of the caller's: takes the last edit back that can be.

    A move is taken back in both datasets. Raises NothingToUndo, DatasetNotFound.
    """
    rows = list(
        await connection.execute_fetchall(
            "SELECT edits.* FROM edits JOIN datasets ON datasets.id = dataset_id"
            " WHERE dataset_id = ? AND owner_id = ? AND NOT closed"
            " ORDER BY number DESC LIMIT 1",
            (dataset_id, owner_id),
        )
    )
    if not rows:
        raise NothingToUndo
    edit = rows[0]
    await _take_back(connection, owner_id, dataset_id, edit["number"])
    if edit["other_dataset_id"] is not None:
        await _take_back(connection, owner_id, edit["other_dataset_id"], edit["other_number"])


async def _take_back(
    connection: aiosqlite.Connection, owner_id: int, dataset_id: int, number: int
) -> None:
    """Removes the examples that the edit added and puts those back that it changed or removed."""
    still_there = await connection.execute(
        "UPDATE edits SET closed = 1 WHERE dataset_id = ? AND number = ?", (dataset_id, number)
    )
    if not still_there.rowcount:  # the other dataset of a move was deleted
        return
    restored = await connection.execute(
        f"INSERT OR REPLACE INTO examples (id, dataset_id, {_EXAMPLE})"
        f" SELECT example_id, dataset_id, {_EXAMPLE} FROM changes"
        " WHERE dataset_id = ? AND number = ?",
        (dataset_id, number),
    )
    # What later edits changed of them has nothing to go back to.
    await connection.execute(
        "DELETE FROM changes WHERE dataset_id = ?1 AND example_id IN"
        " (SELECT id FROM examples WHERE dataset_id = ?1 AND added_in = ?2)",
        (dataset_id, number),
    )
    removed = await connection.execute(
        "DELETE FROM examples WHERE dataset_id = ? AND added_in = ?", (dataset_id, number)
    )
    await connection.execute(
        "DELETE FROM changes WHERE dataset_id = ? AND number = ?", (dataset_id, number)
    )
    await record_edit(
        connection,
        owner_id,
        dataset_id,
        EditKind.UNDO,
        changed=restored.rowcount + removed.rowcount,
    )


def edit_of(row: sqlite3.Row) -> Edit:
    return Edit(
        dataset_id=row["dataset_id"],
        number=row["number"],
        kind=EditKind(row["kind"]),
        by_id=row["by_id"],
        at=datetime.fromisoformat(row["at"]),
        changed=row["changed"],
    )
