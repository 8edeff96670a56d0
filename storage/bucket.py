"""A data folder whose sealed files are kept in a bucket: whose the bucket is, and the first move there.

The bucket, or what is below its prefix, looks like the folder: `identity` names the database that the files belong
to, and `sealed/` has the files. `work/` has those of tasks that run on other machines, and `moving` is there until the
first move has ended. The folder says in `files-in` where its files are.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from core.errors import FilesElsewhere, FilesForeign
from core.mirror import Mirror
from core.objects import PROBE, SEALED, WORK, Objects
from storage.keyfile import write_whole

IDENTITY = "identity"
MOVING = "moving"
PLACE_FILE = "files-in"


def check_place(home: Path, files: str) -> None:
    """files : the setting FILES, "" for none. Raises FilesElsewhere if the folder's files are not there."""
    place = home / PLACE_FILE
    if place.exists() and (said := place.read_text()) != files:
        raise FilesElsewhere(folder=str(home), files=said)


def mirror_of(root: Path, objects: Objects, max_bytes: int) -> Mirror:
    """The tree that is kept among the objects."""
    return Mirror(root, objects.within(SEALED), max_bytes)


def move_in(home: Path, objects: Objects, identity: str, mirror: Mirror) -> None:
    """At a start: what is in the folder alone is kept in the bucket from now on; all of it, at the first.

    identity : of the folder's database. Raises FilesRefused, FilesForeign, FilesAway.
    """
    objects.check()
    if all(found.name in (PROBE, MOVING) for found in objects.found()):
        objects.put(MOVING, b"")
        objects.put(IDENTITY, identity.encode())
    # Of the database that the files belong to; none where somebody else's objects are.
    if _content(objects, IDENTITY) != identity.encode():
        raise FilesForeign(files=objects.url, folder=str(home))
    write_whole(home / PLACE_FILE, objects.url)
    # Of tasks of a process that was killed; nobody has their keys any more.
    objects.delete([found.name for found in objects.found(WORK)])
    is_moving = _content(objects, MOVING) is not None
    mirror.open(is_new=is_moving)
    if is_moving:
        objects.delete([MOVING])


def _content(objects: Objects, name: str) -> bytes | None:
    with suppress(FileNotFoundError):
        return objects.read(name)
    return None
