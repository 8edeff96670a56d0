"""Examples: single photos of a dataset, and the edits that change them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import aiosqlite

from core import names
from core.entities import Dataset, Edit, EditKind, Example, ExampleOrigin, LastEdit, Photo
from core.errors import NothingToChange
from storage.database import Database
from storage.datasets import Datasets
from storage.edits import edit_of, keep_before, record_edit, undo_last
from storage.last_edits import last_edit

_SELECT = """
    SELECT photos.*, examples.*, examples.id AS example_id FROM examples
    JOIN photos ON photos.id = photo_id JOIN datasets ON datasets.id = dataset_id
    WHERE dataset_id = ? AND datasets.owner_id = ?
"""
_IDS = "id IN (SELECT value FROM json_each(?))"
# One photo may be there several times: all get the class that was given by hand.
_SAME_PHOTOS = f"""
    photo_id IN (SELECT photo_id FROM examples AS named WHERE {_IDS}
        AND named.dataset_id = ?)
    AND label <> ?
"""
_THERE_ALREADY = f"""
    {_IDS} AND EXISTS (SELECT 1 FROM examples AS there WHERE there.dataset_id = ?
        AND there.photo_id = examples.photo_id AND there.label = examples.label)
"""


class Examples:
    """Fulfils `core.ports.Examples`."""

    def __init__(self, database: Database, datasets: Datasets) -> None:
        self._database = database
        self._datasets = datasets

    async def find(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> tuple[Example, ...]:
        await self._datasets.get(owner_id, dataset_id)
        return await self._database.fetch(
            _example,
            f"{_SELECT} AND examples.{_IDS} ORDER BY examples.id",
            (dataset_id, owner_id, json.dumps([*ids])),
        )

    async def of_class(
        self, owner_id: int, dataset_id: int, label: str, first: int = 0, most: int | None = None
    ) -> tuple[Example, ...]:
        await self._datasets.get(owner_id, dataset_id)
        limit = -1 if most is None else most
        return await self._database.fetch(
            _example,
            f"{_SELECT} AND label = ? ORDER BY examples.id LIMIT ? OFFSET ?",
            (dataset_id, owner_id, label, limit, first),
        )

    async def relabel(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], label: str
    ) -> Dataset:
        label = names.clean_label(label)
        async with self._database.transaction() as connection:
            changed = await _ids(connection, dataset_id, _SAME_PHOTOS, ids, dataset_id, label)
            await _change(connection, owner_id, dataset_id, EditKind.RELABEL, changed)
            await _set_label(connection, changed, label)
        return await self._datasets.get(owner_id, dataset_id)

    async def move(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], to_dataset_id: int
    ) -> Dataset:
        async with self._database.transaction() as connection:
            moved = await _ids(connection, dataset_id, _IDS, ids)
            taken = await _change(connection, owner_id, dataset_id, EditKind.MOVE, moved)
            if dataset_id == to_dataset_id:
                raise NothingToChange
            doubles = await _ids(connection, dataset_id, _THERE_ALREADY, moved, to_dataset_id)
            given = await record_edit(
                connection,
                owner_id,
                to_dataset_id,
                EditKind.MOVE,
                changed=len(moved) - len(doubles),
            )
            await _link(connection, (dataset_id, taken), (to_dataset_id, given))
            await _delete(connection, doubles)
            await connection.execute(
                f"UPDATE examples SET dataset_id = ?, added_in = ? WHERE {_IDS}",
                (to_dataset_id, given, json.dumps(moved)),
            )
        return await self._datasets.get(owner_id, to_dataset_id)

    async def remove(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> Dataset:
        async with self._database.transaction() as connection:
            removed = await _ids(connection, dataset_id, _IDS, ids)
            await _change(connection, owner_id, dataset_id, EditKind.REMOVE, removed)
            await _delete(connection, removed)
        return await self._datasets.get(owner_id, dataset_id)

    async def set_test(
        self, owner_id: int, dataset_id: int, ids: Sequence[int] | None, *, is_test: bool
    ) -> Dataset:
        async with self._database.transaction() as connection:
            others = "is_test <> ?"
            changed = (
                await _ids(connection, dataset_id, others, int(is_test))
                if ids is None
                else await _ids(connection, dataset_id, f"{_IDS} AND {others}", ids, int(is_test))
            )
            await _change(connection, owner_id, dataset_id, EditKind.SET_TEST, changed)
            await connection.execute(
                f"UPDATE examples SET is_test = ? WHERE {_IDS}",
                (int(is_test), json.dumps(changed)),
            )
        return await self._datasets.get(owner_id, dataset_id)

    async def rename_class(
        self, owner_id: int, dataset_id: int, label: str, new_label: str
    ) -> Dataset:
        new_label = names.clean_label(new_label)
        async with self._database.transaction() as connection:
            changed = await _ids(
                connection, dataset_id, "label = ?1 AND label <> ?2", label, new_label
            )
            await _change(connection, owner_id, dataset_id, EditKind.RENAME_CLASS, changed)
            await _set_label(connection, changed, new_label)
        return await self._datasets.get(owner_id, dataset_id)

    async def last_edit(self, owner_id: int, dataset_id: int) -> LastEdit | None:
        await self._datasets.get(owner_id, dataset_id)
        return await last_edit(self._database, dataset_id)

    async def undo(
        self,
        owner_id: int,
        dataset_id: int,
        number: int | None = None,
        request: int | None = None,
    ) -> Dataset:
        await self._datasets.get(owner_id, dataset_id)
        async with self._database.transaction() as connection:
            await undo_last(connection, owner_id, dataset_id, number, request)
        return await self._datasets.get(owner_id, dataset_id)

    async def history(self, owner_id: int, dataset_id: int) -> tuple[Edit, ...]:
        await self._datasets.get(owner_id, dataset_id)
        return await self._database.fetch(
            edit_of,
            "SELECT edits.* FROM edits JOIN datasets ON datasets.id = dataset_id"
            " WHERE dataset_id = ? AND owner_id = ? ORDER BY number DESC",
            (dataset_id, owner_id),
        )


async def _ids(
    connection: aiosqlite.Connection,
    dataset_id: int,
    condition: str,
    *values: int | str | Sequence[int],
) -> list[int]:
    """The dataset's examples that the condition holds for; a sequence of values is one JSON list."""
    given = [value if isinstance(value, (int, str)) else json.dumps([*value]) for value in values]
    rows = await connection.execute_fetchall(
        f"SELECT id FROM examples WHERE {condition} AND dataset_id = ? ORDER BY id",
        (*given, dataset_id),
    )
    return [row[0] for row in rows]


