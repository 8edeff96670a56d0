"""A folder that mirrors a bucket, at the moments when something else happens in between."""

from __future__ import annotations

import errno
import math
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from threading import Event, RLock, Thread

import pytest

import core.mirror
from core.errors import FilesAway
from core.mirror import Mirror
from core.objects import Objects

VECTORS, KEYS = "owner/cache/features/a.npy", "owner/cache/features/a.keys.npy"
PACK = "owner/cache/thumbnails-a.zip"
FILE = "owner/files/name"


@pytest.fixture
def objects() -> Objects:
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    return Objects(stores.MemoryStore(), "memory")


@pytest.fixture
def mirror(tmp_path: Path, objects: Objects) -> Mirror:
    return Mirror(tmp_path / "here", objects, 10_000)


@pytest.fixture
def cache(mirror: Mirror) -> Path:
    return mirror.root / "owner" / "cache"


def write(mirror: Mirror, *names: str) -> list[Path]:
    paths = [mirror.root / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sealed")
    return paths


def names_of(objects: Objects) -> set[str]:
    return {found.name for found in objects.found()}


def fail(*_: object) -> None:
    raise FilesAway("reference")


def after_get(
    monkeypatch: pytest.MonkeyPatch, objects: Objects, happens: Callable[[str], object]
) -> None:
    """Something happens whenever a file was brought, before the mirror knows."""
    get = objects.get

    def get_and_more(name: str, path: Path) -> int:
        size = get(name, path)
        happens(name)
        return size

    monkeypatch.setattr(objects, "get", get_and_more)


def test_a_copy_that_was_cut_short_does_not_replace_the_whole(
    mirror: Mirror, objects: Objects
) -> None:
    (path,) = write(mirror, FILE)
    objects.put(FILE, b"sealed and whole")

    mirror.open(is_new=False)

    assert objects.read(FILE) == b"sealed and whole"
    with mirror.holding([path]):
        assert path.read_bytes() == b"sealed and whole"


def test_a_move_that_fails_loses_nothing(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write(mirror, FILE)
    with monkeypatch.context() as away:
        away.setattr(objects, "put", fail)
        with pytest.raises(FilesAway):
            mirror.open(is_new=True)
    assert path.exists()

    mirror.open(is_new=False)
    assert names_of(objects) == {FILE}


def test_files_of_other_tasks_stay_when_the_bucket_is_away(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, _ = write(mirror, VECTORS, PACK)  # another task is about to write the keys
    with monkeypatch.context() as away:
        away.setattr(objects, "put", fail)
        with pytest.raises(FilesAway):
            mirror.keep_changes(cache)
    assert vectors.exists()

    write(mirror, KEYS)
    mirror.keep_changes(cache)
    assert names_of(objects) == {VECTORS, KEYS, PACK}


def test_a_file_that_vanishes_takes_no_other_along(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vanishing, *others = write(mirror, PACK, *(f"owner/cache/{number}.zip" for number in "12"))
    put = objects.put

    def put_unless_gone(name: str, path: Path) -> None:
        vanishing.unlink(missing_ok=True)
        put(name, path)

    monkeypatch.setattr(objects, "put", put_unless_gone)
    mirror.keep_changes(cache)

    assert all(path.exists() for path in others)
    assert names_of(objects) == {"owner/cache/1.zip", "owner/cache/2.zip"}


def test_what_was_kept_before_the_bucket_went_away_is_deleted_there_later(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write(mirror, VECTORS, KEYS)
    put = objects.put
    with monkeypatch.context() as away:
        away.setattr(objects, "put", lambda *file: fail() if file[0] == KEYS else put(*file))
        with pytest.raises(FilesAway):
            mirror.keep_changes(cache)
    assert names_of(objects) == {VECTORS}

    for path in paths:
        path.unlink()
    mirror.keep_changes(cache)
    assert names_of(objects) == set()


class LockThenMore:
    """A lock, after a number of releases of which something happens at once."""

    def __init__(self, releases: int, happens: Callable[[], object]) -> None:
        self._lock = RLock()
        self._depth = 0
        self._releases = releases
        self._happens = happens

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        self._lock.release()
        if not self._depth:
            self._releases -= 1
            if not self._releases:
                self._happens()


@pytest.mark.parametrize("releases", range(1, 8))
def test_a_copy_that_leaves_to_make_room_stays_in_the_bucket(
    mirror: Mirror,
    objects: Objects,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    releases: int,
) -> None:
    (path,) = write(mirror, PACK)
    mirror.keep_changes(cache)

    lock = LockThenMore(releases, lambda: mirror.drop_unused(-math.inf))
    monkeypatch.setattr(mirror, "_lock", lock)
    monkeypatch.setattr(mirror._copies, "lock", lock)
    mirror.keep_changes(cache)

    assert names_of(objects) == {PACK}
    mirror.drop_unused(-math.inf)
    assert not path.exists()


def test_what_is_being_fetched_makes_no_room_for_the_rest(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (VECTORS, KEYS):
        objects.put(name, b"sealed")
    after_get(monkeypatch, objects, lambda _: mirror.drop_unused(-math.inf))

    with mirror.using(cache, reads=""):
        assert all((mirror.root / name).exists() for name in (VECTORS, KEYS))

    mirror.drop_unused(-math.inf)
    assert not any((mirror.root / name).exists() for name in (VECTORS, KEYS))


def test_a_pack_stays_until_the_one_in_its_place_is_here(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write(mirror, PACK)
    mirror.keep_changes(cache)
    objects.delete([PACK])  # another machine
    objects.put("owner/cache/thumbnails-b.zip", b"sealed")
    was_there: list[bool] = []
    after_get(monkeypatch, objects, lambda _: was_there.append(path.exists()))

    with mirror.using(cache, reads=""):
        assert not path.exists()
    assert was_there == [True]


def test_a_shard_that_is_being_fetched_is_not_new(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put(VECTORS, b"sealed")

    def delete(name: str) -> None:
        objects.delete([name])  # another machine
        mirror.keep_changes(cache)

    after_get(monkeypatch, objects, delete)
    with mirror.using(cache, reads=""):
        pass
    assert names_of(objects) == set()


def test_what_is_sent_and_deleted_with_its_folder_is_sent_again(
    mirror: Mirror, objects: Objects, tmp_path: Path
) -> None:
    (tmp_path / "staged").write_bytes(b"sealed")
    mirror.send([(tmp_path / "staged", mirror.root / FILE)])
    mirror.delete_folder(mirror.root / "owner")

    mirror.keep(write(mirror, FILE))

    assert names_of(objects) == {FILE}


def test_what_a_task_has_deleted_is_not_brought_back_before_the_bucket_hears_of_it(
    mirror: Mirror, objects: Objects, cache: Path
) -> None:
    """As vectors of photos that were forgotten."""
    paths = write(mirror, VECTORS, KEYS)
    mirror.keep_changes(cache)
    with mirror.using(cache, changes=True):
        for path in paths:
            path.unlink()
        with mirror.using(cache, reads=""):
            assert not any(path.exists() for path in paths)
    assert names_of(objects) == set()


def test_a_deletion_that_is_cut_short_leaves_no_keys_without_their_vectors(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write(mirror, VECTORS, KEYS)
    mirror.keep_changes(cache)
    for path in paths:
        path.unlink()
    delete = objects.delete

    def delete_one(names: Sequence[str]) -> None:
        delete(names[:1])
        fail()

    monkeypatch.setattr(objects, "delete", delete_one)
    with pytest.raises(FilesAway):
        mirror.keep_changes(cache)
    assert names_of(objects) == {VECTORS}


@pytest.mark.parametrize("what", [FILE, "owner"])
def test_what_is_sent_is_sent_again_after_a_deletion_whose_answer_was_lost(
    mirror: Mirror, objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    (tmp_path / "staged").write_bytes(b"sealed")
    mirror.send([(tmp_path / "staged", mirror.root / FILE)])
    delete = objects.delete

    def delete_and_fail(names: Sequence[str]) -> None:
        delete(names)
        fail()

    with monkeypatch.context() as away:
        away.setattr(objects, "delete", delete_and_fail)
        with pytest.raises(FilesAway):
            delete_any(mirror, what)
    assert names_of(objects) == set()

    mirror.keep(write(mirror, FILE))
    assert names_of(objects) == {FILE}


@pytest.mark.parametrize("what", [FILE, "owner"])
def test_what_is_deleted_while_it_is_fetched_is_not_here_afterwards(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    objects.put(FILE, b"sealed")
    path = mirror.root / FILE

    def delete(name: str) -> None:
        delete_any(mirror, what)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sealed")  # only now

    after_get(monkeypatch, objects, delete)
    with mirror.holding([path]):
        assert not path.exists()

    mirror.keep(write(mirror, FILE))  # the same photo, once more
    with mirror.holding([path]):
        assert path.exists()


def test_what_is_on_its_way_is_fetched_once(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower of two copies would come once a task has deleted the other."""
    objects.put(PACK, b"sealed")
    get, begun, may_end = objects.get, Event(), Event()
    fetched: list[str] = []

    def get_slowly(name: str, path: Path) -> int:
        fetched.append(name)
        begun.set()
        may_end.wait()
        return get(name, path)

    def use() -> None:
        with mirror.using(cache, reads=""):
            found.append((mirror.root / PACK).exists())

    found: list[bool] = []
    monkeypatch.setattr(objects, "get", get_slowly)
    threads = [Thread(target=use, daemon=True) for _ in range(2)]
    threads[0].start()
    begun.wait()
    threads[1].start()
    threads[1].join(1)  # it waits, or would fetch
    may_end.set()
    for thread in threads:
        thread.join()
    assert fetched == [PACK]
    assert found == [True, True]


def test_what_is_on_its_way_fails_for_all_who_wait_for_it(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "get", fail)
    for _ in range(2):
        with pytest.raises(FilesAway), mirror.holding([mirror.root / FILE]):
            pass
    monkeypatch.undo()
    objects.put(FILE, b"sealed")
    with mirror.holding([mirror.root / FILE]):
        assert (mirror.root / FILE).exists()


def test_a_shard_that_is_being_deleted_is_not_kept_under_that_name(
    mirror: Mirror, objects: Objects, cache: Path
) -> None:
    """Another machine would complete the deletion, of its vectors alone where the keys are there still."""
    write(mirror, VECTORS, "owner/cache/features/a.doomed")
    mirror.keep_changes(cache)
    assert names_of(objects) == set()


def test_a_copy_that_leaves_and_comes_back_is_not_new(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put(VECTORS, b"sealed")
    keep_all = mirror._keep_all

    def keep_later(paths: Collection[Path], keep: Callable[[Path], None]) -> None:
        with mirror.using(cache, reads=""):
            objects.delete([VECTORS])  # another machine
            keep_all(paths, keep)

    with mirror.using(cache, reads=""):
        pass
    listed = core.mirror.all_below

    def list_and_drop(folder: Path) -> list[Path]:
        found = listed(folder)
        mirror.drop_copies(cache)
        return found

    monkeypatch.setattr(core.mirror, "all_below", list_and_drop)
    monkeypatch.setattr(mirror, "_keep_all", keep_later)
    mirror.keep_changes(cache)
    assert names_of(objects) == set()


def delete_any(mirror: Mirror, name: str) -> None:
    """Deletes a file, or the folder of an owner."""
    path = mirror.root / name
    mirror.delete([path]) if name == FILE else mirror.delete_folder(path)


def test_copies_of_a_folder_go_even_where_the_bucket_is_away(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write(mirror, FILE)
    mirror.keep([path])
    with monkeypatch.context() as away:
        away.setattr(objects, "found", fail)
        with pytest.raises(FilesAway):
            mirror.delete_folder(mirror.root / "owner")
    assert not path.exists()


def test_a_full_disk_makes_room_for_what_is_wanted(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, held = write(mirror, "owner/files/used", "owner/files/held")
    mirror.keep([used, held])
    objects.put(FILE, b"sealed")
    get = objects.get

    def get_if_there_is_room(name: str, path: Path) -> int:
        if used.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return get(name, path)

    monkeypatch.setattr(objects, "get", get_if_there_is_room)
    with mirror.holding([held]), mirror.holding([mirror.root / FILE]):
        assert held.exists()
        assert (mirror.root / FILE).exists()


def test_halves_of_shards_are_not_kept(mirror: Mirror, objects: Objects, cache: Path) -> None:
    """Another task writes the vectors, and then the keys: no machine is to find one without the other."""
    for name, kept in ((VECTORS, set()), (KEYS, {VECTORS, KEYS})):
        write(mirror, name)
        mirror.keep_changes(cache)
        assert names_of(objects) == kept
    write(mirror, "owner/cache/features/b.keys.npy")
    mirror.keep_changes(cache)
    assert names_of(objects) == {VECTORS, KEYS}


def test_a_folder_that_could_not_be_kept_is_again_as_the_bucket_has_it(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small packs become one, which can't be kept."""
    (small,) = write(mirror, PACK)
    large = small.with_name("thumbnails-b.zip")
    mirror.keep_changes(cache)
    with monkeypatch.context() as away:
        away.setattr(objects, "put", fail)
        with pytest.raises(FilesAway), mirror.using(cache, changes=True):
            small.rename(large)

    with mirror.using(cache, reads="", changes=True):
        assert small.exists()
        assert not large.exists()
    assert names_of(objects) == {PACK}


def test_what_a_task_could_not_keep_another_that_runs_keeps(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mirror.using(cache, changes=True), monkeypatch.context() as away:
        away.setattr(objects, "put", fail)
        with pytest.raises(FilesAway), mirror.using(cache, changes=True):
            write(mirror, VECTORS, KEYS)
        away.undo()
    assert names_of(objects) == {VECTORS, KEYS}


def test_what_is_published_meanwhile_stays(
    mirror: Mirror, objects: Objects, cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "staged").write_bytes(b"sealed")
    mirror.send([(tmp_path / "staged", mirror.root / PACK)])
    with mirror.using(cache, changes=True):
        paths = write(mirror, PACK)
    mirror.keep(paths)
    assert paths[0].exists()
    assert names_of(objects) == {PACK}


def test_half_a_shard_of_a_task_that_was_killed_goes(
    mirror: Mirror, objects: Objects, cache: Path
) -> None:
    with mirror.using(cache, changes=True):
        (vectors,) = write(mirror, VECTORS)
    assert not vectors.exists()
    assert names_of(objects) == set()


def test_changes_of_one_person_wait_for_nobody_elses(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(mirror, PACK, PACK.replace("owner", "other"))
    put, waits, may_end = objects.put, Event(), Event()

    def put_slowly(name: str, path: Path) -> None:
        if name == PACK:
            waits.set()
            may_end.wait()
        put(name, path)

    monkeypatch.setattr(objects, "put", put_slowly)
    threads = [
        Thread(target=mirror.keep_changes, args=(mirror.root / name / "cache",), daemon=True)
        for name in ("owner", "other")
    ]
    threads[0].start()
    waits.wait()
    threads[1].start()
    threads[1].join(10)
    is_done = not threads[1].is_alive()
    may_end.set()
    for thread in threads:
        thread.join()
    assert is_done


def test_half_a_shard_that_a_killed_process_left_goes_with_a_start(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(mirror, VECTORS)
    others = {name.replace("/a.", "/b.") for name in (VECTORS, KEYS)} | {PACK, FILE}
    for name in {VECTORS, *others}:
        objects.put(name, b"sealed")
    mirror.open(is_new=False)
    assert names_of(objects) == {VECTORS, *others}  # a node may be about to keep the keys

    later = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: later)
    mirror.open(is_new=False)
    assert names_of(objects) == others
    assert not (mirror.root / VECTORS).exists()


def test_a_shard_whose_move_goes_on_after_hours_is_whole(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(mirror, VECTORS, KEYS)
    objects.put(VECTORS, b"sealed")
    later = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: later)
    mirror.open(is_new=True)
    assert names_of(objects) == {VECTORS, KEYS}


def test_what_a_task_has_deleted_does_not_leave_to_make_room(
    tmp_path: Path, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bucket would keep what was forgotten, or keys without their vectors."""
    mirror = Mirror(tmp_path / "here", objects, 0)
    cache = mirror.root / "owner" / "cache"
    with mirror.using(cache, changes=True):
        write(mirror, VECTORS, KEYS, PACK)
    with mirror.using(cache, changes=True):
        with monkeypatch.context() as away:
            away.setattr(objects, "delete", fail)
            with pytest.raises(FilesAway):
                forget(mirror, cache, VECTORS, KEYS)
        forget(mirror, cache, PACK)
        assert names_of(objects) == set()


def forget(mirror: Mirror, cache: Path, *names: str) -> None:
    """As a task does."""
    with mirror.using(cache, reads="", changes=True):
        for name in names:
            (mirror.root / name).unlink()


def test_what_takes_the_place_of_what_is_read_stays(tmp_path: Path, objects: Objects) -> None:
    mirror = Mirror(tmp_path / "here", objects, 0)
    cache, other = mirror.root / "owner" / "cache", PACK.replace("-a", "-b")
    objects.put(PACK, b"sealed")
    with mirror.using(cache, reads=""):
        objects.delete([PACK])  # another machine
        objects.put(other, b"sealed")
        with mirror.using(cache, reads=""):
            assert not (mirror.root / PACK).exists()
        assert (mirror.root / other).exists()
    assert not (mirror.root / other).exists()


def test_a_task_waits_for_what_is_on_its_way(
    mirror: Mirror, objects: Objects, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is deleted in the bucket, and would come while the task puts shards together."""
    objects.put(PACK, b"sealed")
    get, begun, may_end = objects.get, Event(), Event()
    came_before: list[bool] = []

    def get_slowly(name: str, path: Path) -> int:
        size = get(name, path.with_name("staged.part"))
        begun.set()
        may_end.wait()
        path.with_name("staged.part").replace(path)
        return size

    def read() -> None:
        with mirror.using(cache, reads=""):
            pass

    def rewrite() -> None:
        with mirror.using(cache, reads="", changes=True):
            came_before.append(may_end.is_set())
            found.append((mirror.root / PACK).exists())

    found: list[bool] = []
    monkeypatch.setattr(objects, "get", get_slowly)
    threads = [Thread(target=one, daemon=True) for one in (read, rewrite)]
    threads[0].start()
    begun.wait()
    objects.delete([PACK])  # another machine
    threads[1].start()
    threads[1].join(1)  # it waits, or does not
    may_end.set()
    for thread in threads:
        thread.join()
    assert came_before == [True]
    assert found == [False]
    assert names_of(objects) == set()
