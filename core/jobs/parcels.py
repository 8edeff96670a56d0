"""How calls and answers travel between the bot and a node: in pieces that Ray carries inside of its messages.

Ray puts an argument or a result of more than 100 KB into its object store, which spills to disk when it is
full. Calls hold keys of sealed files, so nothing that large is ever handed to it.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import core
from core.errors import ResultUnreadable
from core.jobs.answers import MAX_BYTES
from core.jobs.bundles import Folders, folder_of
from core.jobs.runner import Call
from core.ports import DatasetFiles
from core.sealed import Key

PIECE_BYTES = 64 * 1024
"""Of a piece, and of all pieces of one message."""

PART = b"part"
"""The kind of a piece that others follow; the last one is of a kind of `core.jobs.wire`."""

Piece = tuple[bytes, bytes]
"""Its kind, and its content."""

_PACKAGE = Path(core.__file__).resolve().parent


def packed_call(call: Call[Any, Any], folders: Folders | None = None) -> bytes:
    """The call as bytes. Paths inside of this package, such as the baseline's, are those of the package on
    the node, and those in one of the folders those in the node's folder of this name (`unpacked_call`).

    Raises ResultUnreadable if that fails.
    """
    written = io.BytesIO()
    try:
        _Pickler(written, folders or {}).dump(call)
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(f"{type(error).__name__}: {error}") from error
    return written.getvalue()


def unpacked_call(request: bytes, folders: Folders) -> Any:
    """The call that `packed_call` has written, with paths in these folders. Raises ResultUnreadable."""
    try:
        return _Unpickler(io.BytesIO(request), folders).load()
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(f"{type(error).__name__}: {error}") from error


def cut(data: bytes) -> list[bytes]:
    """The bytes in pieces, at least one."""
    return [data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES)] or [
        b""
    ]


def pieces_of(kind: bytes, data: bytes) -> Iterator[Piece]:
    """A frame of this kind in pieces."""
    *first, last = cut(data)
    for piece in first:
        yield PART, piece
    yield kind, last


class Frames:
    """Puts frames together again, none larger than MAX_BYTES."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, piece: Piece) -> tuple[bytes, bytes] | None:
        """The kind and the content of the frame that this piece ends, None where others follow.

        Raises ResultUnreadable where the frame is too large.
        """
        kind, content = piece
        self._parts.append(content)
        self._size += len(content)
        if self._size > MAX_BYTES:
            raise ResultUnreadable(f"a frame of more than {MAX_BYTES} bytes")
        if kind == PART:
            return None
        frame = b"".join(self._parts)
        self._parts, self._size = [], 0
        return kind, frame


def in_package(relative: str) -> Path:
    """The path of a file of this package, on this machine."""
    return _PACKAGE / relative


def dataset_files(
    listing: Path, photos: Path, cache: Path, negatives: tuple[str, ...], key: Key | None
) -> DatasetFiles:
    """As its class, from paths."""
    return DatasetFiles(str(listing), str(photos), str(cache), negatives, key)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, folders: Folders) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._folders = folders

    def persistent_id(self, value: object) -> tuple[str, str] | None:
        """The name of the folder that a path is in, and its place there."""
        name = folder_of(self._folders, Path(value)) if isinstance(value, PurePath) else None
        if name is None or not isinstance(value, PurePath):
            return None
        return name, Path(value).absolute().relative_to(self._folders[name]).as_posix()

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, DatasetFiles) and self._folders:
            paths = (Path(path) for path in (value.listing, value.photos, value.cache))
            return dataset_files, (*paths, value.negatives, value.key)
        if isinstance(value, PurePath) and value.is_relative_to(_PACKAGE):
            return in_package, (value.relative_to(_PACKAGE).as_posix(),)
        if isinstance(value, PurePath) and not value.is_absolute():
            return Path, (str(Path(value).absolute()),)  # a node has another working folder
        return NotImplemented


class _Unpickler(pickle.Unpickler):  # of what the bot has written
    def __init__(self, file: io.BytesIO, folders: Folders) -> None:
        super().__init__(file)
        self._folders = folders

    def persistent_load(self, place: Any) -> Path:
        name, path = place
        return Path(self._folders[name], path)
