"""Files: named by content, written whole, and deleted when no row names them; photos likewise."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from core import sealed
from core.errors import SealBroken
from core.ports import Tidied
from storage import Storage
from storage.files import GRACE_S
from tests.storage.factories import (
    add,
    digest_of,
    examples_of,
    kept_photos,
    make_bytes,
    make_dataset,
    make_example,
    make_examples,
    make_model,
    path_of,
    photos_of,
    put_file,
    store,
)

if sys.platform != "win32":
    import resource


async def put_old(storage: Storage, content: bytes) -> str:
    """Puts a file and dates it back by two grace periods."""
    digest = await put_file(storage, content)
    moment = time.time() - 2 * GRACE_S
    os.utime(await path_of(storage, digest), (moment, moment))
    return digest


async def test_a_file_is_named_by_its_content(storage: Storage) -> None:
    await storage.users.get(1, "en")
    async with storage.files.scratch() as folder:
        path = folder / "archive.zip"
        path.write_bytes(b"content")

        digest = await storage.files.put(1, path)

        assert not path.exists()
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert await storage.files.read(1, digest) == b"content"


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits on files")
async def test_what_the_disk_does_not_take_leaves_nothing_behind(storage: Storage) -> None:
    await storage.users.get(1, "en")
    await storage.files.key(1)
    async with storage.files.scratch() as folder:
        path = folder / "model.onnx"
        path.write_bytes(bytes(100_000))
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            with pytest.raises(OSError, match="too large"):
                await storage.files.put(1, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert path.exists()
        assert [*storage.files.work_folders[1].iterdir()] == []


async def test_the_same_content_is_kept_once(storage: Storage) -> None:
    digests = set(await asyncio.gather(*(put_file(storage, b"content") for _ in range(10))))

    (digest,) = digests
    path = await path_of(storage, digest)
    assert [path] == list(path.parent.iterdir())
    assert digest not in path.name


async def test_a_file_that_is_not_there_is_an_error(storage: Storage, tmp_path: Path) -> None:
    await storage.users.get(1, "en")
    with pytest.raises(FileNotFoundError):
        await storage.files.put(1, tmp_path / "nothing")


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
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    left = [folder / "left" / "behind.zip" for folder in (home / "staging", scratch)]
    for path in left:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"behind")

    storage = await Storage.open(home, scratch=scratch)

    assert not any(path.parent.exists() for path in left)
    await storage.close()


async def test_what_no_row_names_is_collected_and_the_rest_stays(storage: Storage) -> None:
    sheet, model, orphan = [
        await put_old(storage, content) for content in (b"sheet", b"model", b"orphan")
    ]
    dataset = await make_dataset(storage)
    await storage.datasets.set_sheet(1, dataset.id, sheet)
    await make_model(storage, file=model)

    assert await storage.files.tidy(0) == Tidied(1, {})

    assert not (await path_of(storage, orphan)).exists()
    assert [await storage.files.read(1, digest) for digest in (sheet, model)] == [
        b"sheet",
        b"model",
    ]


async def test_files_go_when_their_rows_have_gone(storage: Storage) -> None:
    sheet, file = await put_old(storage, b"sheet"), await put_old(storage, b"model")
    dataset = await make_dataset(storage)
    await storage.datasets.set_sheet(1, dataset.id, sheet)
    model = await make_model(storage, file=file)

    await storage.datasets.delete(1, dataset.id)
    await storage.models.delete(1, model.id)

    assert (await storage.files.tidy(0)).files == 2


async def test_a_file_that_two_rows_name_stays_until_both_are_gone(storage: Storage) -> None:
    sheet = await put_old(storage, b"sheet")
    first, second = [await make_dataset(storage, name=name) for name in ("one", "other")]
    for dataset in (first, second):
        await storage.datasets.set_sheet(1, dataset.id, sheet)

    await storage.datasets.delete(1, first.id)
    assert (await storage.files.tidy(0)).files == 0
    await storage.datasets.delete(1, second.id)
    assert (await storage.files.tidy(0)).files == 1


async def test_the_same_file_of_another_owner_is_a_file_of_its_own(storage: Storage) -> None:
    digests = {await put_file(storage, b"content", owner_id) for owner_id in (1, 2)}

    (digest,) = digests
    assert await path_of(storage, digest, 1) != await path_of(storage, digest, 2)
    assert await storage.files.read(2, digest) == b"content"


async def test_a_file_whose_row_is_still_to_come_is_not_collected(storage: Storage) -> None:
    await make_dataset(storage)
    digest = await put_file(storage, b"just put")

    assert (await storage.files.tidy(0)).files == 0
    assert (await path_of(storage, digest)).exists()


async def test_an_old_file_that_is_put_again_is_young_again(storage: Storage) -> None:
    digest = await put_old(storage, b"content")
    async with storage.files.scratch() as folder:
        again = folder / "again.bin"
        again.write_bytes(b"content")
        os.utime(again, (0, 0))

        assert await storage.files.put(1, again) == digest

    assert (await storage.files.tidy(0)).files == 0
    assert (await path_of(storage, digest)).exists()


async def test_putting_and_collecting_at_once_loses_nothing(storage: Storage) -> None:
    for round_ in range(20):
        content = str(round_ % 3).encode()
        await put_old(storage, content)

        digest, _ = await asyncio.gather(put_file(storage, content), storage.files.tidy(0))

        assert await storage.files.read(1, digest) == content


# Photos ------------------------------------------------------------------------------------------


async def test_a_deleted_datasets_photos_go_at_once(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=3)

    await storage.datasets.delete(1, dataset.id)
    tidied = await storage.files.tidy(3600)

    assert set(tidied.photos[1]) == {digest_of(n) for n in range(3)}
    assert await kept_photos(storage) == set()


async def test_a_photo_that_another_dataset_of_the_owner_has_stays(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=3)
    other = await store(storage, 1, "other", [make_example(2)])

    await storage.datasets.delete(1, dataset.id)
    tidied = await storage.files.tidy(0)

    assert set(tidied.photos[1]) == {digest_of(0), digest_of(1)}
    assert await kept_photos(storage) == {digest_of(2)}
    assert len(await examples_of(storage, other)) == 1


async def test_a_photo_that_another_dataset_may_take_back_stays_for_so_long(
    storage: Storage,
) -> None:
    dataset = await make_dataset(storage, images=1)
    other = await store(storage, 1, "other", [make_example(0), make_example(1)])
    (example, _) = await examples_of(storage, other)
    await storage.examples.remove(1, other.id, [example.id])

    await storage.datasets.delete(1, dataset.id)

    assert (await storage.files.tidy(3600)).photos == {}
    await storage.examples.undo(1, other.id)
    assert await kept_photos(storage) == {digest_of(0), digest_of(1)}


async def test_the_same_photo_of_another_owner_stays(storage: Storage) -> None:
    mine, theirs = await make_dataset(storage, 1), await make_dataset(storage, 2)

    await storage.datasets.delete(1, mine.id)
    await storage.files.tidy(0)

    assert await kept_photos(storage, 1) == set()
    assert len(await kept_photos(storage, 2)) == 3
    assert len(await examples_of(storage, theirs)) == 3


async def test_removed_photos_go_when_they_are_not_kept_any_more(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=3)
    first = (await examples_of(storage, dataset))[0]
    await storage.examples.remove(1, dataset.id, [first.id])

    assert (await storage.files.tidy(3600)).photos == {}
    assert digest_of(0) in await kept_photos(storage)
    assert (await storage.files.tidy(0)).photos == {1: (digest_of(0),)}
    assert await kept_photos(storage) == {digest_of(1), digest_of(2)}


async def test_erased_photos_are_named_until_what_was_computed_of_them_is_gone(
    storage: Storage,
) -> None:
    dataset = await make_dataset(storage, images=3)
    await storage.datasets.delete(1, dataset.id)
    erased = (await storage.files.tidy(0)).photos[1]

    assert set((await storage.files.tidy(0)).photos[1]) == set(erased)
    await storage.files.forgotten(2, erased)
    await storage.files.forgotten(1, erased[:1])
    assert set((await storage.files.tidy(0)).photos[1]) == set(erased[1:])
    await storage.files.forgotten(1, erased)
    assert (await storage.files.tidy(0)).photos == {}


async def test_a_photo_that_comes_again_is_not_erased(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=3)
    await storage.datasets.delete(1, dataset.id)
    await storage.files.tidy(0)

    await store(storage, 1, "again", make_examples(2))

    assert (await storage.files.tidy(0)).photos == {1: (digest_of(2),)}
    assert await kept_photos(storage) == {digest_of(0), digest_of(1)}


async def test_uploading_editing_and_tidying_at_once_loses_nothing(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=1)
    for round_ in range(15):
        (*_, last) = await examples_of(storage, dataset)
        await asyncio.gather(
            add(storage, 1, dataset.id, [make_example(n) for n in (round_ % 3, 3 + round_ % 4)]),
            storage.examples.remove(1, dataset.id, [last.id]),
            storage.files.tidy(0),
            storage.files.tidy(0),
        )
        photos = await photos_of(storage)
        for example in await examples_of(storage, dataset):
            number = int(example.photo.perceptual_hash, 16)
            assert photos.read(example.photo.sha256) == make_bytes(number)
        if not (await storage.datasets.get(1, dataset.id)).images:
            await add(storage, 1, dataset.id, [make_example(0)])


async def test_tidying_that_is_cancelled_at_any_step_ends_what_it_began(storage: Storage) -> None:
    for steps in range(40):
        dataset = await store(storage, 1, str(steps), make_examples(3, first=10 * steps))
        await storage.datasets.delete(1, dataset.id)
        task = asyncio.create_task(storage.files.tidy(0))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    await storage.files.tidy(0)

    assert await kept_photos(storage) == set()


# An owner's end -----------------------------------------------------------------------------------


def files_in(folder: Path) -> list[Path]:
    return list(folder.glob("*/*"))


async def test_an_erased_owners_files_are_gone_and_copies_of_them_unreadable(
    storage: Storage, tmp_path: Path
) -> None:
    await make_dataset(storage, 1)
    await make_dataset(storage, 2)
    photos = await storage.files.photos(1)
    copy = shutil.copytree(photos.path, tmp_path / "copy")

    await storage.files.erase_owner(1)

    assert not photos.path.exists()
    key = await storage.files.key(1)
    assert key != photos.key
    for path in files_in(copy):
        with pytest.raises(SealBroken):
            sealed.read(path, key)
    assert len(await kept_photos(storage, 2)) == 3
