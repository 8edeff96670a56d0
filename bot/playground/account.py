"""The methods about the bot itself, its updates, its commands, its files and its chats."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from bot.playground import limits, members
from bot.playground.call import Call
from bot.playground.errors import ApiError, bad_request
from bot.playground.world import GROUP_ID, Json, World


async def get_me(call: Call) -> Json:
    """The bot as a User; privacy mode is on."""
    return call.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "supports_guest_queries": True,
    }


async def get_updates(call: Call) -> list[Json]:
    """Long polling, see `UpdateQueue.get`. Raises ApiError 409 while a webhook is set."""
    parameters = call.parameters
    if call.parts.webhook.webhook:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    return await call.parts.updates.get(
        offset=parameters.integer("offset", 0),
        limit=parameters.integer("limit", 100),
        wait_s=parameters.number("timeout", 0),
        allowed=parameters.decoded("allowed_updates", list),
    )


async def set_webhook(call: Call) -> bool:
    """Updates are posted to `url` from now on; an empty one removes the webhook. A certificate is not
    looked at."""
    parameters = call.parameters
    url = parameters.text("url")
    if not url:
        return await delete_webhook(call)
    _check_webhook(url, parameters.text("secret_token"))
    connections = parameters.integer("max_connections", limits.DEFAULT_WEBHOOK_CONNECTIONS)
    allowed = parameters.decoded("allowed_updates", list)
    _drop_if_asked(call)
    call.parts.updates.allow(allowed)
    call.parts.updates.end_poll("setWebhook request")
    webhook = {
        "url": url,
        "secret_token": parameters.text("secret_token"),
        "max_connections": min(max(connections, 1), limits.MAX_WEBHOOK_CONNECTIONS),
    }
    await call.parts.webhook.set(webhook | ({"allowed_updates": allowed} if allowed else {}))
    return True


def _check_webhook(url: str, secret: str) -> None:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise bad_request("invalid webhook URL specified") from error
    if not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    # As with a Bot API server of one's own, a bot on the same machine needs no TLS.
    if parts.hostname not in ("127.0.0.1", "localhost"):
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if port not in (None, *limits.WEBHOOK_PORTS):
            raise bad_request(
                "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
            )
    if len(secret) > limits.MAX_SECRET_TOKEN:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")


async def delete_webhook(call: Call) -> bool:
    """Removes the webhook, and drops the pending updates if asked to."""
    if call.parts.webhook.webhook:
        await call.parts.webhook.set({})
    _drop_if_asked(call)
    return True


def _drop_if_asked(call: Call) -> None:
    if call.parameters.flag("drop_pending_updates") and call.world.updates:
        call.world.confirm_updates(max(call.world.updates) + 1)


async def get_webhook_info(call: Call) -> Json:
    """The webhook, the number of pending updates, and the last failure."""
    return call.parts.webhook.info


async def answer_callback_query(call: Call) -> bool:
    """Answers the person who pressed a button; the text has at most 200 characters."""
    parameters = call.parameters
    text = parameters.text("text")
    if len(text) > limits.MAX_CALLBACK_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": text, "show_alert": parameters.flag("show_alert")}
    call.parts.callbacks.answer(parameters.text("callback_query_id"), answer)
    return True


async def get_file(call: Call) -> Json:
    """The file's path for a download; files above the server's limit are rejected, as by Telegram."""
    file = call.world.file(call.parameters.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > call.parts.files.download_bytes:
        raise bad_request("file is too big")
    identity = {"file_id": file.file_id, "file_unique_id": file.file_unique_id}
    is_local = call.parts.files.is_local
    path = str(call.world.content_path(file).resolve()) if is_local else file.path
    return identity | {"file_size": file.size, "file_path": path}


async def leave_server(call: Call) -> bool:
    """logOut and close: a bot moves between Telegram's server and one of its operator's. Nothing changes here."""
    return True


# Commands and texts about the bot, per language (and scope)


def _commands_key(call: Call) -> str:
    scope = call.parameters.decoded("scope", dict) or {"type": "default"}
    places = [scope[name] for name in ("type", "chat_id", "user_id") if name in scope]
    place = ":".join(str(part) for part in places)
    return f"commands/{place}/{call.parameters.text('language_code')}"


async def set_my_commands(call: Call) -> bool:
    """Stores the commands for a scope and a language, after Telegram's checks of their form."""
    commands = call.parameters.decoded("commands", list) or []
    if len(commands) > limits.MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    call.world.set(_commands_key(call), commands)
    return True


async def get_my_commands(call: Call) -> list[Json]:
    """The commands of exactly this scope and language; [] if there are none."""
    return call.world.settings.get(_commands_key(call)) or []


async def delete_my_commands(call: Call) -> bool:
    """Removes the commands of exactly this scope and language."""
    call.world.set(_commands_key(call), None)
    return True


def commands_for(world: World, chat_id: int, user_id: int, language: str) -> list[Json]:
    """The menu of a user in a chat: the narrowest scope that has commands, in the language if it can.

    Source: core.telegram.org/bots/api#determining-list-of-commands.
    """
    kind = "all_group_chats" if chat_id == GROUP_ID else "all_private_chats"
    scopes = [f"chat_member:{chat_id}:{user_id}", f"chat:{chat_id}", kind, "default"]
    for scope in scopes:
        for language_code in (language, ""):
            commands: list[Json] | None = world.settings.get(f"commands/{scope}/{language_code}")
            if commands:
                return commands
    return []


def text_setter(parameter: str, longest: int) -> Callable[[Call], Awaitable[bool]]:
    """setMyName, setMyDescription or setMyShortDescription."""

    async def set_text(call: Call) -> bool:
        text = call.parameters.text(parameter)
        if len(text) > longest:
            raise bad_request(f"{parameter} is too long")
        call.world.set(f"{parameter}/{call.parameters.text('language_code')}", text)
        return True

    return set_text


# Chats and members


async def get_chat(call: Call) -> Json:
    """A ChatFullInfo, with the fields that Telegram requires."""
    return call.chat() | {"accent_color_id": 0, "max_reaction_count": 11}


async def get_chat_member(call: Call) -> Json:
    """The bot or a user as a member of the chat; see `members`."""
    call.chat()
    user_id = call.parameters.integer("user_id")
    if user_id == call.bot["id"]:
        return {"status": "member", "user": call.bot}
    if user_id not in call.world.users:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return members.member(call.world, call.world.users[user_id])


async def get_chat_administrators(call: Call) -> list[Json]:
    """The group's creator and its admins."""
    if call.chat()["type"] == "private":
        raise bad_request("there are no administrators in the private chat")
    return members.administrators(call.world)


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
    "logOut": leave_server,
    "close": leave_server,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": text_setter("name", 64),
    "setMyDescription": text_setter("description", 512),
    "setMyShortDescription": text_setter("short_description", 120),
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
}
