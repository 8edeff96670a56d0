"""`python -m storage`: backups under load, restored elsewhere, and what `check` finds."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import subprocess
import sys
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from core.entities import Dataset
from core.errors import (
    BackupRefused,
    DatabaseBroken,
    KeyMissing,
    KeyWrong,
    LukoshkoError,
    NothingToChange,
    RestoreRefused,
)
from storage import Storage
from storage.backup import back_up, restore
from storage.checking import check
from storage.database import connect
from storage.keyfile import KEY_ID_FILE, KeySettings, find_key
from tests.storage.factories import (
    add,
    examples_of,
    kept_photos,
    make_dataset,
    make_example,
    make_model,
    photos_of,
    put_file,
)

KEY = KeySettings(base64.b64encode(bytes(range(32))).decode())
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A dataset, a sheet, a model; nobody works in the folder."""
    home = tmp_path / "home"
    storage = await Storage.open(home, KEY)
    dataset = await make_dataset(storage)
    await storage.datasets.set_sheet(1, dataset.id, await put_file(storage, b"sheet"))
    await make_model(storage, file=await put_file(storage, b"model"))
    await storage.close()
    return home


def problems(home: Path) -> list[str]:
    return check(home, find_key(home, KEY)).problems


def photos_in(home: Path) -> list[Path]:
    return sorted(home.glob("sealed/*/photos/??/*"))


