"""Sealed files in a folder and in buckets, of obstore's own kinds and of a real server: one contract for all."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import shutil
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from threading import Event

import pytest

from core import sealed
from core.datasets.reading import read_archive
from core.entities import (
    Dataset,
    JobKind,
    LabelSource,
    NewPhoto,
    Person,
    Suggestion,
    SuggestionLimits,
)
from core.errors import FilesAway, FilesElsewhere, FilesForeign, FilesRefused
from core.objects import Objects, widen_default_executor
from core.ports import Tidied
from storage import Storage, tidying
from storage.backup import back_up, restore
from storage.bucket import mirror_of
from storage.checking import check
from storage.keyfile import KeySettings, find_key
from tests.factories import make_files, make_zip
from tests.s3_server import S3Server, running_s3
from tests.storage.factories import (
    add,
    digest_of,
    examples_of,
    make_bytes,
    make_dataset,
    make_examples,
    make_model,
    put_file,
)

OWNER = 1
CACHE_BYTES = 1_000_000
KINDS = ("folder", "memory", "local", "server")
_prefixes = count()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


def objects_of(kind: str, folder: Path, request: pytest.FixtureRequest) -> Objects | None:
    if kind == "folder":
        return None
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    if kind == "memory":
        return Objects(stores.MemoryStore(), "memory")
    if kind == "local":
        return Objects(stores.LocalStore(folder, mkdir=True), "local")
    server: S3Server = request.getfixturevalue("server")
    return server.objects(f"prefix/{next(_prefixes)}")


@dataclasses.dataclass
class Place:
    """A data folder, and the bucket where its files are."""

    home: Path
    objects: Objects | None
    opened: list[Storage] = dataclasses.field(default_factory=list)

    async def open(self, cache_bytes: int = CACHE_BYTES) -> Storage:
        storage = await Storage.open(self.home, objects=self.objects, cache_bytes=cache_bytes)
        self.opened.append(storage)
        return storage

    async def close(self) -> None:
        """Closes what was opened, twice too."""
        for storage in self.opened:
            await storage.close()

    def names(self) -> set[str]:
        """All that is kept, photos and files and what was computed, by name."""
        if self.objects:
            return {found.name for found in self.objects.found("sealed")}
        paths = (self.home / "sealed").rglob("*")
        return {path.relative_to(self.home).as_posix() for path in paths if path.is_file()}

    def contents(self) -> list[bytes]:
        if self.objects:
            return [self.objects.read(name) for name in self.names()]
        return [(self.home / name).read_bytes() for name in self.names()]

    def here(self) -> list[Path]:
        """What is on this machine."""
        return [path for path in (self.home / "sealed").rglob("*") if path.is_file()]

    def lose_cache(self) -> None:
        """As a machine that was never here, where files are in a bucket."""
        if self.objects:
            shutil.rmtree(self.home / "sealed")


@pytest.fixture(params=KINDS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "home", objects_of(request.param, tmp_path / "bucket", request))
    yield place
    await place.close()


@pytest.fixture(params=KINDS[1:])
async def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "home", objects_of(request.param, tmp_path / "bucket", request))
    yield place
    await place.close()


@pytest.fixture
async def distant(server: S3Server, tmp_path: Path) -> AsyncIterator[Place]:
    """With a real server."""
    place = Place(tmp_path / "home", server.objects(f"prefix/{next(_prefixes)}"))
    yield place
    await place.close()


@pytest.fixture
async def storage(place: Place) -> Storage:
    return await place.open()


async def photos_of(storage: Storage) -> set[bytes]:
    """What the owner's photos hold, fetched where that is needed."""
    photos, tree = await storage.files.photos(OWNER), storage.mirror
    paths = list(tree.written(photos.path) if tree else photos.path.glob("*/*"))
    with tree.holding(paths) if tree else nullcontext():
        return {sealed.read(path, photos.key) for path in paths}


