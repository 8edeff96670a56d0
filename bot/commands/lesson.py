"""Lessons: photos that are taught by their captions, and the board that says how things stand."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from telegram import Message, ReplyKeyboardRemove
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.captions import asks, class_named
from bot.commands.board import Said, board
from bot.commands.consent import with_consent
from bot.commands.correct import learn
from bot.commands.edits import edited
from bot.commands.labels import own_name, shown_label
from bot.commands.near_names import ask_which, meant_by
from bot.context import Context
from bot.errors import explain
from bot.keyboards import Press, StalePress
from bot.lessons import MODE_S, Lessons, Question
from bot.pictures import Sent, TurnedOutArchive
from bot.texts import Html
from core.entities import Dataset, Learned, Model
from core.services.teaching import Taught

# An album has as many: a worker's time limit is meant for one.
LESSON_PHOTOS = 10
# No class has this name.
TO_BE_NAMED = ""
LEARNED, SURPRISED, UNREADABLE = "👌", "🤔", "🤷"

logger = logging.getLogger(__name__)


# What a photo is for ---------------------------------------------------------------------------


async def mode_of(context: Context) -> str | None:
    """The class of the teaching mode, TO_BE_NAMED before it has a name; None outside it, and in groups. A mode
    whose time is over ends here."""
    if context.message.chat.type != ChatType.PRIVATE:
        return None
    lessons = await context.lessons()
    if lessons.is_over(time.time()):
        await leave(context, "teach.timed_out")
        return None
    if context.message.message_id < lessons.since:
        return None
    return TO_BE_NAMED if lessons.wants_name(time.time()) else lessons.label


async def class_of(context: Context, messages: Sequence[Message], mode: str | None) -> str | None:
    """The class that the pictures are taught as: by a caption, be it that of an earlier part of their album, or
    by the mode that was on when they came. None where they ask. Raises LabelInvalid.

    In the mode a forward's caption, which somebody else may have written, names nothing.
    """
    album = context.albums.whole(messages[0])
    captions = [
        message.caption
        for message in album
        if message.caption and not (mode and message.forward_origin)
    ]
    if captions and (named := class_named(captions[0])):
        return named
    if any(map(asks, captions)):
        return None
    lessons = await context.lessons()
    if mode == TO_BE_NAMED:
        return None if lessons.wants_name(time.time()) else lessons.label
    return mode or (None if captions else lessons.named_before(messages))


async def hold(context: Context, messages: Sequence[Message], mode: str | None) -> bool:
    """Keeps photos that came before the name that was asked for, which is asked for again. False where none is
    waited for, and where the photos ask."""
    lessons = await context.lessons()
    is_meant = mode == TO_BE_NAMED and lessons.wants_name(time.time())
    if not is_meant or any(message.caption for message in messages):
        return False
    await context.change_lessons(lambda now: now.hold([Sent.of(message) for message in messages]))
    if not lessons.held:
        await messages[0].reply_text(context.texts("teach.which_photo"), do_quote=True)
    return True


def _nothing() -> None:
    pass


async def take(
    context: Context,
    label: str,
    messages: Sequence[Message],
    begin: Callable[[], None] = _nothing,
) -> None:
    """Teaches pictures, once the person agreed that they are kept; asks first where the class is nearly one that
    is known.

    begin : called when these pictures will be stored before any that are taught later.
    """
    await with_consent(context, lambda: _take(context, label, messages, begin))


async def _take(
    context: Context, label: str, messages: Sequence[Message], begin: Callable[[], None]
) -> None:
    photos = [Sent.of(message) for message in messages]
    await context.change_lessons(lambda now: now.naming(label, messages))
    dataset = await taught_dataset(context)
    label = own_name(label, dataset, context.services.models.baseline, context.texts)
    meant = meant_by(context, label, dataset)
    if meant is None:
        await _teach(context, dataset, label, photos, begin)
    else:
        await ask_which(context, label, meant, dataset, photos, messages[0])


async def on_meant(context: Context, press: Press) -> None:
    """The known class was meant: the photos that wait are taught as it."""
    question = await _question(context, press.number())
    await _teach_waiting(context, question, question.meant)


async def on_new(context: Context, press: Press) -> None:
    """A new class was meant."""
    question = await _question(context, press.number())
    await _teach_waiting(context, question, question.label)


async def _question(context: Context, number: int) -> Question:
    """The question of this number. Raises StalePress where it waits no more."""
    question = (await context.lessons()).question(number)
    if question is None:
        raise StalePress
    return question


async def _teach_waiting(context: Context, question: Question, label: str) -> None:
    """Teaches the photos of a question, those too that join it meanwhile. It waits until they are taught:
    a press that failed, or is handled again after a crash, still finds them."""
    await context.acknowledge()
    if question.corrects is not None:
        model = await context.services.models.get(context.me.id, question.corrects)
        for photo in question.photos:
            await learn(context, model, label, photo)
        await context.change_lessons(partial(Lessons.answered, question=question))
        return
    taught = 0
    while left := question.photos[taught : taught + LESSON_PHOTOS]:
        await _teach(context, await taught_dataset(context), label, left)
        taught += len(left)
        if taught == len(question.photos):
            before = await context.change_lessons(partial(Lessons.answered, question=question))
            question = before.question(question.id) or question
    shown = shown_label(label, await taught_dataset(context), context.texts)
    await context.message.edit_text(context.texts("teach.chosen", label=shown))


# A lesson ----------------------------------------------------------------------------------------


async def taught_dataset(context: Context) -> Dataset:
    """The dataset that lessons go to: the current one, or a new one."""
    user = await context.services.users.meet(context.me.id, context.me.language)
    name = context.texts.plain("teach.dataset_name")
    return await context.services.teaching.dataset(user, name)


async def _teach(
    context: Context,
    dataset: Dataset,
    label: str,
    photos: Sequence[Sent],
    begin: Callable[[], None] = _nothing,
) -> None:
    """Teaches pictures as one class; the board tells what came of it, and again when the model has
    learned from them."""
    fetches = [(photo.name, photo.fetch(context.bot)) for photo in photos]
    # Nothing is awaited between these: `teach` keeps the order of its calls.
    begin()
    turn = context.boards.turn(context.chat_id)
    taught = await context.services.teaching.teach(dataset, label, fetches)
    await _react(context, taught, photos[0])
    await _say_unread(context, taught)
    if not taught.learned:
        return
    await context.change_lessons(_prolonged)
    if dataset.version == 1 and not dataset.classes:
        await context.change_lessons(lambda now: replace(now, has_begun=True))
    # The board may have to wait; the model is trained meanwhile.
    await asyncio.gather(_show(context, turn, taught), _follow(context, turn, taught))


async def teach_sent(context: Context, label: str, photos: Sequence[Sent]) -> None:
    """Teaches photos that waited for a name, which wait until they are taught."""
    for first in range(0, len(photos), LESSON_PHOTOS):
        part = photos[first : first + LESSON_PHOTOS]
        await _teach(context, await taught_dataset(context), label, part)
        await context.change_lessons(partial(Lessons.took, photos=part))


async def _follow(context: Context, turn: int, taught: Taught) -> None:
    """Trains the model, and says that it answers; nothing where it can't yet."""
    before = await context.services.models.active(context.chat_id)
    model = await context.services.teaching.answering(taught.dataset, context.chat_id)
    if model:
        suspects = await context.services.suspects.known(taught.dataset)
        if before is None or before.id != model.id:
            await context.change_lessons(lambda now: replace(now, has_switched=True))
        await _show(context, turn, taught, model, len(suspects or ()))


