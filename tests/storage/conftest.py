from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.entities import Dataset
from storage import Storage
from tests.storage.factories import examples_of, make_dataset


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = await Storage.open(tmp_path / "home")
    yield storage
    await storage.close()


@pytest.fixture
async def dataset(storage: Storage) -> Dataset:
    """An apple and three pears."""
    return await make_dataset(storage, images=4)


@pytest.fixture
async def ids(storage: Storage, dataset: Dataset) -> list[int]:
    return [example.id for example in await examples_of(storage, dataset)]
