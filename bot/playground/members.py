"""Members of the group: who came, who left, who is an admin.

`POST /play/member`, JSON `{"user", "status", "by", "bot"}`: the user, or with `bot` true the bot, becomes `member`,
`administrator` or `left`, by the hand of `by` (the user by default). The bot is told as by Telegram.
"""

from __future__ import annotations

import time

from bot.playground.errors import PlayError
from bot.playground.parameters import Parameters
from bot.playground.world import BOT_USERNAME, GROUP_ID, OWNER_ID, Json, World, event

# The playground knows the bot by its name alone, before it calls.
DEFAULT_BOT_ID = 1
STATUSES = ("member", "administrator", "left")
_RIGHTS = (
    *("can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
    *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users"),
    *("can_post_stories", "can_edit_stories", "can_delete_stories", "is_anonymous"),
)


def status_of(world: World, user_id: int) -> str:
    """The user's status in the group; OWNER_ID created it, and whoever nobody spoke of is a member."""
    default = "creator" if user_id == OWNER_ID else "member"
    return str(world.settings.get(f"member/{user_id}") or default)


def member(world: World, user: Json) -> Json:
    """The user as a ChatMember of the group."""
    status = status_of(world, user["id"])
    return {"status": status, "user": user} | _facts(status)


def administrators(world: World) -> list[Json]:
    """The group's creator and its admins."""
    members = [member(world, user) for user in world.users.values()]
    return [one for one in members if one["status"] in ("creator", "administrator")]


def change(world: World, parameters: Parameters) -> list[Json]:
    """Changes a status, shows the chat the message of a person who came or left, and returns the updates that the bot
    gets. Raises PlayError."""
    user_id, status = parameters.integer("user", OWNER_ID), parameters.text("status")
    if status not in STATUSES:
        raise PlayError(f"status must be one of {', '.join(STATUSES)}.")
    by = _known(world, parameters.integer("by", user_id))
    chat = world.chat(GROUP_ID) or {}
    if parameters.flag("bot"):
        return [_of_the_bot(world, chat, by, status)]
    user = _known(world, user_id)
    was = status_of(world, user_id)
    world.set(f"member/{user_id}", status)
    if (was == "left") == (status == "left"):
        return []
    told = {"left_chat_member": user} if status == "left" else {"new_chat_members": [user]}
    message = world.draft(chat, by, told)
    world.publish([event("message", GROUP_ID, message=message)])
    return [{"message": message}]


def _of_the_bot(world: World, chat: Json, by: Json, status: str) -> Json:
    bot = {"id": DEFAULT_BOT_ID, "is_bot": True, "first_name": "Lukoshko"}
    bot |= {"username": BOT_USERNAME}
    was = str(world.settings.get("member/bot") or "left")
    world.set("member/bot", status)
    changed = {"chat": chat, "from": by, "date": int(time.time())}
    for name, at_the_time in (("old_chat_member", was), ("new_chat_member", status)):
        changed[name] = {"status": at_the_time, "user": bot} | _facts(at_the_time)
    return {"my_chat_member": changed}


def _known(world: World, user_id: int) -> Json:
    if user_id not in world.users:
        raise PlayError("There is nobody with this number: let them write first.")
    return world.users[user_id]


def _facts(status: str) -> Json:
    match status:
        case "creator":
            return {"is_anonymous": False}
        case "administrator":
            return dict.fromkeys(_RIGHTS, False)
    return {}
