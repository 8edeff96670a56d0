"""The storage: a database and files in one folder."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

from core import ports
from core.errors import StorageInUse
from storage.chats import Chats
from storage.confirmations import Confirmations
from storage.database import Database
from storage.datasets import Datasets
from storage.examples import Examples
from storage.files import Files
from storage.jobs import Jobs
from storage.legacy import take_photos_out
from storage.models import Models
from storage.photos import PhotoFolders
from storage.tidying import Tidying
from storage.updates import Steps, Updates
from storage.users import Users

# A process that was told to stop may take 2.5 s (measured); a restart waits for it.
CLAIM_WAIT_S = 5.0


class Storage:
    """Implements the storage ports of `core.ports` in one folder, for one process at a time."""

    def __init__(
        self, database: Database, files: Files, folders: PhotoFolders, resources: AsyncExitStack
    ) -> None:
        self.users: ports.Users = Users(database)
        datasets = Datasets(database, folders)
        self.datasets: ports.Datasets = datasets
        self.examples: ports.Examples = Examples(database, datasets)
        self.confirmations: ports.Confirmations = Confirmations(database, datasets)
        self.models: ports.Models = Models(database)
        self.chats: ports.Chats = Chats(database)
        self.jobs: ports.Jobs = Jobs(database)
        self.updates: ports.Updates = Updates(database)
        self.steps: ports.Steps = Steps(database)
        self.files: ports.Files = files
        self._resources = resources

    @classmethod
    async def open(cls, home: Path) -> Storage:
        """Makes the folder, brings it and the schema up to date, empties the scratch.

        Waits up to CLAIM_WAIT_S for a process that is stopping. Raises StorageInUse, DatabaseTooNew.
        """
        async with AsyncExitStack() as resources:
            resources.enter_context(closing(await asyncio.to_thread(_claim, home)))
            database = await Database.open(home / "lukoshko.db")
            resources.push_async_callback(database.close)
            folders = PhotoFolders(home)
            tidying = Tidying(home, database, folders)
            await tidying.adopt()
            if await tidying.may_delete():
                await take_photos_out(home, database, folders)
                await tidying.clear_up()
            files = Files(home, database, folders, tidying)
            opened = resources.pop_all()
        return cls(database, files, folders, opened)

    async def close(self) -> None:
        """Closes the database, after the transaction that runs."""
        await self._resources.aclose()


def _claim(home: Path) -> sqlite3.Connection:
    """Creates the folder and locks it until the connection is closed or the process ends, on every
    system.

    A second process would empty the scratch folder and interrupt the jobs of the first.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    claim = sqlite3.connect(
        home / "claim.db", timeout=CLAIM_WAIT_S, isolation_level=None, check_same_thread=False
    )
    try:
        claim.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        claim.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise StorageInUse(folder=str(home)) from error
        raise
    return claim
