from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.entities import Dataset
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE, baseline_model
from core.ports import Compute
from core.services.jobs import JobRunner
from core.services.services import Services, StoragePorts, make_services
from storage import Storage
from tests.core.services.job_steps import Task
from tests.core.services.steps import BUDGET_S, OWNER, STRANGER, upload
from tests.factories import make_dataset
from tests.memory.runner import ThreadRunner
from tests.memory.storage import MemoryStorage


@pytest.fixture(params=["memory", "real"])
def fulfilment(request: pytest.FixtureRequest) -> str:
    """How the ports are fulfilled: in memory and in threads, or by SQLite and worker processes."""
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of the storage."""
    return tmp_path / "home"


@pytest.fixture
async def storage(fulfilment: str, home: Path) -> AsyncIterator[Storage | MemoryStorage]:
    """With two users."""
    storage = (
        MemoryStorage(home)
        if fulfilment == "memory"
        else await Storage.open(home, scratch=home / "scratch")
    )
    for user_id in (OWNER, STRANGER):
        await storage.users.get(user_id, "en")
    yield storage
    if isinstance(storage, Storage):
        await storage.close()


@pytest.fixture
async def compute(fulfilment: str) -> AsyncIterator[Compute]:
    runner = ThreadRunner() if fulfilment == "memory" else LocalRunner(quick_processes=1)
    yield make_compute(runner)
    await runner.close()


@pytest.fixture
async def runner(storage: Storage | MemoryStorage) -> AsyncIterator[JobRunner]:
    """The runner of jobs alone, without what computes."""
    runner = JobRunner(storage.jobs, storage.files)
    yield runner
    await runner.close()


@pytest.fixture
async def services(storage: Storage | MemoryStorage, compute: Compute) -> AsyncIterator[Services]:
    services = make_services(storage, compute, BUDGET_S, baseline_model(), FILE)
    yield services
    await services.jobs.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "fruits.zip", classes=2, photos=10)


@pytest.fixture
async def dataset(services: Services, archive: Path) -> Dataset:
    return await upload(services, archive)


@pytest.fixture
def task(storage: StoragePorts) -> Task:
    return Task(storage.jobs)