async def test_what_is_kept_can_be_read_and_tells_nothing(place: Place, storage: Storage) -> None:
    dataset = await make_dataset(storage)
    digest = await put_file(storage, b"a model of pears")

    assert await storage.files.read(OWNER, digest) == b"a model of pears"
    assert await photos_of(storage) == {make_bytes(number) for number in range(3)}
    assert dataset.images == 3

    assert len(place.names()) == 5  # three photos, a pack of thumbnails, the file
    for content in place.contents():
        assert content.startswith(sealed.MAGIC)
        assert not any(word in content for word in (b"pear", b"photo", b"JFIF"))
    key = await storage.files.key(OWNER)
    assert key
    assert not any(key in content for content in place.contents())
    assert not any(digest in name or digest_of(1) in name for name in place.names())


async def test_the_same_content_is_kept_once(place: Place, storage: Storage) -> None:
    digests = set(await asyncio.gather(*(put_file(storage, b"content") for _ in range(5))))
    assert len(digests) == len(place.names()) == 1


async def test_what_no_row_names_goes_with_the_next_start(place: Place) -> None:
    storage = await place.open()
    await make_dataset(storage)
    model, orphan = [await put_file(storage, content) for content in (b"model", b"orphan")]
    await make_model(storage, file=model)
    assert (await storage.files.tidy(0)) == Tidied(0, {})  # both are young
    await storage.close()

    storage = await place.open()

    assert await storage.files.read(OWNER, model) == b"model"
    with pytest.raises(FileNotFoundError):
        await storage.files.read(OWNER, orphan)
    assert len(place.names()) == 5
    await storage.close()


async def test_photos_go_when_no_example_names_them(place: Place, storage: Storage) -> None:
    dataset = await make_dataset(storage)
    first, *_ = await examples_of(storage, dataset)

    await storage.examples.remove(OWNER, dataset.id, [first.id])
    tidied = await storage.files.tidy(0)

    assert tidied.photos == {OWNER: (first.photo.sha256,)}
    assert len(place.names()) == 3
    assert len(await photos_of(storage)) == 2


async def test_nothing_is_left_of_an_account(place: Place, storage: Storage) -> None:
    await make_dataset(storage)
    await make_model(storage, file=await put_file(storage, b"model"))
    await put_file(storage, b"of another", 2)

    await storage.accounts.delete(OWNER)

    (left,) = place.names()
    assert left.split("/")[2] == "files"
    assert len(place.here()) == 1


async def test_a_machine_with_nothing_reads_all(place: Place) -> None:
    storage = await place.open()
    dataset = await make_dataset(storage)
    digest = await put_file(storage, b"model")
    await make_model(storage, file=digest)
    await storage.close()
    place.lose_cache()

    storage = await place.open()

    assert await storage.files.read(OWNER, digest) == b"model"
    assert len(await photos_of(storage)) == dataset.images
    await storage.close()


async def test_a_backup_holds_what_is_in_the_bucket(place: Place, tmp_path: Path) -> None:
    storage = await place.open()
    await make_dataset(storage)
    await make_model(storage, file=await put_file(storage, b"model"))
    await storage.close()
    place.lose_cache()
    master = find_key(place.home, KeySettings())
    tree = mirror_of(tmp_path / "out", place.objects, 0) if place.objects else None

    assert check(place.home, master, tree).problems == []
    back_up(place.home, master, tmp_path / "backup", tree)
    restored = restore(tmp_path / "backup", tmp_path / "restored", KeySettings())

    assert restored.problems == []
    assert restored.files == 5
    storage = await Storage.open(tmp_path / "restored")  # in its folder now
    assert await photos_of(storage) == {make_bytes(number) for number in range(3)}
    await storage.close()


# Buckets alone -----------------------------------------------------------------------------------


async def test_a_folder_moves_into_a_bucket_and_says_so(bucket: Place) -> None:
    storage = await Storage.open(bucket.home)
    await make_dataset(storage)
    digest = await put_file(storage, b"model")
    await make_model(storage, file=digest)
    await storage.close()

    storage = await bucket.open()
    assert len(bucket.names()) == 5
    assert await storage.files.read(OWNER, digest) == b"model"
    await storage.close()

    with pytest.raises(FilesElsewhere, match="set FILES to it"):
        await Storage.open(bucket.home)