def _prolonged(lessons: Lessons) -> Lessons:
    return replace(lessons, until=time.time() + MODE_S) if lessons.label else lessons


async def _say_unread(context: Context, taught: Taught) -> None:
    """Says which pictures were not learned, in a message of its own: the board may be edited, or skipped for
    a newer one, before anybody has read it."""
    errors = [photo for photo in taught.photos if isinstance(photo, Exception)]
    if not errors:
        return
    why = _why_not(context, errors[0])
    if taught.learned:
        count = context.texts.number(len(errors))
        why = context.texts("teach.unread", n=count, why=why)
    await context.message.reply_text(why, do_quote=True)


def _why_not(context: Context, error: Exception) -> Html:
    if isinstance(error, TurnedOutArchive):
        return context.texts("teach.archive")
    return explain(error, context.texts)


async def _react(context: Context, taught: Taught, first: Sent) -> None:
    """A reaction to the first photo; where reactions are refused, silence."""
    said = {photo.said for photo in taught.photos if isinstance(photo, Learned)}
    emoji = UNREADABLE
    if taught.learned:
        emoji = LEARNED if said <= {None, taught.label} else SURPRISED
    try:
        await context.bot.set_message_reaction(context.chat_id, first.message_id, emoji)
    except TelegramError as error:
        logger.debug("a reaction was refused: %s", error.message)


# The board ---------------------------------------------------------------------------------------


async def _show(
    context: Context, turn: int, taught: Taught, model: Model | None = None, suspects: int = 0
) -> None:
    """Says how things stand, in place of what was said before in this sitting. turn : the lesson's on the board.
    suspects : how many photos look mislabelled."""
    said = board(context, taught, model, await context.lessons(), suspects)
    await context.boards.post(context.chat_id, lambda: _post(context, said), turn)


async def _post(context: Context, said: Said) -> None:
    text, buttons = said
    lessons = await context.lessons()
    if lessons.board and await edited(context, text, context.chat_id, lessons.board, buttons):
        return
    message = await context.bot.send_message(context.chat_id, text, reply_markup=buttons)
    await context.change_lessons(lambda now: replace(now, board=message.message_id))


# The end -----------------------------------------------------------------------------------------


async def leave(
    context: Context, key: str = "teach.ended", *, always: bool = False, keeps_held: bool = False
) -> None:
    """Ends the lessons; it is said where the mode was on, or `always`, and where photos still waited for a name,
    unless they go on waiting (`keeps_held`). The next lesson has a new board."""
    lessons = await context.lessons()
    label = context.kept("lesson") or lessons.label
    if label is not None:
        await context.keep("lesson", label)
    if label is not None or always:
        text = context.texts(key, label=label or "")
        await context.message.reply_text(text, reply_markup=ReplyKeyboardRemove())
    if not keeps_held:
        await _drop_held(context)
    # Not before: where this is handled again after a crash, there is still a lesson to end.
    await context.change_lessons(Lessons.ended)


async def _drop_held(context: Context) -> None:
    """Says that photos are not learned that waited for a name."""
    held = (await context.lessons()).held
    if held:
        photos = context.texts.plural("count.photos", len(held))
        await context.message.reply_text(context.texts("teach.not_named", photos=photos))
        await context.change_lessons(partial(Lessons.took, photos=held))
