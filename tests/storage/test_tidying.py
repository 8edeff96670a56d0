"""Nothing is deleted because a database is new, empty, unreadable or another folder's."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage import Storage
from storage.files import GRACE_S
from tests.storage.factories import (
    digest_of,
    examples_of,
    make_dataset,
    make_model,
    put_file,
)

DATABASE = "lukoshko.db"


def age(folder: Path) -> None:
    """Dates all files back by two grace periods."""
    for path in folder.rglob("*"):
        moment = path.stat().st_mtime - 2 * GRACE_S
        os.utime(path, (moment, moment))


def contents(home: Path) -> dict[str, bytes]:
    """What users have in a folder: all but the database and its like."""
    kept = [*home.glob("files/*"), *home.glob("owners/*/*/**/*"), *home.glob("workspaces/**/*")]
    return {str(path.relative_to(home)): path.read_bytes() for path in kept if path.is_file()}


async def fill(home: Path) -> None:
    """A dataset with photos and a sheet, and a model, of owner 1."""
    storage = await Storage.open(home)
    dataset = await make_dataset(storage)
    await storage.datasets.set_sheet(1, dataset.id, await put_file(storage, b"sheet"))
    await make_model(storage, file=await put_file(storage, b"model"))
    await storage.close()
    age(home)


async def start_and_tidy(home: Path, times: int = 1) -> None:
    for _ in range(times):
        storage = await Storage.open(home)
        await storage.files.tidy(0)
        await storage.close()


def empty(home: Path) -> None:
    (home / DATABASE).write_bytes(b"")


def delete(home: Path) -> None:
    (home / DATABASE).unlink()


def delete_identity_too(home: Path) -> None:
    delete(home)
    (home / "identity").unlink()


@pytest.mark.parametrize("lose", [empty, delete, delete_identity_too])
@pytest.mark.parametrize("starts", [1, 3])
async def test_files_outlive_a_database_that_was_lost(
    tmp_path: Path, lose: Callable[[Path], None], starts: int
) -> None:
    await fill(tmp_path)
    before = contents(tmp_path)
    assert len(before) == 6

    lose(tmp_path)
    await start_and_tidy(tmp_path, starts)

    assert contents(tmp_path) == before


async def test_they_outlive_the_use_of_a_new_one(tmp_path: Path) -> None:
    await fill(tmp_path)
    before = contents(tmp_path)
    delete(tmp_path)
    storage = await Storage.open(tmp_path)
    dataset = await make_dataset(storage, owner_id=2)
    await storage.datasets.delete(2, dataset.id)
    await storage.close()

    await start_and_tidy(tmp_path, 2)

    assert contents(tmp_path).items() >= before.items()


async def test_files_outlive_the_database_of_another_folder(tmp_path: Path) -> None:
    for name in ("one", "other"):
        await fill(tmp_path / name)
    storage = await Storage.open(tmp_path / "other")
    await make_dataset(storage, name="more", images=9)
    await storage.close()
    before = contents(tmp_path / "other")

    shutil.copy(tmp_path / "one" / DATABASE, tmp_path / "other" / DATABASE)
    await start_and_tidy(tmp_path / "other", 2)

    assert contents(tmp_path / "other") == before


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
async def test_a_truncated_database_is_refused_and_nothing_deleted(
    tmp_path: Path, share: float
) -> None:
    await fill(tmp_path)
    before = contents(tmp_path)
    size = (tmp_path / DATABASE).stat().st_size
    os.truncate(tmp_path / DATABASE, int(size * share))

    with pytest.raises(sqlite3.DatabaseError):
        await start_and_tidy(tmp_path)

    assert contents(tmp_path) == before


async def test_a_lost_identity_file_is_written_again(tmp_path: Path) -> None:
    await fill(tmp_path)
    identity = (tmp_path / "identity").read_text()
    (tmp_path / "identity").unlink()

    storage = await Storage.open(tmp_path)
    (dataset,) = await storage.datasets.list(1)
    await storage.datasets.delete(1, dataset.id)
    await storage.files.tidy(0)
    await storage.close()

    assert (tmp_path / "identity").read_text() == identity
    assert not any("photos" in name for name in contents(tmp_path))


async def test_a_new_folder_is_owned_from_its_first_start(tmp_path: Path) -> None:
    await fill(tmp_path)
    storage = await Storage.open(tmp_path)
    await put_file(storage, b"orphan")
    await storage.close()
    age(tmp_path)

    storage = await Storage.open(tmp_path)
    assert (await storage.files.tidy(0)).files == 1
    await storage.close()


@pytest.mark.parametrize("starts", [1, 2])
async def test_files_of_version_010_outlive_an_empty_database(tmp_path: Path, starts: int) -> None:
    for name in ("files/" + "a" * 64, "workspaces/1/features/hog/x.npy"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"of version 0.1.0")
    age(tmp_path)
    before = contents(tmp_path)

    empty(tmp_path)
    await start_and_tidy(tmp_path, starts)

    assert contents(tmp_path) == before


async def test_a_start_with_an_empty_database_and_no_files_owns_the_folder(tmp_path: Path) -> None:
    empty(tmp_path)
    await fill(tmp_path)
    storage = await Storage.open(tmp_path)
    (dataset,) = await storage.datasets.list(1)
    await storage.datasets.delete(1, dataset.id)

    tidied = await storage.files.tidy(0)

    assert (tidied.files, len(tidied.photos[1])) == (1, 3)
    await storage.close()


# A start clears up --------------------------------------------------------------------------------


async def test_a_start_deletes_photos_that_no_row_names(tmp_path: Path) -> None:
    await fill(tmp_path)
    stray = digest_of(99)
    photos = tmp_path / "owners" / "1" / "photos"
    (photos / stray[:2]).mkdir(exist_ok=True)
    (photos / stray[:2] / stray).write_bytes(b"written, and then the process was killed")

    storage = await Storage.open(tmp_path)

    assert {path.name for path in photos.glob("*/*")} == {digest_of(n) for n in range(3)}
    # What was computed of it may be there too.
    assert (await storage.files.tidy(0)).photos == {1: (stray,)}
    await storage.close()


async def test_a_start_passes_over_what_is_no_photo(tmp_path: Path) -> None:
    await fill(tmp_path)
    owners = tmp_path / "owners"
    (owners / "lost+found" / "photos" / "ab").mkdir(parents=True)
    for name in (".DS_Store", "1/.DS_Store", "1/photos/.DS_Store", "lost+found/photos/ab/abc"):
        (owners / name).write_bytes(b"a folder window was here")

    storage = await Storage.open(tmp_path)

    (dataset,) = await storage.datasets.list(1)
    assert len(await examples_of(storage, dataset)) == 3
    await storage.close()


async def test_a_killed_erasing_goes_on_at_the_next_start(tmp_path: Path) -> None:
    """The rows are gone and the bytes are not."""
    await fill(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM datasets")
        connection.execute("INSERT INTO erasures SELECT owner_id, sha256 FROM photos")
        connection.execute("DELETE FROM photos")

    storage = await Storage.open(tmp_path)

    assert list((tmp_path / "owners" / "1" / "photos").glob("*/*")) == []
    assert len((await storage.files.tidy(0)).photos[1]) == 3
    await storage.close()
