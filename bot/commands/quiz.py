"""/quiz: a photo, a poll, and afterwards who was right, the bot among them.

The update that asks for a quiz is handled until the quiz is over: a process that takes it up again after a
crash goes on with the same photo and the same poll.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from typing import Any, cast

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
    Poll,
    PollAnswer,
    Update,
)
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, TelegramError

from bot.commands.labels import localized_label, localized_names
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import EVERYBODY, Buttons, Press, StalePress, keyboard
from bot.texts import Html, Texts
from core.entities import BOT_PLAYER, Model, PlayerScore, Question, Vote, Words
from core.errors import LukoshkoError, NoActiveModel, PhotoMissing, QuizWithoutPhotos
from core.serialization import from_json, to_json
from core.services.quizzes import Asked, Recent, Said, Topic

OPEN_S = 30
# Telegram closes the poll; where its word of that does not come, this long after.
LATE_S = 2.0
# The last votes come beside the word that the poll is closed.
SETTLE_S = 3.0

NAMED = 10
SCORES_SHOWN = 5
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
    voters = await _stop(context, message)
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
    is_private = context.message.chat.type == ChatType.PRIVATE
    chat_id = None if is_private else context.chat_id
    count = await context.services.quizzes.revoke(context.me.id, chat_id)
    await context.message.reply_text(
        context.texts("quiz.forbidden" if count else "quiz.nothing_to_forbid")
    )


# The beginning ---------------------------------------------------------------------------------------


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
        if context.message.chat.type == ChatType.PRIVATE:
            raise
        text = context.texts("predict.no_model_group", bot=context.bot.username)
        await context.message.reply_text(text)
        return
    dataset = topic.dataset
    if not await quizzes.is_permitted(dataset.owner_id, dataset.id, context.chat_id):
        await _ask_owner(context, topic)
        return
    await quizzes.begin(context.chat_id, context.incoming.update_id)
    try:
        context.quiz_book.count(context.chat_id)
        asked = await _ask(context, topic)
        await context.keep("quiz", to_json(asked.question))
        await _play(context, asked)
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
            await _play(context, Asked(question, picture))
            return
    await quizzes.end(context.chat_id, update_id, over)


async def _ask_owner(context: Context, topic: Topic) -> None:
    """Only the owner of the photos may allow that they are shown."""
    texts, dataset = context.texts, topic.dataset
    if context.me.id != dataset.owner_id:
        owner = await _owner_here(context, dataset.owner_id)
        key = "quiz.not_permitted_by" if owner else "quiz.not_permitted"
        await context.message.reply_text(texts(key, owner=owner))
        return
    allow = texts.plain("button.quiz_allow", name=short(dataset.name, BUTTON_NAME_LENGTH))
    await context.message.reply_text(
        texts("quiz.ask_owner", name=dataset.name),
        reply_markup=keyboard([context.buttons(allow, "quiz_allow", dataset.id)]),
    )


async def _owner_here(context: Context, owner_id: int) -> str:
    """The name of the photos' owner; "" where that is no member of this group, or not known to be one."""
    if context.message.chat.type == ChatType.PRIVATE:
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


async def _play(context: Context, asked: Asked) -> None:
    """Sends the poll; the rest goes on beside the handlers."""
    question, texts = asked.question, context.texts
    model = await _model_of(context, question)
    sent = await context.message.reply_poll(
        texts.plain("quiz.question"),
        [_name(label, model, texts) for label in question.options],
        is_anonymous=False,
        type=Poll.QUIZ,
        correct_option_ids=[cast(Any, question.correct)],
        open_period=OPEN_S,
        media=InputMediaPhoto(asked.picture),
        reply_markup=_end_button(context),
    )
    context.beside(_finish(context, question, model, sent))


def _end_button(context: Context) -> InlineKeyboardMarkup:
    return keyboard([context.buttons(context.texts.plain("button.quiz_end"), "quiz_end")])


async def _model_of(context: Context, question: Question) -> Model | None:
    """The model that is asked about; None where it is gone."""
    found = await context.services.models.some(question.owner_id, [question.model_id])
    return found[0] if found else None


def _name(label: str, model: Model | None, texts: Texts) -> str:
    return localized_label(label, model, texts) if model else label


# The end ---------------------------------------------------------------------------------------------


async def _finish(context: Context, question: Question, model: Model | None, sent: Message) -> None:
    """Waits until the poll is over, and tells who was right."""
    answering = asyncio.create_task(_said(context, question))
    poll_id = sent.poll.id if sent.poll else None
    try:
        if sent.poll is None:
            poll_id, voters = await _found_again(sent)
        else:
            voters = await _over(context, sent, sent.poll)
        votes = await _votes(context, poll_id, voters)
        await _tell(context, question, model, sent, votes, await answering)
        await context.keep("over", poll_id or "")
    except Exception:
        await context.services.quizzes.end(context.chat_id, context.incoming.update_id, poll_id)
        raise
    finally:
        answering.cancel()
    await context.services.quizzes.end(context.chat_id, context.incoming.update_id, poll_id)
    if poll_id:
        context.quiz_book.forget(poll_id)


async def _said(context: Context, question: Question) -> Said | None:
    """What the bot says of the photo; None where it can't say, which is logged."""

    def words_of(model: Model) -> Words:
        return Words(context.texts.charts, localized_names(model, context.texts))

    try:
        return await context.services.quizzes.answer(question, words_of)
    except LukoshkoError as error:
        logger.warning("the bot has no answer in a quiz: %r", error)
        return None


