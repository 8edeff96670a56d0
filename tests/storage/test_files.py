"""Files: named by content, written whole, and collected when no row names them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from pathlib import Path

import pytest

from storage import Storage
from storage.files import GRACE_S
from tests.storage.factories import make_dataset, make_model, make_reading, put_file, store


async def put_old(storage: Storage, content: bytes) -> str:
    """Puts a file and dates it back by two grace periods."""
    digest = await put_file(storage, content)
    moment = time.time() - 2 * GRACE_S
    os.utime(storage.files.path(digest), (moment, moment))
    return digest


async def test_a_file_is_named_by_its_content(storage: Storage) -> None:
    async with storage.files.scratch() as folder:
        path = folder / "archive.zip"
        path.write_bytes(b"content")

        digest = await storage.files.put(path)

        assert not path.exists()
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert storage.files.path(digest).read_bytes() == b"content"


async def test_the_same_content_is_kept_once(storage: Storage) -> None:
    digests = set(await asyncio.gather(*(put_file(storage, b"content") for _ in range(10))))

    (digest,) = digests
    assert [path.name for path in storage.files.path(digest).parent.iterdir()] == [digest]


async def test_a_file_that_is_not_there_is_an_error(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.files.put(tmp_path / "nothing")


async def test_scratches_are_apart_and_gone_after_the_work(storage: Storage) -> None:
    async with storage.files.scratch() as first, storage.files.scratch() as second:
        assert first != second
        (first / "sheet.png").write_bytes(b"half-done")

    assert not first.exists()
    assert not second.exists()


async def test_a_scratch_goes_when_its_work_is_cancelled(storage: Storage) -> None:
    folders: asyncio.Queue[Path] = asyncio.Queue()

    async def work() -> None:
        async with storage.files.scratch() as folder:
            (folder / "half.onnx").write_bytes(b"half-done")
            folders.put_nowait(folder)
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    folder = await folders.get()
    task.cancel()
    await asyncio.wait([task])

    assert not folder.exists()


async def test_a_start_empties_the_scratch_of_a_dead_process(tmp_path: Path) -> None:
    left = tmp_path / "scratch" / "left" / "behind.zip"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"behind")

    storage = await Storage.open(tmp_path)

    assert list((tmp_path / "scratch").iterdir()) == []
    await storage.close()


async def test_a_workspace_is_dropped_with_all_it_holds(storage: Storage) -> None:
    kept, dropped = storage.files.workspace(1), storage.files.workspace(2)
    (dropped / "features").mkdir()
    (dropped / "features" / "hog.npy").write_bytes(b"features")

    await storage.files.drop_workspace(2)
    await storage.files.drop_workspace(2)

    assert kept.is_dir()
    assert list(storage.files.workspace(2).iterdir()) == []


async def test_a_workspace_without_a_dataset_is_collected(storage: Storage) -> None:
    dataset = await make_dataset(storage)
    kept, left = storage.files.workspace(dataset.id), storage.files.workspace(dataset.id + 1)
    (left / "features.npy").write_bytes(b"features")

    await storage.files.collect()

    assert kept.is_dir()
    assert not left.exists()


async def test_a_scratch_becomes_the_workspace(storage: Storage) -> None:
    (storage.files.workspace(1) / "old.npy").write_bytes(b"old")
    async with storage.files.scratch() as folder:
        (folder / "thumbnails.npy").write_bytes(b"new")

        await storage.files.adopt_workspace(folder, 1)

    assert [path.name for path in storage.files.workspace(1).iterdir()] == ["thumbnails.npy"]


async def test_what_no_row_names_is_collected_and_the_rest_stays(storage: Storage) -> None:
    archive, sheet, model, orphan = [
        await put_old(storage, content) for content in (b"archive", b"sheet", b"model", b"orphan")
    ]
    await storage.users.get(1, "en")
    dataset = await store(storage, 1, "berries", make_reading(source=archive))
    await storage.datasets.set_sheet(1, dataset.id, sheet)
    await make_model(storage, file=model)

    assert await storage.files.collect() == 1

    assert not storage.files.path(orphan).exists()
    assert all(storage.files.path(digest).exists() for digest in (archive, sheet, model))


async def test_files_go_when_their_rows_have_gone(storage: Storage) -> None:
    archive, file = await put_old(storage, b"archive"), await put_old(storage, b"model")
    await storage.users.get(1, "en")
    dataset = await store(storage, 1, "berries", make_reading(source=archive))
    model = await make_model(storage, file=file)

    await storage.datasets.delete(1, dataset.id)
    await storage.models.delete(1, model.id)

    assert await storage.files.collect() == 2


async def test_a_file_that_two_datasets_share_stays_until_both_are_gone(storage: Storage) -> None:
    archive = await put_old(storage, b"archive")
    for user in (1, 2):
        await storage.users.get(user, "en")
    first, second = [
        await store(storage, user, "berries", make_reading(source=archive)) for user in (1, 2)
    ]

    await storage.datasets.delete(1, first.id)
    assert await storage.files.collect() == 0
    await storage.datasets.delete(2, second.id)
    assert await storage.files.collect() == 1


async def test_a_file_whose_row_is_still_to_come_is_not_collected(storage: Storage) -> None:
    await make_dataset(storage)
    digest = await put_file(storage, b"just put")

    assert await storage.files.collect() == 0
    assert storage.files.path(digest).exists()


async def test_an_old_file_that_is_put_again_is_young_again(storage: Storage) -> None:
    digest = await put_old(storage, b"content")
    async with storage.files.scratch() as folder:
        again = folder / "again.bin"
        again.write_bytes(b"content")
        os.utime(again, (0, 0))

        assert await storage.files.put(again) == digest

    assert await storage.files.collect() == 0
    assert storage.files.path(digest).exists()


async def test_putting_and_collecting_at_once_loses_nothing(storage: Storage) -> None:
    for round_ in range(20):
        content = str(round_ % 3).encode()
        await put_old(storage, content)

        digest, _ = await asyncio.gather(put_file(storage, content), storage.files.collect())

        assert storage.files.path(digest).read_bytes() == content
