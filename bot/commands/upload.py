"""/upload_dataset, a ZIP sent as a file, and the sample: how a dataset comes into being."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from telegram import Document, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest

from bot.commands.batch import Batch, Outcome, said_of, stored_in
from bot.commands.consent import with_consent
from bot.commands.follow import Said, follow, time_left
from bot.commands.notes import note_buttons
from bot.commands.summary import dataset_keyboard, short, summary
from bot.context import Context
from bot.downloads import check_size, download
from bot.errors import explain, is_gone
from bot.keyboards import Buttons, Press, StalePress, keyboard
from bot.progress import Timing
from bot.texts import Html, Texts
from bot.zip_book import KeptZip
from core.entities import Dataset, LabelSource, Progress
from core.errors import ClassesUnclear, JobInterrupted
from core.ports import OnProgress
from core.services.jobs import RunningJob

# In place of a dataset's id: the ZIP becomes a dataset of its own.
NEW = 0
CLASSES_NAMED = 3
CLASS_NAME_LENGTH = 12
ZIPS_NAMED = 5
_NUMBER = re.compile(r"[\W\d_]+$")


async def upload_dataset(update: Update, context: Context) -> None:
    """Explains the layout, or takes the ZIP that the command answers."""
    replied = context.message.reply_to_message
    if replied and replied.document:
        await receive_archives(context, [replied])
    else:
        await context.message.reply_text(_layout(context))


async def receive_archives(context: Context, messages: Sequence[Message]) -> None:
    """ZIPs that were sent together: the first become a dataset, for later ones the user says what to do.

    One that is too large costs only its own place, unless all are: then FileTooLarge is raised.
    """
    await with_consent(context, lambda: _receive(context, messages))


async def _receive(context: Context, messages: Sequence[Message]) -> None:
    check_size(min(map(_size, messages)), context.server)
    datasets = await context.services.datasets.list(context.me.id)
    is_first = context.kept("first") or await context.keep("first", "" if datasets else "yes")
    if is_first:
        # While the first ones are still read, those that come after them belong to the same dataset.
        await _create(context, messages, joins=True)
        return
    current = next((d for d in datasets if d.id == context.me.dataset_id), datasets[0])
    await _ask(context, messages, current)


async def _ask(context: Context, messages: Sequence[Message], current: Dataset) -> None:
    """Asks what to do with ZIPs, together with those of a question that is not answered yet."""
    open_question = context.zips.open(context.chat_id)
    if open_question:
        archives = [*open_question.archives, *messages]
        text, buttons = _question(context, archives, current)
        asked = open_question.message
        try:
            await asked.edit_text(text, reply_markup=buttons)
        except BadRequest as error:
            if not is_gone(error):
                raise
            context.zips.forget(asked)
            asked = await archives[0].reply_text(text, reply_markup=buttons, do_quote=True)
    else:
        archives = [*messages]
        text, buttons = _question(context, archives, current)
        asked = await archives[0].reply_text(text, reply_markup=buttons, do_quote=True)
    context.zips.remember(asked, archives)
    kept = [KeptZip.of(archive) for archive in archives]
    await context.zip_book.ask(context.services.users, context.me, asked.message_id, kept)


def _question(context: Context, archives: Sequence[Message], current: Dataset) -> Said:
    texts = context.texts
    if len(archives) == 1:
        text = texts("upload.which", name=_name(archives[0]))
    else:
        zips = texts.plural("count.zips", len(archives))
        text = texts("upload.which_all", zips=zips, names=_names(archives))
    return text, _choice(texts, context.buttons, len(archives), current)


def asked_again(
    texts: Texts, buttons: Buttons, archives: Sequence[Message], current: Dataset | None
) -> Said:
    """The question about ZIPs whose reading a restart has interrupted."""
    count = texts.number(len(archives))
    text = texts("upload.interrupted", n=count, names=_names(archives))
    return text, _choice(texts, buttons, len(archives), current)


def _names(archives: Sequence[Message]) -> str:
    named = ", ".join(short(_name(archive)) for archive in archives[:ZIPS_NAMED])
    return named + (", …" if len(archives) > ZIPS_NAMED else "")


def _choice(
    texts: Texts, button: Buttons, count: int, current: Dataset | None
) -> InlineKeyboardMarkup:
    """A new dataset, or the current one where there is one."""
    name = short(current.name) if current else ""
    if count == 1:
        new = button(texts.plain("button.new_dataset"), "zip_new")
        add = texts.plain("button.add_to", name=name), "zip_add"
    else:
        new = button(texts.plain("button.one_new_dataset"), "zips_new")
        add = texts.plain("button.add_all_to", name=name), "zips_add"
    return keyboard([new], [button(*add, current.id)] if current else [])


async def on_upload(context: Context, press: Press) -> None:
    """Explains the layout of a ZIP."""
    await context.acknowledge()
    await context.message.reply_text(_layout(context))


def _layout(context: Context) -> Html:
    megabytes = context.texts.number(context.server.max_download_megabytes)
    return context.texts("upload.layout", megabytes=megabytes)


async def on_new(context: Context, press: Press) -> None:
    """Makes the ZIP that was asked about a dataset of its own."""
    if not context.zips.is_reading(context.message):
        archives = await _asked_about(context)
        await context.once(lambda: _create(context, archives, context.message))


async def on_add(context: Context, press: Press) -> None:
    """Adds the ZIP that was asked about to a dataset."""
    if not context.zips.is_reading(context.message):
        dataset_id, archives = press.number(), await _asked_about(context)
        await context.once(lambda: _add(context, dataset_id, archives))


async def on_all_new(context: Context, press: Press) -> None:
    """Makes the ZIPs that were asked about one dataset."""
    if archives := await _all_asked_about(context):
        await context.once(lambda: _create(context, archives, context.message))


async def on_all_add(context: Context, press: Press) -> None:
    """Adds the ZIPs that were asked about to a dataset."""
    dataset_id = press.number()
    if archives := await _all_asked_about(context):
        await context.once(lambda: _add(context, dataset_id, archives))


async def on_classes(context: Context, press: Press) -> None:
    """Reads the ZIP once more, its classes taken from where the person said."""
    if context.zips.is_reading(context.message):
        return
    archives, dataset_id = [_replied(context)], press.number(1)
    try:
        labels = LabelSource(press.argument())
    except ValueError:
        raise StalePress from None
    if dataset_id:
        await context.once(lambda: _add(context, dataset_id, archives, labels))
    else:
        await context.once(lambda: _create(context, archives, context.message, labels))


async def on_sample(context: Context, press: Press) -> None:
    """Makes the sample dataset."""
    name = context.texts.plain("sample.name")
    labels = context.texts.family("emoji.")
    running = await context.services.datasets.create_sample(
        context.me.id, context.chat_id, name, labels
    )
    _follow(context, running, context.message)


async def _create(
    context: Context,
    archives: Sequence[Message],
    instead: Message | None = None,
    labels: LabelSource = LabelSource.FOLDERS,
    *,
    joins: bool = False,
) -> None:
    running = await context.services.datasets.create_from(
        context.me.id,
        context.chat_id,
        _dataset_name(archives, context.texts),
        [_download(archive) for archive in archives],
        labels,
        joins=joins,
        sizes=[_size(archive) for archive in archives],
    )
    await _follow_all(context, running, archives, instead)


async def _add(
    context: Context,
    dataset_id: int,
    archives: Sequence[Message],
    labels: LabelSource = LabelSource.FOLDERS,
) -> None:
    running = [
        await context.services.datasets.add(
            context.me.id,
            context.chat_id,
            dataset_id,
            _download(archive),
            labels,
            size=_size(archive),
        )
        for archive in archives
    ]
    await _follow_all(context, running, archives, context.message, dataset_id)


def _dataset_name(archives: Sequence[Message], texts: Texts) -> str:
    files = [_document(archive).file_name for archive in archives]
    return common_name([Path(name or texts.plain("dataset.unnamed")).stem for name in files])


def common_name(stems: Sequence[str]) -> str:
    """The name of ZIPs that are told apart only by a number at the end: "fruits" of "fruits-1" and
    "fruits-2". Of others, that of the first."""
    unnumbered = {_NUMBER.sub("", stem) for stem in stems}
    return (
        min(unnumbered) if len(stems) > 1 and len(unnumbered) == 1 and min(unnumbered) else stems[0]
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


async def _follow_all(
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
        _follow(context, running[0], archives[0], instead, dataset_id)
        return
    batch = Batch(running, [_name(archive) for archive in archives])

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


async def _told(context: Context, dataset: Dataset) -> Said:
    description = await context.services.datasets.describe(dataset)
    rows = note_buttons(context, dataset, description)
    text = summary(dataset, description, context.texts)
    if context.me.dataset_id not in (None, dataset.id):
        text = Html(f"{text}\n{context.texts('dataset.current')}")
    return text, dataset_keyboard(context, dataset, rows)


def _follow(
    context: Context,
    running: RunningJob[Dataset],
    reply_to: Message,
    instead: Message | None = None,
    dataset_id: int = NEW,
) -> None:
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


def _download(message: Message) -> Callable[[Path, OnProgress], Awaitable[None]]:
    async def fetch(path: Path, on_progress: OnProgress) -> None:
        await download(_document(message), path)

    return fetch


async def _asked_about(context: Context) -> Sequence[Message]:
    """The messages with the ZIPs that the question with the pressed button is about. Raises StalePress
    where they are gone."""
    return await _remembered(context) or [_replied(context)]


async def _remembered(context: Context) -> Sequence[Message]:
    """Those of a question that still waits, be it from before a restart; none where they are forgotten."""
    if question := context.zips.question(context.message):
        return question.archives
    book, users = context.zip_book, context.services.users
    kept = await book.asked(users, context.me, context.message.message_id)
    return [one.message(context.bot) for one in kept]


async def _all_asked_about(context: Context) -> Sequence[Message]:
    """As `_asked_about`, of several; none where they are being read already, and none, which is said, where
    they are forgotten: a message replies to one of them only."""
    if context.zips.is_reading(context.message):
        return ()
    if kept := context.kept("archives"):
        return [Message.de_json(one, context.bot) for one in json.loads(kept)]
    archives = await _remembered(context)
    if archives:
        await context.keep("archives", json.dumps([one.to_dict() for one in archives]))
    else:
        await context.acknowledge(context.texts.plain("upload.forgotten"), alert=True)
    return archives


def _replied(context: Context) -> Message:
    """The message with the ZIP that the bot's message replies to. Raises StalePress where it was deleted."""
    replied = context.message.reply_to_message
    if replied is None or replied.document is None:
        raise StalePress
    return replied


def _name(message: Message) -> str:
    return _document(message).file_name or "ZIP"


def _size(message: Message) -> int:
    """Bytes of its file, 0 where Telegram does not tell."""
    return _document(message).file_size or 0


def _document(message: Message) -> Document:
    if message.document is None:
        raise LookupError("a message without a file")
    return message.document
