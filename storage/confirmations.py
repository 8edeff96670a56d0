"""Classes of examples that their owner has confirmed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from storage.database import Database
from storage.datasets import Datasets


class Confirmations:
    """Fulfils `core.ports.Confirmations`."""

    def __init__(self, database: Database, datasets: Datasets) -> None:
        self._database = database
        self._datasets = datasets

    async def add(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> None:
        await self._datasets.get(owner_id, dataset_id)
        await self._database.execute(
            "INSERT OR IGNORE INTO confirmations (example_id, label) SELECT id, label FROM examples"
            " WHERE dataset_id = ? AND id IN (SELECT value FROM json_each(?))",
            (dataset_id, json.dumps([*ids])),
        )

    async def ids(self, owner_id: int, dataset_id: int) -> frozenset[int]:
        await self._datasets.get(owner_id, dataset_id)
        found = await self._database.fetch(
            lambda row: int(row[0]),
            "SELECT id FROM examples JOIN confirmations"
            " ON example_id = id AND confirmations.label = examples.label WHERE dataset_id = ?",
            (dataset_id,),
        )
        return frozenset(found)
