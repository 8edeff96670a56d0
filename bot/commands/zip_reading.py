"""ZIPs while they are read: how far it is, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup, Message

from bot.commands.batch import Batch, Outcome, said_of, stored_in
from bot.commands.follow import Said, follow, time_left
from bot.commands.notes import note_buttons
from bot.commands.summary import dataset_keyboard, short, summary
from bot.commands.zip_files import name_of
from bot.context import Context
from bot.errors import explain
from bot.keyboards import keyboard
from bot.progress import Timing
from bot.texts import Html, Texts
from bot.zip_book import KeptZip
from core.entities import Dataset, LabelSource, Progress
from core.errors import ClassesUnclear, JobInterrupted
from core.services.jobs import RunningJob

# In place of a dataset's id: the ZIP becomes a dataset of its own.
NEW = 0
CLASSES_NAMED = 3
CLASS_NAME_LENGTH = 12


async def follow_archives(
    context: Context,
    running: Sequence[RunningJob[Dataset]],
    archives: Sequence[Message],
    instead: Message | None,
    dataset_id: int = NEW,
) -> None:
    """Follows ZIPs that are read one after the other, in one message."""
    if instead:
        context.zips.read(instead, running[-1])
    await _keep_until_read(context, running, archives)
    if len(running) == 1:
        follow_reading(context, running[0], archives[0], instead, dataset_id)
    else:
        batch = Batch(running, [name_of(archive) for archive in archives])
        _follow_batch(context, batch, archives, instead, dataset_id)


def follow_reading(
    context: Context,
    running: RunningJob[Dataset],
    reply_to: Message,
    instead: Message | None = None,
    dataset_id: int = NEW,
) -> None:
    """Follows one reading. reply_to : the message with the ZIP, or the one whose button was pressed."""

    def fail(error: Exception) -> Said:
        text = explain(error, context.texts)
        if isinstance(error, ClassesUnclear):
            return text, _sources_keyboard(context, error, dataset_id)
        return text, None

    def render(progress: Progress, timing: Timing) -> Html:
        return _stage(progress, timing, context.texts)

    # The message is a reply to the ZIP: a question that it becomes is about that one.
    follow(
        context,
        running,
        render,
        lambda dataset: _told(context, dataset),
        fail,
        reply_to=reply_to,
        instead=instead,
        quote=reply_to.document is not None,
    )


def _follow_batch(
    context: Context,
    batch: Batch,
    archives: Sequence[Message],
    instead: Message | None,
    dataset_id: int,
) -> None:
    async def tell(outcomes: Sequence[Outcome]) -> Said:
        stored = stored_in(outcomes)
        said = said_of(batch.names, outcomes, context.texts)
        if stored is None or any(isinstance(o, JobInterrupted) for o in outcomes):
            return said, None
        text, buttons = await _told(context, stored)
        return Html(f"{said}\n\n{text}"), buttons

    async def ask_for_classes(_: Message, outcomes: Sequence[Outcome]) -> None:
        stored = stored_in(outcomes)
        for archive, outcome in zip(archives, outcomes, strict=True):
            if isinstance(outcome, ClassesUnclear):
                await archive.reply_text(
                    explain(outcome, context.texts),
                    reply_markup=_sources_keyboard(
                        context, outcome, stored.id if stored else dataset_id
                    ),
                    do_quote=True,
                )

    def render(progress: Progress, _: Timing) -> Html:
        stage = _stage(progress, batch.timing(progress), context.texts)
        return Html(f"{batch.head(context.texts)}\n{stage}")

    follow(
        context,
        batch,
        render,
        tell,
        reply_to=archives[0],
        instead=instead,
        quote=True,
        then=ask_for_classes,
    )


async def _keep_until_read(
    context: Context, running: Sequence[RunningJob[Dataset]], archives: Sequence[Message]
) -> None:
    """Keeps each ZIP until its job has ended otherwise than by the end of the process."""
    book, users, me = context.zip_book, context.services.users, context.me
    zips = [KeptZip.of(archive) for archive in archives]
    await book.begin(users, me, zips)

    async def drop_each() -> None:
        for job, one in zip(running, zips, strict=True):
            if not await _is_interrupted(job):
                await book.drop(users, me, [one])

    context.application.create_task(drop_each(), update=context.incoming)


async def _is_interrupted(job: RunningJob[Dataset]) -> bool:
    """Waits for its end; an error is told by whoever follows the job."""
    try:
        await job.result()
    except JobInterrupted:
        return True
    except Exception:
        return False
    return False


async def _told(context: Context, dataset: Dataset) -> Said:
    description = await context.services.datasets.describe(dataset)
    rows = note_buttons(context, dataset, description)
    text = summary(dataset, description, context.texts)
    if context.me.dataset_id not in (None, dataset.id):
        text = Html(f"{text}\n{context.texts('dataset.current')}")
    return text, dataset_keyboard(context, dataset, rows)


def _sources_keyboard(
    context: Context, error: ClassesUnclear, dataset_id: int
) -> InlineKeyboardMarkup:
    """Where the classes could be taken from, one button each."""
    named = ", ".join(short(name, CLASS_NAME_LENGTH) for name in error.classes[:CLASSES_NAMED])
    words = {
        LabelSource.NAMES: context.texts.plain("button.classes_names", names=named),
        LabelSource.TABLE: context.texts.plain("button.classes_table", name=short(error.table)),
    }
    return keyboard(
        *(
            [context.buttons(words[LabelSource(offer)], "zip_classes", offer, dataset_id)]
            for offer in error.offers
        )
    )


def _stage(progress: Progress, timing: Timing, texts: Texts) -> Html:
    return texts(
        f"upload.stage.{progress.stage}",
        done=texts.number(progress.done),
        total=texts.number(progress.total),
        time=time_left(progress, timing, texts),
    )
