"""Notes about an uploaded archive: the buttons under the dataset's summary that settle them."""

from __future__ import annotations

from collections.abc import Iterator

from telegram import InlineKeyboardButton

from bot.commands.summary import dataset_keyboard, short, summary
from bot.context import Context
from bot.keyboards import Press, StalePress
from core.entities import Dataset, Description, Note, NoteCode

BUTTON_NAME_LENGTH = 24
MAX_MERGES = 5


def note_buttons(
    context: Context, dataset: Dataset, description: Description
) -> Iterator[list[InlineKeyboardButton]]:
    """A row for each note that a button can settle."""
    texts, button = context.texts, context.buttons
    if dataset.test_images:
        yield [button(texts.plain("button.train_on_test"), "train_on_test", dataset.id)]
    merges = [
        (position, alike[0])
        for position, note in enumerate(description.notes)
        if note.code is NoteCode.CLASSES_ALIKE and len(alike := _still_there(note, dataset)) > 1
    ]
    for position, name in merges[:MAX_MERGES]:
        text = texts.plain("button.merge", name=short(name, BUTTON_NAME_LENGTH))
        yield [button(text, "class_merge", dataset.id, dataset.version, position)]


async def show_dataset(context: Context, dataset: Dataset) -> None:
    """Shows the dataset, with its notes, in the message that the pressed button belongs to."""
    description = await context.services.datasets.describe(dataset)
    await context.message.edit_text(
        summary(dataset, description, context.texts),
        reply_markup=dataset_keyboard(
            context, dataset, note_buttons(context, dataset, description)
        ),
    )


async def on_merge(context: Context, press: Press) -> None:
    """Makes classes of nearly the same name one, under the name of the largest."""
    services, me = context.services, context.me.id
    dataset = await services.datasets.get(me, press.number())
    notes = (await services.datasets.describe(dataset)).notes
    if press.number(1) != dataset.version or press.number(2) >= len(notes):
        raise StalePress
    note = notes[press.number(2)]
    alike = _still_there(note, dataset)
    if note.code is not NoteCode.CLASSES_ALIKE or len(alike) < 2:
        raise StalePress
    kept, *others = alike
    for label in others:
        dataset = await services.examples.rename_class(me, dataset.id, label, kept)
    await show_dataset(context, dataset)


async def on_train_on_test(context: Context, press: Press) -> None:
    """Lets the photos of the test part be trained on like the others."""
    dataset = await context.services.examples.set_test(context.me.id, press.number(), is_test=False)
    await show_dataset(context, dataset)


def _still_there(note: Note, dataset: Dataset) -> list[str]:
    """The classes that the note names, as far as they are there, the largest first."""
    there = [name for name in note.names if name in dataset.classes]
    return sorted(there, key=lambda name: -dataset.classes[name])
