"""The methods that send a message again: copies, and forwards with the name of their sender.

Polls are refused here, unlike on Telegram.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.playground.call import Call
from bot.playground.errors import bad_request
from bot.playground.markup import reply_markup
from bot.playground.sending import publish
from bot.playground.world import Json

_CAPTION = ("caption", "caption_entities")
_CONTENT = ("text", "entities", "photo", "document", *_CAPTION)


async def copy_message(call: Call) -> Json:
    """Sends the content of a message as the bot's own; a `caption` replaces the old one."""
    chat, markup = call.chat(), reply_markup(call.parameters)
    content = _content(_source(call, "copy"), "copied")
    if "caption" in call.parameters and "text" not in content:
        content = {key: content[key] for key in content if key not in _CAPTION} | call.caption()
    content |= markup.content | call.reply(chat)
    call.spend(chat["id"])
    (message,) = publish(call, chat, [content], markup.reply_keyboard)
    return {"message_id": message["message_id"]}


async def forward_message(call: Call) -> Json:
    """Sends a message on, with its `forward_origin`."""
    chat, source = call.chat(), _source(call, "forward")
    content = _content(source, "forwarded") | {"forward_origin": _origin(source)}
    call.spend(chat["id"])
    return publish(call, chat, [content])[0]


def _source(call: Call, doing: str) -> Json:
    parameters = call.parameters
    from_chat, message_id = parameters.integer("from_chat_id"), parameters.integer("message_id")
    message = call.world.message(from_chat, message_id)
    if message is None:
        raise bad_request(f"message to {doing} not found")
    return message


def _content(message: Json, done: str) -> Json:
    content = {key: message[key] for key in _CONTENT if key in message}
    if not content:
        raise bad_request(f"message can't be {done}")
    return content


def _origin(message: Json) -> Json:
    """The origin of a forward: that of the message, if it is a forward itself; a message without a
    sender was sent by its chat."""
    if "forward_origin" in message:
        return dict(message["forward_origin"])
    sender = (
        {"type": "user", "sender_user": message["from"]}
        if "from" in message
        else {"type": "chat", "sender_chat": message["chat"]}
    )
    return sender | {"date": message["date"]}


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
}
