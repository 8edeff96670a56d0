"""What the last search of each dataset for mislabelled photos found."""

from __future__ import annotations

import sqlite3

from core.entities import Search, Suspect
from core.errors import DatasetNotFound
from core.serialization import from_json, to_json
from storage.database import Database
from storage.datasets import Datasets


class Searches:
    """Fulfils `core.ports.Searches`."""

    def __init__(self, database: Database, datasets: Datasets) -> None:
        self._database = database
        self._datasets = datasets

    async def keep(self, owner_id: int, dataset_id: int, search: Search) -> None:
        if not await self._database.execute(
            "INSERT INTO searches (dataset_id, version, suspects)"
            " SELECT id, ?3, ?4 FROM datasets WHERE id = ?2 AND owner_id = ?1"
            " ON CONFLICT (dataset_id) DO UPDATE"
            " SET version = excluded.version, suspects = excluded.suspects",
            (owner_id, dataset_id, search.version, to_json(search.suspects)),
        ):
            raise DatasetNotFound

    async def last(self, owner_id: int, dataset_id: int) -> Search | None:
        await self._datasets.get(owner_id, dataset_id)
        found = await self._database.fetch(
            _search, "SELECT * FROM searches WHERE dataset_id = ?", (dataset_id,)
        )
        return found[0] if found else None


def _search(row: sqlite3.Row) -> Search:
    return Search(row["version"], from_json(row["suspects"], tuple[Suspect, ...]))
