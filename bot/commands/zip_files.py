"""The file in a message that holds a ZIP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from telegram import Document, Message

from bot.downloads import download
from core.ports import OnProgress


def name_of(message: Message) -> str:
    """The name of its file. Raises LookupError where it has none."""
    return document_of(message).file_name or "ZIP"


def size_of(message: Message) -> int:
    """Bytes of its file, 0 where Telegram does not tell."""
    return document_of(message).file_size or 0


def document_of(message: Message) -> Document:
    """Its file. Raises LookupError where it has none."""
    if message.document is None:
        raise LookupError("a message without a file")
    return message.document


def download_of(message: Message) -> Callable[[Path, OnProgress], Awaitable[None]]:
    """What fetches its file to a path."""

    async def fetch(path: Path, on_progress: OnProgress) -> None:
        await download(document_of(message), path)

    return fetch