async def _over(context: Context, sent: Message, poll: Poll) -> int | None:
    """Waits for the end of the poll, in private for the one vote; how many voted, None where Telegram does not
    tell any more."""
    known = context.quiz_book.poll(poll.id)
    alone = sent.chat.type == ChatType.PRIVATE
    ends: list[asyncio.Future[object]] = [asyncio.ensure_future(asyncio.shield(known.voters))]
    if alone:
        ends.append(asyncio.ensure_future(known.voted.wait()))
    closes = poll.close_date.timestamp() if poll.close_date else sent.date.timestamp() + OPEN_S
    is_voted = alone and bool(await context.services.quizzes.votes(poll.id))
    left_s = 0.0 if is_voted else max(closes + LATE_S - time.time(), 0.0)
    await asyncio.wait(ends, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    stopped = await _stop(context, sent)
    if stopped is not None:
        return stopped
    return known.voters.result() if known.voters.done() else None


async def _stop(context: Context, sent: Message) -> int | None:
    """Closes the poll and takes its button away; how many voted, None where it was closed already or is gone."""
    try:
        return (await context.bot.stop_poll(sent.chat_id, sent.message_id)).total_voter_count
    except BadRequest:
        with suppress(BadRequest):
            await context.bot.edit_message_reply_markup(sent.chat_id, sent.message_id)
        return None


async def _found_again(sent: Message) -> tuple[str | None, int | None]:
    """The id of a poll that was sent without an answer coming back, and how many voted: Telegram tells only
    when it is closed."""
    try:
        poll = await sent.get_bot().stop_poll(sent.chat_id, sent.message_id)
    except BadRequest:
        return None, None
    return poll.id, poll.total_voter_count


async def _votes(context: Context, poll_id: str | None, voters: int | None) -> Sequence[Vote]:
    """The votes, the fastest first: those that Telegram counted may still be on their way."""
    if poll_id is None:
        return ()
    quizzes, voted = context.services.quizzes, context.quiz_book.poll(poll_id).voted
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            while True:
                voted.clear()
                if voters is not None and len(await quizzes.votes(poll_id)) >= voters:
                    break
                await voted.wait()
    return await quizzes.votes(poll_id)


async def _tell(
    context: Context,
    question: Question,
    model: Model | None,
    sent: Message,
    votes: Sequence[Vote],
    said: Said | None,
) -> None:
    """One message: the class, who was right, what the bot said and why."""
    quizzes, update_id = context.services.quizzes, context.incoming.update_id
    if not await quizzes.is_permitted(question.owner_id, question.dataset_id, context.chat_id):
        said = None
    right = [vote for vote in votes if vote.option == question.correct]
    scores = await quizzes.score(
        context.chat_id, update_id, right, bot=said is not None and _is_right(said, question)
    )
    texts = context.texts
    lines = [
        texts("quiz.truth", label=_name(question.label, model, texts)),
        _of_players(votes, right, texts),
        *(_of_bot(said, question, texts) if said else [texts("quiz.bot_silent")]),
        *([_of_scores(scores, texts)] if scores else []),
    ]
    text, keys = Html("\n".join(lines)), keyboard([_next_button(texts)])
    if said and said.map:
        await sent.reply_photo(said.map, caption=text, do_quote=True, reply_markup=keys)
    else:
        await sent.reply_text(text, do_quote=True, reply_markup=keys)


def _next_button(texts: Texts) -> InlineKeyboardButton:
    return Buttons(EVERYBODY)(texts.plain("button.quiz_next"), "quiz_next")


def _is_right(said: Said, question: Question) -> bool:
    return said.prediction.known and said.prediction.label == question.label


def _of_players(votes: Sequence[Vote], right: Sequence[Vote], texts: Texts) -> Html:
    if not votes:
        return texts("quiz.nobody_voted")
    if not right:
        return texts("quiz.nobody_right")
    names = Html(", ".join(escape(vote.name) for vote in right[:NAMED]))
    if len(right) > NAMED:
        return texts("quiz.right_and_more", names=names, n=texts.number(len(right) - NAMED))
    return texts("quiz.right" if len(right) > 1 else "quiz.right_one", names=names)


def _of_bot(said: Said, question: Question, texts: Texts) -> list[Html]:
    """What the bot said, whether it knew the photo, and what speaks for its answer."""
    prediction, names = said.prediction, localized_names(said.model, texts)
    label = names.get(prediction.label, prediction.label)
    if not prediction.known:
        answer = texts("quiz.bot_unknown", label=label)
    elif prediction.probability is None:
        key = "quiz.bot_right" if _is_right(said, question) else "quiz.bot_wrong"
        answer = texts(key, label=label)
    else:
        key = "quiz.bot_right_chance" if _is_right(said, question) else "quiz.bot_wrong_chance"
        answer = texts(key, label=label, probability=texts.chance(prediction.probability))
    seen = texts("quiz.held_out") if said.is_held_out else texts("quiz.learned")
    return [Html(f"{answer} {seen}"), *_of_map(said, names, texts)]


def _of_map(said: Said, names: dict[str, str], texts: Texts) -> list[Html]:
    if said.map is None:
        return []
    explanation = said.explanation
    classes = {"label": names[explanation.label], "second": names[explanation.second]}
    where = texts("why.map" if explanation.is_exact else "why.map_roughly", **classes)
    return [Html(f"{texts('why.title', **classes)} {where}")]


def _of_scores(scores: Sequence[PlayerScore], texts: Texts) -> Html:
    def player(score: PlayerScore) -> str:
        name = texts.plain("quiz.me") if score.player_id == BOT_PLAYER else score.name
        return f"{escape(name)} {texts.number(score.points)}"

    return texts("quiz.scores", scores=Html(" · ".join(map(player, scores[:SCORES_SHOWN]))))


def _data_of(message: Message) -> set[object]:
    """The data of the buttons that the message has, as Telegram says."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return {button.callback_data for row in rows for button in row}
