from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from core.datasets.eda import describe
from core.datasets.listing import read_listing
from core.datasets.reading import read_archive
from core.entities import Description, Example, Reading, Skipped
from core.jobs import tasks
from core.jobs.child import Conditions
from core.jobs.local import MEMORY_BYTES
from core.jobs.process import WorkerProcess
from core.jobs.workers import Lane
from core.ports import DatasetFiles
from tests.core.lanes import open_lane
from tests.core.learning import GROCERY, SHARED, drawn_files, ready_files, zip_groceries


@dataclass(frozen=True)
class Found:
    """What a reading gave."""

    reading: Reading

    @property
    def examples(self) -> tuple[Example, ...]:
        return read_listing(Path(self.reading.examples))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self.reading.skipped

    @property
    def description(self) -> Description:
        return describe(self.examples)


Read = Callable[..., Found]
_numbers = count()


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Networks are built once for all these tests, and nothing goes into the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUKOSHKO_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """As in the workers: two on a busy machine take many times as long."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def fork_server() -> None:
    """The fork server has all modules of tasks before a test starts it with a few of them: each process
    of the later tests would import the others anew."""
    WorkerProcess("first", Conditions(MEMORY_BYTES, tasks.MODULES)).end()


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    async with open_lane() as lane:
        yield lane


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ZIP of real photos, twelve of each of 43 classes."""
    if not GROCERY.is_dir():
        pytest.skip("needs the Grocery Store photos in ../shared/data/grocery")
    return zip_groceries("train", tmp_path_factory.mktemp("shop") / "shop.zip", per_class=12)


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> DatasetFiles:
    """Drawn pictures with their features extracted; not to be changed."""
    return ready_files(tmp_path_factory.mktemp("ready"))


@pytest.fixture
def drawn(tmp_path: Path) -> DatasetFiles:
    """Drawn pictures without features."""
    return drawn_files(tmp_path)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads an archive into a new folder."""

    def read(path: Path, known: Sequence[Example] = ()) -> Found:
        out = tmp_path / f"reading-{next(_numbers)}"
        return Found(read_archive(path, known, out, lambda progress: None))

    return read


@pytest.fixture(scope="session")
def hostile() -> Path:
    if not (SHARED / "hostile").is_dir():
        pytest.skip("needs the hostile samples in ../shared/hostile")
    return SHARED / "hostile"


@pytest.fixture(scope="session")
def grocery() -> Path:
    if not (SHARED / "data/grocery").is_dir():
        pytest.skip("needs the Grocery Store photos in ../shared/data/grocery")
    return SHARED / "data/grocery"
