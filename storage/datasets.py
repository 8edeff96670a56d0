"""Datasets: the rows that name them, and readings that become their photos and examples."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import aiosqlite

from core import names, sealed
from core.entities import Dataset, EditKind, JobState, Note, Reading, Skipped
from core.errors import AlreadyRunning, DatasetNotFound, JobCancelled, NameTaken, NothingToChange
from core.sealed import Key
from core.serialization import from_json
from storage.clock import now
from storage.database import Database, unique_or
from storage.edits import close_void, record_edit, relabel_taught
from storage.folders import PhotoFolders
from storage.jobs import end_job, running_kinds, set_result
from storage.live_names import rename_live
from storage.negatives import add_negatives, negatives_of
from storage.photos import LISTED, digests_of, import_photos, import_reading

SELECT_DATASET = """
    SELECT *,
        (SELECT json_group_array(json_array(label, n)) FROM
            (SELECT label, count(*) AS n FROM examples WHERE dataset_id = datasets.id
             GROUP BY label ORDER BY label)) AS classes,
        (SELECT json_group_array(json_array(label, n)) FROM
            (SELECT label, count(*) AS n FROM examples WHERE dataset_id = datasets.id
             AND is_test = 0 GROUP BY label ORDER BY label)) AS training_classes,
        (SELECT count(*) FROM examples WHERE dataset_id = datasets.id AND is_test = 1) AS test_images,
        (SELECT count(*) FROM negatives WHERE dataset_id = datasets.id AND NOT EXISTS
            (SELECT 1 FROM examples WHERE examples.dataset_id = negatives.dataset_id
             AND examples.photo_id = negatives.photo_id)) AS negatives
    FROM datasets
"""
_LISTING = f"""
    SELECT json_array({", ".join(LISTED).replace("id", "examples.id", 1)})
    FROM examples JOIN photos ON photos.id = photo_id
    WHERE dataset_id = ? ORDER BY added_in, examples.id
