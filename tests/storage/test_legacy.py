"""A data folder of version 0.1.0, made by its own code, opens with everything in it.

`tests/fixtures/make_data_0_1_0.py` says what is in the folder and how it was made.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import sealed
from core.entities import Dataset, Example, JobKind, JobState, LabelSource, Model, Prediction
from core.jobs import tasks
from core.models.baseline import baseline_model
from core.ports import DatasetFiles
from storage import Storage, legacy
from tests.factories import make_image
from tests.storage.factories import (
    add,
    examples_of,
    kept_photos,
    make_example,
    photos_of,
)
from tests.storage.test_tidying import age

DATA = Path(__file__).resolve().parents[1] / "fixtures" / "data-0.1.0" / "data.zip"
ANNA, BORIS, GROUP = 1, 2, -1001


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`home`, `pictures` and `expected.json`, as they were packed."""
    with zipfile.ZipFile(DATA) as archive:
        archive.extractall(tmp_path)
    age(tmp_path / "home")
    return tmp_path


@pytest.fixture
def home(folder: Path) -> Path:
    return folder / "home"


@pytest.fixture
def expected(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "expected.json").read_text("utf-8"))


def ignore(message: object) -> None:
    """A `report` for tests that look at results alone."""


async def all_datasets(storage: Storage) -> list[Dataset]:
    return [*await storage.datasets.list(ANNA), *await storage.datasets.list(BORIS)]


async def check_datasets(storage: Storage, expected: dict[str, Any]) -> None:
    datasets = await all_datasets(storage)
    assert len(datasets) == len(expected["datasets"]) == 3
    for dataset, was in zip(datasets, expected["datasets"], strict=True):
        assert as_it_was(dataset) == {name: was[name] for name in as_it_was(dataset)}
        skipped, _, seconds = await storage.datasets.last_reading(dataset.owner_id, dataset.id)
        assert (len(skipped), seconds > 0) == (was["skipped"], True)
        await check_examples(storage, dataset, was["photos"])


def as_it_was(dataset: Dataset) -> dict[str, Any]:
    return {
        "id": dataset.id,
        "owner": dataset.owner_id,
        "name": dataset.name,
        "version": dataset.version,
        "sheet": dataset.sheet,
        "created_at": dataset.created_at.isoformat(),
        "classes": dataset.classes,
    }


async def check_examples(storage: Storage, dataset: Dataset, photos: list[list[str]]) -> None:
    examples = await examples_of(storage, dataset)
    assert [[e.label, e.name, e.photo.sha256] for e in examples] == photos
    store = await photos_of(storage, dataset.owner_id)
    for example in examples:
        data = store.read(example.photo.sha256)
        assert hashlib.sha256(data).hexdigest() == example.photo.sha256
        assert len(data) == example.photo.bytes


async def test_every_dataset_is_there_with_its_photos(home: Path, expected: dict[str, Any]) -> None:
    for _ in range(2):
        storage = await Storage.open(home)
        await check_datasets(storage, expected)
        await storage.close()
    assert not (home / "workspaces").exists()


async def test_users_models_chats_and_jobs_are_there(home: Path, expected: dict[str, Any]) -> None:
    storage = await Storage.open(home)

    anna, boris = [await storage.users.get(user, "xx") for user in (ANNA, BORIS)]
    assert (anna.language, boris.language) == ("en", "ru")
    assert anna.question == '{"what": "name"}'
    names = {dataset.id: dataset.name for dataset in await all_datasets(storage)}
    assert (names[anna.dataset_id or 0], names[boris.dataset_id or 0]) == ("fruit", "berries")
    models = [*await storage.models.list(ANNA), *await storage.models.list(BORIS)]
    assert [(m.id, m.owner_id, m.name, m.file, m.card.report.accuracy) for m in models] == [
        tuple(was.values()) for was in expected["models"]
    ]
    active = [
        await storage.chats.active_model(chat, baseline_model()) for chat in (ANNA, GROUP, BORIS)
    ]
    assert active == [*models, None]
    (job,) = await storage.jobs.interrupt_all()
    assert (job.id, job.owner_id, job.state) == (expected["job"], ANNA, JobState.INTERRUPTED)
    await storage.close()


