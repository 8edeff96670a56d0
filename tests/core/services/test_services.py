"""The use cases, with the real storage and real workers."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.entities import Dataset, Model, Prediction, Progress
from core.errors import (
    AlreadyRunning,
    BaselineNotRemovable,
    DatasetNotFound,
    FileTooLarge,
    ImageUnreadable,
    JobCancelled,
    ModelNotFound,
    NameTaken,
    NoActiveModel,
    NoDataset,
    NoImages,
    QuotaExceeded,
    TooFewClasses,
    TooFewPhotos,
)
from core.ports import OnProgress
from core.services import datasets, fits
from core.services.services import Services
from storage import Storage
from tests.core.charts.factories import ENGLISH
from tests.core.learning import CLASSICAL
from tests.factories import make_dataset, make_files, make_image, make_zip

OWNER, STRANGER, CHAT = 1, 2, 10

Fetch = Callable[[Path, OnProgress], Awaitable[None]]


def ignore(progress: Progress) -> None:
    pass


def fetching(archive: Path) -> Fetch:
    """As a download does: writes the archive to a path."""

    async def fetch(path: Path, on_progress: OnProgress) -> None:
        shutil.copyfile(archive, path)

    return fetch


async def upload(
    services: Services, archive: Path, name: str = "fruits", owner_id: int = OWNER
) -> Dataset:
    return await services.datasets.create(owner_id, CHAT, name, fetching(archive), ignore)


async def fit(
    services: Services, dataset: Dataset, name: str | None = None, *, curve: bool = False
) -> Model:
    return await services.fits.fit(dataset, CHAT, CLASSICAL, name, ignore, curve=curve)


def photo(data: bytes) -> Callable[[Path], Awaitable[None]]:
    async def fetch(path: Path) -> None:
        await asyncio.to_thread(path.write_bytes, data)

    return fetch


def failing(error: Exception) -> Callable[[Path], Awaitable[None]]:
    async def fetch(path: Path) -> None:
        raise error

    return fetch


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "fruits.zip", classes=2, photos=10)


@pytest.fixture
async def dataset(services: Services, archive: Path) -> Dataset:
    return await upload(services, archive)


# Datasets ----------------------------------------------------------------------------------------


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


# Fits and models ---------------------------------------------------------------------------------


async def test_a_fit_is_kept_as_a_model_with_its_card(services: Services, dataset: Dataset) -> None:
    model = await fit(services, dataset, "best", curve=True)
    assert model.name == "best"
    assert model.card.classes == ("apple", "pear")
    assert (model.card.dataset, model.card.dataset_version) == ("fruits", 1)
    assert model.card.report.budget_s == 20
    assert await services.models.list(OWNER) == (model,)
    assert b"lukoshko_card" in await services.models.file(model)
    assert (await services.models.curves([model], ENGLISH) or b"")[:4] == b"\x89PNG"
    assert (await services.models.confusion(model.card.report, ENGLISH))[:4] == b"\x89PNG"


async def test_models_without_a_name_are_numbered(services: Services, dataset: Dataset) -> None:
    assert [(await fit(services, dataset)).name for _ in range(2)] == ["fruits 1", "fruits 2"]


async def test_a_taken_name_is_refused_before_the_fit(services: Services, dataset: Dataset) -> None:
    await fit(services, dataset, "best")
    heard: list[Progress] = []
    with pytest.raises(NameTaken):
        await services.fits.fit(dataset, CHAT, CLASSICAL, "Best", heard.append, curve=False)
    assert heard == []


async def test_too_few_photos_are_refused_before_the_fit(
    services: Services, tmp_path: Path
) -> None:
    small = await upload(services, make_dataset(tmp_path / "small.zip", classes=2, photos=4))
    heard: list[Progress] = []
    with pytest.raises(TooFewPhotos, match=r"apple \(4\), pear \(4\)"):
        await services.fits.fit(small, CHAT, CLASSICAL, None, heard.append, curve=False)
    assert heard == []


async def test_one_class_is_refused_before_the_fit(services: Services, tmp_path: Path) -> None:
    single = await upload(services, make_dataset(tmp_path / "single.zip", classes=1, photos=9))
    heard: list[Progress] = []
    with pytest.raises(TooFewClasses, match="apple"):
        await services.fits.fit(single, CHAT, CLASSICAL, None, heard.append, curve=False)
    assert heard == []


async def test_a_fit_that_fails_leaves_no_model(
    services: Services, storage: Storage, tmp_path: Path
) -> None:
    """Copies of one photo are enough by number, and one to the fit."""
    copies = {f"kiwi/{number}.jpg": make_image(4) for number in range(9)}
    files = {**make_files(classes=1, photos=9), **copies}
    doubtful = await upload(services, make_zip(tmp_path / "copies.zip", files))
    with pytest.raises(TooFewPhotos, match=r"kiwi \(1\)"):
        await fit(services, doubtful)
    assert await services.models.list(OWNER) == ()
    assert await storage.jobs.running(OWNER) == ()


async def test_models_without_a_curve_have_no_chart(services: Services, dataset: Dataset) -> None:
    assert await services.models.curves([await fit(services, dataset)], ENGLISH) is None


# Predictions -------------------------------------------------------------------------------------


async def test_the_model_in_use_answers_photos_in_their_order(
    services: Services, dataset: Dataset
) -> None:
    model = await fit(services, dataset)
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.active(CHAT) == model
    photos = [photo(make_image(1, 99_000)), photo(b"not a photo"), photo(make_image(0, 99_000))]
    answer = await services.predictions.predict(CHAT, photos)
    assert answer.model == model
    pear, unreadable, apple = answer.predictions
    assert isinstance(unreadable, ImageUnreadable)
    assert isinstance(pear, Prediction)
    assert isinstance(apple, Prediction)
    assert (pear.label, apple.label) == ("pear", "apple")


async def test_a_photo_that_cannot_be_fetched_costs_only_itself(services: Services) -> None:
    too_large, cut = FileTooLarge(megabytes=21, max_megabytes=20), ConnectionError()
    photos = [failing(too_large), photo(make_image()), failing(cut)]
    first, second, third = (await services.predictions.predict(CHAT, photos)).predictions
    assert (first, third) == (too_large, cut)
    assert isinstance(second, Prediction)


async def test_where_no_photo_can_be_fetched_each_has_its_error(services: Services) -> None:
    cut = ConnectionError()
    assert (await services.predictions.predict(CHAT, [failing(cut)])).predictions == (cut,)


async def test_without_a_model_in_use_nothing_is_fetched(services: Services) -> None:
    await services.models.unload(CHAT)

    async def never(path: Path) -> None:
        pytest.fail("fetched")

    with pytest.raises(NoActiveModel):
        await services.predictions.predict(CHAT, [never])


async def test_an_unloaded_or_removed_model_answers_no_more(
    services: Services, dataset: Dataset
) -> None:
    model = await fit(services, dataset)
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.unload(CHAT)
    assert not await services.models.unload(CHAT)
    assert await services.models.active(CHAT) is None
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.remove(OWNER, model.id) == model
    assert await services.models.active(CHAT) == services.models.baseline
    assert await services.models.some(OWNER, [model.id]) == ()


async def test_remove_all_tells_how_many(services: Services, dataset: Dataset) -> None:
    for _ in range(2):
        await fit(services, dataset)
    assert await services.models.remove_all(OWNER) == 2
    assert await services.models.remove_all(OWNER) == 0


# The baseline ------------------------------------------------------------------------------------


async def test_the_baseline_answers_until_another_model_is_chosen(
    services: Services, dataset: Dataset
) -> None:
    assert await services.models.active(CHAT) == services.models.baseline
    model = await fit(services, dataset)
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.active(CHAT) == model
    await services.models.use(OWNER, CHAT, services.models.baseline.id)
    assert await services.models.active(CHAT) == services.models.baseline


async def test_the_baseline_answers_photos_from_its_own_file(services: Services) -> None:
    answer = await services.predictions.predict(CHAT, [photo(make_image())])
    assert answer.model == services.models.baseline
    (prediction,) = answer.predictions
    assert isinstance(prediction, Prediction)
    assert prediction.label in answer.model.card.classes
    assert not prediction.known, "a drawn shape is neither fruit nor vegetable"


async def test_a_put_away_baseline_is_chosen_again(services: Services) -> None:
    assert await services.models.unload(CHAT)
    assert not await services.models.unload(CHAT)
    assert await services.models.active(CHAT) is None
    await services.models.use(STRANGER, CHAT, services.models.baseline.id)
    assert await services.models.active(CHAT) == services.models.baseline


@pytest.mark.parametrize("name", ["baseline", " Baseline ", "BASELINE"])
async def test_the_baseline_is_found_by_its_name_in_any_case(services: Services, name: str) -> None:
    assert await services.models.find(STRANGER, name) == services.models.baseline


async def test_the_baseline_is_nobodys_to_remove(services: Services) -> None:
    with pytest.raises(BaselineNotRemovable):
        await services.models.remove(OWNER, services.models.baseline.id)
    assert await services.models.remove_all(OWNER) == 0
    assert await services.models.active(CHAT) == services.models.baseline
    assert await services.models.list(OWNER) == ()


async def test_the_baseline_can_be_taken_away_as_a_file(services: Services) -> None:
    assert b"lukoshko_card" in await services.models.file(services.models.baseline)


@pytest.mark.parametrize("name", ["baseline", "BaseLine "])
async def test_no_model_of_a_users_is_named_like_the_baseline(
    services: Services, dataset: Dataset, name: str
) -> None:
    with pytest.raises(NameTaken):
        await fit(services, dataset, name)


async def test_the_baseline_does_not_count_against_the_limit_of_models(
    services: Services, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fits, "MAX_MODELS", 1)
    assert (await fit(services, dataset)).name == "fruits 1"


# What is somebody else's ---------------------------------------------------------------------------


async def test_a_stranger_reaches_nothing(
    services: Services, dataset: Dataset, archive: Path
) -> None:
    model = await fit(services, dataset)
    of_datasets = (
        services.datasets.get(STRANGER, dataset.id),
        services.datasets.choose(STRANGER, dataset.id),
        services.datasets.rename(STRANGER, dataset.id, "mine"),
        services.datasets.delete(STRANGER, dataset.id),
        services.datasets.add(STRANGER, CHAT, dataset.id, fetching(archive), ignore),
        services.datasets.table(replace(dataset, owner_id=STRANGER)),
    )
    for call in of_datasets:
        with pytest.raises(DatasetNotFound):
            await call
    of_models = (
        services.models.get(STRANGER, model.id),
        services.models.find(STRANGER, model.name),
        services.models.use(STRANGER, CHAT, model.id),
        services.models.remove(STRANGER, model.id),
    )
    for call in of_models:
        with pytest.raises(ModelNotFound):
            await call
    assert await services.models.list(STRANGER) == ()
    assert await services.models.remove_all(STRANGER) == 0
    assert await services.datasets.list(OWNER) == (dataset,)
    assert await services.models.list(OWNER) == (model,)
