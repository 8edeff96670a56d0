"""Messages of which it is not known whether Telegram has them.

The connection was cut before the answer came, or the process was killed. Telegram has no way to ask, but an edit
tells: messages to one chat go one at a time, so a message of the bot's with a number above the last one that
was known before is this one, and an edit to the content that it has anyway is "not modified".
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from telegram import InlineKeyboardMarkup, InputMedia
from telegram.error import BadRequest

# How many numbers above the last known one are tried: private chats share one count, so that others' messages,
# which may still wait at Telegram, have taken some.
MARGIN = 20
MAX_PROBES = 100
# Sent and received ones that are remembered.
MAX_KNOWN = 10_000
# Supergroups and channels count their messages for themselves; their ids are below this number.
_SUPERGROUPS = -(10**12)
# The parameters that make a message's content, by the method that sends it, and the method that edits it.
_CONTENT = {
    "sendMessage": ("editMessageText", ("text", "parse_mode", "entities", "link_preview_options")),
    "sendPhoto": ("editMessageCaption", ("caption", "parse_mode", "caption_entities")),
    "sendDocument": ("editMessageCaption", ("caption", "parse_mode", "caption_entities")),
    "sendMediaGroup": ("editMessageCaption", ("caption", "parse_mode", "caption_entities")),
    # A poll has no content that can be edited, but for its keyboard.
    "sendPoll": ("editMessageReplyMarkup", ()),
}

Answer = bool | dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that makes messages. post : sends it, or another one, as the library does."""

    endpoint: str
    data: dict[str, Any]
    post: Callable[..., Awaitable[Answer]]

    @property
    def chat_id(self) -> int | str:
        chat_id: int | str = self.data["chat_id"]
        return chat_id

    @property
    def messages(self) -> int:
        """How many messages it makes."""
        return len(self.data["media"]) if self.endpoint == "sendMediaGroup" else 1

    @property
    def is_editable(self) -> bool:
        """Telegram edits no message that came with another keyboard than an inline one."""
        markup = self.data.get("reply_markup")
        return markup is None or isinstance(markup, InlineKeyboardMarkup)


@dataclass(frozen=True, slots=True)
class Probe:
    """An edit of one message to the content of the request."""

    request: Request
    message_id: int

    async def post(self) -> Answer:
        endpoint, names = _CONTENT[self.request.endpoint]
        content = self.request.data
        if self.request.endpoint == "sendMediaGroup":
            content = _of_media(content["media"][0])
        data = {name: content[name] for name in names if content.get(name) is not None}
        if self.request.is_editable and "reply_markup" in self.request.data:
            data["reply_markup"] = self.request.data["reply_markup"]
        data |= {"chat_id": self.request.chat_id, "message_id": self.message_id}
        return await self.request.post(endpoint, data)


class Delivered:
    """The numbers of messages that are known.

    last : the largest by `counter`.
    """

    def __init__(self) -> None:
        self.last: dict[int, int] = {}
        self._known: OrderedDict[tuple[int | str, int], None] = OrderedDict()

    @staticmethod
    def counter(chat_id: int | str) -> int:
        """The count of messages that a chat is part of: 0 for that of all private chats and small groups."""
        return chat_id if isinstance(chat_id, int) and chat_id < _SUPERGROUPS else 0

    def last_known(self, chat_id: int | str) -> int:
        return self.last.get(self.counter(chat_id), 0)

    def see(self, chat_id: int | str, sent: Answer) -> None:
        """Notes a message, or those of an album."""
        for message in sent if isinstance(sent, list) else [sent]:
            if isinstance(message, dict):
                self.see_number(chat_id, message["message_id"])

    def see_number(self, chat_id: int | str, message_id: int) -> None:
        """Notes a message that was sent or received."""
        self.pass_number(chat_id, message_id)
        self._known[chat_id, message_id] = None
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def pass_number(self, chat_id: int | str, message_id: int) -> None:
        """Notes that there are messages up to this one, which may be one that is looked for."""
        counter = self.counter(chat_id)
        self.last[counter] = max(self.last.get(counter, 0), message_id)

    def probes(self, request: Request, after_id: int) -> Iterator[Probe]:
        """Where the message may be that was sent after the one with this number, the likeliest first. What
        becomes known meanwhile counts."""
        for message_id in range(after_id + 1, after_id + 1 + MAX_PROBES):
            if message_id > max(after_id, self.last_known(request.chat_id)) + MARGIN:
                return
            if (request.chat_id, message_id) not in self._known:
                yield Probe(request, message_id)

    def is_there(self, request: Request, probe: Probe, error: BadRequest) -> bool:
        """What an edit's refusal says: the message is the one that is looked for."""
        if "not modified" in error.message:
            return True
        if "can't be edited" not in error.message:
            return False
        # A message of a person's that has not arrived yet is a sign of life all the same.
        self.pass_number(request.chat_id, probe.message_id)
        return not request.is_editable

    def answer(self, request: Request, probe: Probe, edited: Answer) -> Answer:
        """What Telegram would have answered to the request."""
        if request.endpoint == "sendMediaGroup":
            first = probe.message_id
            return [_message(request, first + place) for place in range(request.messages)]
        return edited if isinstance(edited, dict) else _message(request, probe.message_id)


def _of_media(media: InputMedia) -> dict[str, Any]:
    return {name: getattr(media, name) for name in ("caption", "parse_mode", "caption_entities")}


def _message(request: Request, message_id: int) -> dict[str, Any]:
    """A message with what is known of it: its place."""
    chat_id = request.chat_id
    is_private = isinstance(chat_id, int) and chat_id > 0
    chat = {"id": chat_id, "type": "private" if is_private else "supergroup"}
    message = {"message_id": message_id, "date": int(time.time()), "chat": chat}
    text = request.data.get("text")
    return message | ({"text": text} if text else {})
