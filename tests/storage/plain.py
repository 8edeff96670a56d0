"""Data folders as versions up to 0.3.0 left them: nothing in them is encrypted.

`python -m tests.storage.plain` serves processes that open a folder, as the first start of a new version does, and say
"opened" if they live so long.
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing
from pathlib import Path
from random import Random

from core import sealed
from core.objects import SEALED
from storage import Storage
from storage.database import connect
from storage.folders import OwnerFolder
from storage.home import DATABASE
from storage.inventory import take_inventory
from storage.keyfile import KEY_ID_FILE, KeySettings, find_key
from storage.migrations import scripts
from storage.tree import LocalTree
from tests.storage.forks import ForkServer, say, serve


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


class Openers(ForkServer):
    """Makes processes that open a folder, one after the other, and kills them."""

    def __init__(self) -> None:
        super().__init__("tests.storage.plain")

    def kill_one(self, home: Path, random: Random, longest_s: float) -> bool:
        """Kills one that opens the folder, at a random moment; False if it had opened it before."""
        process = self.begin(str(home))
        return self.kill(process, random.random() * longest_s) == []


def work(home: str) -> None:
    asyncio.run(open_and_wait(Path(home)))


async def open_and_wait(home: Path) -> None:
    await Storage.open(home)
    say("opened")
    await asyncio.Event().wait()


if __name__ == "__main__":
    serve(work)
