"""A chat as one user sees it: its events, and its present state, with what is for them alone.

Beside a message stand: the `url` of each file; `reply_keyboard`, a keyboard that came with the
message (see `markup`), for those it is addressed to; `voted`, the user's own choice in its poll.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.playground.world import Json, World


def events_seen(world: World, user_id: int, events: Sequence[Json]) -> list[Json]:
    """Events as the user sees them."""
    return [_event_seen(world, user_id, happened) for happened in events]


def chat_seen(world: World, user_id: int, chat_id: int) -> Json:
    """The messages, the bot's `reactions` (an emoji by message id), what the user `voted` (option
    numbers by message id), and the user's `reply_keyboard` with its message's id, or None."""
    messages = world.messages(chat_id)
    polls = [message for message in messages if "poll" in message]
    return {
        "messages": with_urls(messages),
        "reactions": world.reactions(chat_id),
        "voted": {poll["message_id"]: _choice(world, user_id, poll) for poll in polls},
        "reply_keyboard": _present_keyboard(world, user_id, chat_id),
    }


def with_urls(value: Any) -> Any:
    """A copy in which each attached file has a `url`."""
    if isinstance(value, list):
        return [with_urls(item) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {key: with_urls(item) for key, item in value.items()}
    return copy | {"url": f"/play/file/{copy['file_id']}"} if "file_id" in copy else copy


def _event_seen(world: World, user_id: int, happened: Json) -> Json:
    seen: Json = with_urls(happened)
    if "reply_keyboard" in seen and not _is_addressed(user_id, happened):
        del seen["reply_keyboard"]
    if "poll" in (happened["message"] or {}):
        seen["voted"] = _choice(world, user_id, happened["message"])
    return seen


def _choice(world: World, user_id: int, message: Json) -> list[int]:
    return world.votes(message["poll"]["id"]).get(user_id, [])


def _present_keyboard(world: World, user_id: int, chat_id: int) -> Json | None:
    """The last keyboard, unless it was removed or its message is deleted: then there is none."""
    for happened in reversed(world.events(chat_id, 0)):
        if "reply_keyboard" in happened and _is_addressed(user_id, happened):
            keyboard: Json = happened["reply_keyboard"]
            message_id = happened["message"]["message_id"]
            gone = world.message(chat_id, message_id) is None or "remove_keyboard" in keyboard
            return None if gone else {"message_id": message_id} | keyboard
    return None


def _is_addressed(user_id: int, happened: Json) -> bool:
    """Return whether the keyboard is for the user: in a group, a selective one is only for those
    whom its message mentions, and for the sender of the message that it replies to."""
    message = happened["message"]
    if message["chat"]["type"] == "private" or "selective" not in happened["reply_keyboard"]:
        return True
    entities = message.get("entities", []) + message.get("caption_entities", [])
    addressees = [entity["user"] for entity in entities if entity["type"] == "text_mention"]
    if "reply_to_message" in message:
        addressees.append(message["reply_to_message"].get("from", {}))
    return user_id in [addressee.get("id") for addressee in addressees]