async def test_a_bucket_has_one_owner(bucket: Place, tmp_path: Path) -> None:
    storage = await bucket.open()
    await make_dataset(storage)
    await storage.close()
    before = bucket.names()

    other = Place(tmp_path / "other", bucket.objects)
    with pytest.raises(FilesForeign):
        await other.open()

    assert bucket.names() == before


async def test_a_folder_of_before_is_sealed_without_a_look_into_a_foreign_bucket(
    bucket: Place, tmp_path: Path
) -> None:
    """Two databases with one key: an owner's folder has the same name in both."""
    key = KeySettings(base64.b64encode(bytes(32)).decode())
    storage = await Storage.open(bucket.home, key, objects=bucket.objects)
    await put_file(storage, b"model")
    await storage.close()
    before = bucket.names()
    other = tmp_path / "other"
    storage = await Storage.open(other, key)
    await storage.users.get(OWNER, "en")
    await storage.close()
    (other / "owners" / str(OWNER) / "photos").mkdir(parents=True)

    with pytest.raises(FilesForeign):
        await Storage.open(other, key, objects=bucket.objects)

    assert len(before) == 1
    assert bucket.names() == before


async def test_somebody_elses_objects_are_left_alone(bucket: Place) -> None:
    assert bucket.objects
    bucket.objects.put("holiday.jpg", b"a photo")
    with pytest.raises(FilesForeign):
        await bucket.open()
    assert bucket.objects.read("holiday.jpg") == b"a photo"


