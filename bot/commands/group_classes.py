"""/classes: what is in a set, and who taught it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from telegram import Update
from telegram.constants import ChatType

from bot.commands.group import group_of, myself
from bot.commands.labels import shown_label
from bot.commands.suggested import trusted_keys
from bot.context import Context
from bot.texts import Html
from core.entities import Contribution, Dataset

MAX_CLASSES = 40
MAX_PEOPLE = 5


async def classes(update: Update, context: Context) -> None:
    """/classes: the classes of the group's set, in private of the current one, with who taught how many;
    in private with buttons to trust people no more."""
    if context.message.chat.type == ChatType.PRIVATE:
        dataset = await context.services.datasets.current(context.me)
        text = await _listing(context, dataset, myself(context).name)
        keys = await trusted_keys(context, dataset)
        await context.message.reply_text(text, reply_markup=keys)
        return
    group = await group_of(context)
    own = await context.services.groups.own_set(group)
    if own is None or group.own is None:
        text = context.texts("group.no_set", bot=context.bot.username)
    else:
        text = await _listing(context, own, group.own.owner_name)
    await context.message.reply_text(text)


async def _listing(context: Context, dataset: Dataset, owner: str) -> Html:
    texts, suggestions = context.texts, context.services.suggestions
    contributions = await suggestions.contributions(dataset)
    waiting = await suggestions.waiting(dataset)
    photos = texts.plural("count.photos", waiting)
    is_private = context.message.chat.type == ChatType.PRIVATE
    you = texts("group.waiting_you", photos=photos)
    who = you if is_private else texts("group.waiting", photos=photos, owner=owner)
    waits = [who] if waiting else []
    if not contributions:
        return Html("\n".join([texts("group.no_classes", name=dataset.name), *waits]))
    by_class = groupby(contributions, lambda one: one.label)
    lines = [_line(context, dataset, owner, tuple(parts)) for _, parts in by_class]
    title = texts(
        "group.classes",
        name=dataset.name,
        classes=texts.plural("count.classes", len(lines)),
        photos=texts.plural("count.photos", dataset.images),
    )
    more = ["…"] if len(lines) > MAX_CLASSES else []
    return Html("\n".join([title, *lines[:MAX_CLASSES], *more, *waits]))


def _line(context: Context, dataset: Dataset, owner: str, parts: Sequence[Contribution]) -> Html:
    texts = context.texts
    people = ", ".join(
        f"{_name(context, one, owner)} {texts.number(one.photos)}" for one in parts[:MAX_PEOPLE]
    )
    return texts(
        "group.class",
        label=shown_label(parts[0].label, dataset, texts),
        photos=texts.plural("count.photos", sum(one.photos for one in parts)),
        people=people + ("…" if len(parts) > MAX_PEOPLE else ""),
    )


def _name(context: Context, part: Contribution, owner: str) -> str:
    if part.person is None:
        return owner
    return part.person.name or context.texts.plain("group.somebody")
