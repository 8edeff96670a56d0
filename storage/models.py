"""Models: the row that names an ONNX file, with its card."""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime

import aiosqlite

from core import names
from core.entities import FittedModel, JobState, Model, ModelCard, ModelKind
from core.errors import (
    DatasetNotFound,
    JobCancelled,
    ModelGone,
    ModelNotFound,
    NameInvalid,
    NameTaken,
)
from core.serialization import from_json, to_json
from storage.clock import now
from storage.database import Database, unique_or
from storage.jobs import end_job, set_result


class Models:
    """Implements `core.ports.Models`. Only custom models have rows: the baseline comes with the
    program."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, owner_id: int, name: str, file: str, fitted: FittedModel, dataset_id: int, job_id: int
    ) -> Model:
        """Stores the model even if its dataset was deleted meanwhile: the card names it.

        Raises NameTaken, NameInvalid, and JobCancelled if the job has ended already.
        """
        name = names.clean(name)
        with unique_or(NameTaken(name=name)):
            async with self._database.transaction() as connection:
                if not await end_job(connection, job_id, JobState.DONE, owner_id=owner_id):
                    raise JobCancelled
                await count_one_more(connection, owner_id)
                (row,) = await connection.execute_fetchall(
                    "INSERT INTO models"
                    " (owner_id, name, name_key, file, card, created_at, dataset_id, number)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
                    " (SELECT id FROM datasets WHERE id = ?7 AND owner_id = ?1),"
                    " (SELECT models_made FROM users WHERE id = ?1)) RETURNING *",
                    (
                        owner_id,
                        name,
                        names.key(name),
                        file,
                        to_json(fitted.card),
                        now(),
                        dataset_id,
                    ),
                )
                await set_result(connection, job_id, row["id"])
        return model_of(row)

    async def put_live(
        self, owner_id: int, dataset_id: int, name: str, file: str, fitted: FittedModel
    ) -> Model:
        name = names.clean(name)
        stored = (owner_id, dataset_id, file, to_json(fitted.card), now())
        with unique_or(NameTaken(name=name)):
            async with self._database.transaction() as connection:
                rows = await connection.execute_fetchall(
                    "UPDATE models SET file = ?3, card = ?4, created_at = ?5"
                    " WHERE owner_id = ?1 AND dataset_id = ?2 AND live = 1 RETURNING *",
                    stored,
                )
                if not rows:
                    await count_one_more(connection, owner_id)
                    rows = await connection.execute_fetchall(
                        "INSERT INTO models (owner_id, dataset_id, file, card, created_at,"
                        " name, name_key, live, number)"
                        " SELECT owner_id, id, ?3, ?4, ?5, ?6, ?7, 1,"
                        " (SELECT models_made FROM users WHERE id = ?1)"
                        " FROM datasets WHERE id = ?2 AND owner_id = ?1 RETURNING *",
                        (*stored, name, names.key(name)),
                    )
                if not rows:
                    raise DatasetNotFound
        (row,) = rows
        return model_of(row)

    async def find_live(self, owner_id: int, dataset_id: int) -> Model | None:
        found = await self._database.fetch(
            model_of,
            "SELECT * FROM models WHERE owner_id = ? AND dataset_id = ? AND live = 1",
            (owner_id, dataset_id),
        )
        return found[0] if found else None

    async def get(self, owner_id: int, model_id: int) -> Model:
        found = await self._database.fetch(
            model_of, "SELECT * FROM models WHERE id = ? AND owner_id = ?", (model_id, owner_id)
        )
        if not found:
            raise ModelGone
        return found[0]

    async def find(self, owner_id: int, name: str) -> Model:
        """Finds a model by name or by its owner's number; one that is named "12" comes before the model
        number 12."""
        try:
            key = names.key(names.clean(name))
        except NameInvalid as error:
            raise ModelNotFound(name=name) from error
        found = await self._database.fetch(
            model_of,
            "SELECT * FROM models WHERE owner_id = ? AND name_key = ?",
            (owner_id, key),
        )
        if found:
            return found[0]
        # 18 digits fit SQLite's 64-bit integers.
        if number := re.fullmatch(r"[#№]?\s*([0-9]{1,18})", key):
            found = await self._database.fetch(
                model_of,
                "SELECT * FROM models WHERE owner_id = ? AND number = ?",
                (owner_id, int(number[1])),
            )
        if not found:
            raise ModelNotFound(name=f"#{number[1]}" if number else name)
        return found[0]

    async def list(self, owner_id: int) -> tuple[Model, ...]:
        return await self._database.fetch(
            model_of, "SELECT * FROM models WHERE owner_id = ? ORDER BY id DESC", (owner_id,)
        )

    async def delete(self, owner_id: int, model_id: int) -> None:
        """Chats that used the model use the default, and remember its name (the trigger `models_lost`)."""
        if not await self._database.execute(
            "DELETE FROM models WHERE id = ? AND owner_id = ?", (model_id, owner_id)
        ):
            raise ModelGone

    async def delete_all(self, owner_id: int) -> int:
        return await self._database.execute("DELETE FROM models WHERE owner_id = ?", (owner_id,))


async def count_one_more(connection: aiosqlite.Connection, owner_id: int) -> None:
    """Within a transaction of the caller's: the number of the owner's next model."""
    await connection.execute(
        "UPDATE users SET models_made = models_made + 1 WHERE id = ?", (owner_id,)
    )


def model_of(row: sqlite3.Row) -> Model:
    """The model in a row of the table `models`. Raises ValueError if its card is not readable."""
    return Model(
        id=row["id"],
        owner_id=row["owner_id"],
        name=row["name"],
        kind=ModelKind.CUSTOM,
        file=row["file"],
        card=from_json(row["card"], ModelCard),
        created_at=datetime.fromisoformat(row["created_at"]),
        dataset_id=row["dataset_id"],
        is_live=bool(row["live"]),
        number=row["number"],
        is_copy=row["copied_for"] is not None,
    )
