"""The handlers in their order: of each group, the first one that fits takes the update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram import Update
from telegram.ext import (
    BaseHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    PollAnswerHandler,
    PollHandler,
    TypeHandler,
    filters,
)

from bot.addressed import CaptionCommand, PartOfBegunAlbum, ReplyToBot
from bot.admission import admit
from bot.albums import Albums
from bot.commands import (
    cancel,
    chats,
    group_teach,
    guest,
    inline,
    predict,
    presses,
    quiz,
    teach,
)
from bot.context import App, Context
from bot.errors import on_error
from bot.policy import Policy
from bot.routes import (
    ACTIONS,
    ADMIN_COMMANDS,
    FILE_ACTIONS,
    GROUP_ACTIONS,
    GROUP_COMMANDS,
    GROUP_COMMANDS_IN_PRIVATE,
    PRIVATE_COMMANDS,
    PRIVATE_COMMANDS_IN_GROUPS,
    Command,
)

Handler = BaseHandler[Any, Context, Any]

NEW = filters.UpdateType.MESSAGE
EDITED = filters.UpdateType.EDITED_MESSAGE
IN_PRIVATE = NEW & filters.ChatType.PRIVATE
IN_GROUP = NEW & filters.ChatType.GROUPS


def add_handlers(application: App, policy: Policy, albums: Albums) -> None:
    """Gives the application all its handlers."""
    application.add_handlers(
        {
            -2: [TypeHandler(Update, admit)],
            -1: [MessageHandler(IN_PRIVATE & filters.COMMAND, cancel.forget_question)],
            0: [
                presses.press_handler(ACTIONS, GROUP_ACTIONS, FILE_ACTIONS),
                *_commands(),
                *_pictures(albums),
                *_texts(),
                *_service_messages(),
                MessageHandler(IN_PRIVATE, cancel.on_other),
                *_polls(),
                InlineQueryHandler(inline.on_inline_query),
                *_guest_messages(policy),
            ],
        }
    )
    application.add_error_handler(on_error)


def _commands() -> list[Handler]:
    in_private = PRIVATE_COMMANDS | GROUP_COMMANDS_IN_PRIVATE | {"done": teach.done}
    private_only = dict.fromkeys(PRIVATE_COMMANDS, predict.private_only)
    in_groups = private_only | PRIVATE_COMMANDS_IN_GROUPS | GROUP_COMMANDS
    return [
        *_handlers_of(in_private, IN_PRIVATE),
        # A command that was forwarded is somebody else's.
        *_handlers_of(in_groups, IN_GROUP & ~filters.FORWARDED),
        *_handlers_of({"teach": group_teach.teach}, EDITED & filters.ChatType.GROUPS),
        *_handlers_of(ADMIN_COMMANDS, IN_PRIVATE),
    ]


def _handlers_of(commands: Mapping[str, Command], where: filters.BaseFilter) -> list[Handler]:
    return [CommandHandler(name, command, filters=where) for name, command in commands.items()]


def _pictures(albums: Albums) -> list[Handler]:
    """In a group only what is addressed to the bot is answered."""
    addressed = NEW & (
        filters.ChatType.PRIVATE | CaptionCommand() | ReplyToBot() | PartOfBegunAlbum(albums)
    )
    edited = EDITED & (filters.ChatType.PRIVATE | filters.ChatType.GROUPS & CaptionCommand())
    return [
        MessageHandler(addressed & filters.PHOTO, predict.on_photo),
        MessageHandler(addressed & filters.Document.ALL, predict.on_document),
        MessageHandler(edited & (filters.PHOTO | filters.Document.IMAGE), predict.on_edited),
    ]


def _texts() -> list[Handler]:
    return [
        MessageHandler(IN_PRIVATE & filters.COMMAND, cancel.on_unknown_command),
        MessageHandler(IN_PRIVATE & filters.TEXT, cancel.on_text),
    ]


def _service_messages() -> list[Handler]:
    """What Telegram says of a chat and its members."""
    return [
        MessageHandler(NEW & filters.StatusUpdate.MIGRATE, chats.on_migration),
        MessageHandler(IN_GROUP & filters.StatusUpdate.LEFT_CHAT_MEMBER, chats.on_left),
        MessageHandler(NEW & filters.StatusUpdate.ALL, chats.on_service_message),
        ChatMemberHandler(chats.on_membership, ChatMemberHandler.MY_CHAT_MEMBER),
        ChatMemberHandler(chats.on_member, ChatMemberHandler.CHAT_MEMBER),
    ]


def _polls() -> list[Handler]:
    return [PollAnswerHandler(quiz.on_vote), PollHandler(quiz.on_poll)]


def _guest_messages(policy: Policy) -> list[Handler]:
    if not policy.guest_mode:
        return []
    return [MessageHandler(filters.UpdateType.GUEST_MESSAGE, guest.on_guest_message)]