"""


class Datasets:
    """Fulfils `core.ports.Datasets`; names that can't be names raise NameInvalid."""

    def __init__(self, database: Database, folders: PhotoFolders) -> None:
        self._database = database
        self._folders = folders

    async def create(self, owner_id: int, name: str, reading: Reading, job_id: int) -> Dataset:
        name = names.clean(name)
        await self._folders.send(owner_id, reading)
        async with self._folders.lock:
            key = await self._publish(owner_id, reading)
            with unique_or(NameTaken(name=name)):
                async with self._database.transaction() as connection:
                    await _end_upload(connection, owner_id, job_id)
                    dataset_id = await _insert(connection, owner_id, name)
                    await _import(connection, owner_id, dataset_id, reading, key)
                    await set_result(connection, job_id, dataset_id)
        return await self.get(owner_id, dataset_id)

    async def add(self, owner_id: int, dataset_id: int, reading: Reading, job_id: int) -> Dataset:
        await self._folders.send(owner_id, reading)
        async with self._folders.lock:
            key = await self._publish(owner_id, reading)
            async with self._database.transaction() as connection:
                await _end_upload(connection, owner_id, job_id)
                await _import(connection, owner_id, dataset_id, reading, key)
                await set_result(connection, job_id, dataset_id)
        return await self.get(owner_id, dataset_id)

    async def begin(
        self,
        owner_id: int,
        name: str,
        *,
        extends_baseline: bool = False,
        becomes_current: bool = True,
    ) -> Dataset:
        name = names.clean(name)
        with unique_or(NameTaken(name=name)):
            async with self._database.transaction() as connection:
                dataset_id = await _insert(connection, owner_id, name, extends_baseline)
                await record_edit(connection, owner_id, dataset_id, EditKind.ADD, changed=0)
                if becomes_current:
                    await _make_current(connection, owner_id, dataset_id)
        return await self.get(owner_id, dataset_id)

    async def teach(
        self, owner_id: int, dataset_id: int, reading: Reading, *, becomes_current: bool = True
    ) -> tuple[Dataset, int]:
        await self._folders.send(owner_id, reading)
        async with self._folders.lock:
            key = await self._publish(owner_id, reading)
            async with self._database.transaction() as connection:
                number = await record_edit(
                    connection, owner_id, dataset_id, EditKind.ADD, changed=0
                )
                (label,) = reading.classes
                relabelled = await relabel_taught(
                    connection, dataset_id, number, label, digests_of(reading, key)
                )
                added = await import_reading(connection, owner_id, dataset_id, number, reading, key)
                if not relabelled + added:
                    raise NothingToChange
                await _set_changed(connection, dataset_id, number, relabelled + added)
                if becomes_current:
                    await _make_current(connection, owner_id, dataset_id)
        return await self.get(owner_id, dataset_id), relabelled + added

    async def refuse(self, owner_id: int, dataset_id: int, reading: Reading) -> Dataset:
        await self._folders.send(owner_id, reading)
        async with self._folders.lock:
            key = await self._publish(owner_id, reading)
            async with self._database.transaction() as connection:
                number = await record_edit(
                    connection, owner_id, dataset_id, EditKind.REFUSE, changed=0
                )
                await import_photos(connection, owner_id, reading, key)
                changed = await add_negatives(
                    connection, owner_id, dataset_id, number, digests_of(reading, key)
                )
                if not changed:
                    raise NothingToChange
                await _set_changed(connection, dataset_id, number, changed)
                await _make_current(connection, owner_id, dataset_id)
        return await self.get(owner_id, dataset_id)

    async def negatives(self, owner_id: int, dataset_id: int) -> tuple[str, ...]:
        await self.get(owner_id, dataset_id)
        return await negatives_of(self._database, dataset_id)

    async def _publish(self, owner_id: int, reading: Reading) -> Key | None:
        """Moves the files of a reading to the owner's folders; the key of its listings."""
        key = await self._folders.publish(owner_id, reading)
        return key if reading.is_sealed else None

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        return _only(
            await self._database.fetch(
                _dataset, f"{SELECT_DATASET} WHERE id = ? AND owner_id = ?", (dataset_id, owner_id)
            )
        )

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        return await self._database.fetch(
            _dataset, f"{SELECT_DATASET} WHERE owner_id = ? ORDER BY id DESC", (owner_id,)
        )

    async def write_listing(
        self, owner_id: int, dataset_id: int, out: Path, key: Key | None = None
    ) -> None:
        await self.get(owner_id, dataset_id)
        lines = await self._database.lines(_LISTING, (dataset_id,))
        await asyncio.to_thread(sealed.write, out, lines, key)

    async def last_reading(
        self, owner_id: int, dataset_id: int
    ) -> tuple[tuple[Skipped, ...], tuple[Note, ...], float]:
        await self.get(owner_id, dataset_id)
        found = await self._database.fetch(
            _reading,
            "SELECT skipped, notes, seconds FROM edits"
            " WHERE dataset_id = ? AND skipped IS NOT NULL ORDER BY number DESC LIMIT 1",
            (dataset_id,),
        )
        return found[0] if found else ((), (), 0.0)

    async def rename(self, owner_id: int, dataset_id: int, name: str) -> Dataset:
        name = names.clean(name)
        with unique_or(NameTaken(name=name)):
            async with self._database.transaction() as connection:
                renamed = await connection.execute(
                    "UPDATE datasets SET name = ?, name_key = ?, updated_at = ?"
                    " WHERE id = ? AND owner_id = ?",
                    (name, names.key(name), now(), dataset_id, owner_id),
                )
                if not renamed.rowcount:
                    raise DatasetNotFound
                await rename_live(connection, owner_id, dataset_id, name)
        return await self.get(owner_id, dataset_id)

    async def set_sheet(self, owner_id: int, dataset_id: int, sheet: str) -> None:
        if not await self._database.execute(
            "UPDATE datasets SET sheet = ? WHERE id = ? AND owner_id = ?",
            (sheet, dataset_id, owner_id),
        ):
            raise DatasetNotFound

    async def delete(self, owner_id: int, dataset_id: int) -> None:
        async with self._database.transaction() as connection:
            if kinds := await running_kinds(connection, owner_id):
                raise AlreadyRunning(kind=kinds[0])
            await connection.execute(
                "UPDATE users SET dataset_id ="
                " (SELECT max(id) FROM datasets WHERE owner_id = ?1 AND id <> ?2)"
                " WHERE id = ?1 AND dataset_id = ?2",
                (owner_id, dataset_id),
            )
            # Its photos leave at once: other datasets, which some may have come from, don't get them back.
            await connection.execute(
                "DELETE FROM changes WHERE example_id IN (SELECT examples.id FROM examples"
                " JOIN datasets ON datasets.id = dataset_id WHERE dataset_id = ? AND owner_id = ?)",
                (dataset_id, owner_id),
            )
            await connection.execute(
                "DELETE FROM models WHERE dataset_id = ? AND owner_id = ? AND live = 1",
                (dataset_id, owner_id),
            )
            deleted = await connection.execute(
                "DELETE FROM datasets WHERE id = ? AND owner_id = ?", (dataset_id, owner_id)
            )
            if not deleted.rowcount:
                raise DatasetNotFound
            await close_void(connection, owner_id)


