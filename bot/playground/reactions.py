"""setMessageReaction: the bot's reaction to a message, shown beside the message and not in it.

The user side gets a `reaction` event: `message_id` and `message`, the message reacted to, and the
`emoji`, which is None when the reaction is taken back. `/play/history` has the `reactions` as they
are now: the emoji by message id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from telegram.constants import ReactionEmoji

from bot.playground.call import Call
from bot.playground.errors import ApiError, bad_request
from bot.playground.parameters import Parameters
from bot.playground.world import Json, World, event

_EMOJI = {str(emoji.value) for emoji in ReactionEmoji}
# A message with none of these fields is a service message.
_CONTENT = {
    "text",
    "photo",
    "document",
    "poll",
    "animation",
    "audio",
    "video",
    "video_note",
    "voice",
    "sticker",
    "story",
    "contact",
    "dice",
    "location",
    "venue",
}


async def set_message_reaction(call: Call) -> bool:
    """Sets the bot's reaction, or takes it back where the list is empty; an album has it on its first
    message. `is_big` is ignored: the page has no animations."""
    emoji = _chosen(call.parameters)
    message = _holder(call.world, call.message("react"))
    if not _CONTENT & message.keys():
        raise _invalid()
    chat_id, message_id = message["chat"]["id"], message["message_id"]
    if call.world.reactions(chat_id).get(message_id) == emoji:
        return True
    call.spend(chat_id)
    changed = {"message": message, "message_id": message_id, "emoji": emoji}
    call.world.publish([event("reaction", chat_id, **changed)])
    return True


def _chosen(parameters: Parameters) -> str | None:
    """The only emoji of the list, or None. A bot has one reaction, as a user without Premium."""
    reactions = parameters.decoded("reaction", list) or []
    for reaction in reactions:
        _check(reaction)
    if len(reactions) > 1:
        raise _invalid()
    return str(reactions[0]["emoji"]) if reactions else None


def _check(reaction: Any) -> None:
    broken = "can't parse ReactionType"
    if not isinstance(reaction, dict):
        raise bad_request(f"{broken}: expected an Object")
    kind = reaction.get("type")
    if kind is None:
        raise bad_request(f'{broken}: Can\'t find field "type"')
    if kind not in ("emoji", "custom_emoji"):
        raise bad_request(f"{broken}: invalid reaction type specified")
    if kind == "custom_emoji" or reaction.get("emoji") not in _EMOJI:
        raise _invalid()


def _invalid() -> ApiError:
    return bad_request("REACTION_INVALID")


def _holder(world: World, message: Json) -> Json:
    """The message itself, or the first of its album that is not deleted."""
    album = message.get("media_group_id")
    if album is None:
        return message
    messages = world.messages(message["chat"]["id"])
    return next((other for other in messages if other.get("media_group_id") == album), message)


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {"setMessageReaction": set_message_reaction}