def flip(path: Path, place: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


# check --------------------------------------------------------------------------------------------


def test_a_whole_folder_has_no_problems(home: Path) -> None:
    checked = check(home, find_key(home, KEY))
    assert checked.problems == []
    assert checked.files == 6  # three photos, a pack of thumbnails, a sheet, a model


@pytest.mark.parametrize("place", [0, 30, -1])
def test_a_flipped_byte_is_found(home: Path, place: int) -> None:
    for path in [path for path in home.glob("sealed/**/*") if path.is_file()]:
        flip(path, place)
        (problem,) = problems(home)
        assert str(path) in problem
        assert "damaged" in problem
        flip(path, place)
    assert problems(home) == []


def test_files_that_were_exchanged_are_found(home: Path) -> None:
    one, other, _ = photos_in(home)
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    assert [problem.split()[-1] for problem in problems(home)] == ["damaged"] * 2


def test_a_missing_file_is_found(home: Path) -> None:
    gone = photos_in(home)[0]
    gone.unlink()
    assert problems(home) == [f"{gone} is missing, and a row names it"]


async def test_an_orphan_is_found_and_gone_after_a_start(home: Path) -> None:
    storage = await Storage.open(home, KEY)
    (await photos_of(storage)).write("ab" * 32, b"nobody's")
    await storage.close()
    folder = home / "sealed" / "nobodys"
    await asyncio.to_thread(folder.mkdir)

    found = await asyncio.to_thread(problems, home)
    assert [problem.split(":")[-1] for problem in found] == [" the next start deletes it"] * 2

    await (await Storage.open(home, KEY)).close()
    assert await asyncio.to_thread(problems, home) == []


@pytest.mark.parametrize("place", [10, 5000, -100])
def test_a_flipped_byte_of_the_database_is_found(home: Path, place: int) -> None:
    flip(home / "lukoshko.db", place)
    with pytest.raises(DatabaseBroken):
        problems(home)


def test_a_row_that_names_no_row_is_found(home: Path) -> None:
    connection = connect(home / "lukoshko.db", find_key(home, KEY).database)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("UPDATE examples SET photo_id = 99 WHERE id = 1")
    connection.close()
    assert any("examples names a row of photos" in problem for problem in problems(home))


# backup and restore --------------------------------------------------------------------------------


async def edit_for_ever(storage: Storage, dataset: Dataset) -> None:
    """Photos come and go, files too."""
    number = 100
    while True:
        number += 10
        await add(storage, 1, dataset.id, [make_example(n) for n in range(number, number + 10)])
        (*_, last) = await examples_of(storage, dataset)
        with suppress(NothingToChange):
            await storage.examples.remove(1, dataset.id, [last.id])
        await storage.files.tidy(0)


async def test_a_backup_under_load_is_whole_and_the_work_goes_on_elsewhere(
    home: Path, tmp_path: Path
) -> None:
    storage = await Storage.open(home, KEY)
    (dataset,) = await storage.datasets.list(1)
    editing = asyncio.create_task(edit_for_ever(storage, dataset))
    master = find_key(home, KEY)
    for number in range(5):
        backup, elsewhere = tmp_path / f"{number}.backup", tmp_path / str(number)
        await asyncio.to_thread(back_up, home, master, backup)
        assert not editing.done()

        checked = await asyncio.to_thread(restore, backup, elsewhere, KEY)

        assert [p for p in checked.problems if "the next start deletes it" not in p] == []
        restored = await Storage.open(elsewhere, KEY)
        (there,) = await restored.datasets.list(1)
        examples = await examples_of(restored, there)
        assert len(examples) == there.images >= 3
        assert {e.photo.sha256 for e in examples} <= await kept_photos(restored)
        (model,) = await restored.models.list(1)
        assert await restored.files.read(1, model.file) == b"model"
        await restored.jobs.interrupt_all()  # an upload that was under way
        await add(restored, 1, there.id, [make_example(7)])
        await restored.close()
        # The edit has made the sheet out of date, where there was one: its file goes at a start.
        await (await Storage.open(elsewhere, KEY)).close()
        assert await asyncio.to_thread(problems, elsewhere) == []
    editing.cancel()
    await asyncio.wait([editing])
    await storage.close()


def test_a_backup_can_be_read_with_its_key_alone(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(home, find_key(home, KEY), backup)

    data = backup.read_bytes()
    assert not any(word.encode() in data for word in ("apple", "груша", "berries", "photo 1"))
    assert KEY.text.encode() not in data
    other = KeySettings(base64.b64encode(bytes(32)).decode())
    with pytest.raises(KeyWrong):
        restore(backup, tmp_path / "elsewhere", other)
    with pytest.raises(KeyMissing):
        restore(backup, tmp_path / "elsewhere", KeySettings(file=str(tmp_path / "none")))
    restore(backup, tmp_path / "elsewhere", KEY)


def test_a_backup_overwrites_nothing(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    backup.write_bytes(b"last week's")
    with pytest.raises(BackupRefused, match="there already"):
        back_up(home, find_key(home, KEY), backup)
    with pytest.raises(BackupRefused, match="No such file"):
        back_up(home, find_key(home, KEY), tmp_path / "nowhere" / "backup")
    assert backup.read_bytes() == b"last week's"


def test_nothing_is_restored_over_data(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(home, find_key(home, KEY), backup)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with pytest.raises(RestoreRefused, match="not empty"):
        restore(backup, home, KEY)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_backup_that_was_cut_off_is_refused(home: Path, tmp_path: Path, share: float) -> None:
    backup = tmp_path / "backup"
    back_up(home, find_key(home, KEY), backup)
    os.truncate(backup, int(backup.stat().st_size * share))
    elsewhere = tmp_path / "elsewhere"
    with pytest.raises(LukoshkoError):
        restore(backup, elsewhere, KEY)
    assert all(path.name.startswith("claim.db") for path in elsewhere.iterdir())


def test_a_restore_that_was_cut_short_begins_anew(home: Path, tmp_path: Path) -> None:
    backup, elsewhere = tmp_path / "backup", tmp_path / "elsewhere"
    back_up(home, find_key(home, KEY), backup)
    (elsewhere / "restoring" / "sealed").mkdir(parents=True)
    shutil.copy(home / "lukoshko.db", elsewhere / "restoring" / "lukoshko.db")
    shutil.copytree(home / "sealed", elsewhere / "sealed")
    assert restore(backup, elsewhere, KEY).problems == []
    assert problems(elsewhere) == []


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "sealed/../../outside", "other"])
def test_a_backup_writes_nowhere_else(tmp_path: Path, name: str) -> None:
    backup, elsewhere = tmp_path / "backup", tmp_path / "elsewhere"
    (tmp_path / "content").write_bytes(b"x")
    with tarfile.open(backup, "w") as archive:
        archive.add(tmp_path / "content", name)
        archive.getmembers()[0].name = name
    with pytest.raises(RestoreRefused, match="no backup"):
        restore(backup, elsewhere, KEY)
    assert not (tmp_path / "outside").exists()


def run(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DATA_DIR": str(home), "LUKOSHKO_KEY": KEY.text} | settings
    return subprocess.run(
        [sys.executable, "-m", "storage", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_say_what_they_did(home: Path, tmp_path: Path) -> None:
    backup, elsewhere = tmp_path / "backup", tmp_path / "elsewhere"
    checked = run(home, "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "6 files, nothing wrong" in checked.stdout
    made = run(home, "backup", str(backup))
    assert made.returncode == 0
    assert "The key is not in it" in made.stdout
    restored = run(elsewhere, "restore", str(backup))
    assert (restored.returncode, restored.stderr) == (0, "")
    photos_in(elsewhere)[0].unlink()
    found = run(elsewhere, "check")
    assert found.returncode == 1
    assert "is missing" in found.stdout
    (elsewhere / KEY_ID_FILE).unlink()
    for command in (["check"], ["backup", str(tmp_path / "x")]):
        failed = run(elsewhere, *command)
        assert failed.returncode == 1
        assert len(failed.stderr.splitlines()) == 1, failed.stderr
