"""The Application: its handlers in order, its start and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ChatType, ParseMode
from telegram.ext import (
    ApplicationBuilder,
    ApplicationHandlerStop,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    Defaults,
    InlineQueryHandler,
    MessageHandler,
    PollAnswerHandler,
    PollHandler,
    TypeHandler,
    Updater,
    filters,
)

from bot.addressed import CaptionCommand, PartOfBegunAlbum, ReplyToBot
from bot.albums import Albums
from bot.api_server import TELEGRAM, ApiServer
from bot.arrivals import Arrivals
from bot.askings import Askings
from bot.boards import Boards
from bot.commands import (
    admin,
    answers,
    borrow,
    cancel,
    chats,
    class_card,
    class_edits,
    class_pages,
    compare,
    correct,
    datasets,
    duplicates,
    export,
    fit,
    group,
    group_classes,
    group_teach,
    group_use,
    guest,
    inline,
    lesson,
    look,
    mistakes,
    model_report,
    models,
    notes,
    predict,
    presses,
    privacy,
    quiz,
    share,
    start,
    suggested,
    suspects,
    take_away,
    teach,
    undo,
    upload,
    usage,
    why,
)
from bot.commands.interrupted import tell_interrupted
from bot.consents import Consents
from bot.context import PSEUDO_USERS, App, Context
from bot.errors import on_error
from bot.greetings import Greetings
from bot.guests import Guests
from bot.inbox import Inbox
from bot.lesson_ends import end_lessons
from bot.lessons import LessonBook
from bot.metrics import UPDATES
from bot.outage import Outage
from bot.pace import Pace
from bot.policy import DEFAULT_POLICY, Policy
from bot.polling import Polling, PollingRequest
from bot.quizzes import QuizBook
from bot.requests import Request
from bot.retention import keep_retention
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

Command = Callable[[Update, Context], Coroutine[Any, Any, None]]

# In the order of the menu.
PRIVATE_COMMANDS: dict[str, Command] = {
    "start": start.start,
    "teach": teach.teach,
    "upload_dataset": upload.upload_dataset,
    "datasets": datasets.datasets,
    "info": look.info,
    "samples": look.samples,
    "undo": undo.undo,
    "export": export.export,
    "fit": fit.fit,
    "models": models.models,
    "model": models.model,
    "compare": compare.compare,
    "use": models.use,
    "unload": models.unload,
    "share": share.share,
    "remove": models.remove,
    "remove_all": models.remove_all,
    "predict": predict.predict,
    "quiz": quiz.quiz,
    "cancel": cancel.cancel,
    "usage": usage.usage,
    "privacy": privacy.privacy,
    "export_my_data": privacy.export_my_data,
    "delete_my_data": privacy.delete_my_data,
    "language": start.language,
    "help": start.help_,
}
GROUP_COMMANDS: dict[str, Command] = {
    "predict": predict.predict,
    "quiz": quiz.quiz,
    "teach": group_teach.teach,
    "classes": group_classes.classes,
    "use": group_use.use,
    "unload": group_use.unload,
    "teach_here": group.teach_here,
    "privacy": privacy.privacy,
    "language": start.language,
    "help": start.help_,
    "start": group.start,
}
# In no private menu, but they say there what they are for.
GROUP_COMMANDS_IN_PRIVATE: dict[str, Command] = {
    "classes": group_classes.classes,
    "teach_here": group.teach_here,
}

# In no menu; for everybody but the operator's admins they do not exist.
ADMIN_COMMANDS: dict[str, Command] = {
    "stats": admin.stats,
    "health": admin.health,
    "ban": admin.ban,
    "unban": admin.unban,
    "broadcast": admin.broadcast,
}

ACTIONS: dict[str, presses.OnPress] = {
    "right": correct.on_learn,
    "right_sure": correct.on_right_sure,
    "learn": correct.on_learn,
    "other": correct.on_other,
    "other_new": correct.on_other_new,
    "none": correct.on_none,
    "answer_open": answers.on_open,
    "answer_back": answers.on_back,
    "answer_close": answers.on_close,
    "teach_meant": lesson.on_meant,
    "teach_new": lesson.on_new,
    "teach_class": teach.on_class,
    "teach_ask": teach.on_ask,
    "sample": upload.on_sample,
    "upload": upload.on_upload,
    "help": start.on_help,
    "language": start.on_language,
    "zip_new": upload.on_new,
    "zip_add": upload.on_add,
    "zips_new": upload.on_all_new,
    "zips_add": upload.on_all_add,
    "zip_classes": upload.on_classes,
    "class_merge": notes.on_merge,
    "train_on_test": notes.on_train_on_test,
    "datasets": datasets.on_list,
    "dataset_open": datasets.on_open,
    "dataset_rename": datasets.on_rename,
    "dataset_delete": datasets.on_delete,
    "dataset_delete_yes": datasets.on_delete_yes,
    "info": look.on_info,
    "info_back": look.on_info_back,
    "class_list": look.on_class_list,
    "table": look.on_table,
    "samples": look.on_samples,
    "samples_others": look.on_other_samples,
    "fit": fit.on_fit,
    "fit_plan": fit.on_plan,
    "fit_choose": fit.on_choose,
    "fit_pick": fit.on_pick,
    "fit_train": fit.on_train,
    "share": share.on_share,
    "link_new": share.on_new,
    "link_revoke": share.on_revoke,
    "link_use": borrow.on_use,
    "link_copy": borrow.on_copy,
    "give_back": borrow.on_give_back,
    "models": models.on_page,
    "models_which": models.on_choice,
    "model": models.on_model,
    "model_charts": models.on_charts,
    "model_file": models.on_file,
    "model_report": model_report.on_report,
    "take_away": take_away.on_take_away,
    "take_away_as": take_away.on_take_away_as,
    "take_folder": take_away.on_take_folder,
    "use": group_use.on_use,
    "use_own": group_use.on_use_own,
    "group_use": group_use.on_ask,
    "group_open": group.on_open,
    "teach_here": group.on_teach_here,
    "suggested_add": suggested.on_add,
    "suggested_refuse": suggested.on_refuse,
    "suggested_look": suggested.on_look,
    "suggested_trust": suggested.on_trust,
    "suggested_distrust": suggested.on_distrust,
    "remove": models.on_remove,
    "remove_yes": models.on_remove_yes,
    "remove_all_yes": models.on_remove_all_yes,
    "keep": models.on_keep,
    "compare": compare.on_compare,
    "compare_choose": compare.on_choose,
    "class_open": class_pages.on_open,
    "class_page": class_pages.on_page,
    "class_card": class_card.on_card,
    "class_rename": class_edits.on_rename,
    "class_into": class_edits.on_into,
    "class_join": class_edits.on_join,
    "class_delete": class_edits.on_delete,
    "class_delete_yes": class_edits.on_delete_yes,
    "photo": class_pages.on_photo,
    "photo_open": class_pages.on_photo_open,
    "photo_delete": class_pages.on_delete,
    "photo_move": class_pages.on_move,
    "photo_to": class_pages.on_move_to,
    "photo_new": class_pages.on_new_class,
    "export": export.on_export,
    "mistakes": mistakes.on_mistakes,
    "cell": mistakes.on_cell,
    "twins": duplicates.on_duplicates,
    "twins_group": duplicates.on_group,
    "twins_keep": duplicates.on_keep,
    "suspects": suspects.on_look_through,
    "suspect_keep": suspects.on_keep,
    "suspect_move": suspects.on_move,
    "suspect_delete": suspects.on_delete,
    "undo": undo.on_undo,
    "quiz_allow": quiz.on_allow,
    "quiz_forbid": quiz.on_forbid,
    "quiz_end": quiz.on_end,
    "why": why.on_why,
    "broadcast_yes": admin.on_broadcast,
    "broadcast_no": admin.on_no_broadcast,
    "my_export": privacy.on_export,
    "my_delete": privacy.on_delete,
    "my_delete_yes": privacy.on_delete_yes,
    "my_keep": privacy.on_keep,
    "consent_agree": privacy.on_agree,
    "consent_refuse": privacy.on_refuse,
    "consent_revoke": privacy.on_revoke,
    "cancel": cancel.on_cancel,
}
# In a group everybody sees what a button shows: none shows the presser's own data there, but for the names of models
# that /use offers.
GROUP_ACTIONS = frozenset(
    {
        *("use", "models_which", "why", "help", "language"),
        *("quiz_allow", "quiz_forbid", "quiz_end"),
        *("use_own", "group_use", "group_open", "teach_here"),
    }
)


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
    queue, request = FairQueue(journal, sender.delivered), PollingRequest(inbox)
    processor = UpdateProcessor(journal, steps, queue)
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
        .get_updates_request(request)
        .update_queue(queue)
        .concurrent_updates(processor)
    )
    if base_url:
        builder = builder.base_url(f"{base_url}/bot").base_file_url(f"{base_url}/file/bot")
        builder = builder.local_mode(server.folder is not None)
    application = builder.build()
    arrivals: Arrivals = (
        Webhook(application.bot, queue, inbox, door)
        if door
        else Polling(cast(Updater, application.updater), request)
    )
    application.bot_data.update(
        services=services,
        albums=Albums(is_coming=queue.holds_album_of),
        turns=Turns(),
        taps=Taps(),
        zips=Zips(),
        zip_book=ZipBook(),
        boards=Boards(),
        askings=Askings(),
        greetings=Greetings(),
        consents=Consents(),
        policy=policy,
        guests=Guests(services.accounts, policy.allowed_users, policy.admins),
        lesson_book=LessonBook(),
        quiz_book=QuizBook(),
        processor=processor,
        arrivals=arrivals,
    )
    processor.give_up = partial(_say_given_up, application)
    inbox.outage = Outage(application.bot, application.bot_data["guests"].is_served)
    _add_handlers(application)
    return application


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


def _add_handlers(application: App) -> None:
    private, in_group = filters.ChatType.PRIVATE, filters.ChatType.GROUPS
    new = filters.UpdateType.MESSAGE
    application.add_handler(TypeHandler(Update, _meet), group=-2)
    application.add_handler(
        MessageHandler(new & private & filters.COMMAND, cancel.forget_question), group=-1
    )
    application.add_handler(presses.press_handler(ACTIONS, GROUP_ACTIONS))
    for name, command in (PRIVATE_COMMANDS | GROUP_COMMANDS_IN_PRIVATE).items():
        application.add_handler(CommandHandler(name, command, filters=new & private))
    # A command that was forwarded is somebody else's.
    in_groups = new & in_group & ~filters.FORWARDED
    elsewhere = dict.fromkeys(PRIVATE_COMMANDS, predict.private_only)
    for name, command in (elsewhere | GROUP_COMMANDS).items():
        application.add_handler(CommandHandler(name, command, filters=in_groups))
    application.add_handler(CommandHandler("done", teach.done, filters=new & private))
    for name, command in ADMIN_COMMANDS.items():
        application.add_handler(CommandHandler(name, command, filters=new & private))
    # In a group only what is addressed to the bot is answered; the commands above are.
    begun_album = PartOfBegunAlbum(application.bot_data["albums"])
    addressed = private | CaptionCommand() | ReplyToBot() | begun_album
    application.add_handler(MessageHandler(new & addressed & filters.PHOTO, predict.on_photo))
    application.add_handler(
        MessageHandler(new & addressed & filters.Document.ALL, predict.on_document)
    )
    edited = filters.UpdateType.EDITED_MESSAGE & private
    application.add_handler(
        MessageHandler(edited & (filters.PHOTO | filters.Document.IMAGE), predict.on_edited)
    )
    application.add_handler(
        MessageHandler(new & private & filters.COMMAND, cancel.on_unknown_command)
    )
    application.add_handler(MessageHandler(new & private & filters.TEXT, cancel.on_text))
    application.add_handler(MessageHandler(new & filters.StatusUpdate.MIGRATE, chats.on_migration))
    application.add_handler(
        MessageHandler(new & in_group & filters.StatusUpdate.LEFT_CHAT_MEMBER, chats.on_left)
    )
    application.add_handler(
        MessageHandler(new & filters.StatusUpdate.ALL, chats.on_service_message)
    )
    application.add_handler(
        ChatMemberHandler(chats.on_membership, ChatMemberHandler.MY_CHAT_MEMBER)
    )
    application.add_handler(ChatMemberHandler(chats.on_member, ChatMemberHandler.CHAT_MEMBER))
    application.add_handler(MessageHandler(new & private, cancel.on_other))
    application.add_handler(PollAnswerHandler(quiz.on_vote))
    application.add_handler(PollHandler(quiz.on_poll))
    application.add_handler(InlineQueryHandler(inline.on_inline_query))
    if application.bot_data["policy"].guest_mode:
        application.add_handler(
            MessageHandler(filters.UpdateType.GUEST_MESSAGE, guest.on_guest_message)
        )
    application.add_error_handler(on_error)


async def _meet(update: Update, context: Context) -> None:
    """Before all other handlers."""
    UPDATES.labels(_kind(update)).inc()
    user = update.effective_user
    if user and user.is_bot and user.id not in PSEUDO_USERS:  # two bots could talk for ever
        raise ApplicationHandlerStop
    guests: Guests = context.guests
    if user and not await guests.is_served(user.id):
        await _refuse(update)
        raise ApplicationHandlerStop
    # Who votes has not written to the bot: no account is made.
    if not (update.poll or update.poll_answer):
        await context.meet()


async def _refuse(update: Update) -> None:
    """One sentence where somebody tries a command or a button in private; else silence: floods cost sends."""
    user, message = update.effective_user, update.effective_message
    texts = texts_in(supported(user.language_code if user else None))
    if update.callback_query:
        await update.callback_query.answer(texts.plain("guest.refused"), show_alert=True)
    elif message and message.chat.type == ChatType.PRIVATE and (message.text or "").startswith("/"):
        await message.reply_text(texts("guest.refused"))


def _kind(update: Update) -> str:
    kinds = {
        "press": update.callback_query,
        "vote": update.poll_answer or update.poll,
        "inline": update.inline_query,
        "guest": update.guest_message,
    }
    for kind, content in kinds.items():
        if content:
            return kind
    return "edit" if update.edited_message else "message"


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
