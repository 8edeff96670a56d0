"""What earlier versions left is encrypted at the first start, whatever happens to it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.errors import (
    DatabaseBroken,
    DatabaseTooNew,
    KeyInvalid,
    KeyMissing,
    KeyNotWritten,
    KeyWrong,
)
from storage import Storage
from storage.checking import check
from storage.database import connect
from storage.home import DATABASE
from storage.keyfile import KEY_ID_FILE, KeySettings, find_key
from tests.storage.factories import (
    digest_of,
    examples_of,
    kept_photos,
    make_dataset,
    make_model,
    put_file,
)
from tests.storage.plain import Openers, make_plain

WORDS = ("berries", "apple", "груша", "photo 1", "thumbnail of", "the sheet", "the model")
PHOTOS = 150


async def fill(home: Path, photos: int = 5) -> None:
    """As version 0.3.0 left it: datasets of two owners, a sheet, a model."""
    storage = await Storage.open(home)
    for owner in (1, 2):
        dataset = await make_dataset(storage, owner, images=photos)
        sheet = await put_file(storage, b"the sheet", owner)
        await storage.datasets.set_sheet(owner, dataset.id, sheet)
        await make_model(storage, owner, file=await put_file(storage, b"the model", owner))
    await storage.close()
    await asyncio.to_thread(make_plain, home)


async def everything(home: Path) -> list[Any]:
    """All that two owners have, opened by a start."""
    storage = await Storage.open(home)
    try:
        found: list[Any] = []
        for owner in (1, 2):
            (dataset,) = await storage.datasets.list(owner)
            examples = await examples_of(storage, dataset)
            assert await kept_photos(storage, owner) == {e.photo.sha256 for e in examples}
            (model,) = await storage.models.list(owner)
            files = [await storage.files.read(owner, d or "") for d in (dataset.sheet, model.file)]
            found += [dataset, examples, model, files]
        return found
    finally:
        await storage.close()


def words_in(home: Path) -> set[str]:
    """Which of the words, and of the numbers of photos, are in a file below the folder."""
    files = [path for path in home.rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files]
    return {word for word in WORDS if any(word.encode() in data for data in contents)}


def folders_in(home: Path) -> set[str]:
    return {path.name for path in home.iterdir() if path.is_dir()}


def names_in(home: Path) -> set[str]:
    return {path.name for path in home.rglob("*")}


def contents(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.iterdir() if path.is_file()}


def read(file: str) -> str:
    return Path(file).read_text()


async def test_plain_data_is_encrypted_at_the_first_start(tmp_path: Path) -> None:
    await fill(tmp_path)
    assert await asyncio.to_thread(words_in, tmp_path) == set(WORDS)

    (dataset, examples, _, files) = (await everything(tmp_path))[:4]

    assert (dataset.name, len(examples)) == ("berries", 5)
    assert files == [b"the sheet", b"the model"]
    assert await asyncio.to_thread(words_in, tmp_path) == set()
    assert folders_in(tmp_path) == {"sealed", "staging"}
    assert check(tmp_path, find_key(tmp_path, KeySettings())).problems == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_start_that_is_killed_while_it_encrypts_loses_nothing(
    tmp_path: Path, seed: int
) -> None:
    await fill(tmp_path, PHOTOS)
    random, killed = Random(seed), 0
    with Openers() as openers:
        while killed < 50 and await asyncio.to_thread(openers.kill_one, tmp_path, random, 0.2):
            killed += 1

    found = await everything(tmp_path)

    assert killed > 0
    assert len(found[1]) == PHOTOS
    assert found[3] == [b"the sheet", b"the model"]
    assert await asyncio.to_thread(words_in, tmp_path) == set()
    assert check(tmp_path, find_key(tmp_path, KeySettings())).problems == []


async def test_a_newer_plain_database_is_left_alone(tmp_path: Path) -> None:
    await fill(tmp_path)
    connection = connect(tmp_path / DATABASE, None)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(DatabaseTooNew):
        await Storage.open(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == before


async def test_a_damaged_plain_database_is_left_alone(tmp_path: Path) -> None:
    await fill(tmp_path)
    os.truncate(tmp_path / DATABASE, 20_000)
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(DatabaseBroken):
        await Storage.open(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == before


# The key ------------------------------------------------------------------------------------------


def key_file(home: Path) -> Path:
    return KeySettings().path((home / KEY_ID_FILE).read_text().split()[0])


async def test_a_key_file_is_made_outside_the_folder_for_its_user_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await (await Storage.open(tmp_path)).close()
    path = key_file(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert tmp_path not in path.parents
    assert caplog.text.count(str(path)) == 1
    await (await Storage.open(tmp_path)).close()
    assert caplog.text.count(str(path)) == 1


async def test_without_the_key_nothing_is_opened_and_nothing_written(tmp_path: Path) -> None:
    await (await Storage.open(tmp_path)).close()
    before = contents(tmp_path)
    path = key_file(tmp_path)
    kept = path.rename(path.with_suffix(".away"))

    with pytest.raises(KeyMissing, match=str(path)):
        await Storage.open(tmp_path)
    assert not path.exists()
    path.write_text("not a key")
    with pytest.raises(KeyInvalid, match="32 bytes"):
        await Storage.open(tmp_path)
    other = tmp_path.with_name("other")
    await (await Storage.open(other)).close()
    with pytest.raises(KeyWrong):
        await Storage.open(tmp_path, KeySettings(key_file(other).read_text()))

    assert contents(tmp_path) == before
    kept.rename(path)
    await (await Storage.open(tmp_path)).close()


async def test_a_named_key_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    settings = KeySettings(file=str(tmp_path / "keys" / "bot.key"))
    for _ in range(2):
        await (await Storage.open(tmp_path / "data", settings)).close()
    same = KeySettings(read(settings.file))
    await (await Storage.open(tmp_path / "data", same)).close()


async def test_a_key_file_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, and no folder")
    settings = KeySettings(file=str(tmp_path / "taken" / "bot.key"))
    with pytest.raises(KeyNotWritten, match="set KEY_FILE"):
        await Storage.open(tmp_path / "data", settings)


async def test_photos_are_not_named_by_their_digest(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path)
    for owner in (1, 2):
        await make_dataset(storage, owner)
    await storage.close()
    names = names_in(tmp_path)
    assert len([name for name in names if len(name) == 64]) == 6, (
        "each owner has names of their own"
    )
    assert not names & {digest_of(number) for number in range(3)}
    assert not names & {"1", "2"}, "the owners' numbers"
