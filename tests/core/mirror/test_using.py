"""Tasks that work in one cache at once, here and on other machines."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import pytest

from core.errors import FilesAway
from core.mirror import Mirror
from core.objects import Objects
from tests.core.mirror.steps import KEYS, PACK, VECTORS, Gate, after_get, fail, names_of, write


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


def test_what_is_published_while_a_task_puts_it_together_with_others_goes(
    mirror: Mirror, objects: Objects, cache: Path, tmp_path: Path
) -> None:
    together = PACK.replace("-a", "-b")
    (tmp_path / "staged").write_bytes(b"sealed")
    mirror.send([(tmp_path / "staged", mirror.root / PACK)])
    with mirror.using(cache, reads="", changes=True):
        (path,) = write(mirror, PACK)
        path.rename(mirror.root / together)
        mirror.keep([path])
    assert names_of(objects) == {together}


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
    put, gate = objects.put, Gate()

    def put_slowly(name: str, path: Path) -> None:
        if name == PACK:
            gate.pass_through()
        put(name, path)

    monkeypatch.setattr(objects, "put", put_slowly)
    first, second = (
        partial(mirror.keep_changes, mirror.root / name / "cache") for name in ("owner", "other")
    )
    assert gate.ends_while_closed(first, second, limit_s=10)


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
    get, gate = objects.get, Gate()

    def get_slowly(name: str, path: Path) -> int:
        size = get(name, path.with_name("staged.part"))
        gate.pass_through()
        path.with_name("staged.part").replace(path)
        return size

    def read() -> None:
        with mirror.using(cache, reads=""):
            pass

    def rewrite() -> None:
        objects.delete([PACK])  # another machine
        with mirror.using(cache, reads="", changes=True):
            found.append((mirror.root / PACK).exists())

    found: list[bool] = []
    monkeypatch.setattr(objects, "get", get_slowly)
    assert not gate.ends_while_closed(read, rewrite, limit_s=1)
    assert found == [False]
    assert names_of(objects) == set()
