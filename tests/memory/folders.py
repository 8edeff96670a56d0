"""The owners' folders: real files below a temporary folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from shutil import rmtree

from core.entities import Reading, photo_path


class OwnerFolders:
    def __init__(self, home: Path) -> None:
        self._owners = home / "owners"

    def photos(self, owner_id: int) -> Path:
        return self._folder(owner_id, "photos")

    def cache(self, owner_id: int) -> Path:
        return self._folder(owner_id, "cache")

    def publish(self, owner_id: int, reading: Reading) -> None:
        """Moves the photos of a reading, and what was computed from them, to the owner's folders."""
        _move_tree(Path(reading.photos), self.photos(owner_id))
        _move_tree(Path(reading.cache), self.cache(owner_id))

    def erase(self, owner_id: int, digests: Iterable[str]) -> None:
        """Deletes the bytes of photos."""
        for digest in digests:
            (self.photos(owner_id) / photo_path(digest)).unlink(missing_ok=True)

    def remove(self, owner_id: int) -> None:
        """Deletes all that is kept for an owner."""
        rmtree(self._owners / str(owner_id), ignore_errors=True)

    def _folder(self, owner_id: int, name: str) -> Path:
        folder = self._owners / str(owner_id) / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _move_tree(source: Path, target: Path) -> None:
    for path in [path for path in source.rglob("*") if path.is_file()]:
        moved = target / path.relative_to(source)
        moved.parent.mkdir(parents=True, exist_ok=True)
        path.replace(moved)
