"""Uploads, deletions and suggestions that meet: nothing is lost, nothing comes back, and nobody waits for others."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from threading import Event

import pytest

from core.datasets.reading import read_archive
from core.entities import Dataset, JobKind, LabelSource
from core.objects import Objects, widen_default_executor
from storage import tidying
from tests.factories import make_files, make_zip
from tests.storage.bucket.places import OWNER, Place, photos_of, suggest
from tests.storage.factories import make_bytes, make_dataset, put_file


async def test_a_sealed_reading_is_sent_before_others_have_to_wait(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await bucket.open()
    await storage.users.get(OWNER, "en")
    mirror, key = storage.mirror, await storage.files.key(OWNER)
    assert mirror
    job = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=1)
    under_the_lock: list[object] = []
    async with storage.files.scratch() as folder:
        archive = make_zip(folder / "a.zip", make_files(classes=2, photos=2))
        out = storage.files.staging(folder) / "reading"
        reading = read_archive(archive, (), out, lambda _: None, LabelSource.FOLDERS, key)
        keep = mirror.keep

        def noted(paths: Collection[Path]) -> None:
            before = bucket.names()
            keep(paths)
            under_the_lock.append((len(paths), bucket.names() - before))

        monkeypatch.setattr(mirror, "keep", noted)
        await storage.datasets.create(OWNER, "fruits", reading, job.id)

    assert under_the_lock == [(5, set())]
    assert len(bucket.names()) == 5


async def test_who_comes_back_while_folders_without_an_owner_go_loses_nothing(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await bucket.open()
    mirror = storage.mirror
    assert mirror
    with monkeypatch.context() as away:  # the account ends while the bucket is away
        away.setattr(mirror, "delete_folder", lambda _: None)
        await put_file(storage, b"of before")
        await storage.accounts.delete(OWNER)
    delete_folder, loop = mirror.delete_folder, asyncio.get_running_loop()
    back: list[asyncio.Task[str]] = []

    async def come_back() -> None:
        back.append(asyncio.create_task(put_file(storage, b"model")))
        await asyncio.wait(back, timeout=1)  # it waits, or is done

    def delete_later(folder: Path) -> None:
        monkeypatch.setattr(mirror, "delete_folder", delete_folder)
        asyncio.run_coroutine_threadsafe(come_back(), loop).result()
        delete_folder(folder)

    monkeypatch.setattr(mirror, "delete_folder", delete_later)
    await storage.files.tidy(0)
    digest = await back[0]

    assert len(bucket.names()) == 1
    assert await storage.files.read(OWNER, digest) == b"model"


async def test_a_cancelled_upload_deletes_nothing_that_is_kept_after_it(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await bucket.open()
    mirror = storage.mirror
    assert mirror
    began, answers, delete_folder = Event(), Event(), mirror.delete_folder

    def delete_late(folder: Path) -> None:
        began.set()
        answers.wait()
        delete_folder(folder)

    with monkeypatch.context() as slow:
        slow.setattr(mirror, "delete_folder", delete_late)
        upload = asyncio.create_task(storage.files.key(OWNER))
        await asyncio.to_thread(began.wait)
    upload.cancel()
    await asyncio.wait([upload])
    again = asyncio.create_task(put_file(storage, b"model"))
    try:
        assert storage.files._folders.changing(OWNER).locked(), "until the thread is done"
    finally:
        answers.set()

    assert await storage.files.read(OWNER, await again) == b"model"
    assert len(bucket.names()) == 1


async def test_a_cancelled_removal_deletes_nothing_that_is_suggested_after_it(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await bucket.open()
    mirror = storage.mirror
    assert mirror
    dataset = await make_dataset(storage)
    suggestion = await suggest(storage, dataset, bucket.home)
    (photo,) = await storage.suggestions.photos(OWNER, suggestion.id)
    began, answers, ended, delete = Event(), Event(), Event(), mirror.delete

    def delete_late(paths: Collection[Path]) -> None:
        began.set()
        answers.wait()
        delete(paths)
        ended.set()

    monkeypatch.setattr(mirror, "delete", delete_late)
    removal = asyncio.create_task(storage.suggestions.remove(OWNER, suggestion.id, [photo.id]))
    await asyncio.to_thread(began.wait)
    removal.cancel()
    await asyncio.wait([removal])
    again = asyncio.create_task(suggest(storage, dataset, bucket.home))
    await asyncio.wait([again], timeout=1)  # it waits, or is done
    answers.set()
    await asyncio.to_thread(ended.wait)
    await again

    await bucket.close()
    bucket.lose_cache()
    storage = await bucket.open()
    assert await storage.files.read(OWNER, photo.file) == make_bytes(7)


async def test_nobody_else_waits_while_a_suggestion_is_sent(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await bucket.open()
    dataset = await make_dataset(storage)
    await put_file(storage, b"of another", OWNER + 1)
    began, answers, put = Event(), Event(), Objects.put

    def put_late(objects: Objects, name: str, content: Path | bytes) -> None:
        if "/files/" in f"/{name}":
            began.set()
            answers.wait()
        put(objects, name, content)

    monkeypatch.setattr(Objects, "put", put_late)
    suggesting = asyncio.create_task(suggest(storage, dataset, bucket.home))
    await asyncio.to_thread(began.wait)
    other = asyncio.create_task(make_dataset(storage, OWNER + 1))
    await asyncio.wait([other], timeout=10)
    is_done = other.done()
    answers.set()
    await asyncio.wait([suggesting, other])
    assert is_done
    (photo,) = await storage.suggestions.photos(OWNER, (await suggesting).id)
    assert await storage.files.read(OWNER, photo.file) == make_bytes(7)


@pytest.mark.parametrize("what", ["account", "files"])
async def test_nobody_else_waits_while_the_folder_of_one_who_left_goes(
    bucket: Place, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    storage = await bucket.open()
    mirror = storage.mirror
    assert mirror
    await make_dataset(storage)
    began, answers, delete_folder = Event(), Event(), mirror.delete_folder

    def delete_late(folder: Path) -> None:
        began.set()
        answers.wait()
        delete_folder(folder)

    await put_file(storage, b"of another", OWNER + 1)
    monkeypatch.setattr(mirror, "delete_folder", delete_late)
    leave = storage.accounts.delete if what == "account" else storage.files.erase_owner
    leaving = asyncio.create_task(leave(OWNER))
    await asyncio.to_thread(began.wait)
    other = asyncio.create_task(make_dataset(storage, OWNER + 1))
    await asyncio.wait([other], timeout=10)
    is_done = other.done()
    answers.set()
    await asyncio.wait([leaving, other])
    assert is_done
    assert len({name.split("/")[1] for name in bucket.names()}) == 1


async def test_an_upload_waits_for_a_part_of_the_photos_that_are_erased_and_keeps_its_own(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "_ERASED_AT_ONCE", 1)
    storage = await bucket.open()
    mirror, loop = storage.mirror, asyncio.get_running_loop()
    assert mirror
    dataset = await make_dataset(storage, images=4)
    await storage.datasets.delete(OWNER, dataset.id)
    delete, uploads, deleted = mirror.delete, list[asyncio.Task[Dataset]](), list[int]()

    async def upload() -> None:
        uploads.append(asyncio.create_task(make_dataset(storage, images=4)))
        await asyncio.wait(uploads, timeout=1)  # it waits

    def delete_and_note(paths: Collection[Path]) -> None:
        if paths and not uploads:
            asyncio.run_coroutine_threadsafe(upload(), loop).result()
        delete(paths)
        deleted.append(len(paths))

    monkeypatch.setattr(mirror, "delete", delete_and_note)
    await storage.files.tidy(0)
    await uploads[0]
    assert sum(deleted) == 1
    assert len(await photos_of(storage)) == 4


async def test_those_who_wait_for_the_bucket_keep_nobody_else_waiting(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    widen_default_executor(asyncio.get_running_loop())
    storage = await bucket.open()
    mirror = storage.mirror
    assert mirror
    digest = await put_file(storage, b"model")
    answers = Event()

    def answer_late(_: Objects, name: str, path: Path) -> int:
        answers.wait()
        raise FileNotFoundError(name)

    def hold(number: int) -> None:
        with mirror.holding([mirror.root / "owner" / "files" / str(number)]):
            pass

    monkeypatch.setattr(Objects, "get", answer_late)
    waiting = [asyncio.create_task(asyncio.to_thread(hold, number)) for number in range(100)]
    await asyncio.sleep(0)  # they have begun
    try:
        async with asyncio.timeout(20):
            assert await storage.files.read(OWNER, digest) == b"model"
    finally:
        answers.set()
        await asyncio.gather(*waiting)
    await storage.close()
