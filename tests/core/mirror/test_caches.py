"""What can be computed again, kept and deleted in a bucket while tasks change it and other machines do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from threading import RLock

import pytest

import core.mirror
from core.errors import FilesAway
from core.mirror import Mirror
from core.objects import Objects
from tests.core.mirror.steps import FILE, KEYS, PACK, VECTORS, after_get, fail, names_of, write


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


def test_a_shard_that_is_being_deleted_is_not_kept_under_that_name(
    mirror: Mirror, objects: Objects, cache: Path
) -> None:
    """Another machine would complete the deletion, of its vectors alone where the keys are there still."""
    write(mirror, VECTORS, "owner/cache/features/a.doomed")
    mirror.keep_changes(cache)
    assert names_of(objects) == set()


def test_halves_of_shards_are_not_kept(mirror: Mirror, objects: Objects, cache: Path) -> None:
    """Another task writes the vectors, and then the keys: no machine is to find one without the other."""
    for name, kept in ((VECTORS, set()), (KEYS, {VECTORS, KEYS})):
        write(mirror, name)
        mirror.keep_changes(cache)
        assert names_of(objects) == kept
    write(mirror, "owner/cache/features/b.keys.npy")
    mirror.keep_changes(cache)
    assert names_of(objects) == {VECTORS, KEYS}


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
