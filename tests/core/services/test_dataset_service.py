"""Datasets: uploaded, looked at, deleted."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.datasets import sample
from core.entities import ChartRequest, Dataset, JobKind, LabelSource, Limits, NoteCode
from core.errors import (
    AlreadyRunning,
    ClassesUnclear,
    DatasetNotFound,
    JobCancelled,
    NameTaken,
    NoDataset,
    NoDatasetChosen,
    NoImages,
    NoRoom,
    NothingNew,
    QuotaExceeded,
    ServiceBusy,
    WorkerCrashed,
)
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.ports import Compute, OnProgress
from core.ports import StoragePorts as Ports
from core.recipes import make_recipe
from core.services import datasets
from core.services.services import Services
from tests.core.charts.factories import ENGLISH
from tests.core.services.steps import (
    CHAT,
    OWNER,
    Endless,
    add,
    examples_of,
    fetching,
    fit,
    has_progress,
    is_empty,
    only_real,
    photo_files,
    upload,
)
from tests.factories import make_dataset, make_files, make_zip
from tests.storage.factories import open_database

PNG = b"\x89PNG"


@pytest.fixture
def small_sample(fulfilment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One picture per class, where tasks run in threads of this process: a worker draws them all."""
    monkeypatch.setattr(sample, "PICTURES_PER_CLASS", 1)


def files_in(home: Path) -> list[Path]:
    """Sheets and models."""
    return list(home.glob("sealed/*/files/*"))


