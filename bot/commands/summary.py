"""A dataset's summary in a few lines, and the buttons under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.commands.labels import shown_label
from bot.context import Context
from bot.keyboards import keyboard
from bot.texts import Html, Texts
from core.entities import Dataset, Description, Note, NoteCode

MAX_CLASSES_NAMED = 12
MAX_SKIPPED_NAMED = 5
MAX_NOTES = 6
MAX_NAMES_IN_NOTE = 5
MAX_NAME_LENGTH = 40
BAR_LENGTH = 10


def summary(dataset: Dataset, description: Description, texts: Texts) -> Html:
    """Classes, images, duplicates, what was left out and why."""
    return Html("\n".join(_lines(dataset, description, texts)))


def dataset_keyboard(
    context: Context, dataset: Dataset, first: Iterable[Sequence[InlineKeyboardButton]] = ()
) -> InlineKeyboardMarkup:
    """Buttons for the next steps with a dataset, below the rows `first`."""
    texts, button = context.texts, context.buttons
    return keyboard(
        *first,
        [
            button(texts.plain("button.info"), "info", dataset.id),
            button(texts.plain("button.samples"), "samples", dataset.id),
        ],
        [button(texts.plain("button.fit"), "fit", dataset.id)],
    )


def bar(share: float) -> str:
    """A share of 0–1 as ten blocks."""
    filled = round(share * BAR_LENGTH)
    return "█" * filled + "░" * (BAR_LENGTH - filled)


def short(name: str, length: int = MAX_NAME_LENGTH) -> str:
    """The name, cut to `length` characters."""
    return name if len(name) <= length else f"{name[: length - 1]}…"


def _lines(dataset: Dataset, description: Description, texts: Texts) -> Iterator[Html]:
    yield texts("dataset.title", name=dataset.name)
    yield texts(
        "dataset.counts",
        images=texts.plural("count.photos", description.images),
        classes=texts.plural("count.classes", len(description.classes)),
    )
    yield _class_counts(dataset, description, texts)
    if dataset.negatives:
        yield texts("dataset.negatives", photos=texts.plural("count.photos", dataset.negatives))
    yield texts(
        "dataset.sizes",
        width=_spread(description.sizes.width.min, description.sizes.width.max),
        height=_spread(description.sizes.height.min, description.sizes.height.max),
    )
    yield from _duplicates(description, texts)
    yield from _skipped(description, texts)
    notes = [note for note in description.notes if _holds(note, dataset)]
    yield from (_note(note, texts) for note in notes[:MAX_NOTES])
    if len(notes) > MAX_NOTES:
        yield texts("dataset.more_notes", n=texts.number(len(notes) - MAX_NOTES))


def _class_counts(dataset: Dataset, description: Description, texts: Texts) -> Html:
    named = list(description.classes.items())[:MAX_CLASSES_NAMED]
    listed = ", ".join(
        f"{short(shown_label(name, dataset, texts))} {texts.number(count)}" for name, count in named
    )
    rest = len(description.classes) - len(named)
    more = texts.plain("dataset.more_classes", n=rest) if rest else ""
    return texts("dataset.classes", listed=listed, more=more)


def _spread(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _duplicates(description: Description, texts: Texts) -> Iterator[Html]:
    duplicates = description.duplicates
    if duplicates.exact or duplicates.near:
        yield texts(
            "dataset.duplicates",
            exact=texts.number(duplicates.exact),
            near=texts.number(duplicates.near),
        )
    if duplicates.across_classes:
        one, other, count = max(duplicates.across_classes, key=lambda across: across[2])
        yield texts("dataset.across", one=short(one), other=short(other), n=texts.number(count))
    if duplicates.widest:
        name, classes = duplicates.widest[0]
        yield texts("dataset.widest", name=short(name), n=texts.number(classes))


def _holds(note: Note, dataset: Dataset) -> bool:
    """False if the note was settled since the reading."""
    if note.code is NoteCode.CLASSES_ALIKE:
        return sum(name in dataset.classes for name in note.names) > 1
    return note.code is not NoteCode.TEST_PART_FOUND or dataset.test_images > 0


def _note(note: Note, texts: Texts) -> Html:
    named = ", ".join(short(name) for name in note.names[:MAX_NAMES_IN_NOTE])
    more = ", …" if len(note.names) > MAX_NAMES_IN_NOTE else ""
    sentence = texts(f"note.{note.code}", names=named + more, count=texts.number(note.count))
    return texts("dataset.note", note=sentence)


def _skipped(description: Description, texts: Texts) -> Iterator[Html]:
    skipped = description.skipped
    if not skipped:
        return
    yield texts("dataset.skipped", files=texts.plural("count.files", len(skipped)))
    for reason, count in Counter(file.reason for file in skipped).most_common(MAX_SKIPPED_NAMED):
        first = next(file.name for file in skipped if file.reason == reason)
        yield texts(
            "dataset.skipped_reason",
            reason=texts.plain(f"skipped.{reason}"),
            n=texts.number(count),
            name=short(first),
        )
