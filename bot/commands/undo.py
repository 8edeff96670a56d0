"""/undo, and the buttons that undo one certain change of a dataset."""

from __future__ import annotations

from collections.abc import Iterable

from telegram import InlineKeyboardButton, Update
from telegram.error import BadRequest

from bot.commands.group import group_of
from bot.commands.labels import shown_label
from bot.commands.summary import short
from bot.context import Context
from bot.errors import is_unchanged
from bot.keyboards import Press, keyboard
from bot.texts import Html, Texts
from core.entities import Dataset, EditKind, LastEdit

CLASSES_NAMED = 3
CLASS_NAME_LENGTH = 24


async def undo(update: Update, context: Context) -> None:
    """/undo: undoes the last change of the current dataset; nothing more where the same message comes again
    after a crash. Raises NoDataset, NothingToUndo, AlreadyUndone."""
    dataset = await context.services.datasets.current(context.me)
    request = context.message.message_id
    await context.message.reply_text(await _undo(context, dataset.id, request=request))


async def undo_in_group(update: Update, context: Context) -> None:
    """In a group that teaches a set: how a wrong name is put right, and who can undo more."""
    group = await group_of(context)
    dataset = await context.services.groups.own_set(group)
    texts, bot = context.texts, context.bot.username
    if dataset and group.own:
        owner = group.own.owner_name
        await context.message.reply_text(
            texts("undo.group", owner=owner, name=dataset.name, bot=bot)
        )
    else:
        await context.message.reply_text(texts("group.private_only", bot=bot))


async def on_undo(context: Context, press: Press) -> None:
    """Undoes the change that the button names, and says so below; the button goes away.

    Raises NothingToUndo, and EditNotLast where other changes came after it.
    """
    said = await _undo(context, press.number(), press.number(1))
    await context.acknowledge()
    await _take_button_away(context)
    await context.message.reply_text(said)


def undo_button(context: Context, dataset: Dataset) -> InlineKeyboardButton:
    """A button that undoes the edit that made this version of the dataset."""
    text = context.texts.plain("button.undo")
    return context.buttons(text, "undo", dataset.id, dataset.version)


def listed(names: Iterable[str], texts: Texts) -> str:
    """The first few names; how many more there are is said instead of the others."""
    shown = [short(name, CLASS_NAME_LENGTH) for name in names]
    rest = len(shown) - CLASSES_NAMED
    more = texts.plain("names.more", n=texts.number(rest)) if rest > 0 else ""
    return ", ".join(shown[:CLASSES_NAMED]) + more


async def _undo(
    context: Context, dataset_id: int, number: int | None = None, request: int | None = None
) -> Html:
    """Undoes the last edit, or this one if it is the last; the sentence that says what it was.

    request : the message that wants it, where it does not say which edit is meant.
    """
    services, me = context.services.examples, context.me.id
    last = await services.last_edit(me, dataset_id)
    dataset = await services.undo(me, dataset_id, number or last.edit.number, request)
    return _sentence(last, dataset, context.texts)


def _sentence(last: LastEdit, dataset: Dataset, texts: Texts) -> Html:
    changed = max(sum(last.before.values()), sum(last.after.values()))
    if last.edit.kind is EditKind.REFUSE:
        changed = last.edit.changed
    return texts(
        f"undone.{_key(last, dataset)}",
        dataset=dataset.name,
        photos=texts.plural("count.photos", changed),
        before=listed((shown_label(name, dataset, texts) for name in last.before), texts),
        after=listed((shown_label(name, dataset, texts) for name in last.after), texts),
    )


def _key(last: LastEdit, dataset: Dataset) -> str:
    """The kind of the edit; a class that was renamed to one that is still there was merged into it, and a
    lesson of photos that had other classes moved them."""
    if last.edit.kind is EditKind.RENAME_CLASS and last.after.keys() & dataset.classes.keys():
        return "merge_classes"
    if last.edit.kind is EditKind.ADD and last.before and not _added(last):
        return EditKind.RELABEL
    return last.edit.kind


def _added(last: LastEdit) -> int:
    return sum(last.after.values()) - sum(last.before.values())


async def _take_button_away(context: Context) -> None:
    pressed = context.message.reply_markup
    data = context.incoming.callback_query.data if context.incoming.callback_query else None
    if pressed is None:
        return
    rows = ([one for one in row if one.callback_data != data] for row in pressed.inline_keyboard)
    try:
        await context.message.edit_reply_markup(keyboard(*rows))
    except BadRequest as error:
        if not is_unchanged(error):
            raise
