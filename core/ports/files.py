"""The port of files: what is kept beside the rows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.ports.jobs import Asked
from core.sealed import Key, Stored


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was deleted: `files` by content, and the digests of each owner's photos."""

    files: int
    photos: Mapping[int, tuple[str, ...]]


class Files(Protocol):
    """Each owner's files by the SHA-256 of their content, and photos; and folders for work.

    What is kept is sealed with the owner's key (`core.sealed`). Blocking work happens in threads.
    """

    async def put(self, owner_id: int, path: Path) -> str:
        """Takes the file over (it is moved, or dropped where its content is there already) and
        returns its digest."""

    async def read(self, owner_id: int, digest: str) -> bytes:
        """The content of the owner's file with this digest. Raises SealBroken, OSError."""

    async def stored(self, owner_id: int, digest: str) -> Stored:
        """Where the owner's file with this digest is."""

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A folder for work, deleted after the block; the folders of a dead process are deleted at the
        next start. Files in it are not sealed, and it is not in the folder of what is kept."""

    def staging(self, scratch: Path) -> Path:
        """A folder for what is sealed, on the file system of what is kept; deleted with the scratch."""

    async def key(self, owner_id: int) -> Key | None:
        """The owner's key; None where nothing is sealed."""

    def fetched(self, asked: Asked) -> Path:
        """Where the bytes lie that were fetched for a job, until the update that asked for it is handled; not
        sealed, and not in the folder of what is kept."""

    async def photos(self, owner_id: int) -> Stored:
        """The folder of the owner's photos (`core.photos.store`)."""

    async def cache(self, owner_id: int) -> Stored:
        """The folder for what is computed from the owner's photos and can be computed again."""

    async def free_megabytes(self) -> int:
        """How much more the disk holds, in millions of bytes."""

    async def free_scratch_megabytes(self) -> int:
        """How much more the disk with the folders for work holds, in millions of bytes."""

    async def erase_owner(self, owner_id: int) -> None:
        """Deletes the owner's key and all files of the owner's, photos and cache too; nobody can read a copy
        of them afterwards, unless there is one of the database as well. Rows stay."""

    async def forgotten(self, owner_id: int, digests: tuple[str, ...]) -> None:
        """What was computed from these photos, which `tidy` named, is deleted too."""

    async def tidy(self, keep_s: float) -> Tidied:
        """Deletes what no row names any more: files, and photos that have been without an example
        for `keep_s` seconds, as only an undo could want them. Edits that would need them can't be
        undone from then on.
        """
