"""Datasets: uploaded, looked at, deleted. With the real storage and real workers."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.entities import Dataset
from core.errors import (
    AlreadyRunning,
    DatasetNotFound,
    JobCancelled,
    NoDataset,
    NoImages,
    QuotaExceeded,
)
from core.ports import OnProgress
from core.services import datasets, fits
from core.services.services import Services
from storage import Storage
from tests.core.charts.factories import ENGLISH
from tests.core.services.steps import (
    CHAT,
    OWNER,
    fetching,
    fit,
    ignore,
    upload,
)
from tests.factories import make_dataset, make_zip


async def test_an_upload_becomes_the_current_dataset(services: Services, dataset: Dataset) -> None:
    assert dataset.description.classes == {"apple": 10, "pear": 10}
    user = await services.users.meet(OWNER, "en")
    assert await services.datasets.current(user) == dataset
    assert await services.datasets.list(OWNER) == (dataset,)


async def test_before_an_upload_there_is_no_dataset(services: Services) -> None:
    with pytest.raises(NoDataset):
        await services.datasets.current(await services.users.meet(OWNER, "en"))


async def test_a_name_that_is_taken_gets_a_number(
    services: Services, dataset: Dataset, archive: Path
) -> None:
    names = [(await upload(services, archive, name)).name for name in ("fruits", "Fruits")]
    assert names == ["fruits 2", "Fruits 3"]


async def test_a_refused_upload_leaves_nothing(
    services: Services, storage: Storage, tmp_path: Path
) -> None:
    with pytest.raises(NoImages):
        await upload(services, make_zip(tmp_path / "x.zip", {"a/x.txt": b"x"}))
    assert await services.datasets.list(OWNER) == ()
    assert await storage.jobs.running(OWNER) == ()
    assert list((tmp_path / "home/scratch").iterdir()) == []
    assert list((tmp_path / "home/workspaces").iterdir()) == []
    assert list((tmp_path / "home/files").iterdir()) == []


async def test_an_upload_that_is_cancelled_leaves_nothing(
    services: Services, tmp_path: Path
) -> None:
    downloading = asyncio.Event()

    async def fetch(path: Path, on_progress: OnProgress) -> None:
        downloading.set()
        await asyncio.Event().wait()

    uploading = asyncio.create_task(services.datasets.create(OWNER, CHAT, "x", fetch, ignore))
    await downloading.wait()
    assert await services.jobs.cancel(OWNER) == 1
    with pytest.raises(JobCancelled):
        await uploading
    assert await services.datasets.list(OWNER) == ()
    assert list((tmp_path / "home/scratch").iterdir()) == []


async def test_an_upload_that_is_on_record_is_not_cancelled_any_more(
    services: Services, archive: Path, tmp_path: Path
) -> None:
    uploading = asyncio.create_task(upload(services, archive))
    with closing(sqlite3.connect(tmp_path / "home/lukoshko.db")) as watch:
        # At the first turn of the loop after the commit: the upload does not know of it yet.
        while not watch.execute("SELECT 1 FROM datasets").fetchall():  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert await services.jobs.cancel(OWNER) == 0
    dataset = await uploading
    user = await services.users.meet(OWNER, "en")
    assert await services.datasets.current(user) == dataset
    workspaces = (tmp_path / "home/workspaces").iterdir()
    assert [folder.name for folder in workspaces] == [str(dataset.id)]


async def test_a_second_zip_adds_to_a_dataset(
    services: Services, dataset: Dataset, tmp_path: Path
) -> None:
    more = make_dataset(tmp_path / "more.zip", classes=3, photos=10, seed=1)
    grown = await services.datasets.add(OWNER, CHAT, dataset.id, fetching(more), ignore)
    assert grown.version == dataset.version + 1
    assert grown.description.classes == {"apple": 20, "pear": 20, "plum": 10}
    assert (await fit(services, grown)).card.dataset_version == grown.version


async def test_there_is_a_limit_to_datasets_and_models(
    services: Services, dataset: Dataset, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fit(services, dataset)
    monkeypatch.setattr(datasets, "MAX_DATASETS", 1)
    monkeypatch.setattr(fits, "MAX_MODELS", 1)
    with pytest.raises(QuotaExceeded, match="1 datasets, and 1 is the most"):
        await upload(services, archive)
    with pytest.raises(QuotaExceeded, match="1 models, and 1 is the most"):
        await fit(services, dataset)


async def test_charts_and_the_table_are_drawn(services: Services, dataset: Dataset) -> None:
    png = b"\x89PNG"
    charts = await services.datasets.overview(dataset, ENGLISH)
    colors = await services.datasets.colors(dataset, "pear", ENGLISH)
    assert [chart[:4] for chart in (*charts, colors)] == [png] * 4
    table = (await services.datasets.table(dataset)).decode("utf-8-sig")
    assert len(table.splitlines()) == 1 + 20


async def test_the_last_sheet_is_kept_until_others_are_wanted(
    services: Services, dataset: Dataset
) -> None:
    first = await services.datasets.sheet(dataset, others=False)
    dataset = await services.datasets.get(OWNER, dataset.id)
    assert dataset.sheet is not None
    assert await services.datasets.sheet(dataset, others=False) == first
    assert await services.datasets.sheet(dataset, others=True) != first


async def test_a_deleted_dataset_leaves_its_models_and_another_becomes_current(
    services: Services, dataset: Dataset, archive: Path, tmp_path: Path
) -> None:
    model = await fit(services, dataset)
    second = await upload(services, archive, "second")
    assert await services.datasets.delete(OWNER, second.id) == second
    user = await services.users.meet(OWNER, "en")
    assert await services.datasets.current(user) == dataset
    await services.datasets.delete(OWNER, dataset.id)
    assert (await services.users.meet(OWNER, "en")).dataset_id is None
    assert await services.models.get(OWNER, model.id) == model
    assert list((tmp_path / "home/workspaces").iterdir()) == []


async def test_a_dataset_is_not_deleted_while_its_owner_s_job_runs(
    services: Services, dataset: Dataset, tmp_path: Path
) -> None:
    downloading = asyncio.Event()

    async def fetch(path: Path, on_progress: OnProgress) -> None:
        downloading.set()
        await asyncio.Event().wait()

    adding = asyncio.create_task(services.datasets.add(OWNER, CHAT, dataset.id, fetch, ignore))
    await downloading.wait()
    with pytest.raises(AlreadyRunning, match="upload"):
        await services.datasets.delete(OWNER, dataset.id)
    await services.jobs.cancel(OWNER)
    with pytest.raises(JobCancelled):
        await adding
    await services.datasets.delete(OWNER, dataset.id)
    assert list((tmp_path / "home/workspaces").iterdir()) == []


async def test_a_fit_of_a_dataset_that_is_gone_says_so(
    services: Services, dataset: Dataset, tmp_path: Path
) -> None:
    await services.datasets.delete(OWNER, dataset.id)
    with pytest.raises(DatasetNotFound):
        await fit(services, dataset)
    assert list((tmp_path / "home/workspaces").iterdir()) == []
