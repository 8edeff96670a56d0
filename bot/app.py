"""The Application: how it is built, its start and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ParseMode
from telegram.ext import ApplicationBuilder, ContextTypes, Defaults, Updater

from bot.albums import Albums
from bot.api_server import TELEGRAM, ApiServer
from bot.arrivals import Arrivals
from bot.askings import Askings
from bot.boards import Boards
from bot.commands.interrupted import tell_interrupted
from bot.consents import Consents
from bot.context import App, Context
from bot.greetings import Greetings
from bot.guests import Guests
from bot.handlers import add_handlers
from bot.inbox import Inbox
from bot.lesson_ends import end_lessons
from bot.lessons import LessonBook
from bot.outage import Outage
from bot.pace import Pace
from bot.policy import DEFAULT_POLICY, Policy
from bot.polling import Polling, PollingRequest
from bot.quizzes import QuizBook
from bot.requests import Request
from bot.retention import keep_retention
from bot.routes import GROUP_COMMANDS, PRIVATE_COMMANDS
from bot.sending import Sender
from bot.taps import Taps
from bot.texts import DEFAULT_LANGUAGE, LANGUAGES, supported, texts_in
from bot.turns import Turns
from bot.updates import FairQueue, UpdateProcessor
from bot.webhook import Door, Webhook
from bot.zip_book import ZipBook
from bot.zips import Zips
from core.ports import Jobs, Steps, Updates
from core.services.services import Services

logger = logging.getLogger(__name__)

# What still runs this long after the last update was taken is left to the next process.
GRACE_S = 3.0


def make_application(
    token: str,
    services: Services,
    journal: Updates,
    steps: Steps,
    base_url: str | None = None,
    pace: Pace | None = None,
    policy: Policy = DEFAULT_POLICY,
    door: Door | None = None,
    server: ApiServer = TELEGRAM,
) -> App:
    """The bot with its handlers. base_url : the address of another Bot API server. pace : None for the
    limits that Telegram sets. door : where Telegram calls; None where it is polled. server : what the Bot
    API server lets a bot do with files."""
    sender = Sender(steps, pace)
    inbox = Inbox(journal)
    queue = FairQueue(journal, sender.delivered)
    processor = UpdateProcessor(journal, steps, queue)
    polling = PollingRequest(inbox)
    application = _built(token, base_url, server, sender, queue, processor, polling)
    albums = Albums(is_coming=queue.holds_album_of)
    guests = Guests(services.accounts, policy.allowed_users, policy.admins)
    arrivals: Arrivals = (
        Webhook(application.bot, queue, inbox, door)
        if door
        else Polling(cast(Updater, application.updater), polling)
    )
    application.bot_data.update(
        _empty_books(),
        services=services,
        policy=policy,
        albums=albums,
        guests=guests,
        processor=processor,
        arrivals=arrivals,
    )
    processor.give_up = partial(_say_given_up, application)
    inbox.outage = Outage(application.bot, guests.is_served)
    add_handlers(application, policy, albums)
    return application


def _built(
    token: str,
    base_url: str | None,
    server: ApiServer,
    sender: Sender,
    queue: FairQueue,
    processor: UpdateProcessor,
    polling: PollingRequest,
) -> App:
    """The library's application, without handlers."""
    builder = (
        ApplicationBuilder()
        .token(token)
        .context_types(ContextTypes(context=Context))
        .defaults(
            Defaults(
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                allow_sending_without_reply=True,
            )
        )
        .rate_limiter(sender)
        .request(Request(server))
        .get_updates_request(polling)
        .update_queue(queue)
        .concurrent_updates(processor)
    )
    if base_url:
        builder = builder.base_url(f"{base_url}/bot").base_file_url(f"{base_url}/file/bot")
        builder = builder.local_mode(server.folder is not None)
    return builder.build()


def _empty_books() -> dict[str, object]:
    """What the handlers remember of chats and people as long as the process lives."""
    return {
        "turns": Turns(),
        "taps": Taps(),
        "zips": Zips(),
        "zip_book": ZipBook(),
        "boards": Boards(),
        "askings": Askings(),
        "greetings": Greetings(),
        "consents": Consents(),
        "lesson_book": LessonBook(),
        "quiz_book": QuizBook(),
    }


@asynccontextmanager
async def serving(application: App, services: Services, jobs: Jobs) -> AsyncIterator[Arrivals]:
    """Telegram is served for the length of the block, which watches over the arrival of updates.

    jobs : those of a process that died are interrupted, and their users told.
    """
    async with application:
        await _register_commands(application)
        await application.start()
        async with _receiving(application, services) as arrivals:
            book: LessonBook = application.bot_data["lesson_book"]
            processor: UpdateProcessor = application.bot_data["processor"]
            zip_book: ZipBook = application.bot_data["zip_book"]
            telling = tell_interrupted(application.bot, zip_book, services, jobs)
            processor.beside(asyncio.create_task(telling))
            ending = asyncio.create_task(end_lessons(application.bot, book, services.users))
            policy: Policy = application.bot_data["policy"]
            retaining = _retaining(application, services, policy)
            try:
                yield arrivals
            finally:
                ending.cancel()
                retaining.cancel()


@asynccontextmanager
async def _receiving(application: App, services: Services) -> AsyncIterator[Arrivals]:
    """Updates are taken for the length of the block, first those of an earlier process.

    At the end, and where the start fails, nothing new is begun, and what does not end soon is parked: the
    next process does it again.
    """
    arrivals: Arrivals = application.bot_data["arrivals"]
    processor: UpdateProcessor = application.bot_data["processor"]
    try:
        if isinstance(application.update_queue, FairQueue):
            await application.update_queue.restore(application.bot)
        await arrivals.start(_kinds_of_updates(application.bot_data["policy"]))
        yield arrivals
    finally:
        try:
            await asyncio.gather(arrivals.stop(), services.jobs.close())
        finally:
            await processor.close(GRACE_S)
            await application.stop()


def _kinds_of_updates(policy: Policy) -> list[str]:
    """What Telegram is asked for."""
    return [
        *(Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY),
        *(Update.MY_CHAT_MEMBER, Update.CHAT_MEMBER),
        *(Update.POLL, Update.POLL_ANSWER, Update.INLINE_QUERY),
        *([Update.GUEST_MESSAGE] if policy.guest_mode else []),
    ]


def _retaining(application: App, services: Services, policy: Policy) -> asyncio.Task[None]:
    """Looks after unused accounts, where the operator wants them deleted."""
    if not policy.retention_days:
        return asyncio.create_task(asyncio.sleep(0))
    return asyncio.create_task(
        keep_retention(application.bot, services.accounts, policy.retention_days)
    )


async def _register_commands(application: App) -> None:
    scopes: dict[BotCommandScope, Sequence[str]] = {
        BotCommandScopeAllPrivateChats(): list(PRIVATE_COMMANDS),
        BotCommandScopeAllGroupChats(): list(GROUP_COMMANDS),
    }
    for scope, names in scopes.items():
        for language in LANGUAGES:
            texts = texts_in(language)
            commands = [BotCommand(name, texts.plain(f"command.{name}")) for name in names]
            code = None if language == DEFAULT_LANGUAGE else language
            await application.bot.set_my_commands(commands, scope=scope, language_code=code)


async def _say_given_up(application: App, update: Update) -> None:
    """Tells a user that their update is not tried any more."""
    person, chat = update.effective_user, update.effective_chat
    if person and chat:
        services: Services = application.bot_data["services"]
        user = await services.users.meet(person.id, supported(person.language_code))
        text = texts_in(user.language)("update.given_up")
        await application.bot.send_message(chat.id, text)
