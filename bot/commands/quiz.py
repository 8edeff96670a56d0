"""/quiz: a photo, a poll, and afterwards who was right, the bot among them.

The update that asks for a quiz is handled until the quiz is over: a process that takes it up again after a
crash goes on with the same photo and the same poll.
"""

from __future__ import annotations

import logging

from telegram import Message, PollAnswer, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.commands.quiz_round import play, stop
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from core.entities import Question, Vote
from core.errors import NoActiveModel, PhotoMissing, QuizWithoutPhotos
from core.serialization import from_json, to_json
from core.services.quizzes import Asked, Recent, Topic

BUTTON_NAME_LENGTH = 24
_OFF = {"off", "выкл"}

logger = logging.getLogger(__name__)


async def quiz(update: Update, context: Context) -> None:
    """/quiz begins one; `/quiz off` takes back that one's photos are shown: in a group there, in private
    everywhere."""
    if context.args and context.args[0].casefold() in _OFF:
        await _forbid(context)
    else:
        await _begin(context)


async def on_next(context: Context, press: Press) -> None:
    """Begins another quiz; anyone may who saw the last one."""
    await context.acknowledge()
    await _begin(context)


async def on_allow(context: Context, press: Press) -> None:
    """Allows the photos of one's own dataset here, and begins the quiz. Raises DatasetNotFound."""
    dataset = await context.services.quizzes.permit(context.me.id, press.number(), context.chat_id)
    await context.acknowledge()
    texts = context.texts
    back = context.buttons(texts.plain("button.quiz_forbid"), "quiz_forbid")
    await context.message.edit_text(
        texts("quiz.allowed", name=dataset.name), reply_markup=keyboard([back])
    )
    await _begin(context)


async def on_forbid(context: Context, press: Press) -> None:
    """Takes back that one's photos are shown here."""
    await context.services.quizzes.revoke(context.me.id, context.chat_id)
    await context.message.edit_text(context.texts("quiz.forbidden"))


async def on_end(context: Context, press: Press) -> None:
    """Closes the poll before its time. Raises StalePress for a button that the message does not have."""
    message, query = context.message, context.incoming.callback_query
    if message.poll is None or query is None or query.data not in _data_of(message):
        raise StalePress
    await context.acknowledge()
    voters = await stop(context, message)
    if voters is not None:
        context.quiz_book.close(message.poll.id, voters)


async def on_vote(update: Update, context: Context) -> None:
    """A vote in a poll of the bot's, which are all quizzes."""
    answer = update.poll_answer
    if answer is None or (voter := _voter(answer)) is None:
        return
    voter_id, name = voter
    quizzes = context.services.quizzes
    if answer.option_ids:
        await quizzes.vote(answer.poll_id, Vote(voter_id, name, answer.option_ids[0]))
    else:
        await quizzes.retract(answer.poll_id, voter_id)
    context.quiz_book.poll(answer.poll_id).voted.set()


def _voter(answer: PollAnswer) -> tuple[int, str] | None:
    """The number and the name of a person, or of a chat that somebody votes for."""
    if answer.user:
        return answer.user.id, answer.user.first_name
    if answer.voter_chat:
        return answer.voter_chat.id, answer.voter_chat.effective_name or ""
    return None


async def on_poll(update: Update, context: Context) -> None:
    """A poll of the bot's changed: what matters is its end."""
    if update.poll and update.poll.is_closed:
        context.quiz_book.close(update.poll.id, update.poll.total_voter_count)


async def _forbid(context: Context) -> None:
    quizzes, me = context.services.quizzes, context.me.id
    if _is_private(context):  # Here a quiz needs no permission: its photos are one's own.
        count = await quizzes.revoke(me, None)
        key = "quiz.forbidden_in_groups" if count else "quiz.none_to_forbid_in_groups"
    else:
        count = await quizzes.revoke(me, context.chat_id)
        key = "quiz.forbidden" if count else "quiz.nothing_to_forbid"
    await context.message.reply_text(context.texts(key))


async def _begin(context: Context) -> None:
    """Raises NoActiveModel, QuizWithoutPhotos, QuizTooFewClasses, QuizRunning, QuizTooOften."""
    kept = context.kept("quiz")
    if kept is not None:
        await _resume(context, from_json(kept, Question))
        return
    quizzes = context.services.quizzes
    try:
        topic = await quizzes.topic(context.chat_id)
    except NoActiveModel:
        if _is_private(context):
            raise
        text = context.texts("predict.no_model_group", bot=context.bot.username)
        await context.message.reply_text(text)
        return
    except QuizWithoutPhotos:
        if not _is_private(context) or await context.services.models.list(context.me.id):
            raise
        await context.message.reply_text(context.texts("quiz.teach_first"))
        return
    dataset = topic.dataset
    if not await quizzes.is_permitted(dataset.owner_id, dataset.id, context.chat_id):
        await _ask_owner(context, topic)
        return
    async with context.quiz_book.telling(context.chat_id):
        await quizzes.begin(context.chat_id, context.incoming.update_id)
    try:
        context.quiz_book.count(context.chat_id)
        asked = await _ask(context, topic)
        await context.keep("quiz", to_json(asked.question))
        await play(context, asked)
    except Exception:
        await quizzes.end(context.chat_id, context.incoming.update_id)
        raise


async def _resume(context: Context, question: Question) -> None:
    """Goes on where a process died."""
    quizzes, update_id = context.services.quizzes, context.incoming.update_id
    over = context.kept("over")
    if over is None:
        await quizzes.begin(context.chat_id, update_id)
        try:
            picture = await quizzes.picture(question)
        except PhotoMissing:
            await context.message.reply_text(context.texts("quiz.photo_gone"))
        else:
            await play(context, Asked(question, picture))
            return
    await quizzes.end(context.chat_id, update_id, over)


async def _ask_owner(context: Context, topic: Topic) -> None:
    """Only the owner of the photos may allow that they are shown."""
    texts, dataset = context.texts, topic.dataset
    if context.me.id != dataset.owner_id:
        owner = await _owner_here(context, dataset.owner_id)
        key = "quiz.not_permitted_by" if owner else "quiz.not_permitted"
        if _is_private(context):
            key = "quiz.not_yours"
        await context.message.reply_text(texts(key, owner=owner))
        return
    allow = texts.plain("button.quiz_allow", name=short(dataset.name, BUTTON_NAME_LENGTH))
    await context.message.reply_text(
        texts("quiz.ask_owner", name=dataset.name),
        reply_markup=keyboard([context.buttons(allow, "quiz_allow", dataset.id)]),
    )


async def _owner_here(context: Context, owner_id: int) -> str:
    """The name of the photos' owner; "" where that is no member of this group, or not known to be one."""
    if _is_private(context):
        return ""
    try:
        member = await context.bot.get_chat_member(context.chat_id, owner_id)
    except TelegramError as error:
        logger.info("a member is not known: %s", error.message)
        return ""
    is_there = member.status not in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
    return member.user.full_name if is_there else ""


async def _ask(context: Context, topic: Topic) -> Asked:
    recent = context.quiz_book.recent(context.chat_id)
    try:
        asked = await context.services.quizzes.ask(topic, [*recent])
    except PhotoMissing as error:
        raise QuizWithoutPhotos from error
    recent.append(Recent(asked.question.example_id, asked.question.label))
    return asked


def _is_private(context: Context) -> bool:
    return context.message.chat.type == ChatType.PRIVATE


def _data_of(message: Message) -> set[object]:
    """The data of the buttons that the message has, as Telegram says."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return {button.callback_data for row in rows for button in row}
