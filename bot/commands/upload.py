"""/upload_dataset, a ZIP sent as a file, and the sample: how a dataset comes into being."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from telegram import Message, Update

from bot.commands.consent import with_consent
from bot.commands.zip_files import document_of, download_of, size_of
from bot.commands.zip_question import all_asked_about, ask, asked_about, replied_archive
from bot.commands.zip_reading import follow_archives, follow_reading
from bot.context import Context
from bot.downloads import check_size
from bot.keyboards import Press, StalePress
from bot.texts import Html, Texts
from core.entities import LabelSource

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
    check_size(min(map(size_of, messages)), context.server)
    datasets = await context.services.datasets.list(context.me.id)
    is_first = context.kept("first") or await context.keep("first", "" if datasets else "yes")
    if is_first:
        # While the first ones are still read, those that come after them belong to the same dataset.
        await _create(context, messages, joins=True)
        return
    current = next((d for d in datasets if d.id == context.me.dataset_id), datasets[0])
    await ask(context, messages, current)


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
        archives = await asked_about(context)
        await context.once(lambda: _create(context, archives, context.message))


async def on_add(context: Context, press: Press) -> None:
    """Adds the ZIP that was asked about to a dataset."""
    if not context.zips.is_reading(context.message):
        dataset_id, archives = press.number(), await asked_about(context)
        await context.once(lambda: _add(context, dataset_id, archives))


async def on_all_new(context: Context, press: Press) -> None:
    """Makes the ZIPs that were asked about one dataset."""
    if archives := await all_asked_about(context):
        await context.once(lambda: _create(context, archives, context.message))


async def on_all_add(context: Context, press: Press) -> None:
    """Adds the ZIPs that were asked about to a dataset."""
    dataset_id = press.number()
    if archives := await all_asked_about(context):
        await context.once(lambda: _add(context, dataset_id, archives))


async def on_classes(context: Context, press: Press) -> None:
    """Reads the ZIP once more, its classes taken from where the person said."""
    if context.zips.is_reading(context.message):
        return
    archives, dataset_id = [replied_archive(context)], press.number(1)
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
    follow_reading(context, running, context.message)


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
        [download_of(archive) for archive in archives],
        labels,
        joins=joins,
        sizes=[size_of(archive) for archive in archives],
    )
    await follow_archives(context, running, archives, instead)


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
            download_of(archive),
            labels,
            size=size_of(archive),
        )
        for archive in archives
    ]
    await follow_archives(context, running, archives, context.message, dataset_id)


def _dataset_name(archives: Sequence[Message], texts: Texts) -> str:
    files = [document_of(archive).file_name for archive in archives]
    return common_name([Path(name or texts.plain("dataset.unnamed")).stem for name in files])


def common_name(stems: Sequence[str]) -> str:
    """The name of ZIPs that are told apart only by a number at the end: "fruits" of "fruits-1" and
    "fruits-2". Of others, that of the first."""
    unnumbered = {_NUMBER.sub("", stem) for stem in stems}
    return (
        min(unnumbered) if len(stems) > 1 and len(unnumbered) == 1 and min(unnumbered) else stems[0]
    )
