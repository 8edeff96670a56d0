"""Where sealed files are: a folder, or a bucket of one of several kinds."""

from __future__ import annotations

import dataclasses
import shutil
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest

from core import sealed
from core.entities import Dataset, NewPhoto, Person, Suggestion, SuggestionLimits
from core.objects import Objects
from storage import Storage
from tests.s3_server import S3Server
from tests.storage.factories import digest_of, make_bytes

OWNER = 1
CACHE_BYTES = 1_000_000
KINDS = ("folder", "memory", "local", "server")
_prefixes = count()


def objects_of(kind: str, folder: Path, request: pytest.FixtureRequest) -> Objects | None:
    if kind == "folder":
        return None
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    if kind == "memory":
        return Objects(stores.MemoryStore(), "memory")
    if kind == "local":
        return Objects(stores.LocalStore(folder, mkdir=True), "local")
    server: S3Server = request.getfixturevalue("server")
    return server.objects(f"prefix/{next(_prefixes)}")


@dataclasses.dataclass
class Place:
    """A data folder, and the bucket where its files are."""

    home: Path
    objects: Objects | None
    opened: list[Storage] = dataclasses.field(default_factory=list)

    async def open(self, cache_bytes: int = CACHE_BYTES) -> Storage:
        storage = await Storage.open(self.home, objects=self.objects, cache_bytes=cache_bytes)
        self.opened.append(storage)
        return storage

    async def close(self) -> None:
        """Closes what was opened, twice too."""
        for storage in self.opened:
            await storage.close()

    def names(self) -> set[str]:
        """All that is kept, photos and files and what was computed, by name."""
        if self.objects:
            return {found.name for found in self.objects.found("sealed")}
        paths = (self.home / "sealed").rglob("*")
        return {path.relative_to(self.home).as_posix() for path in paths if path.is_file()}

    def contents(self) -> list[bytes]:
        if self.objects:
            return [self.objects.read(name) for name in self.names()]
        return [(self.home / name).read_bytes() for name in self.names()]

    def here(self) -> list[Path]:
        """What is on this machine."""
        return [path for path in (self.home / "sealed").rglob("*") if path.is_file()]

    def lose_cache(self) -> None:
        """As a machine that was never here, where files are in a bucket."""
        if self.objects:
            shutil.rmtree(self.home / "sealed")


async def photos_of(storage: Storage) -> set[bytes]:
    """What the owner's photos hold, fetched where that is needed."""
    photos, tree = await storage.files.photos(OWNER), storage.mirror
    paths = list(tree.written(photos.path) if tree else photos.path.glob("*/*"))
    with tree.holding(paths) if tree else nullcontext():
        return {sealed.read(path, photos.key) for path in paths}


async def suggest(storage: Storage, dataset: Dataset, folder: Path) -> Suggestion:
    """A photo for the owner of the dataset."""
    path = folder / digest_of(7)
    path.write_bytes(make_bytes(7))
    photo = NewPhoto(path, "photo.jpg", path.stat().st_size, message_id=1)
    return await storage.suggestions.add(
        OWNER, dataset.id, Person(2, "Anna"), "plum", [photo], None, SuggestionLimits(9, 9)
    )


def refuse(*_: object) -> None:
    from obstore.exceptions import PermissionDeniedError

    raise PermissionDeniedError("AccessDenied")
