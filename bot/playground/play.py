"""The user side's actions in a chat: send, press, look. Each bad request raises a PlayError."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any

from bot.playground import limits
from bot.playground.account import commands_for
from bot.playground.call import Parts, quoted
from bot.playground.errors import PlayError
from bot.playground.files import image_size
from bot.playground.formatting import Entity, tidy, utf16_length, utf16_slice
from bot.playground.parameters import Parameters, Upload
from bot.playground.world import BOT_USERNAME, GROUP_ID, Json, event, person

ANSWER_WAIT_S = 15.0
MAX_EVENTS_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Session:
    """A user in a chat."""

    user_id: int
    chat_id: int

    @classmethod
    def of(cls, parameters: Parameters) -> Session:
        """Reads `user`, 1 by default, and `chat`, "private" (the default) or "group". Raises
        PlayError."""
        user_id = parameters.integer("user", 1)
        if not 0 < user_id < 2**52:
            raise PlayError("user must be a positive number.")
        match parameters.text("chat", "private"):
            case "private":
                return cls(user_id, user_id)
            case "group":
                return cls(user_id, GROUP_ID)
        raise PlayError("chat must be private or group.")


class Play:
    """The user side of the playground."""

    def __init__(self, parts: Parts, answer_wait_s: float = ANSWER_WAIT_S) -> None:
        self._parts = parts
        self._world = parts.world
        self._answer_wait_s = answer_wait_s

    async def send(self, parameters: Parameters) -> Json:
        """Sends a text, up to ten photos (two or more as an album) or a document; or raw updates."""
        if parameters.text("raw"):
            return self._send_raw(parameters)
        session = Session.of(parameters)
        sender = person(session.user_id, parameters.text("language") or "en")
        chat = self._world.chat(session.chat_id) or _private_chat(sender)
        reply = self._reply(session, parameters)
        contents = await self._contents(parameters)
        messages = [self._world.draft(chat, sender, content | reply) for content in contents]
        # An album is handed over whole, as Telegram does where privacy mode is off: where it is on, a
        # bot may get the part with the caption alone.
        is_seen = any(bot_sees(message) for message in messages)
        updates = [{"message": message} for message in messages if is_seen]
        self._world.publish(
            [event("message", session.chat_id, message=message) for message in messages],
            [update for update in updates if self._parts.updates.allows(update)],
        )
        return {"message_ids": [message["message_id"] for message in messages]}

    def _send_raw(self, parameters: Parameters) -> Json:
        """Updates as Telegram would send them, for what no chat of the playground gives rise to."""
        updates = parameters.decoded("raw", list)
        if not all(isinstance(update, dict) for update in updates):
            raise PlayError("raw must be a list of updates, each a JSON object.")
        messages = [message for update in updates for message in _messages_in(update)]
        chats = [message["chat"] for message in messages if _is_chat(message.get("chat"))]
        self._world.hand_over(updates, chats)
        return {"message_ids": [m["message_id"] for m in messages if "message_id" in m]}

    async def press(self, parameters: Parameters) -> Json:
        """Presses a button and waits for the bot's answer.

        The message need not have the button any more: a client may show an older keyboard.
        """
        session = Session.of(parameters)
        message = self._world.message(session.chat_id, parameters.integer("message_id"))
        if message is None or not message["from"]["is_bot"]:
            raise PlayError("There is no message of the bot with this message_id in the chat.")
        data = parameters.text("data")
        if not 1 <= len(data.encode()) <= limits.MAX_CALLBACK_DATA_BYTES:
            raise PlayError("data must have 1 to 64 bytes.")
        query_id, answer = self._parts.callbacks.ask()
        query = {
            "id": query_id,
            "from": self._world.users.get(session.user_id) or person(session.user_id, "en"),
            "message": message,
            "chat_instance": str(session.chat_id),
            "data": data,
        }
        update = {"callback_query": query}
        if self._parts.updates.allows(update):
            self._world.publish([], [update])
        try:
            return await asyncio.wait_for(answer, self._answer_wait_s)
        except TimeoutError as error:
            raise PlayError("The bot did not answer in time.", 504) from error

    async def events(self, parameters: Parameters) -> Json:
        """The chat's events after number `after`; waits up to `wait` seconds for one.

        An `after` above the last number comes from before a restart and is answered at once.
        """
        chat_id, after = Session.of(parameters).chat_id, parameters.integer("after", 0)
        wait_s = min(parameters.number("wait", 0), MAX_EVENTS_WAIT_S)
        await self._world.wait_for(
            lambda: after > self._world.seq or bool(self._world.events(chat_id, after)), wait_s
        )
        events = self._world.events(chat_id, after)
        return {"seq": self._world.seq, "events": _with_urls(events)}

    def history(self, parameters: Parameters) -> Json:
        """The chat as it is now, and the `seq` to follow its events from."""
        messages = self._world.messages(Session.of(parameters).chat_id)
        return {"seq": self._world.seq, "messages": _with_urls(messages)}

    def about(self, parameters: Parameters) -> Json:
        """The bot, the people and the menu of commands, for the page."""
        session = Session.of(parameters)
        language = parameters.text("language") or "en"
        settings = self._world.settings
        described = settings.get(f"description/{language}") or settings.get("description/") or ""
        return {
            "bot": {"username": BOT_USERNAME, "name": settings.get("name/") or "Lukoshko"},
            "description": described,
            "users": list(self._world.users.values()),
            "commands": commands_for(self._world, session.chat_id, session.user_id, language),
        }

    def _reply(self, session: Session, parameters: Parameters) -> Json:
        if not parameters.text("reply_to"):
            return {}
        replied = self._world.message(session.chat_id, parameters.integer("reply_to"))
        if replied is None:
            raise PlayError("There is no message with the id of reply_to in the chat.")
        return quoted(replied)

    async def _contents(self, parameters: Parameters) -> list[Json]:
        """The fields of each message to send: text, a file, a photo, or an album's photos."""
        photos, documents = parameters.uploads("photo"), parameters.uploads("document")
        if len(photos) + len(documents) > 1 and documents:
            raise PlayError("Send photos, or one document, not both.")
        if len(photos) > limits.MAX_ALBUM:
            raise PlayError("An album has at most 10 photos.")
        if not photos and not documents:
            text = _formatted(parameters, "text", "entities", limits.MAX_TEXT)
            if not text:
                raise PlayError("There is nothing to send: give text, photo or document.")
            return [text]
        for photo in photos:
            _check_photo(photo)
        caption = _formatted(parameters, "caption", "caption_entities", limits.MAX_CAPTION)
        kind = "photo" if photos else "document"
        files = [await self._world.add_file(upload, kind) for upload in photos or documents]
        album = {"media_group_id": str(secrets.randbits(53))} if len(files) > 1 else {}
        contents = [album | file.content_of_message() for file in files]
        return [contents[0] | caption, *contents[1:]]


