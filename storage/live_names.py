"""The names of live models, which are those of their datasets."""

from __future__ import annotations

from dataclasses import replace

import aiosqlite

from core import names
from core.entities import BASELINE_NAME, ModelCard
from core.serialization import from_json, to_json


async def rename_live(
    connection: aiosqlite.Connection, owner_id: int, dataset_id: int, name: str
) -> None:
    """Within a transaction of the caller's: gives the dataset's live model, if there is one, the dataset's new name,
    with a number where another model has it."""
    live = await connection.execute_fetchall(
        "SELECT id, card FROM models WHERE owner_id = ? AND dataset_id = ? AND live = 1",
        (owner_id, dataset_id),
    )
    for model_id, card in live:
        others = await connection.execute_fetchall(
            "SELECT name FROM models WHERE owner_id = ? AND id <> ?", (owner_id, model_id)
        )
        free = names.free(name, [BASELINE_NAME, *(other for (other,) in others)])
        renamed = to_json(replace(from_json(card, ModelCard), dataset=name))
        await connection.execute(
            "UPDATE models SET name = ?, name_key = ?, card = ? WHERE id = ?",
            (free, names.key(free), renamed, model_id),
        )
