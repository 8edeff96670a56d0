from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.entities import Dataset
from core.jobs.local import LocalCompute
from core.models.baseline import FILE, baseline_model
from core.services.jobs import JobRunner
from core.services.services import Services, make_services
from storage import Storage
from tests.core.services.steps import upload
from tests.factories import make_dataset


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = await Storage.open(tmp_path / "home")
    for user_id in (1, 2):
        await storage.users.get(user_id, "en")
    yield storage
    await storage.close()


@pytest.fixture
def runner(storage: Storage) -> JobRunner:
    return JobRunner(storage.jobs)


@pytest.fixture
async def services(storage: Storage) -> AsyncIterator[Services]:
    compute = LocalCompute(quick_processes=1)
    services = make_services(storage, compute, 20, baseline_model(), FILE)
    yield services
    await services.jobs.close()
    await compute.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "fruits.zip", classes=2, photos=10)


@pytest.fixture
async def dataset(services: Services, archive: Path) -> Dataset:
    return await upload(services, archive)
