"""The storage: a database and files in one folder."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, closing
from pathlib import Path

from core import ports
from core.errors import DatabaseBroken, DatabaseLost
from core.mirror import Mirror
from core.objects import SEALED, Objects
from storage.accounts import Accounts
from storage.answers import Answers
from storage.bucket import check_place, mirror_of, move_in
from storage.chats import Chats
from storage.confirmations import Confirmations
from storage.database import Database
from storage.datasets import Datasets
from storage.examples import Examples
from storage.files import Files, default_scratch
from storage.folders import PhotoFolders
from storage.groups import Groups
from storage.home import DATABASE, claim, errors_of_folder
from storage.jobs import Jobs
from storage.keyfile import KEY_ID_FILE, KeySettings, find_or_make_key
from storage.keys import MasterKey, OwnerKeys
from storage.legacy import take_photos_out
from storage.links import Links
from storage.models import Models
from storage.quizzes import Quizzes
from storage.sealing import encrypt, is_plain, seal_folder
from storage.searches import Searches
from storage.suggestions import Suggestions
from storage.tidying import IDENTITY_FILE, Tidying, has_files
from storage.tree import LocalTree
from storage.updates import Steps, Updates
from storage.users import Users


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
        self.searches: ports.Searches = Searches(database, datasets)
        self.suggestions: ports.Suggestions = Suggestions(database, folders, datasets)
        self.models: ports.Models = Models(database)
        self.links: ports.Links = Links(database)
        self.chats: ports.Chats = Chats(database)
        self.groups: ports.Groups = Groups(database)
        self.answers: ports.Answers = Answers(database)
        self.quizzes: ports.Quizzes = Quizzes(database)
        self.jobs: ports.Jobs = Jobs(database)
        self.updates: ports.Updates = Updates(database)
        self.steps: ports.Steps = Steps(database)
        self.accounts: ports.Accounts = Accounts(database, folders)
        self.files: ports.Files = files
        self.work_folders = files.work_folders
        self.mirror = folders.tree if isinstance(folders.tree, Mirror) else None
        self._resources = resources

    @classmethod
    async def open(
        cls,
        home: Path,
        key: KeySettings | None = None,
        scratch: Path | None = None,
        objects: Objects | None = None,
        cache_bytes: int = 0,
    ) -> Storage:
        """Makes the folder, or brings it and the schema up to date, and empties the folders for work.

        key : where the master key is, None for a file in the user's configuration folder. scratch : the folder for
        work that is not sealed, None for one among the system's temporary files. objects : where sealed files are
        kept, None for the folder. cache_bytes : so many bytes of what is among the objects are in the folder too.

        Waits up to CLAIM_WAIT_S for a process that is stopping. Raises StorageInUse, FolderNotUsable,
        DatabaseTooNew, DatabaseBroken, DatabaseLost, DatabaseForeign, KeyMissing, KeyWrong, KeyInvalid, KeyNotWritten,
        FilesRefused, FilesForeign, FilesElsewhere, FilesAway; nothing that was there is overwritten then.
        """
        with errors_of_folder(home):
            async with AsyncExitStack() as resources:
                resources.enter_context(closing(await asyncio.to_thread(claim, home)))
                check_place(home, objects.url if objects else "")
                master = await asyncio.to_thread(_prepare, home, key or KeySettings())
                database = await Database.open(home / DATABASE, master.database)
                resources.push_async_callback(database.close)
                keys = OwnerKeys(database, master)
                tree: Mirror | LocalTree = LocalTree(home / SEALED)
                # Whose the bucket is, is not known yet: nothing is changed there.
                here = PhotoFolders(tree, master, keys)
                if objects:
                    tree = mirror_of(home / SEALED, objects, cache_bytes)
                folders = PhotoFolders(tree, master, keys)
                tidying = Tidying(home, database, folders)
                await tidying.adopt()
                await take_photos_out(home, database, here)
                await seal_folder(home, database, here)
                if objects and isinstance(tree, Mirror):
                    identity = (home / IDENTITY_FILE).read_text()
                    await asyncio.to_thread(move_in, home, objects, identity, tree)
                await tidying.clear_up()
                files = Files(home, scratch or default_scratch(home), database, folders, tidying)
                await files.clear_up()
                opened = resources.pop_all()
        return cls(database, files, folders, opened)

    async def close(self) -> None:
        """Closes the database, after the transaction that runs."""
        await self._resources.aclose()


def _prepare(home: Path, settings: KeySettings) -> MasterKey:
    """The folder's key; the database is encrypted with it afterwards, or not there yet."""
    database = home / DATABASE
    is_there = database.exists() and database.stat().st_size > 0
    if not is_there and ((home / IDENTITY_FILE).exists() or has_files(home)):
        raise DatabaseLost(folder=str(home))
    plain = is_plain(database)
    if is_there and not plain and not (home / KEY_ID_FILE).exists():
        raise DatabaseBroken(database=str(database), detail=f"there is no {KEY_ID_FILE} beside it")
    key = find_or_make_key(home, settings)
    if plain:
        encrypt(database, key.database)
    return key
