"""Sent files: their content in a folder, named by its hash, and a record of each."""

from __future__ import annotations

import asyncio
import hashlib
import io
import mimetypes
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pi_heif import register_heif_opener
from PIL import Image, UnidentifiedImageError

from bot.playground.parameters import Upload

register_heif_opener()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One sent file. `kind` is "photo" or "document"; width and height in pixels, of photos alone."""

    file_id: str
    file_unique_id: str
    kind: str
    path: str
    name: str
    mime: str
    digest: str
    size: int
    width: int = 0
    height: int = 0

    def content_of_message(self) -> dict[str, Any]:
        """The Bot API's fields of a message with this file.

        A photo has one size: making smaller ones would mean decoding pictures here.
        """
        identity = {"file_id": self.file_id, "file_unique_id": self.file_unique_id}
        if self.kind == "photo":
            size = identity | {"width": self.width, "height": self.height, "file_size": self.size}
            return {"photo": [size]}
        about = {"file_name": self.name, "mime_type": self.mime, "file_size": self.size}
        return {"document": identity | about}


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels from a picture's header, or None; nothing is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size alone is no danger
            with Image.open(io.BytesIO(content)) as image:
                return image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    except Image.DecompressionBombError:
        return (2**31, 2**31)


async def store(folder: Path, upload: Upload, kind: str, number: int) -> StoredFile:
    """Writes a file's content and describes it. `number` makes its Bot API path unique."""
    digest = await asyncio.to_thread(_write, folder, upload.content)
    width, height = (kind == "photo" and image_size(upload.content)) or (0, 0)
    guessed = mimetypes.guess_type(upload.name)[0]
    given = upload.mime if upload.mime not in ("", "application/unknown") else None
    return StoredFile(
        file_id=secrets.token_urlsafe(32),
        file_unique_id=digest[:15],
        kind=kind,
        path=f"{kind}s/file_{number}{Path(upload.name).suffix}",
        name=upload.name,
        mime=guessed or given or "application/octet-stream",
        digest=digest,
        size=len(upload.content),
        width=width,
        height=height,
    )


def _write(folder: Path, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    if not path.exists():
        temporary = folder / f"{digest}.{secrets.token_hex(4)}"
        temporary.write_bytes(content)
        temporary.replace(path)
    return digest
