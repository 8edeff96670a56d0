"""Files in a folder that mirrors a bucket, at the moments when something else happens in between."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import FilesAway
from core.mirror import Mirror
from core.objects import Objects
from tests.core.mirror.steps import (
    FILE,
    KEYS,
    PACK,
    PHOTO,
    VECTORS,
    Gate,
    after_get,
    fail,
    names_of,
    write,
)


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


def test_what_is_sent_and_deleted_with_its_folder_is_sent_again(
    mirror: Mirror, objects: Objects, tmp_path: Path
) -> None:
    (tmp_path / "staged").write_bytes(b"sealed")
    mirror.send([(tmp_path / "staged", mirror.root / FILE)])
    mirror.delete_folder(mirror.root / "owner")

    mirror.keep(write(mirror, FILE))

    assert names_of(objects) == {FILE}


def test_nothing_computed_is_there_without_the_photos(
    mirror: Mirror, objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start looks at the photos that no row names: thumbnails alone would stay for ever."""
    (tmp_path / "staged").write_bytes(b"sealed")
    put = objects.put
    monkeypatch.setattr(objects, "put", lambda *file: fail() if file[0] == PHOTO else put(*file))
    with pytest.raises(FilesAway):
        mirror.send(
            (tmp_path / "staged", mirror.root / name) for name in (PACK, VECTORS, KEYS, PHOTO)
        )
    assert names_of(objects) == set()


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


def delete_any(mirror: Mirror, name: str) -> None:
    """Deletes a file, or the folder of an owner."""
    path = mirror.root / name
    mirror.delete([path]) if name == FILE else mirror.delete_folder(path)


def test_what_is_on_its_way_is_fetched_once(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower of two copies would come once a task has deleted the other."""
    objects.put(FILE, b"sealed")
    get, gate = objects.get, Gate()
    fetched: list[str] = []

    def get_slowly(name: str, path: Path) -> int:
        fetched.append(name)
        gate.pass_through()
        return get(name, path)

    def use() -> None:
        with mirror.holding([mirror.root / FILE]):
            found.append((mirror.root / FILE).exists())

    found: list[bool] = []
    monkeypatch.setattr(objects, "get", get_slowly)
    assert not gate.ends_while_closed(use, use, limit_s=1)
    assert fetched == [FILE]
    assert found == [True, True]


def test_what_is_on_its_way_fails_for_all_who_wait_for_it(
    mirror: Mirror, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, path = Gate(), mirror.root / FILE
    tries: list[str] = []
    failed: list[bool] = []

    def get_and_fail(name: str, _: Path) -> None:
        tries.append(name)
        gate.pass_through()
        fail()

    def use() -> None:
        with pytest.raises(FilesAway), mirror.holding([path]):
            pass
        failed.append(True)

    with monkeypatch.context() as away:
        away.setattr(objects, "get", get_and_fail)
        assert not gate.ends_while_closed(use, use, limit_s=1)
    assert tries == [FILE]
    assert failed == [True, True]

    objects.put(FILE, b"sealed")
    with mirror.holding([path]):
        assert path.exists()


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
