"""The user side's actions in a chat: send, edit, press, vote, look.

Each bad request raises a PlayError.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bot.playground import limits, writing
from bot.playground.account import commands_for
from bot.playground.call import Parts, quoted
from bot.playground.errors import PlayError
from bot.playground.formatting import Entity, utf16_slice
from bot.playground.members import change
from bot.playground.parameters import Parameters
from bot.playground.seen import chat_seen, events_seen
from bot.playground.session import Session
from bot.playground.world import (
    BOT_USERNAME,
    GROUP_ID,
    Json,
    anonymous_admin,
    event,
    person,
)

ANSWER_WAIT_S = 15.0
MAX_EVENTS_WAIT_S = 60.0


class Play:
    """The user side of the playground."""

    def __init__(self, parts: Parts, answer_wait_s: float = ANSWER_WAIT_S) -> None:
        self._parts = parts
        self._world = parts.world
        self._answer_wait_s = answer_wait_s

    async def send(self, parameters: Parameters) -> Json:
        """Sends a text, up to ten photos or documents (two or more as an album), as a forward if
        asked to; or edits a message; or hands over raw updates."""
        if parameters.text("raw"):
            return self._send_raw(parameters)
        session = Session.of(parameters)
        if parameters.text("edit"):
            return self._edit(session, parameters)
        sender = self._sender(session, parameters)
        if session.chat_id < 0 and self._world.chat(session.chat_id) is None:
            raise PlayError("There is no such group.")
        chat = self._world.chat(session.chat_id) or _private_chat(sender)
        beside = self._reply(session, parameters) | writing.forward_origin(self._world, parameters)
        if chat["id"] == GROUP_ID:
            beside |= _in_group(chat, parameters)
            sender = anonymous_admin() if "sender_chat" in beside else sender
        contents = await writing.contents(self._world, parameters)
        messages = [self._world.draft(chat, sender, content | beside) for content in contents]
        # An album is handed over whole, as Telegram does where privacy mode is off: where it is on, a
        # bot may get the part with the caption alone.
        is_seen = any(bot_sees(message) for message in messages)
        updates = [{"message": message} for message in messages if is_seen]
        self._world.publish(
            [event("message", session.chat_id, message=message) for message in messages],
            self._parts.updates.wanted(updates),
        )
        return {"message_ids": [message["message_id"] for message in messages]}

    def _edit(self, session: Session, parameters: Parameters) -> Json:
        """Replaces the text or caption of one of the user's own messages."""
        message = self._world.message(session.chat_id, parameters.integer("edit"))
        if message is None:
            raise PlayError("There is no message with the id of edit in the chat.")
        edited = writing.edited(message, session.user_id, parameters)
        updates = [{"edited_message": edited}] if bot_sees(edited) else []
        self._world.publish(
            [event("edit", session.chat_id, message=edited)], self._parts.updates.wanted(updates)
        )
        return {"message_ids": [edited["message_id"]]}

    def _send_raw(self, parameters: Parameters) -> Json:
        """Updates as Telegram would send them, for what no chat of the playground gives rise to."""
        updates = parameters.decoded("raw", list)
        if not all(isinstance(update, dict) for update in updates):
            raise PlayError("raw must be a list of updates, each a JSON object.")
        messages = [message for update in updates for message in _messages_in(update)]
        self._world.hand_over(updates, [m for m in messages if _is_placed(m)])
        return {"message_ids": [m["message_id"] for m in messages if "message_id" in m]}

    async def press(self, parameters: Parameters) -> Json:
        """Presses a button and waits for the bot's answer.

        The message need not have the button any more: a client may show an older keyboard.
        """
        session = Session.of(parameters)
        message = self._world.message(session.chat_id, parameters.integer("message_id"))
        if message is None or not message.get("from", {}).get("is_bot"):
            raise PlayError("There is no message of the bot with this message_id in the chat.")
        data = parameters.text("data")
        if not 1 <= len(data.encode()) <= limits.MAX_CALLBACK_DATA_BYTES:
            raise PlayError("data must have 1 to 64 bytes.")
        query_id, answer = self._parts.callbacks.ask()
        query = {
            "id": query_id,
            "from": self._user(session),
            "message": message,
            "chat_instance": str(session.chat_id),
            "data": data,
        }
        self._world.publish([], self._parts.updates.wanted([{"callback_query": query}]))
        try:
            return await asyncio.wait_for(answer, self._answer_wait_s)
        except TimeoutError as error:
            raise PlayError("The bot did not answer in time.", 504) from error

    def member(self, parameters: Parameters) -> Json:
        """Somebody comes to the group, leaves it, or becomes an admin (`members`)."""
        self._world.publish([], self._parts.updates.wanted(change(self._world, parameters)))
        return {"ok": True}

    def vote(self, parameters: Parameters) -> Json:
        """Answers a poll with the numbers of `options`, none to take the answer back; returns the
        poll."""
        session = Session.of(parameters)
        message = self._world.message(session.chat_id, parameters.integer("message_id"))
        if message is None or "poll" not in message:
            raise PlayError("There is no poll with this message_id in the chat.")
        options = parameters.decoded("options", list)
        if options is None:
            raise PlayError("Give options, a list of numbers.")
        self._check_vote(session, message["poll"], options)
        voted = self._parts.ballots.vote(message, self._user(session), options)
        return {"poll": voted["poll"]}

    def _check_vote(self, session: Session, poll: Json, options: list[Any]) -> None:
        if poll["is_closed"]:
            raise PlayError("The poll is closed.")
        numbers = range(len(poll["options"]))
        if not all(isinstance(number, int) and number in numbers for number in options):
            raise PlayError("The poll has no option with this number.")
        if len(options) != len(set(options)):
            raise PlayError("An option can be chosen only once.")
        if len(options) > 1 and not poll["allows_multiple_answers"]:
            raise PlayError("The poll takes one answer only.")
        voted = self._world.votes(poll["id"]).get(session.user_id)
        if voted and not poll["allows_revoting"]:
            raise PlayError("The answer to this poll can't be changed.")

    async def events(self, parameters: Parameters) -> Json:
        """The chat's events after number `after`; waits up to `wait` seconds for one.

        An `after` above the last number comes from before a restart and is answered at once.
        """
        session, after = Session.of(parameters), parameters.integer("after", 0)
        chat_id = session.chat_id
        wait_s = min(parameters.number("wait", 0), MAX_EVENTS_WAIT_S)
        await self._world.wait_for(
            lambda: after > self._world.seq or bool(self._world.events(chat_id, after)), wait_s
        )
        events = self._world.events(chat_id, after)
        return {"seq": self._world.seq, "events": events_seen(self._world, session.user_id, events)}

    def history(self, parameters: Parameters) -> Json:
        """The chat as it is now (see `chat_seen`), and the `seq` to follow its events from."""
        session = Session.of(parameters)
        now = chat_seen(self._world, session.user_id, session.chat_id)
        return {"seq": self._world.seq} | now

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

    def _sender(self, session: Session, parameters: Parameters) -> Json:
        """The user, with the name that `name` gives, or that they had before."""
        sender = person(session.user_id, parameters.text("language") or "en")
        known = self._world.users.get(session.user_id, sender)
        return sender | {"first_name": parameters.text("name") or known["first_name"]}

    def _user(self, session: Session) -> Json:
        return self._world.users.get(session.user_id) or person(session.user_id, "en")


def bot_sees(message: Json) -> bool:
    """Return whether the bot gets the message. In a group, privacy mode gives it only commands for
    it and replies to its messages."""
    if message["chat"]["type"] == "private":
        return True
    replied = message.get("reply_to_message", {})
    if replied.get("from", {}).get("is_bot") and "sender_chat" not in replied:
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


def _is_placed(message: Json) -> bool:
    """Return whether the message tells its own id and its chat's."""
    chat = message.get("chat")
    numbers = message.get("message_id"), chat.get("id") if isinstance(chat, dict) else None
    return all(isinstance(number, int) for number in numbers)


def _in_group(chat: Json, parameters: Parameters) -> Json:
    """The fields of a message in the topic `thread`, and of one that an admin writes as the group, where
    `anonymous` is true."""
    fields: Json = {}
    if parameters.text("thread"):
        thread_id = parameters.integer("thread")
        fields |= {"message_thread_id": thread_id, "is_topic_message": True}
        fields |= {"chat": chat | {"is_forum": True}}
    if parameters.flag("anonymous"):
        fields["sender_chat"] = chat
    return fields


def _private_chat(sender: Json) -> Json:
    return {"id": sender["id"], "type": "private", "first_name": sender["first_name"]}
