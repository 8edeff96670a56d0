"""Files and photos, fetched from Telegram, and a first look at their bytes."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path, PurePath
from typing import cast
from urllib.parse import quote

from telegram import Bot, Document, PhotoSize
from telegram.error import BadRequest, InvalidToken

from bot.api_server import MEGABYTE, ApiServer, server_of
from bot.local_files import LongerThanAllowed, copy_inside
from bot.requests import Request
from bot.retries import few_times
from core.errors import EntryTooLarge, FileNotFetched, FileTooLarge

logger = logging.getLogger(__name__)

# A picture's: as much as is read of one in a ZIP.
MAX_PICTURE_MEGABYTES = 100
# How a ZIP begins, with entries or without.
_ARCHIVE_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_ARCHIVE_TYPES = ("application/zip", "application/x-zip-compressed", "application/x-zip")


async def download(media: Document | PhotoSize, path: Path) -> None:
    """Writes a file to the path. Raises FileTooLarge, FileNotFetched, OutsideFolder, and NetworkError."""
    bot = media.get_bot()
    server = server_of(bot)
    check_size(media.file_size, server)
    try:
        await _fetch(bot, media.file_id, path)
    except LongerThanAllowed as refusal:
        raise _too_large(0, server) from refusal
    except BadRequest as refusal:
        if "too big" in refusal.message.lower():
            raise _too_large(media.file_size or 0, server) from refusal
        raise FileNotFetched from refusal
    except InvalidToken as refusal:  # the library's name for 404: the file's address is out of date
        raise FileNotFetched from refusal


async def download_picture(media: Document | PhotoSize, path: Path) -> None:
    """As `download`, of what is no ZIP. Raises EntryTooLarge, too."""
    size = media.file_size or 0
    if MAX_PICTURE_MEGABYTES * MEGABYTE < size <= server_of(media.get_bot()).max_download_bytes:
        raise EntryTooLarge(_megabytes(size), MAX_PICTURE_MEGABYTES)
    await download(media, path)


def check_size(size: int | None, server: ApiServer) -> None:
    """Raises FileTooLarge for what the server would not let the bot download."""
    if size and size > server.max_download_bytes:
        raise _too_large(size, server)


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


async def _fetch(bot: Bot, file_id: str, path: Path) -> None:
    """From the disk where the server tells an absolute path, as in local mode, else by HTTP.

    Not by the library, which holds a file in memory, and takes any path that is a file here for one that was sent.
    """
    server = server_of(bot)
    file = await bot.get_file(file_id, read_timeout=server.fetch_timeout_s)
    # The library puts its address before what is no file here.
    told = (file.file_path or "").removeprefix(f"{bot.base_file_url}/")
    if PurePath(told).is_absolute():
        await _copy(server, told, path)
        return
    url = f"{bot.base_file_url}/{quote(told)}"
    request = cast(Request, bot.request)
    await few_times(lambda: request.save(url, path, server.max_download_bytes))


async def _copy(server: ApiServer, told: str, path: Path) -> None:
    try:
        await asyncio.to_thread(copy_inside, server.folder, told, path, server.max_download_bytes)
    except FileNotFoundError as error:
        logger.warning("the Bot API server tells of a file that is not there: %s", told)
        raise FileNotFetched from error


def _too_large(size: int, server: ApiServer) -> FileTooLarge:
    """Telegram may refuse a file whose size it did not tell: it has more than the limit, then."""
    limit = server.max_download_megabytes
    return FileTooLarge(megabytes=max(_megabytes(size), limit + 1), max_megabytes=limit)


def _megabytes(size: int) -> int:
    return -(-size // MEGABYTE)
