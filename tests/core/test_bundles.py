"""Files on their way to a node and back: sealed, whole, and never outside of the task's folders."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from core import sealed
from core.entities import Explanation, FittedModel, Lesson, LiveFit, NoMap, Reading
from core.errors import ResultUnreadable
from core.jobs import tasks
from core.jobs.bundles import files_below, moved, pack, unpack
from core.jobs.carrying import Carried
from core.jobs.parcels import packed_call, unpacked_call
from core.jobs.places import with_paths
from core.jobs.tasks import TaskByName
from core.models.baseline import FILE
from core.ports import DatasetFiles
from core.sealed import Stored, new_key
from tests.cards import make_card

KEY = new_key()


def make_folders(folder: Path) -> dict[str, Path]:
    return {"scratch": folder / "scratch", "staging": folder / "data" / "staging"}


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_come_out_as_they_went_in_and_nobody_reads_them(tmp_path: Path) -> None:
    here, there = make_folders(tmp_path / "here"), make_folders(tmp_path / "there")
    files = {
        write(here["scratch"] / "a" / "photo", b"a pear" * 50_000): b"a pear" * 50_000,
        write(here["staging"] / "a" / "reading" / "груша", b""): b"",
    }

    pack(here, files, KEY, tmp_path / "bundle")
    unpack(tmp_path / "bundle", KEY, there)

    for path, content in files.items():
        assert moved(path, here, there).read_bytes() == content
    bundle = (tmp_path / "bundle").read_bytes()
    assert bundle.startswith(sealed.MAGIC)
    assert b"pear" not in bundle
    assert b"scratch" not in bundle


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    folders = make_folders(tmp_path)
    pack(folders, [write(folders["scratch"] / "photo", b"pear")], KEY, tmp_path / "bundle")
    with pytest.raises(ResultUnreadable):
        unpack(tmp_path / "bundle", new_key(), make_folders(tmp_path / "there"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("scratch/../../stolen", tarfile.REGTYPE),
        ("/etc/stolen", tarfile.REGTYPE),
        ("sealed/stolen", tarfile.REGTYPE),
        ("scratch/link", tarfile.SYMTYPE),
        ("scratch/pipe", tarfile.FIFOTYPE),
    ],
)
def test_what_leads_out_of_the_folders_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    sealed.write(tmp_path / "bundle", content.getvalue(), KEY)
    with pytest.raises(ResultUnreadable):
        unpack(tmp_path / "bundle", KEY, make_folders(tmp_path / "there"))
    assert not (tmp_path / "stolen").exists()


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_links_that_a_worker_made_are_not_followed(tmp_path: Path) -> None:
    folders = make_folders(tmp_path)
    photo = write(folders["scratch"] / "photo", b"pear")
    secret = write(tmp_path / "secret", b"secret")
    (folders["scratch"] / "link").symlink_to(secret)
    (folders["scratch"] / "folder").symlink_to(tmp_path)

    assert list(files_below(folders["scratch"])) == [photo]
    with pytest.raises(OSError, match="links"):
        pack(folders, [folders["scratch"] / "link"], KEY, tmp_path / "bundle")


def test_a_call_names_the_same_places_in_a_nodes_folders(tmp_path: Path) -> None:
    here = {**make_folders(tmp_path / "here"), "sealed": tmp_path / "here" / "sealed"}
    there = {**make_folders(tmp_path / "there"), "sealed": tmp_path / "elsewhere"}
    files = DatasetFiles(
        *(str(here["scratch"] / "listing"), str(here["sealed"] / "x" / "photos")),
        *(str(here["sealed"] / "x" / "cache"), ("a",), KEY),
    )
    model, image = Stored(here["sealed"] / "x" / "files" / "m", KEY), here["scratch"] / "photo"
    call = Carried(TaskByName("predict"), (files, model, (image,), Stored(FILE)), "bundles", KEY)

    read = unpacked_call(packed_call(call, here), there)

    assert (read.task, read.bundles, read.key) == (tasks.predict, "bundles", KEY)
    assert read.arguments == (
        DatasetFiles(
            *(str(there["scratch"] / "listing"), str(there["sealed"] / "x" / "photos")),
            *(str(there["sealed"] / "x" / "cache"), ("a",), KEY),
        ),
        Stored(there["sealed"] / "x" / "files" / "m", KEY),
        (there["scratch"] / "photo",),
        Stored(FILE),
    )


def test_the_paths_of_every_kind_of_answer_are_changed() -> None:
    def change(path: Path) -> Path:
        return Path("/bot") / path.relative_to("/node")

    reading = Reading(
        *("/node/examples", "/node/photos", "/node/cache", "/node/regrouped"), {}, 0, (), (), 1.0
    )
    changed = with_paths(reading, change)
    assert changed.examples == "/bot/examples"
    assert (changed.photos, changed.cache) == ("/bot/photos", "/bot/cache")
    assert changed.regrouped == "/bot/regrouped"
    fitted = FittedModel("/node/model", make_card())
    assert with_paths(fitted, change).path == "/bot/model"
    assert with_paths(LiveFit(fitted, None), change).fitted.path == "/bot/model"
    lesson = Lesson("apple", (), 0, reading)
    assert with_paths(lesson, change).reading == changed
    explained = Explanation("a", "b", NoMap.MODEL, True, Path("/node/nearest.png"))
    assert with_paths(explained, change).pictures == (Path("/bot/nearest.png"),)
    assert with_paths(((Path("/node/a"), {"1": "груша"}),), change) == (
        (Path("/bot/a"), {"1": "груша"}),
    )
    assert with_paths(None, change) is None
