"""Files and photos, fetched from Telegram, and a first look at their bytes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from telegram import Document, PhotoSize
from telegram.error import BadRequest, InvalidToken

from bot.retries import few_times
from core.errors import FileNotFetched, FileTooLarge

MEGABYTE = 1024 * 1024
# What Telegram lets a bot download (its documentation says "20 MB" and means this).
MAX_DOWNLOAD_BYTES = 20 * MEGABYTE
# How a ZIP begins, with entries or without.
_ARCHIVE_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_ARCHIVE_TYPES = ("application/zip", "application/x-zip-compressed", "application/x-zip")


async def download(media: Document | PhotoSize, path: Path) -> None:
    """Writes a file to the path. Raises FileTooLarge, FileNotFetched, and NetworkError."""
    check_size(media.file_size)
    try:
        file = await media.get_file()
        await few_times(lambda: file.download_to_drive(path))
    except BadRequest as refusal:
        if "too big" in refusal.message.lower():
            raise _too_large(media.file_size or 0) from refusal
        raise FileNotFetched from refusal
    except InvalidToken as refusal:  # the library's name for 404: the file's address is out of date
        raise FileNotFetched from refusal


def check_size(size: int | None) -> None:
    """Raises FileTooLarge for what Telegram would not let the bot download."""
    if size and size > MAX_DOWNLOAD_BYTES:
        raise _too_large(size)


def is_archive(document: Document) -> bool:
    """True if its name or type says that it is a ZIP."""
    name = (document.file_name or "").lower()
    return name.endswith(".zip") or document.mime_type in _ARCHIVE_TYPES


async def holds_archive(path: Path) -> bool:
    """True if the file's bytes are a ZIP's, whatever its name and type say."""
    return await asyncio.to_thread(_begins_as_archive, path)


def _begins_as_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in _ARCHIVE_BEGINNINGS


def _too_large(size: int) -> FileTooLarge:
    """Telegram may refuse a file whose size it did not tell: it has more than the limit, then."""
    limit = MAX_DOWNLOAD_BYTES // MEGABYTE
    return FileTooLarge(megabytes=max(-(-size // MEGABYTE), limit + 1), max_megabytes=limit)