async def _change(
    connection: aiosqlite.Connection,
    owner_id: int,
    dataset_id: int,
    kind: EditKind,
    ids: Sequence[int],
) -> int:
    """Begins an edit that changes these examples, and keeps them as they are; its number.

    Raises DatasetNotFound, and NothingToChange where there are none.
    """
    number = await record_edit(connection, owner_id, dataset_id, kind, changed=len(ids))
    if not ids:
        raise NothingToChange
    await keep_before(connection, dataset_id, number, json.dumps(ids))
    return number


async def _set_label(connection: aiosqlite.Connection, ids: Sequence[int], label: str) -> None:
    await connection.execute(
        f"UPDATE examples SET label = ?, origin = ? WHERE {_IDS}",
        (label, ExampleOrigin.HAND, json.dumps(ids)),
    )


async def _delete(connection: aiosqlite.Connection, ids: Sequence[int]) -> None:
    await connection.execute(f"DELETE FROM examples WHERE {_IDS}", (json.dumps(ids),))


async def _link(
    connection: aiosqlite.Connection, one: tuple[int, int], other: tuple[int, int]
) -> None:
    """Two edits, each (dataset, number), are taken back together."""
    for edit, its_other in ((one, other), (other, one)):
        await connection.execute(
            "UPDATE edits SET other_dataset_id = ?, other_number = ?"
            " WHERE dataset_id = ? AND number = ?",
            (*its_other, *edit),
        )


def _example(row: sqlite3.Row) -> Example:
    photo = Photo(
        sha256=row["sha256"],
        bytes=row["bytes"],
        width=row["width"],
        height=row["height"],
        mean=(row["mean_red"], row["mean_green"], row["mean_blue"]),
        std=(row["std_red"], row["std_green"], row["std_blue"]),
        perceptual_hash=row["perceptual_hash"],
        colours=row["colours"],
        twins=row["twins"],
    )
    return Example(
        id=row["example_id"],
        photo=photo,
        label=row["label"],
        name=row["name"],
        origin=ExampleOrigin(row["origin"]),
        is_test=bool(row["is_test"]),
        added_in=row["added_in"],
    )
