"""Suggested photos: their owner is asked in private, and decides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError

from bot.commands.board import untested_for
from bot.commands.group_lessons import show_decision
from bot.commands.suggest_outcome import tell_suggester
from bot.commands.summary import short
from bot.context import Context
from bot.errors import is_gone, is_unchanged
from bot.keyboards import Buttons, Press, keyboard
from bot.texts import Html, Texts, texts_in
from core.entities import Dataset, Person, Suggestion
from core.errors import SuggestionGone
from core.services.suggestions import Decided

NAME_LENGTH = 24
MAX_TRUSTED = 50


# The question ----------------------------------------------------------------------------------


async def ask_owner(context: Context, suggestion: Suggestion) -> None:
    """Asks the owner of the dataset, in their language and in private; photos that come within a short time are added
    to the same message. Raises Forbidden, or BadRequest, where the owner never wrote to the bot."""

    async def post() -> None:
        with suppress(SuggestionGone):
            await _post(context, suggestion.owner_id, suggestion.id)

    await context.askings.post(suggestion.id, post)


async def ask_waiting(context: Context) -> None:
    """Asks the user about suggestions that nobody could ask about yet."""
    for suggestion in await context.services.suggestions.list(context.me.id):
        if suggestion.asked is None:
            await ask_owner(context, suggestion)


async def _post(context: Context, owner_id: int, suggestion_id: int) -> None:
    services = context.services
    suggestion = await services.suggestions.get(owner_id, suggestion_id)
    texts = texts_in((await services.users.meet(owner_id, context.me.language)).language)
    dataset = await services.datasets.get(owner_id, suggestion.dataset_id)
    text, keys = _question(suggestion, dataset, texts)
    if suggestion.asked and context.askings.is_fresh(suggestion_id):
        try:
            await context.bot.edit_message_text(text, owner_id, suggestion.asked, reply_markup=keys)
        except BadRequest as error:
            if is_unchanged(error):
                return
            if not is_gone(error):
                raise
        else:
            return
    message = await context.bot.send_message(owner_id, text, reply_markup=keys)
    context.askings.note(suggestion_id)
    await services.suggestions.set_asked(suggestion, message.message_id)
    if suggestion.asked:
        with suppress(TelegramError):  # it may be gone
            await context.bot.edit_message_reply_markup(owner_id, suggestion.asked)


def _question(
    suggestion: Suggestion, dataset: Dataset, texts: Texts
) -> tuple[Html, InlineKeyboardMarkup]:
    place = suggestion.place
    text = texts(
        "suggested.ask_group" if place else "suggested.ask",
        person=suggestion.person.name,
        photos=texts.plural("count.photos", suggestion.photos),
        label=suggestion.label,
        group=place.title if place else "",
        name=dataset.name,
    )
    return text, keyboard(*_rows(suggestion, texts))


def _rows(suggestion: Suggestion, texts: Texts) -> Sequence[Sequence[InlineKeyboardButton]]:
    button, facts = Buttons(suggestion.owner_id), (suggestion.id, suggestion.last)
    person = short(suggestion.person.name, NAME_LENGTH)
    return (
        [
            button(texts.plain("button.suggested_add"), "suggested_add", *facts),
            button(texts.plain("button.suggested_look"), "suggested_look", suggestion.id, 0),
        ],
        [
            button(texts.plain("button.suggested_refuse"), "suggested_refuse", *facts),
            button(texts.plain("button.trust", person=person), "suggested_trust", suggestion.id),
        ],
    )


# The answers -----------------------------------------------------------------------------------


async def on_add(context: Context, press: Press) -> None:
    """Adds the photos that the message told of; those that came since are asked about anew."""
    await context.acknowledge()
    decided = await context.services.suggestions.accept(
        context.me.id, press.number(), press.number(1)
    )
    await _replace(context, _added(decided, context.texts))
    await _after(context, decided, is_accepted=True)


async def on_refuse(context: Context, press: Press) -> None:
    """Deletes the photos that the message told of."""
    decided = await context.services.suggestions.refuse(
        context.me.id, press.number(), press.number(1)
    )
    await _replace(context, _said("suggested.refused", decided, context.texts))
    await _after(context, decided, is_accepted=False)


async def on_look(context: Context, press: Press) -> None:
    """Shows the photos, a page at a time, with the same buttons."""
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    services, texts = context.services, context.texts
    page = await services.suggestions.look(context.me.id, press.number(), press.number(1))
    suggestion = page.suggestion
    dataset = await services.datasets.get(context.me.id, suggestion.dataset_id)
    caption, _ = _question(suggestion, dataset, texts)
    turns = [
        context.buttons(sign, "suggested_look", suggestion.id, number)
        for sign, number in (("◀", page.number - 1), ("▶", page.number + 1))
        if 0 <= number < page.pages
    ]
    keys = keyboard(turns, *_rows(suggestion, texts))
    await context.message.reply_photo(page.picture, caption=caption, reply_markup=keys)


async def on_trust(context: Context, press: Press) -> None:
    """Adds all that the person suggested for the dataset, now and from now on."""
    await context.acknowledge()
    suggestions, texts = context.services.suggestions, context.texts
    waiting = await suggestions.trust(context.me.id, press.number())
    decided = [await suggestions.accept(context.me.id, one.id) for one in waiting]
    dataset, person = decided[-1].dataset, decided[-1].suggestion.person
    said = [_added(one, texts) for one in decided]
    said.append(texts("suggested.trusted", person=person.name, name=dataset.name))
    await _replace(context, Html("\n".join(said)), _distrust_keys(context, dataset, person))
    for one in decided:
        await _after(context, one, is_accepted=True)


async def on_distrust(context: Context, press: Press) -> None:
    """Suggestions of this person wait for the owner again."""
    services = context.services
    dataset = await services.datasets.get(context.me.id, press.number())
    await services.suggestions.distrust(context.me.id, dataset.id, press.number(1))
    text = context.texts("suggested.distrusted", name=dataset.name)
    await context.message.reply_text(text)
    await context.message.edit_reply_markup(None)


def _distrust_keys(context: Context, dataset: Dataset, person: Person) -> InlineKeyboardMarkup:
    text = context.texts.plain("button.distrust", person=short(person.name, NAME_LENGTH))
    return keyboard([context.buttons(text, "suggested_distrust", dataset.id, person.id)])


async def trusted_keys(context: Context, dataset: Dataset) -> InlineKeyboardMarkup | None:
    """A button for each person whom the user trusts; None where there are none."""
    trusted = await context.services.suggestions.trusted(context.me.id, dataset.id)
    rows = [_distrust_keys(context, dataset, person).inline_keyboard[0] for person in trusted]
    return keyboard(*rows[:MAX_TRUSTED]) if rows else None


async def _replace(context: Context, text: Html, keys: InlineKeyboardMarkup | None = None) -> None:
    """The question becomes what was decided, be it a text or a picture's caption."""
    if context.message.photo:
        await context.message.edit_caption(text, reply_markup=keys)
    else:
        await context.message.edit_text(text, reply_markup=keys)


def _added(decided: Decided, texts: Texts) -> Html:
    said = _said("suggested.added" if decided.changed else "suggested.known", decided, texts)
    untested = untested_for(decided.dataset, texts)
    return Html(f"{said}\n{untested}") if untested else said


def _said(key: str, decided: Decided, texts: Texts) -> Html:
    return texts(
        key,
        person=decided.suggestion.person.name,
        photos=texts.plural("count.photos", len(decided.photos)),
        label=decided.suggestion.label,
    )


async def _after(context: Context, decided: Decided, *, is_accepted: bool) -> None:
    """What the group sees of it, and what is asked next."""
    suggestion = decided.suggestion
    context.askings.forget(suggestion.id)
    if suggestion.asked not in (None, context.message.message_id):
        # It was decided below the picture: the question has no buttons any more.
        with suppress(TelegramError):
            await context.bot.edit_message_reply_markup(context.me.id, suggestion.asked)
    with suppress(SuggestionGone):  # where no photo came meanwhile
        left = await context.services.suggestions.get(context.me.id, suggestion.id)
        await ask_owner(context, left)
    if suggestion.place:
        await show_decision(context, suggestion.place, decided.photos, is_accepted=is_accepted)
    await tell_suggester(context, decided, is_accepted=is_accepted)