def bot_sees(message: Json) -> bool:
    """Return whether the bot gets the message. In a group, privacy mode gives it only commands for
    it and replies to its messages."""
    if message["chat"]["type"] == "private":
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("is_bot"):
        return True
    text = message.get("text") or message.get("caption") or ""
    entities: list[Entity] = message.get("entities") or message.get("caption_entities") or []
    commands = (e for e in entities if e["type"] == "bot_command" and e["offset"] == 0)
    for command in commands:
        addressee = utf16_slice(text, 0, command["length"]).partition("@")[2]
        return addressee.lower() in ("", BOT_USERNAME)
    return False


def _messages_in(update: Json) -> list[Json]:
    """The messages that an update is about: its own, or the one with the pressed button."""
    contents = [content for content in update.values() if isinstance(content, dict)]
    messages = [content.get("message", content) for content in contents]
    return [message for message in messages if isinstance(message, dict)]


def _is_chat(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), int)


def _private_chat(sender: Json) -> Json:
    return {"id": sender["id"], "type": "private", "first_name": sender["first_name"]}


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


def _with_urls(value: Any) -> Any:
    """A copy in which each attached file has a `url`."""
    if isinstance(value, list):
        return [_with_urls(item) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {key: _with_urls(item) for key, item in value.items()}
    return copy | {"url": f"/play/file/{copy['file_id']}"} if "file_id" in copy else copy