async def _import(
    connection: aiosqlite.Connection,
    owner_id: int,
    dataset_id: int,
    reading: Reading,
    key: Key | None,
) -> None:
    """The reading as the dataset's next edit; the dataset becomes the owner's current one."""
    number = await record_edit(
        connection,
        owner_id,
        dataset_id,
        EditKind.ADD,
        changed=0,
        reading=reading,
    )
    added = await import_reading(connection, owner_id, dataset_id, number, reading, key)
    await _set_changed(connection, dataset_id, number, added)
    await _make_current(connection, owner_id, dataset_id)


async def _insert(
    connection: aiosqlite.Connection, owner_id: int, name: str, extends_baseline: bool = False
) -> int:
    """A row for a dataset without edits; its id."""
    moment = now()
    ((dataset_id,),) = await connection.execute_fetchall(
        "INSERT INTO datasets"
        " (owner_id, name, name_key, version, created_at, updated_at, extends_baseline)"
        " VALUES (?, ?, ?, 0, ?, ?, ?) RETURNING id",
        (owner_id, name, names.key(name), moment, moment, extends_baseline),
    )
    return int(dataset_id)


async def _set_changed(
    connection: aiosqlite.Connection, dataset_id: int, number: int, changed: int
) -> None:
    await connection.execute(
        "UPDATE edits SET changed = ? WHERE dataset_id = ? AND number = ?",
        (changed, dataset_id, number),
    )


async def _make_current(connection: aiosqlite.Connection, owner_id: int, dataset_id: int) -> None:
    await connection.execute("UPDATE users SET dataset_id = ? WHERE id = ?", (dataset_id, owner_id))


async def _end_upload(connection: aiosqlite.Connection, owner_id: int, job_id: int) -> None:
    if not await end_job(connection, job_id, JobState.DONE, owner_id=owner_id):
        raise JobCancelled


def _only(found: Iterable[Dataset]) -> Dataset:
    for dataset in found:
        return dataset
    raise DatasetNotFound


def _dataset(row: sqlite3.Row) -> Dataset:
    return Dataset(
        id=row["id"],
        owner_id=row["owner_id"],
        name=row["name"],
        version=row["version"],
        classes=_counts(row["classes"]),
        test_images=row["test_images"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        sheet=row["sheet"],
        training_classes=_counts(row["training_classes"]),
        extends_baseline=bool(row["extends_baseline"]),
        negatives=row["negatives"],
    )


def _counts(text: str) -> dict[str, int]:
    """Numbers of photos by class, in the order of the classes' names."""
    counts: dict[str, int] = dict(json.loads(text))
    return {label: counts[label] for label in sorted(counts, key=names.order)}


def _reading(row: sqlite3.Row) -> tuple[tuple[Skipped, ...], tuple[Note, ...], float]:
    skipped = from_json(row["skipped"], tuple[Skipped, ...])
    return skipped, from_json(row["notes"], tuple[Note, ...]), row["seconds"]
