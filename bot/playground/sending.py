"""The methods that send: text, photos, files, albums, chat actions."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from bot.playground import limits
from bot.playground.call import Call
from bot.playground.errors import ApiError, bad_request
from bot.playground.files import StoredFile, image_size
from bot.playground.formatting import utf16_length
from bot.playground.markup import reply_markup
from bot.playground.parameters import Parameters, Upload
from bot.playground.world import Json, event

_ACTIONS = {
    "typing",
    "upload_photo",
    "upload_document",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


async def send_message(call: Call) -> Json:
    """Sends a text; without its markup it has at most 4096 characters."""
    chat, content = call.chat(), call.text()
    if utf16_length(content["text"]) > limits.MAX_TEXT:
        raise bad_request("message is too long")
    markup = reply_markup(call.parameters)
    content |= markup.content | call.reply(chat)
    call.spend(chat["id"])
    return publish(call, chat, [content], markup.reply_keyboard)[0]


def sender_of(kind: str) -> Callable[[Call], Awaitable[Json]]:
    """sendPhoto or sendDocument."""

    async def send(call: Call) -> Json:
        chat, caption, markup = call.chat(), call.caption(), reply_markup(call.parameters)
        content = caption | markup.content | call.reply(chat)
        call.spend(chat["id"])
        reference = call.parameters.text(kind) or kind
        file = await stored_file(call, kind, reference)
        content |= file.content_of_message()
        return publish(call, chat, [content], markup.reply_keyboard)[0]

    return send


async def send_media_group(call: Call) -> list[Json]:
    """Sends 2–10 photos or documents as one album; it counts as that many messages."""
    chat, media = call.chat(), call.parameters.decoded("media", list)
    reply = call.reply(chat)
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > limits.MAX_ALBUM:
        raise bad_request("too many messages to send as an album")
    if len(media) < limits.MIN_ALBUM:
        raise bad_request("wrong number of messages to send as an album")
    if not all(isinstance(item, dict) for item in media):
        raise bad_request("can't parse InputMedia: expected an Object")
    if len({item.get("type") for item in media}) > 1:
        raise bad_request("document can't be mixed with other media types")
    call.spend(chat["id"], len(media))
    contents = [await media_content(call, item) for item in media]
    group = {"media_group_id": str(secrets.randbits(53))}
    return publish(call, chat, [group | content | reply for content in contents])


async def send_chat_action(call: Call) -> bool:
    """Shows "typing…" and the like to the chat."""
    chat, action = call.chat(), call.parameters.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.world.publish([event("action", chat["id"], action=action)])
    return True


async def media_content(call: Call, item: Json) -> Json:
    """The content of a message from an InputMediaPhoto or InputMediaDocument."""
    kind = item.get("type")
    if kind not in ("photo", "document"):
        raise bad_request(f'can\'t parse InputMedia: type "{kind}" is not supported')
    file = await stored_file(call, kind, str(item.get("media", "")))
    return file.content_of_message() | call.caption(Parameters(item, {}))


async def stored_file(call: Call, kind: str, reference: str) -> StoredFile:
    """The file that an upload, `attach://NAME` or a file_id gives."""
    upload = call.parameters.upload(reference)
    if upload is not None:
        _check_upload(upload, kind, call.parts.files.upload_bytes)
        return await call.world.add_file(upload, kind)
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = call.world.file(reference)
    if file is None:
        raise bad_request("wrong remote file identifier specified: wrong string length")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


def _check_upload(upload: Upload, kind: str, max_bytes: int) -> None:
    size = len(upload.content)
    if size > max_bytes:
        raise ApiError(413, "Request Entity Too Large")
    if not size:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        if size > limits.MAX_PHOTO_BYTES:
            most = limits.MAX_PHOTO_BYTES
            reason = f"file of size {size} bytes is too big for a photo"
            raise bad_request(f"{reason}; the maximum size is {most} bytes")
        pixels = image_size(upload.content)
        if pixels is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if not limits.is_photo_shape(*pixels):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")


def publish(
    call: Call, chat: Json, contents: list[Json], reply_keyboard: Json | None = None
) -> list[Json]:
    """Sends messages of the bot; a reply keyboard comes with the last one."""
    topic = call.topic(chat)
    messages = [call.world.draft(chat, call.bot, content | topic) for content in contents]
    events = [event("message", chat["id"], message=message) for message in messages]
    if reply_keyboard is not None:
        events[-1]["reply_keyboard"] = reply_keyboard
    call.world.publish(events)
    return messages


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "sendMessage": send_message,
    "sendPhoto": sender_of("photo"),
    "sendDocument": sender_of("document"),
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
}