async def test_an_upload_becomes_the_current_dataset(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    assert dataset.classes == {"apple": 10, "pear": 10}
    assert (dataset.images, dataset.version, dataset.test_images) == (20, 1, 0)
    user = await services.users.meet(OWNER, "en")
    assert await services.datasets.current(user) == dataset
    assert await services.datasets.list(OWNER) == (dataset,)
    digests = {example.photo.sha256 for example in (await examples_of(storage, dataset)).values()}
    assert await photo_files(storage.files) == digests


async def test_before_an_upload_there_is_no_dataset(services: Services) -> None:
    with pytest.raises(NoDataset):
        await services.datasets.current(await services.users.meet(OWNER, "en"))


async def test_where_none_was_chosen_the_only_dataset_is_the_current_one(
    services: Services,
) -> None:
    user = await services.users.meet(OWNER, "en")
    only = await services.teaching.begin(OWNER, "group", becomes_current=False)
    assert await services.datasets.current(user) == only
    await services.teaching.begin(OWNER, "another group", becomes_current=False)
    with pytest.raises(NoDatasetChosen):
        await services.datasets.current(user)


async def test_a_name_that_is_taken_gets_a_number(
    services: Services, dataset: Dataset, archive: Path
) -> None:
    names = [(await upload(services, archive, name)).name for name in ("fruits", "Fruits")]
    assert names == ["fruits 2", "Fruits 3"]


async def test_a_dataset_is_chosen_and_renamed(
    services: Services, dataset: Dataset, archive: Path
) -> None:
    second = await upload(services, archive, "second")
    assert await services.datasets.choose(OWNER, dataset.id) == dataset
    assert await services.datasets.current(await services.users.meet(OWNER, "en")) == dataset
    with pytest.raises(NameTaken):
        await services.datasets.rename(OWNER, dataset.id, "Second")
    assert (await services.datasets.rename(OWNER, second.id, "third")).name == "third"


async def test_a_refused_upload_leaves_nothing(
    services: Services, storage: Ports, tmp_path: Path, home: Path
) -> None:
    with pytest.raises(NoImages):
        await upload(services, make_zip(tmp_path / "x.zip", {"a/x.txt": b"x"}))
    assert await services.datasets.list(OWNER) == ()
    assert await storage.jobs.running(OWNER) == ()
    assert await photo_files(storage.files) == set()
    assert is_empty(home / "scratch")
    assert not files_in(home)


async def test_an_upload_that_is_cancelled_leaves_nothing(services: Services, home: Path) -> None:
    fetch = Endless()
    running = await services.datasets.create(OWNER, CHAT, "x", fetch)
    await fetch.begun.wait()
    assert await services.jobs.cancel(OWNER, JobKind.UPLOAD) == 1
    with pytest.raises(JobCancelled):
        await running.result()
    assert await services.datasets.list(OWNER) == ()
    assert is_empty(home / "scratch")


@only_real  # a thread that reads can't be stopped at once, a process is killed
async def test_an_upload_that_is_cancelled_while_it_is_read_leaves_nothing(
    services: Services, storage: Ports, tmp_path: Path, home: Path
) -> None:
    archive = make_dataset(tmp_path / "large.zip", classes=12, photos=60)
    running = await services.datasets.create(OWNER, CHAT, "x", fetching(archive))
    await has_progress(running)
    assert await services.jobs.cancel(OWNER) == 1
    with pytest.raises(JobCancelled):
        await running.result()
    assert await services.datasets.list(OWNER) == ()
    assert await photo_files(storage.files) == set()
    assert is_empty(home / "scratch")


@only_real  # in memory nothing can be seen between the commit and the end of `store`
async def test_an_upload_that_is_on_record_is_not_cancelled_any_more(
    services: Services, archive: Path, home: Path
) -> None:
    running = await services.datasets.create(OWNER, CHAT, "fruits", fetching(archive))
    with closing(open_database(home)) as watch:
        # At the first turn of the loop after the commit: the upload does not know of it yet.
        while not watch.execute("SELECT 1 FROM datasets").fetchall():  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert await services.jobs.cancel(OWNER) == 0
    dataset = await running.result()
    user = await services.users.meet(OWNER, "en")
    assert await services.datasets.current(user) == dataset


async def test_a_second_zip_adds_to_a_dataset(
    services: Services, dataset: Dataset, tmp_path: Path
) -> None:
    more = make_dataset(tmp_path / "more.zip", classes=3, photos=10, seed=1)
    grown = await add(services, dataset, more)
    assert grown.version == dataset.version + 1
    assert grown.classes == {"apple": 20, "pear": 20, "plum": 10}
    assert (await fit(services, grown)).card.dataset_version == grown.version


async def test_several_zips_become_one_dataset_and_one_that_is_torn_costs_its_own_place(
    services: Services, tmp_path: Path
) -> None:
    archives = [
        make_zip(tmp_path / "torn.zip", {"a/x.txt": b"x"}),
        *(make_dataset(tmp_path / f"{n}.zip", classes=2, photos=4, seed=n) for n in (1, 2)),
    ]
    running = await services.datasets.create_from(OWNER, CHAT, "all", list(map(fetching, archives)))
    with pytest.raises(NoImages):
        await running[0].result()
    first, both = [await one.result() for one in running[1:]]
    assert (first.name, first.images, first.version) == ("all", 8, 1)
    assert (both.id, both.images, both.version) == (first.id, 16, 2)
    assert await services.datasets.list(OWNER) == (both,)


async def test_a_zip_sent_while_the_first_is_read_may_join_it(
    services: Services, tmp_path: Path
) -> None:
    fetches = [
        fetching(make_dataset(tmp_path / f"{n}.zip", classes=2, photos=4, seed=n)) for n in (1, 2)
    ]
    (first,) = await services.datasets.create_from(OWNER, CHAT, "one", fetches[:1])
    (second,) = await services.datasets.create_from(OWNER, CHAT, "two", fetches[1:], joins=True)
    assert (await second.result()).id == (await first.result()).id
    (dataset,) = await services.datasets.list(OWNER)
    assert (dataset.name, dataset.images) == ("one", 16)


async def test_the_sample_does_not_wait_in_line(services: Services) -> None:
    await services.datasets.create(OWNER, CHAT, "x", Endless())
    with pytest.raises(AlreadyRunning):
        await services.datasets.create_sample(OWNER, CHAT, "try")
    await services.jobs.cancel(OWNER)


async def test_a_zip_that_came_before_adds_nothing(
    services: Services, dataset: Dataset, archive: Path
) -> None:
    with pytest.raises(NothingNew):
        await add(services, dataset, archive)
    assert await services.datasets.list(OWNER) == (dataset,)


async def test_the_test_part_of_a_zip_is_the_test_set(services: Services, tmp_path: Path) -> None:
    parts = {
        f"{part}/{name}": data
        for seed, part in enumerate(("train", "test"))
        for name, data in make_files(classes=2, photos=8, seed=seed).items()
    }
    parts["test/apple/copy.jpg"] = next(
        data for name, data in parts.items() if "train/apple" in name
    )
    dataset = await upload(services, make_zip(tmp_path / "parts.zip", parts))
    assert (dataset.classes, dataset.test_images) == ({"apple": 17, "pear": 16}, 17)
    notes = (await services.datasets.describe(dataset)).notes
    assert NoteCode.TEST_PART_FOUND in {note.code for note in notes}
    score = (await fit(services, dataset)).card.report.test
    assert score is not None
    assert score.n == 16  # the copy was trained on


async def test_classes_are_taken_from_the_names_of_files_where_that_is_said(
    services: Services, tmp_path: Path
) -> None:
    flat = {name.replace("/", "_"): data for name, data in make_files(classes=2, photos=8).items()}
    fetch = fetching(make_zip(tmp_path / "flat.zip", flat))
    refused = await services.datasets.create(OWNER, CHAT, "flat", fetch)
    with pytest.raises(ClassesUnclear):
        await refused.result()
    accepted = await services.datasets.create(OWNER, CHAT, "flat", fetch, LabelSource.NAMES)
    assert (await accepted.result()).classes == {"apple": 8, "pear": 8}


async def test_there_is_a_limit_to_datasets_and_models(
    services: Services, dataset: Dataset, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fit(services, dataset)
    monkeypatch.setattr(services.shares, "limits", Limits(datasets=1, models=1))
    with pytest.raises(QuotaExceeded, match="1 datasets, and 1 is the most"):
        await upload(services, archive)
    with pytest.raises(QuotaExceeded, match="1 models, and 1 is the most"):
        await fit(services, dataset)


@pytest.mark.parametrize("free", [0, 10**6])
async def test_what_there_is_no_room_for_is_not_fetched(
    services: Services, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    """Neither where the owner may not keep so much, nor where the disk for work does not hold the ZIP."""

    async def fetch(path: Path, on_progress: OnProgress) -> None:
        raise AssertionError("it was fetched")

    async def free_scratch_megabytes() -> int:
        return free

    monkeypatch.setattr(services.shares._files, "free_scratch_megabytes", free_scratch_megabytes)
    monkeypatch.setattr(services.shares, "limits", Limits(megabytes=100 if free else 10**6))
    begun = [
        *await services.datasets.create_from(OWNER, CHAT, "large", [fetch], sizes=[200_000_000]),
        await services.datasets.add(OWNER, CHAT, dataset.id, fetch, size=200_000_000),
    ]
    for running in begun:
        with pytest.raises(QuotaExceeded if free else NoRoom):
            await running.result()


async def test_the_sample_is_a_dataset_like_others_and_ready_to_train_on(
    services: Services, storage: Ports, small_sample: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn, read and looked at under one job."""
    # On a busy machine it is not looked at within the minute that people wait for it.
    monkeypatch.setattr("core.services.datasets.PREPARATION_LIMIT_S", 600.0)
    running = await services.datasets.create_sample(OWNER, CHAT, "try")
    dataset = await running.result()
    assert dataset.name == "try"
    assert len(dataset.classes) > 1
    kept = await storage.files.cache(OWNER)
    cache = FeatureCache(kept.path / "features" / make_extractor(make_recipe()).key, kept.key)
    digests = [e.photo.sha256 for e in (await examples_of(storage, dataset)).values()]
    assert cache.missing(digests) == []


@pytest.mark.parametrize("failure", [ServiceBusy(), WorkerCrashed(1)], ids=type)
async def test_a_sample_whose_features_fail_is_there_all_the_same(
    services: Services,
    compute: Compute,
    small_sample: None,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
) -> None:
    async def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(compute.training, "extract", fail)
    dataset = await (await services.datasets.create_sample(OWNER, CHAT, "try")).result()
    assert await services.datasets.list(OWNER) == (dataset,)


async def test_a_sample_does_not_wait_for_busy_workers(
    services: Services,
    compute: Compute,
    small_sample: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def wait(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(compute.training, "extract", wait)
    monkeypatch.setattr(datasets, "PREPARATION_LIMIT_S", 0.01)
    dataset = await (await services.datasets.create_sample(OWNER, CHAT, "try")).result()
    assert await services.datasets.list(OWNER) == (dataset,)


async def test_a_description_tells_what_was_left_out(services: Services, tmp_path: Path) -> None:
    files = {**make_files(classes=2, photos=5), "apple/torn.jpg": b"\xff\xd8\xff torn"}
    dataset = await upload(services, make_zip(tmp_path / "torn.zip", files))
    description = await services.datasets.describe(dataset)
    assert (description.images, description.classes) == (10, dataset.classes)
    assert [skipped.name for skipped in description.skipped] == ["apple/torn.jpg"]
    assert description.seconds > 0


async def test_charts_and_the_table_are_drawn(services: Services, dataset: Dataset) -> None:
    description = await services.datasets.describe(dataset)
    requests = [
        ChartRequest("classes", description, ENGLISH),
        ChartRequest("colors", description, ENGLISH, "pear"),
    ]
    first, second = await services.charts.draw(requests)
    assert first.png[:4] == second.png[:4] == PNG
    assert first.png != second.png
    table = (await services.datasets.table(dataset)).decode("utf-8-sig")
    assert len(table.splitlines()) == 1 + 20


async def test_the_last_sheet_is_kept_until_others_are_wanted(
    services: Services, dataset: Dataset
) -> None:
    first = await services.datasets.sheet(dataset, others=False)
    assert first[:4] == PNG
    dataset = await services.datasets.get(OWNER, dataset.id)
    assert dataset.sheet is not None
    assert await services.datasets.sheet(dataset, others=False) == first
    assert await services.datasets.sheet(dataset, others=True) != first


async def test_a_deleted_dataset_leaves_its_models_and_another_becomes_current(
    services: Services, dataset: Dataset, archive: Path, storage: Ports
) -> None:
    model = await fit(services, dataset)
    photos = await photo_files(storage.files)
    second = await upload(services, archive, "second")
    assert await services.datasets.delete(OWNER, second.id) == second
    assert await photo_files(storage.files) == photos, "the first dataset names them still"
    user = await services.users.meet(OWNER, "en")
    assert await services.datasets.current(user) == dataset
    await services.datasets.delete(OWNER, dataset.id)
    assert (await services.users.meet(OWNER, "en")).dataset_id is None
    assert await services.models.get(OWNER, model.id) == replace(model, dataset_id=None)
    assert await photo_files(storage.files) == set()


async def test_a_dataset_is_not_deleted_while_its_owner_s_job_runs(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    fetch = Endless()
    running = await services.datasets.add(OWNER, CHAT, dataset.id, fetch)
    await fetch.begun.wait()
    with pytest.raises(AlreadyRunning, match="upload"):
        await services.datasets.delete(OWNER, dataset.id)
    await services.jobs.cancel(OWNER)
    with pytest.raises(JobCancelled):
        await running.result()
    await services.datasets.delete(OWNER, dataset.id)
    assert await photo_files(storage.files) == set()


async def test_a_fit_of_a_dataset_that_is_gone_says_so(
    services: Services, dataset: Dataset, home: Path
) -> None:
    await services.datasets.delete(OWNER, dataset.id)
    with pytest.raises(DatasetNotFound):
        await fit(services, dataset)
    assert is_empty(home / "scratch")
