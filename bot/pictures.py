"""Pictures in messages: photos, and files that may be some."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from telegram import Bot, Document, Message, PhotoSize

from bot.downloads import download_picture, holds_archive, is_archive


class TurnedOutArchive(Exception):
    """The bytes of a file are a ZIP's, though neither its name nor its type says so."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture that was sent: what is needed to fetch it, later too. Plain, so that it can be kept as
    JSON.

    name : the example's name. size : bytes, 0 where Telegram does not tell. is_file : True if it was sent
    as a file, whose bytes may be a ZIP's.
    """

    message_id: int
    file_id: str
    unique_id: str
    size: int
    name: str
    is_file: bool

    @classmethod
    def of(cls, message: Message) -> Sent:
        """The largest size of a photo, or the file as it is."""
        media = message.photo[-1] if message.photo else message.document
        if media is None:
            raise LookupError("a message without a picture")
        named = media.file_name if isinstance(media, Document) else None
        return cls(
            message.message_id,
            media.file_id,
            media.file_unique_id,
            media.file_size or 0,
            f"{media.file_unique_id}/{named}" if named else f"{media.file_unique_id}.jpg",
            isinstance(media, Document),
        )

    def fetch(self, bot: Bot) -> Callable[[Path], Awaitable[None]]:
        """What writes the picture to a path. It raises what `download_picture` raises, and TurnedOutArchive."""

        async def fetch(path: Path) -> None:
            media = PhotoSize(self.file_id, self.unique_id, 0, 0, self.size or None)
            media.set_bot(bot)
            await download_picture(media, path)
            if self.is_file and await holds_archive(path):
                raise TurnedOutArchive

        return fetch


def has_picture(message: Message) -> bool:
    """A photo, or a file that may be a picture: its bytes will tell."""
    document = message.document
    return bool(message.photo) or (document is not None and not is_archive(document))


def is_picture(document: Document) -> bool:
    """True if its type or name says that it is a picture."""
    named = mimetypes.guess_type(document.file_name or "")[0]
    return any(kind.startswith("image/") for kind in (document.mime_type, named) if kind)
