"""What a person writes: the content of new messages, of forwards and of edits.

Each bad request raises a PlayError.
"""

from __future__ import annotations

import secrets
import time

from bot.playground import limits
from bot.playground.errors import PlayError
from bot.playground.files import image_size
from bot.playground.formatting import tidy, utf16_length
from bot.playground.parameters import Parameters, Upload
from bot.playground.world import Json, World, person

HIDDEN_SENDER = "Vera"


async def contents(world: World, parameters: Parameters) -> list[Json]:
    """The fields of each message to send: text, a file, a photo, or the photos or files of an album."""
    photos, documents = parameters.uploads("photo"), parameters.uploads("document")
    if photos and documents:
        raise PlayError("Send photos or documents, not both.")
    if len(photos) > limits.MAX_ALBUM or len(documents) > limits.MAX_ALBUM:
        raise PlayError("An album has at most 10 photos or documents.")
    if not photos and not documents:
        return [_text(parameters)]
    for photo in photos:
        _check_photo(photo)
    caption = _caption(parameters)
    kind = "photo" if photos else "document"
    files = [await world.add_file(upload, kind) for upload in photos or documents]
    album = {"media_group_id": str(secrets.randbits(53))} if len(files) > 1 else {}
    made = [album | file.content_of_message() for file in files]
    return [made[0] | caption, *made[1:]]


def forward_origin(world: World, parameters: Parameters) -> Json:
    """The field `forward_origin`: {} for what is no forward.

    `forward` alone is for a sender who hides the account; with `forward_from`, a user's number, it
    is that user.
    """
    if parameters.text("forward_from"):
        user_id = parameters.integer("forward_from")
        user = world.users.get(user_id) or person(user_id, "en")
        sender = {"type": "user", "sender_user": user}
    elif parameters.flag("forward"):
        sender = {"type": "hidden_user", "sender_user_name": HIDDEN_SENDER}
    else:
        return {}
    return {"forward_origin": sender | {"date": int(time.time())}}


def edited(message: Json, user_id: int, parameters: Parameters) -> Json:
    """The user's own message with another text, or with another caption or none."""
    if message.get("from", {}).get("id") != user_id:
        raise PlayError("A message of someone else can't be edited.")
    if "forward_origin" in message:
        raise PlayError("A forwarded message can't be edited.")
    if parameters.uploads("photo") or parameters.uploads("document"):
        raise PlayError("An edit replaces the text or caption, not the file.")
    if "text" in message:
        content, replaced = _text(parameters), ("text", "entities")
    elif "caption" in parameters:
        content, replaced = _caption(parameters), ("caption", "caption_entities")
    else:
        raise PlayError("There is no text in this message: give caption.")
    kept = {key: message[key] for key in message if key not in replaced}
    if kept | content == message:
        raise PlayError("The edit changes nothing.")
    return kept | content | {"edit_date": int(time.time())}


def _text(parameters: Parameters) -> Json:
    text = _formatted(parameters, "text", "entities", limits.MAX_TEXT)
    if not text:
        raise PlayError("There is nothing to send: give text, photo or document.")
    return text


def _caption(parameters: Parameters) -> Json:
    return _formatted(parameters, "caption", "caption_entities", limits.MAX_CAPTION)


def _formatted(parameters: Parameters, name: str, entities: str, longest: int) -> Json:
    text, found = tidy(parameters.text(name), [])
    if utf16_length(text) > longest:
        raise PlayError(f"{name} has at most {longest} characters.")
    return ({name: text} if text else {}) | ({entities: found} if found else {})


def _check_photo(photo: Upload) -> None:
    pixels = image_size(photo.content)
    if pixels is None:
        raise PlayError(f"{photo.name} is not a picture that can be sent as a photo.")
    if not limits.is_photo_shape(*pixels) or len(photo.content) > limits.MAX_PHOTO_BYTES:
        raise PlayError(f"{photo.name} is too large or too long for a photo: send it as a file.")
