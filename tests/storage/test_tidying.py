"""Nothing is deleted because a database is new, empty, unreadable or another folder's."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import DatabaseBroken, DatabaseForeign, DatabaseLost
from storage import Storage
from storage.files import GRACE_S
from storage.home import DATABASE
from storage.keyfile import KeySettings
from tests.storage.factories import (
    digest_of,
    kept_photos,
    make_bytes,
    make_dataset,
    make_model,
    open_database,
    path_of,
    photos_of,
    put_file,
)


def age(folder: Path) -> None:
    """Dates all files back by two grace periods."""
    for path in folder.rglob("*"):
        moment = path.stat().st_mtime - 2 * GRACE_S
        os.utime(path, (moment, moment))


def contents(home: Path) -> dict[str, bytes]:
    """What users have in a folder: all but the database and its like."""
    kept = [
        path for name in ("files", "sealed", "workspaces") for path in home.glob(f"{name}/**/*")
    ]
    return {str(path.relative_to(home)): path.read_bytes() for path in kept if path.is_file()}


async def fill(home: Path, key: KeySettings | None = None) -> None:
    """A dataset with photos and a sheet, and a model, of owner 1."""
    storage = await Storage.open(home, key)
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
async def test_files_whose_database_was_lost_are_not_touched(
    tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    await fill(tmp_path)
    before = contents(tmp_path)
    assert len(before) == 6

    lose(tmp_path)
    for _ in range(2):
        with pytest.raises(DatabaseLost, match="restore"):
            await start_and_tidy(tmp_path)

    assert contents(tmp_path) == before


async def test_the_database_of_another_folder_is_refused(tmp_path: Path) -> None:
    key = KeySettings(base64.b64encode(bytes(32)).decode())
    for name in ("one", "other"):
        await fill(tmp_path / name, key)
    before = contents(tmp_path / "other")

    shutil.copy(tmp_path / "one" / DATABASE, tmp_path / "other" / DATABASE)
    foreign = (tmp_path / "other" / DATABASE).read_bytes()
    with pytest.raises(DatabaseForeign):
        await Storage.open(tmp_path / "other", key)

    assert contents(tmp_path / "other") == before
    assert (tmp_path / "other" / DATABASE).read_bytes() == foreign


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
async def test_a_truncated_database_is_refused_and_nothing_deleted(
    tmp_path: Path, share: float
) -> None:
    await fill(tmp_path)
    before = contents(tmp_path)
    size = (tmp_path / DATABASE).stat().st_size
    os.truncate(tmp_path / DATABASE, int(size * share))

    with pytest.raises(DatabaseBroken):
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


async def test_a_start_deletes_files_that_no_row_names(tmp_path: Path) -> None:
    await fill(tmp_path)
    storage = await Storage.open(tmp_path)
    orphan = await path_of(storage, await put_file(storage, b"orphan"))
    await storage.close()
    assert orphan.exists()

    storage = await Storage.open(tmp_path)
    assert not orphan.exists()
    await storage.close()


async def test_files_of_version_010_outlive_an_empty_database(tmp_path: Path) -> None:
    for name in ("files/" + "a" * 64, "workspaces/1/features/hog/x.npy"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"of version 0.1.0")
    before = contents(tmp_path)

    empty(tmp_path)
    with pytest.raises(DatabaseLost):
        await Storage.open(tmp_path)

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
    storage = await Storage.open(tmp_path)
    photos = await photos_of(storage)
    photos.write(digest_of(99), make_bytes(99))
    await storage.close()

    storage = await Storage.open(tmp_path)

    assert await kept_photos(storage) == {digest_of(n) for n in range(3)}
    # What was computed of it may be there too.
    assert (await storage.files.tidy(0)).photos == {1: (digest_of(99),)}
    await storage.close()


async def test_a_start_deletes_the_folder_of_an_owner_without_a_key(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "sealed" / "ab12" / "photos").mkdir(parents=True)

    storage = await Storage.open(tmp_path)

    assert len(list((tmp_path / "sealed").iterdir())) == 1
    await storage.close()


async def test_a_killed_erasing_goes_on_at_the_next_start(tmp_path: Path) -> None:
    """The rows are gone and the bytes are not."""
    await fill(tmp_path)
    with closing(open_database(tmp_path)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM datasets")
        connection.execute("INSERT INTO erasures SELECT owner_id, sha256 FROM photos")
        connection.execute("DELETE FROM photos")

    storage = await Storage.open(tmp_path)

    assert await kept_photos(storage) == set()
    assert len((await storage.files.tidy(0)).photos[1]) == 3
    await storage.close()
