"""Tasks of two machines on one bucket: each fetches what it has not, and keeps what it made for the other."""

from __future__ import annotations

import asyncio
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import sealed
from core.entities import LabelSource, photo_path
from core.errors import FilesAway, PhotoMissing
from core.features.cache import FeatureCache
from core.jobs import tasks
from core.jobs.fetching import FetchingRunner, to_its_end
from core.jobs.local import LocalRunner
from core.jobs.runner import LaneName, bind
from core.jobs.tasks.files import examples_of
from core.mirror import Mirror
from core.objects import Objects
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored, name_of, new_key
from tests.factories import make_files, make_zip

DEADLINE_S = 60.0
CACHE_BYTES = 10_000_000
OWNER = "owner"
RECIPE = make_recipe("hog", "svc")


@pytest.fixture
async def local() -> AsyncIterator[LocalRunner]:
    runner = LocalRunner(quick_processes=1, heavy_processes=1)
    yield runner
    await runner.close()


@pytest.fixture
def objects() -> Objects:
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    return Objects(stores.MemoryStore(), "memory")


class Machine:
    """A machine with a folder of its own, and a dataset as it sees it."""

    def __init__(
        self, folder: Path, objects: Objects, local: LocalRunner, listing: Path, key: bytes
    ):
        self.root = folder
        self.mirror = Mirror(folder, objects, CACHE_BYTES)
        self._runner = FetchingRunner(local, self.mirror)
        owner = folder / OWNER
        self.cache = Stored(owner / "cache", key)
        self.photos = Stored(owner / "photos", key)
        self.files = DatasetFiles(
            str(listing), str(self.photos.path), str(self.cache.path), key=key
        )

    async def missing(self) -> tuple[str, ...]:
        call = bind(tasks.missing, self.files, RECIPE)
        return await self._runner.run(LaneName.FITS, call, deadline_s=DEADLINE_S)

    async def extract(self, digests: tuple[str, ...]) -> None:
        call = bind(tasks.extract, self.files, digests, RECIPE)
        await self._runner.run(LaneName.FEATURES, call, deadline_s=DEADLINE_S)

    async def forget(self, *digests: str) -> None:
        call = bind(tasks.forget, self.cache, digests)
        await self._runner.run(LaneName.READS, call, deadline_s=DEADLINE_S)

    async def draw_sheet(self, out: Path) -> None:
        call = bind(tasks.draw_sheet, self.files, 0, out)
        await self._runner.run(LaneName.QUICK, call, deadline_s=DEADLINE_S)

    async def draw_photo(self, digest: str, out: Path) -> None:
        call = bind(tasks.draw_photo, self.photos, digest, out)
        await self._runner.run(LaneName.QUICK, call, deadline_s=DEADLINE_S)

    def names(self) -> set[str]:
        """The files that are here."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and path.name != ".lock")
        return {path.relative_to(self.root).as_posix() for path in paths}


@pytest.fixture
def machines(tmp_path: Path, objects: Objects, local: LocalRunner) -> tuple[Machine, Machine]:
    """Two machines with nothing, and a bucket with a dataset of eight photos."""
    key = new_key()
    archive = make_zip(tmp_path / "a.zip", make_files(classes=2, photos=4), zipfile.ZIP_STORED)
    reading = tasks.read_archive(
        lambda _: None, archive, LabelSource.FOLDERS, None, tmp_path / "reading", key
    )
    for part in (Path(reading.photos), Path(reading.cache)):
        for path in part.rglob("*"):
            if path.is_file():
                objects.put(f"{OWNER}/{path.relative_to(part.parent)}", path)
    listing = Path(reading.examples)
    one, other = (
        Machine(tmp_path / name, objects, local, listing, key) for name in ("one", "other")
    )
    return one, other


def names_of(objects: Objects) -> set[str]:
    return {found.name for found in objects.found()}


async def test_features_of_one_machine_are_read_on_another(
    machines: tuple[Machine, Machine], objects: Objects
) -> None:
    one, other = machines
    digests = await one.missing()
    assert len(digests) == 8

    await one.extract(digests)

    assert len([name for name in one.names() if "/photos/" in name]) == 8
    assert await other.missing() == ()
    assert not any("/photos/" in name for name in other.names())
    for machine in machines:
        assert machine.names() <= names_of(objects)


async def test_what_one_machine_forgets_leaves_the_bucket_and_the_other(
    machines: tuple[Machine, Machine], objects: Objects
) -> None:
    one, other = machines
    digests = await one.missing()
    await one.extract(digests)
    assert await other.missing() == ()

    await one.forget(digests[0])

    assert await other.missing() == (digests[0],)
    features = {name for name in names_of(objects) if "/features/" in name}
    for machine in machines:
        assert {name for name in machine.names() if "/features/" in name} == features


async def test_many_small_shards_become_one_in_the_bucket_too(
    machines: tuple[Machine, Machine], objects: Objects
) -> None:
    one, other = machines
    digests = await one.missing()
    for digest in digests:
        await one.extract((digest,))
    assert len([name for name in names_of(objects) if name.endswith(".keys.npy")]) == 8

    (folder,) = (one.cache.path / "features").iterdir()
    with one.mirror.using(one.cache.path, reads="features", changes=True):
        FeatureCache(folder, one.cache.key).compact(most=1, small_bytes=10**6)

    assert len([name for name in names_of(objects) if name.endswith(".keys.npy")]) == 1
    assert await other.missing() == ()


async def test_thumbnails_come_for_a_sheet_and_photos_where_there_are_none(
    machines: tuple[Machine, Machine], objects: Objects, tmp_path: Path
) -> None:
    one, other = machines
    await one.draw_sheet(tmp_path / "one.png")
    assert not any("/photos/" in name for name in one.names())

    objects.delete([name for name in names_of(objects) if "thumbnails-" in name])
    await other.draw_sheet(tmp_path / "other.png")
    assert len([name for name in other.names() if "/photos/" in name]) == 8


async def test_a_photo_that_is_nowhere_is_missing(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    with pytest.raises(PhotoMissing):
        await machines[0].draw_photo("0" * 64, tmp_path / "photo.jpg")


async def test_a_photo_that_another_task_has_brought_meanwhile_is_not_missing(
    machines: tuple[Machine, Machine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = machines
    digest = examples_of(one.files)[0].photo.sha256
    path = one.photos.path / photo_path(name_of(digest, one.photos.key))
    is_drawn: list[bool] = []

    class Drawing:
        async def run(self, *_: object, **__: object) -> None:
            if not path.exists():
                with one.mirror.holding([path]):  # another task
                    raise PhotoMissing(digest)
            one.mirror.drop_unused(0)
            is_drawn.append(path.exists())

    monkeypatch.setattr(one, "_runner", FetchingRunner(Drawing(), one.mirror))  # type: ignore[arg-type]
    await one.draw_photo(digest, tmp_path / "photo.jpg")
    assert is_drawn == [True]


async def test_a_photo_that_cannot_be_read_is_missing(
    machines: tuple[Machine, Machine], objects: Objects, tmp_path: Path
) -> None:
    one, _ = machines
    digest = examples_of(one.files)[0].photo.sha256
    path = one.photos.path / photo_path(name_of(digest, one.photos.key))
    objects.put(path.relative_to(one.root).as_posix(), b"damaged")
    with pytest.raises(PhotoMissing):
        await one.draw_photo(digest, tmp_path / "photo.jpg")


async def test_what_is_here_is_sealed(machines: tuple[Machine, Machine]) -> None:
    one, _ = machines
    await one.extract(await one.missing())
    photos = {example.photo.sha256 for example in examples_of(one.files)}
    key = one.cache.key
    assert key
    for name in one.names():
        content = (one.root / name).read_bytes()
        assert content.startswith(sealed.MAGIC)
        assert key not in content
        assert not any(photo in name for photo in photos)


async def test_copies_that_nobody_uses_leave_a_machine_and_come_back(
    machines: tuple[Machine, Machine],
) -> None:
    one, _ = machines
    digests = await one.missing()
    await one.extract(digests)

    one.mirror.drop_unused(3600)
    assert one.names()
    with one.mirror.using(one.cache.path, reads="features"):
        one.mirror.drop_unused(0)
        assert {name.split("/")[1] for name in one.names()} == {"cache"}
    one.mirror.drop_copies(one.cache.path)
    assert one.names() == set()

    assert await one.missing() == ()


async def test_a_task_whose_changes_cannot_be_kept_holds_nothing(
    machines: tuple[Machine, Machine], objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = machines
    digests = await one.missing()

    def fail(*_: object) -> None:
        raise FilesAway("reference")

    monkeypatch.setattr(objects, "put", fail)
    with pytest.raises(FilesAway):
        await one.extract(digests)

    assert any("/photos/" in name for name in one.names())
    one.mirror.drop_unused(0)
    assert not any("/photos/" in name for name in one.names())


async def test_what_could_not_be_kept_does_not_bring_back_what_another_machine_forgets(
    machines: tuple[Machine, Machine], objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machines
    forgotten, *digests = await one.missing()

    def fail(*_: object) -> None:
        raise FilesAway("reference")

    with monkeypatch.context() as away:
        away.setattr(objects, "put", fail)
        with pytest.raises(FilesAway):
            await one.extract((forgotten,))
    await other.forget(forgotten)

    await one.extract(tuple(digests))
    assert await other.missing() == (forgotten,)


class Held:
    """Work in a thread, which waits until it may end."""

    def __init__(self) -> None:
        self._begun, self._may_end = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self._begun.set()
        self._may_end.wait()

    async def begun(self) -> None:
        await asyncio.to_thread(self._begun.wait)

    def end(self) -> None:
        self._may_end.set()


async def test_work_that_is_cancelled_twice_is_waited_for() -> None:
    held = Held()
    work = asyncio.create_task(to_its_end(held))
    await held.begun()
    for _ in range(3):
        work.cancel()
        await asyncio.wait([work], timeout=0)
        await asyncio.sleep(0)
    was_done = work.done()
    held.end()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not was_done


async def test_a_call_that_is_cancelled_while_the_bucket_is_away_is_cancelled(
    machines: tuple[Machine, Machine], objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = machines
    begun = asyncio.Event()

    class Forever:
        async def run(self, *_: object, **__: object) -> None:
            shard = one.cache.path / "features" / "a.npy"
            for path in (shard, shard.with_suffix(".keys.npy")):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"sealed")
            begun.set()
            await asyncio.Event().wait()

    def fail(*_: object) -> None:
        raise FilesAway("reference")

    monkeypatch.setattr(one, "_runner", FetchingRunner(Forever(), one.mirror))  # type: ignore[arg-type]
    monkeypatch.setattr(objects, "put", fail)
    extracting = asyncio.create_task(one.extract(("0" * 64,)))
    await begun.wait()
    extracting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await extracting