async def test_its_models_answer_as_before(
    folder: Path, home: Path, expected: dict[str, Any]
) -> None:
    storage = await Storage.open(home)
    for chat, answers in expected["answers"].items():
        model = await storage.chats.active_model(int(chat), baseline_model())
        assert isinstance(model, Model)
        pictures = [folder / "pictures" / answer["picture"] for answer in answers]

        file = await storage.files.stored(model.owner_id, model.file)
        predictions = tasks.predict(ignore, file, pictures)

        for prediction, answer in zip(predictions, answers, strict=True):
            assert isinstance(prediction, Prediction)
            assert (prediction.label, prediction.known) == (answer["label"], answer["known"])
            assert [label for label, _ in prediction.top] == [label for label, _ in answer["top"]]
            assert [p for _, p in prediction.top] == pytest.approx(
                [p for _, p in answer["top"]], abs=1e-6
            )
    await storage.close()


async def test_a_second_fit_computes_no_features(home: Path) -> None:
    storage = await Storage.open(home)
    datasets = {dataset.name: dataset for dataset in await all_datasets(storage)}
    for name in ("fruit", "berries"):
        dataset = datasets[name]
        (model,) = await storage.models.list(dataset.owner_id)
        async with storage.files.scratch() as scratch:
            files = await files_of(storage, dataset, scratch)
            assert tasks.missing(ignore, files, model.card.recipe) == ()
    small = datasets["мелочи"]  # which no model was trained on
    async with storage.files.scratch() as scratch:
        files = await files_of(storage, small, scratch)
        assert len(tasks.missing(ignore, files, model.card.recipe)) == small.images
        tasks.draw_sheet(ignore, files, 0, scratch / "sheet.png")
    await storage.close()


async def files_of(storage: Storage, dataset: Dataset, folder: Path) -> DatasetFiles:
    listing, owner_id = folder / f"listing-{dataset.id}", dataset.owner_id
    photos, cache = await storage.files.photos(owner_id), await storage.files.cache(owner_id)
    await storage.datasets.write_listing(owner_id, dataset.id, listing, cache.key)
    return DatasetFiles(str(listing), str(photos.path), str(cache.path), key=cache.key)


async def test_its_zips_are_deleted_and_the_files_that_rows_name_stay(
    home: Path, expected: dict[str, Any]
) -> None:
    zips = {source for was in expected["datasets"] for source in was["sources"]}
    named = {was["file"] for was in expected["models"]}
    named |= {was["sheet"] for was in expected["datasets"] if was["sheet"]}
    assert {path.name for path in (home / "files").iterdir()} == zips | named
    assert len(zips) == 3
    storage = await Storage.open(home)

    assert not (home / "files").exists()
    for was in expected["models"]:
        content = await storage.files.read(was["owner"], was["file"])
        assert sealed.digest_of(content) == was["file"]
    await check_datasets(storage, expected)
    await storage.close()


