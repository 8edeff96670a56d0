"""Datasets and the records of their images."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

import aiosqlite

from core import names
from core.entities import Dataset, Description, ImageRecord, JobState, Reading
from core.errors import AlreadyRunning, DatasetNotFound, JobCancelled, NameTaken
from core.serialization import from_json, to_json
from storage.clock import now
from storage.database import Database, unique_or
from storage.jobs import end_job, running_kinds


class Datasets:
    """Fulfils `core.ports.Datasets`; names that can't be names raise NameInvalid."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, owner_id: int, name: str, reading: Reading, job_id: int) -> Dataset:
        name, moment = names.clean(name), now()
        with unique_or(NameTaken(name=name)):
            async with self._database.transaction() as connection:
                await _end_upload(connection, owner_id, job_id)
                (row,) = await connection.execute_fetchall(
                    "INSERT INTO datasets"
                    " (owner_id, name, name_key, version, description, created_at, updated_at)"
                    " VALUES (?, ?, ?, 1, ?, ?, ?) RETURNING *",
                    (owner_id, name, names.key(name), to_json(reading.description), moment, moment),
                )
                await _insert_records(connection, row["id"], reading.records)
                await _make_current(connection, owner_id, row["id"])
        return _dataset(row)

    async def add(self, owner_id: int, dataset_id: int, reading: Reading, job_id: int) -> Dataset:
        """The sheet of samples is forgotten: it does not show the new images."""
        async with self._database.transaction() as connection:
            await _end_upload(connection, owner_id, job_id)
            rows = await connection.execute_fetchall(
                "UPDATE datasets"
                " SET version = version + 1, description = ?, updated_at = ?, sheet = NULL"
                " WHERE id = ? AND owner_id = ? RETURNING *",
                (to_json(reading.description), now(), dataset_id, owner_id),
            )
            dataset = _only(map(_dataset, rows))
            await _insert_records(connection, dataset_id, reading.records)
            await _make_current(connection, owner_id, dataset_id)
        return dataset

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        return _only(
            await self._database.fetch(
                _dataset,
                "SELECT * FROM datasets WHERE id = ? AND owner_id = ?",
                (dataset_id, owner_id),
            )
        )

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        return await self._database.fetch(
            _dataset, "SELECT * FROM datasets WHERE owner_id = ? ORDER BY id DESC", (owner_id,)
        )

    async def records(self, owner_id: int, dataset_id: int) -> tuple[ImageRecord, ...]:
        records = await self._database.fetch(
            _record,
            "SELECT image_records.* FROM image_records JOIN datasets ON datasets.id = dataset_id"
            " WHERE dataset_id = ? AND owner_id = ? ORDER BY image_records.id",
            (dataset_id, owner_id),
        )
        if not records:
            await self.get(owner_id, dataset_id)
        return records

    async def rename(self, owner_id: int, dataset_id: int, name: str) -> Dataset:
        name = names.clean(name)
        with unique_or(NameTaken(name=name)):
            async with self._database.transaction() as connection:
                rows = await connection.execute_fetchall(
                    "UPDATE datasets SET name = ?, name_key = ?, updated_at = ?"
                    " WHERE id = ? AND owner_id = ? RETURNING *",
                    (name, names.key(name), now(), dataset_id, owner_id),
                )
        return _only(map(_dataset, rows))

    async def set_sheet(self, owner_id: int, dataset_id: int, sheet: str) -> None:
        """Raises DatasetNotFound."""
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
            deleted = await connection.execute(
                "DELETE FROM datasets WHERE id = ? AND owner_id = ?", (dataset_id, owner_id)
            )
            if not deleted.rowcount:
                raise DatasetNotFound


async def _end_upload(connection: aiosqlite.Connection, owner_id: int, job_id: int) -> None:
    if not await end_job(connection, job_id, JobState.DONE, owner_id=owner_id):
        raise JobCancelled


async def _make_current(connection: aiosqlite.Connection, owner_id: int, dataset_id: int) -> None:
    await connection.execute("UPDATE users SET dataset_id = ? WHERE id = ?", (dataset_id, owner_id))


def _only(found: Iterable[Dataset]) -> Dataset:
    for dataset in found:
        return dataset
    raise DatasetNotFound


async def _insert_records(
    connection: aiosqlite.Connection, dataset_id: int, records: Iterable[ImageRecord]
) -> None:
    await connection.executemany(
        "INSERT INTO image_records (dataset_id, source, entry, name, label, sha256, bytes, width,"
        " height, mean_red, mean_green, mean_blue, std_red, std_green, std_blue, perceptual_hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_record_values(dataset_id, record) for record in records),
    )


def _record_values(dataset_id: int, record: ImageRecord) -> tuple[int | float | str, ...]:
    return (
        dataset_id,
        record.source,
        record.index,
        record.name,
        record.label,
        record.sha256,
        record.bytes,
        record.width,
        record.height,
        *record.mean,
        *record.std,
        record.perceptual_hash,
    )


def _record(row: sqlite3.Row) -> ImageRecord:
    return ImageRecord(
        source=row["source"],
        index=row["entry"],
        name=row["name"],
        label=row["label"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        width=row["width"],
        height=row["height"],
        mean=(row["mean_red"], row["mean_green"], row["mean_blue"]),
        std=(row["std_red"], row["std_green"], row["std_blue"]),
        perceptual_hash=row["perceptual_hash"],
    )


def _dataset(row: sqlite3.Row) -> Dataset:
    return Dataset(
        id=row["id"],
        owner_id=row["owner_id"],
        name=row["name"],
        version=row["version"],
        description=from_json(row["description"], Description),
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        sheet=row["sheet"],
    )