async def test_a_start_that_might_not_delete_hinders_no_later_one(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bucket.objects
    for _ in range(2):
        with monkeypatch.context() as refusing:
            refusing.setattr("obstore.delete", refuse)
            with pytest.raises(FilesRefused):
                await bucket.open()
    assert len(list(bucket.objects.found())) == 1

    storage = await bucket.open()
    assert await put_file(storage, b"model")
    await storage.close()
    assert {found.name.split("/")[0] for found in bucket.objects.found()} == {"identity", "sealed"}


def refuse(*_: object) -> None:
    from obstore.exceptions import PermissionDeniedError

    raise PermissionDeniedError("AccessDenied")


@pytest.mark.parametrize("kept", range(4))
async def test_a_move_that_is_cut_short_goes_on_with_what_was_computed_too(
    bucket: Place, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    storage = await Storage.open(bucket.home)
    await make_dataset(storage)
    await storage.close()
    assert bucket.objects
    put, left = Objects.put, iter(range(kept))

    def put_until_away(objects: Objects, name: str, content: Path | bytes) -> None:
        if isinstance(content, Path) and next(left, None) is None:
            raise FilesAway("reference")
        put(objects, name, content)

    with monkeypatch.context() as away:
        away.setattr(Objects, "put", put_until_away)
        with pytest.raises(FilesAway):
            await bucket.open()

    storage = await bucket.open()
    assert len(bucket.names()) == 4
    assert {found.name.split("/")[0] for found in bucket.objects.found()} == {"identity", "sealed"}
    await storage.close()


async def test_the_least_recently_used_leaves_this_machine_and_comes_back(bucket: Place) -> None:
    storage = await bucket.open(cache_bytes=5_000)
    digests = [await put_file(storage, bytes([number]) * 1000) for number in range(10)]

    assert len(bucket.here()) == 4  # of 1.05 KB each
    for number, digest in enumerate(digests):
        assert await storage.files.read(OWNER, digest) == bytes([number]) * 1000
    assert sum(path.stat().st_size for path in bucket.here()) <= 5_000
    await storage.close()


async def test_what_is_being_used_stays_here(bucket: Place) -> None:
    storage = await bucket.open(cache_bytes=2_500)
    digests = [await put_file(storage, bytes([number]) * 1000) for number in range(4)]
    paths = [(await storage.files.stored(OWNER, digest)).path for digest in digests]
    assert storage.mirror

    with storage.mirror.holding(paths):
        assert all(path.exists() for path in paths)

    assert sum(path.exists() for path in paths) == 2
    await storage.close()


async def test_a_damaged_object_is_found(bucket: Place, tmp_path: Path) -> None:
    storage = await bucket.open()
    await make_dataset(storage)
    await storage.close()
    assert bucket.objects
    photo = next(name for name in bucket.names() if "/photos/" in name)
    bucket.objects.put(photo, b"something else")

    tree = mirror_of(tmp_path / "out", bucket.objects, CACHE_BYTES)
    problems = check(bucket.home, find_key(bucket.home, KeySettings()), tree).problems

    assert [problem.endswith("is damaged") for problem in problems] == [True]


async def test_what_is_deleted_after_it_was_sent_is_sent_again(bucket: Place) -> None:
    storage = await bucket.open()
    mirror = storage.mirror
    assert mirror
    source, target = bucket.home / "staged", mirror.root / "owner" / "files" / "name"
    source.write_bytes(b"sealed")
    mirror.send([(source, target)])
    mirror.delete(
        [target]
    )  # an old photo, which the same moment deletes and an upload brings again

    target.parent.mkdir(parents=True)
    source.replace(target)
    mirror.keep([target])

    assert bucket.names() == {"sealed/owner/files/name"}


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


async def suggest(storage: Storage, dataset: Dataset, folder: Path) -> Suggestion:
    """A photo for the owner of the dataset."""
    path = folder / digest_of(7)
    path.write_bytes(make_bytes(7))
    photo = NewPhoto(path, "photo.jpg", path.stat().st_size, message_id=1)
    return await storage.suggestions.add(
        OWNER, dataset.id, Person(2, "Anna"), "plum", [photo], None, SuggestionLimits(9, 9)
    )


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


# A server alone ----------------------------------------------------------------------------------


async def test_a_server_that_is_away_keeps_nothing_and_loses_nothing(
    server: S3Server, distant: Place, caplog: pytest.LogCaptureFixture
) -> None:
    storage = await distant.open()
    dataset = await make_dataset(storage)
    before = distant.names()

    server.stop()
    try:
        with pytest.raises(FilesAway) as away:
            await add(storage, OWNER, dataset.id, make_examples(2, first=10))
        assert away.value.reference in caplog.text
        with pytest.raises(FilesAway):
            await put_file(storage, b"model")
    finally:
        server.start()

    assert distant.names() == before
    assert len(await examples_of(storage, dataset)) == 3
    await add(storage, OWNER, dataset.id, make_examples(2, first=10))
    assert len(await examples_of(storage, dataset)) == 5
    await storage.close()


async def test_an_account_that_ends_while_the_server_is_away_leaves_nothing(
    server: S3Server, distant: Place
) -> None:
    storage = await distant.open()
    await make_dataset(storage)

    server.stop()
    try:
        await storage.accounts.delete(OWNER)
    finally:
        server.start()
    assert distant.names()  # which nobody can read

    await storage.files.tidy(0)
    assert distant.names() == set()
    await storage.close()


async def test_who_comes_back_after_that_finds_nothing_of_before(
    server: S3Server, distant: Place
) -> None:
    """Nobody could read it: neither train on features nor forget photos."""
    storage = await distant.open()
    await make_dataset(storage)
    before = distant.names()
    server.stop()
    try:
        await storage.accounts.delete(OWNER)
    finally:
        server.start()

    await make_dataset(storage)

    assert len(distant.names()) == len(before)
    assert distant.names().isdisjoint(before)


def test_a_bucket_that_is_gone_is_no_file_that_is_gone(server: S3Server, tmp_path: Path) -> None:
    nowhere = server.objects("prefix", bucket="no-such-bucket")
    with pytest.raises(FilesAway):
        nowhere.read("name")
    with pytest.raises(FilesAway):
        nowhere.get("name", tmp_path / "name")
    with pytest.raises(FilesAway):
        nowhere.put("name", b"content")


async def test_a_start_says_what_is_wrong_with_the_bucket(server: S3Server, tmp_path: Path) -> None:
    nowhere = server.objects("prefix", bucket="no-such-bucket")
    with pytest.raises(FilesRefused, match="there is no such bucket"):
        await Storage.open(tmp_path / "home", objects=nowhere)
    server.stop()
    try:
        with pytest.raises(FilesRefused, match="s3://lukoshko/x"):
            await Storage.open(tmp_path / "home", objects=server.objects("x"))
    finally:
        server.start()