def read_all(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


async def test_nothing_plain_is_left(home: Path) -> None:
    plain = [path.read_bytes() for path in (home / "files").iterdir()]
    words = ("fruit", "berries", "мелочи", "hand_colour", "accuracy")
    storage = await Storage.open(home)
    await storage.close()

    for path, data in read_all(home).items():
        assert not any(word.encode() in data for word in words), path
        assert not any(content[100:160] in data for content in plain), path
    assert not (home / "owners").exists()


async def test_an_old_dataset_is_added_to_edited_and_deleted(home: Path) -> None:
    storage = await Storage.open(home)
    await storage.jobs.interrupt_all()
    fruit = {dataset.name: dataset for dataset in await all_datasets(storage)}["fruit"]
    old = await examples_of(storage, fruit)

    grown = await add(storage, ANNA, fruit.id, [make_example(1, "melon")])

    assert (grown.version, grown.images) == (fruit.version + 1, fruit.images + 1)
    assert (await examples_of(storage, fruit))[:-1] == old
    await storage.examples.relabel(ANNA, fruit.id, [old[0].id], "plum")
    for _ in range(2):
        await storage.examples.undo(ANNA, fruit.id)
    assert await examples_of(storage, fruit) == old
    await storage.datasets.delete(ANNA, fruit.id)
    tidied = await storage.files.tidy(3600)
    assert len(tidied.photos[ANNA]) == len({e.photo.sha256 for e in old}) + 1
    assert await kept_photos(storage, BORIS)
    await storage.close()


async def test_the_real_reading_adds_to_an_old_dataset(
    folder: Path, home: Path, expected: dict[str, Any]
) -> None:
    """Its ZIP comes again with a new photo; the old photos are grouped as they were compared."""
    (source,) = next(w["sources"] for w in expected["datasets"] if w["name"] == "berries")
    archive = folder / "again.zip"
    archive.write_bytes((home / "files" / source).read_bytes())
    storage = await Storage.open(home)
    berries = (await storage.datasets.list(BORIS))[0]
    with zipfile.ZipFile(archive, "a") as added:
        added.writestr("melon/1.jpg", make_image(5, 99))
    async with storage.files.scratch() as scratch:
        known = await files_of(storage, berries, scratch)
        reading = tasks.read_archive(
            ignore, archive, LabelSource.FOLDERS, known, scratch / "reading"
        )
        job = await storage.jobs.create(BORIS, JobKind.UPLOAD, chat_id=BORIS)
        grown = await storage.datasets.add(BORIS, berries.id, reading, job.id)

    assert dict(grown.classes) == {**berries.classes, "melon": 1}
    assert all(example.photo.twins for example in await examples_of(storage, berries))
    await storage.close()


# Cut short, and damaged --------------------------------------------------------------------------


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("survived", [0, 1, 5, 20, 30])
async def test_a_start_that_was_cut_short_goes_on_at_the_next(
    home: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    """After so many photos of all ZIPs."""
    with monkeypatch.context() as patch:
        patch.setattr(legacy, "_read", dying_after(survived))
        with pytest.raises(Killed):
            await Storage.open(home)

    storage = await Storage.open(home)
    await check_datasets(storage, expected)
    await storage.close()


def dying_after(calls: int) -> Any:
    remaining: Iterator[int] = iter(range(calls))
    read = legacy._read

    def read_or_die(*args: Any) -> bytes | None:
        if next(remaining, None) is None:
            raise Killed
        return read(*args)

    return read_or_die


@pytest.mark.parametrize("damage", ["missing", "cut", "one byte"])
async def test_what_cannot_be_taken_out_is_tried_again_and_its_zip_kept(
    home: Path, expected: dict[str, Any], damage: str
) -> None:
    """A disk that was not there for a while, a copy that was not finished: put right, all is there."""
    (source,) = next(w["sources"] for w in expected["datasets"] if w["name"] == "мелочи")
    path = home / "files" / source
    data = path.read_bytes()
    harm(path, data, damage)
    storage = await Storage.open(home)
    small = {dataset.name: dataset for dataset in await all_datasets(storage)}["мелочи"]
    assert await missing_photos(storage, await examples_of(storage, small))
    age(home)
    await storage.files.tidy(0)
    assert path.exists() == (damage != "missing")
    await storage.close()

    path.write_bytes(data)
    storage = await Storage.open(home)

    await check_datasets(storage, expected)
    assert not path.exists()
    await storage.close()


def harm(path: Path, data: bytes, damage: str) -> None:
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])


async def missing_photos(storage: Storage, examples: tuple[Example, ...]) -> set[str]:
    return {e.photo.sha256 for e in examples} - await kept_photos(storage, ANNA)
