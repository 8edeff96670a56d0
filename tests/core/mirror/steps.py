"""Steps that these tests share: what is in the folder and in the bucket, and what happens in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from core.errors import FilesAway
from core.mirror import Mirror
from core.objects import Objects

VECTORS, KEYS = "owner/cache/features/a.npy", "owner/cache/features/a.keys.npy"
PACK = "owner/cache/thumbnails-a.zip"
PHOTO = "owner/photos/ab/name"
FILE = "owner/files/name"


def write(mirror: Mirror, *names: str) -> list[Path]:
    paths = [mirror.root / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sealed")
    return paths


def names_of(objects: Objects) -> set[str]:
    return {found.name for found in objects.found()}


def fail(*_: object) -> None:
    raise FilesAway("reference")


def after_get(
    monkeypatch: pytest.MonkeyPatch, objects: Objects, happens: Callable[[str], object]
) -> None:
    """Something happens whenever a file was brought, before the mirror knows."""
    get = objects.get

    def get_and_more(name: str, path: Path) -> int:
        size = get(name, path)
        happens(name)
        return size

    monkeypatch.setattr(objects, "get", get_and_more)


class Gate:
    """A moment in which a call stops until it may go on."""

    def __init__(self) -> None:
        self._is_reached, self._is_open = Event(), Event()

    def pass_through(self) -> None:
        self._is_reached.set()
        self._is_open.wait()

    def ends_while_closed(
        self, first: Callable[[], object], second: Callable[[], object], limit_s: float
    ) -> bool:
        """Does the second beside the first, which is at the gate by then; True if that ends before the gate opens,
        within so many seconds. Returns when both have ended.
        """
        one, other = (Thread(target=work, daemon=True) for work in (first, second))
        one.start()
        self._is_reached.wait()
        other.start()
        other.join(limit_s)
        has_ended = not other.is_alive()
        self._is_open.set()
        one.join()
        other.join()
        return has_ended
