"""Data folders as versions up to 0.3.0 left them: nothing in them is encrypted.

`python -m tests.storage.plain`: for each folder on its standard input it forks a process that opens the folder, as
the first start of a new version does, prints the process's number, "opened" if it lived so long, and "end".
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Self

from core import sealed
from storage import Storage
from storage.bucket import SEALED
from storage.database import connect
from storage.folders import OwnerFolder
from storage.home import DATABASE
from storage.inventory import take_inventory
from storage.keyfile import KEY_ID_FILE, KeySettings, find_key
from storage.migrations import scripts
from storage.tree import LocalTree


def make_plain(home: Path) -> None:
    """Undoes the encryption of a data folder that nobody works in."""
    master = find_key(home, KeySettings())
    with closing(connect(home / DATABASE, master.database)) as connection:
        rows = connection.execute("SELECT owner_id, wrapped FROM owner_keys").fetchall()
        folders = {
            owner: OwnerFolder(
                home / "sealed" / master.folder_of(owner), master.unwrap(owner, wrapped)
            )
            for owner, wrapped in rows
        }
        owner_of = {folder.path: owner for owner, folder in folders.items()}
        inventory = take_inventory(home / DATABASE, home / SEALED, master)
        for path, named in inventory.files.items():
            plain = home / "files" / named.digest
            if path.parts[-2] != "files":
                photos = home / "owners" / str(owner_of[named.folder.path]) / "photos"
                plain = photos / named.digest[:2] / named.digest
            copy(path, plain, named.folder.key)
        for owner, folder in folders.items():
            for path in folder.kept_cache(LocalTree(home / SEALED)):
                cache = home / "owners" / str(owner) / "cache"
                copy(path, cache / path.relative_to(folder.cache.path), folder.key)
        connection.execute("DELETE FROM owner_keys")
        connection.execute("ATTACH ? AS plain KEY ''", (str(home / "plain.db"),))
        connection.execute("SELECT sqlcipher_export('plain')").fetchall()
        connection.execute(f"PRAGMA plain.user_version = {len(scripts())}")
    (home / "plain.db").replace(home / DATABASE)
    (home / KEY_ID_FILE).unlink()
    shutil.rmtree(home / "sealed")


def copy(path: Path, plain: Path, key: sealed.Key) -> None:
    plain.parent.mkdir(parents=True, exist_ok=True)
    plain.write_bytes(sealed.read(path, key))


class Openers:
    """Makes processes that open a folder, one after the other, and kills them; a context manager."""

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.plain"],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def kill_one(self, home: Path, random: Random, longest_s: float) -> bool:
        """Kills one that opens the folder, at a random moment; False if it had opened it before."""
        assert self._server.stdin
        self._server.stdin.write(f"{json.dumps(str(home))}\n".encode())
        self._server.stdin.flush()
        process = self._read()
        select.select([self._server.stdout], [], [], random.random() * longest_s)
        os.kill(process, signal.SIGKILL)
        heard = []
        while (message := self._read()) != "end":
            heard.append(message)
        return heard == []

    def _read(self) -> Any:
        assert self._server.stdout
        return json.loads(self._server.stdout.readline())


def say(what: object) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())


def serve() -> None:
    """Forks before any thread is there."""
    for line in sys.stdin:
        process = os.fork()
        if not process:
            say(os.getpid())
            asyncio.run(open_and_wait(Path(json.loads(line))))
        os.waitpid(process, 0)
        say("end")


async def open_and_wait(home: Path) -> None:
    await Storage.open(home)
    say("opened")
    await asyncio.Event().wait()


if __name__ == "__main__":
    serve()
