"""Filters for photos and files in a group that are meant for this bot."""

from __future__ import annotations

import re
from collections.abc import Sequence

from telegram import Message
from telegram.ext import filters

from bot.albums import Albums

CAPTION_COMMANDS = re.compile(
    r"/(?P<command>predict|upload_dataset|teach)(?:@(?P<addressee>\w+))?(?!\w)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


class CaptionCommand(filters.MessageFilter):
    """A caption that begins with a command for this bot."""

    def filter(self, message: Message) -> bool:
        """True for "/predict", "/teach" and "/upload_dataset", alone or with this bot's name
        ("/predict@name"). A forward's caption is somebody else's."""
        command = CAPTION_COMMANDS.match(message.caption or "")
        if command is None or message.forward_origin:
            return False
        addressee = command["addressee"]
        return addressee is None or addressee.lower() == message.get_bot().username.lower()


class PartOfBegunAlbum(filters.MessageFilter):
    """A later part of an album for this bot: only the first part has the caption."""

    def __init__(self, albums: Albums) -> None:
        super().__init__()
        self._albums = albums

    def filter(self, message: Message) -> bool:
        """True while the album of the message is being gathered."""
        return self._albums.has_begun(message)


class ReplyToBot(filters.MessageFilter):
    """A reply to a message of the bot's own."""

    def filter(self, message: Message) -> bool:
        """True if the message replies to one that this bot sent."""
        replied = message.reply_to_message
        return bool(replied and replied.from_user and replied.from_user.id == message.get_bot().id)


def caption_command(messages: Sequence[Message]) -> tuple[str, str]:
    """The command in the caption of one of the messages, in small letters, and the words after it; "" where there is
    none."""
    for message in messages:
        if found := CAPTION_COMMANDS.match(message.caption or ""):
            return found["command"].lower(), found["rest"].strip()
    return "", ""
