from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.entities import Dataset
from core.jobs.compute import make_compute
from core.models.baseline import FILE, baseline_model
from core.ports import Compute
from core.services.jobs import JobRunner
from core.services.services import Services, StoragePorts
from storage import Storage
from tests.core.services.job_steps import Task
from tests.core.services.steps import BUDGET_S, OWNER, STRANGER, upload
from tests.factories import make_dataset
from tests.memory.runner import ThreadRunner
from tests.memory.storage import MemoryStorage

RUNNERS = {"memory": "threads", "real": "local_runner", "cluster": "clustered"}
"""What computes, by how the ports are fulfilled."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share an event loop, and those that compute nothing are not repeated on a cluster."""
    here = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in here:
        if pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    idle = {item for item in here if _is_on_cluster(item) and "compute" not in _fixtures(item)}
    items[:] = [item for item in items if item not in idle]


def _is_on_cluster(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.get_closest_marker("slow") is not None


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def own_tasks(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Ends what a test leaves, as the end of an event loop of its own would. On a cluster also the shared runner
    begins tasks."""
    before = asyncio.all_tasks()
    yield
    if not _is_on_cluster(request.node):
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture(params=["memory", "real", pytest.param("cluster", marks=pytest.mark.slow)])
def fulfilment(request: pytest.FixtureRequest) -> str:
    """How the ports are fulfilled: in memory and in threads, by SQLite and worker processes, or by SQLite and
    the nodes of a cluster."""
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of the storage."""
    return tmp_path / "home"


@pytest_asyncio.fixture(loop_scope="session")
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


@pytest_asyncio.fixture(loop_scope="session")
async def threads() -> AsyncIterator[ThreadRunner]:
    runner = ThreadRunner()
    yield runner
    await runner.close()


@pytest.fixture
def compute(request: pytest.FixtureRequest, fulfilment: str) -> Compute:
    return make_compute(request.getfixturevalue(RUNNERS[fulfilment]))


@pytest_asyncio.fixture(loop_scope="session")
async def runner(storage: Storage | MemoryStorage) -> AsyncIterator[JobRunner]:
    """The runner of jobs alone, without what computes."""
    runner = JobRunner(storage.jobs, storage.files)
    yield runner
    await runner.close()


@pytest_asyncio.fixture(loop_scope="session")
async def services(storage: Storage | MemoryStorage, compute: Compute) -> AsyncIterator[Services]:
    services = Services(storage, compute, BUDGET_S, baseline_model(), FILE)
    yield services
    await services.jobs.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "fruits.zip", classes=2, photos=10)


@pytest_asyncio.fixture(loop_scope="session")
async def dataset(services: Services, archive: Path) -> Dataset:
    return await upload(services, archive)


@pytest.fixture
def task(storage: StoragePorts) -> Task:
    return Task(storage.jobs)
