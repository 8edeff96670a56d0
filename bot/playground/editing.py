"""The methods that change sent messages: edits and deletions."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot.playground import limits
from bot.playground.call import Call
from bot.playground.errors import bad_request
from bot.playground.formatting import utf16_length
from bot.playground.markup import inline_keyboard
from bot.playground.sending import media_content
from bot.playground.world import Json, event

_MEDIA = {"photo", "document"}
_TEXT = {"text", "entities"}
_CAPTION = {"caption", "caption_entities"}
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup "
    "are exactly the same as a current content and reply markup of the message"
)


async def edit_message_text(call: Call) -> Json:
    """Replaces the text of a text message, up to 4096 characters."""
    message, content = call.own_message(), call.text()
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    if utf16_length(content["text"]) > limits.MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    return _edit(call, message, content, replaced=_TEXT)


async def edit_message_caption(call: Call) -> Json:
    """Replaces or removes the caption of a photo or document."""
    message = call.own_message()
    if not _MEDIA & message.keys():
        raise bad_request("there is no caption in the message to edit")
    return _edit(call, message, call.caption(), replaced=_CAPTION)


async def edit_message_media(call: Call) -> Json:
    """Replaces the photo or document and its caption, or a text by a photo or document; in an album
    a photo stays a photo and a document a document."""
    message = call.own_message()
    if "poll" in message:
        raise bad_request("message media can't be edited")
    media = call.parameters.decoded("media", dict)
    if media is None:
        raise bad_request("input media is not specified")
    content = await media_content(call, media)
    if "media_group_id" in message and not content.keys() & message.keys() & _MEDIA:
        raise bad_request("can't change media type in the album")
    return _edit(call, message, content, replaced={*_MEDIA, *_TEXT, *_CAPTION})


async def edit_message_reply_markup(call: Call) -> Json:
    """Replaces or removes the inline keyboard alone."""
    return _edit(call, call.own_message(), {}, replaced=set())


def _edit(call: Call, message: Json, content: Json, replaced: set[str]) -> Json:
    """Replaces fields of a message and its keyboard, which is removed where the edit has none."""
    gone = {*replaced, "reply_markup", "edit_date"}
    kept = {key: value for key, value in message.items() if key not in gone}
    edited = kept | content | inline_keyboard(call.parameters)
    if edited == {key: value for key, value in message.items() if key != "edit_date"}:
        raise bad_request(_NOT_MODIFIED)
    call.spend(message["chat"]["id"])
    edited["edit_date"] = int(time.time())
    call.world.publish([event("edit", message["chat"]["id"], message=edited)])
    return edited


async def delete_message(call: Call) -> bool:
    """Deletes the bot's own messages anywhere, and everyone's in a private chat."""
    return _delete(call, [call.message("delete")])


async def delete_messages(call: Call) -> bool:
    """Deletes up to 100 messages at once; those that do not exist are skipped."""
    chat, ids = call.chat(), call.message_ids()
    found = [call.world.message(chat["id"], message_id) for message_id in ids]
    return _delete(call, [message for message in found if message is not None])


def _delete(call: Call, messages: list[Json]) -> bool:
    for message in messages:
        if not call.is_own(message) and message["chat"].get("type") != "private":
            raise bad_request("message can't be deleted")
    stubs = [{"message_id": m["message_id"], "chat": m["chat"], "date": 0} for m in messages]
    call.world.publish([event("delete", stub["chat"]["id"], message=stub) for stub in stubs])
    return True


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
