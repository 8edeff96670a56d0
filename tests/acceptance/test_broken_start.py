"""A start that fails says in one line what is wrong and how to mend it, and overwrites nothing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import Storage
from storage.home import DATABASE
from storage.keyfile import KEY_ID_FILE, KeySettings
from tests.acceptance.process import ROOT, BotProcess
from tests.faults.full_disk import CannotMount, remount, small_disk
from tests.storage.factories import make_dataset

NOBODY = 65534
AS_NOBODY = """
import asyncio, os, sys
from pathlib import Path
import storage.storage
os.setgid(65534)
os.setuid(65534)
try:
    asyncio.run(storage.storage.Storage.open(Path(sys.argv[1])))
except Exception as error:
    print(type(error).__name__, error)
"""


async def make(data: Path) -> None:
    storage = await Storage.open(data)
    await make_dataset(storage)
    await storage.close()


def flip(data: Path) -> None:
    database = bytearray((data / DATABASE).read_bytes())
    database[-2000] ^= 1
    (data / DATABASE).write_bytes(database)


def truncate(data: Path) -> None:
    os.truncate(data / DATABASE, 30_000)


def empty(data: Path) -> None:
    os.truncate(data / DATABASE, 0)


def remove(data: Path) -> None:
    (data / DATABASE).unlink()


def replace(data: Path) -> None:
    (data / DATABASE).write_bytes(b"somebody's shopping list\n" * 1000)


def lose_key(data: Path) -> None:
    KeySettings().path((data / KEY_ID_FILE).read_text().split()[0]).unlink()


def contents(data: Path) -> dict[str, bytes]:
    files = [path for path in data.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flip, "is damaged (HMAC verification failed"),
        (truncate, "is damaged"),
        (empty, "their database is not there or empty"),
        (remove, "their database is not there or empty"),
        (replace, "is damaged (file is not a database)"),
        (lose_key, "put the key file back there"),
    ],
)
def test_what_is_broken_is_told_and_left(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    bot, data = BotProcess(tmp_path), tmp_path / "data"
    asyncio.run(make(data))
    harm(data)
    before = contents(data)

    tried = bot.try_to_start()

    assert tried.returncode == 1
    (line,) = tried.stderr.splitlines()
    assert line.startswith("The start failed: ")
    assert said in line
    assert contents(data) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize("mode", [0o700, 0o555])
def test_a_folder_of_another_user_is_told(mode: int) -> None:
    data = Path("/tmp") / f"lukoshko-of-root-{os.getpid()}-{mode}"
    data.mkdir(mode=mode)
    try:
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(data)],
            cwd=ROOT,
            env=os.environ | {"HOME": "/nonexistent", "USER": "nobody", "LOGNAME": "nobody"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith(f"FolderNotUsable {data} can't be written by the user nobody")
        assert f"{data} is for the user root alone" in done.stdout
        assert list(data.iterdir()) == []
    finally:
        data.rmdir()


def test_a_read_only_disk_is_told_and_after_it_the_bot_starts(tmp_path: Path) -> None:
    bot = BotProcess(tmp_path, DATA_DIR=str(tmp_path / "disk" / "data"))
    try:
        with small_disk(tmp_path / "disk") as disk:
            asyncio.run(make(disk / "data"))
            remount(disk, "ro")
            tried = bot.try_to_start()
            assert tried.returncode == 1
            (line,) = tried.stderr.splitlines()
            assert line.startswith(f"The start failed: {disk}/data can't be written by the user")
            remount(disk, "rw")
            bot.start()
            assert bot.stop() == 0
    except CannotMount as error:
        pytest.skip(f"no tmpfs can be mounted here: {error}")
