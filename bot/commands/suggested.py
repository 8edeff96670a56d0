"""Suggested photos: their owner is asked in private, and decides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.commands.board import untested_for
from bot.commands.edits import edited
from bot.commands.group_lessons import show_decision
from bot.commands.suggest_outcome import tell_suggester
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import Buttons, Press, StalePress, keyboard
from bot.texts import Html, Texts, texts_in
from core import names
from core.entities import Dataset, Person, Suggestion
from core.errors import SuggestionGone
from core.services.suggestions import Decided, Suggested

NAME_LENGTH = 24
MAX_TRUSTED = 50
# Says of a button which of the two messages it is below.
_BELOW_DECISION = "d"


# The question ----------------------------------------------------------------------------------


async def ask_owner(context: Context, suggestion: Suggestion) -> None:
    """Asks the owner of the dataset, in their language and in private; photos that come within a short time are added
    to the same message. Raises Forbidden, or BadRequest, where the owner never wrote to the bot."""

    async def post() -> None:
        with suppress(SuggestionGone):
            await _post(context, suggestion.owner_id, suggestion.id)

    await context.askings.post(suggestion.id, post)


async def show_renamed(context: Context, suggested: Suggested) -> None:
    """The questions about photos that the person has given another class since are put right."""
    suggestion = suggested.suggestion
    for one in suggested.renamed:
        try:
            left = await context.services.suggestions.get(one.owner_id, one.id)
        except SuggestionGone:
            texts = await _texts_of(context, one.owner_id)
            person, label = one.person.name, suggestion.label if suggestion else ""
            text = texts("suggested.renamed", person=person, before=one.label, label=label)
            await replace_questions(context, one, text)
        else:
            await ask_owner(context, left)


async def ask_waiting(context: Context) -> None:
    """Asks the user about suggestions that nobody could ask about yet."""
    for suggestion in await context.services.suggestions.list(context.me.id):
        if suggestion.asked is None:
            await ask_owner(context, suggestion)


async def _post(context: Context, owner_id: int, suggestion_id: int) -> None:
    services = context.services
    suggestion = await services.suggestions.get(owner_id, suggestion_id)
    texts = await _texts_of(context, owner_id)
    dataset = await services.datasets.get(owner_id, suggestion.dataset_id)
    text, keys = _question(context, suggestion, dataset, texts)
    open_question = suggestion.asked if context.askings.is_fresh(suggestion_id) else None
    if open_question and await edited(context, text, owner_id, open_question, keys):
        return
    message = await context.bot.send_message(owner_id, text, reply_markup=keys)
    context.askings.note(suggestion_id)
    await services.suggestions.set_asked(suggestion, message.message_id)
    if suggestion.asked:
        with suppress(TelegramError):  # it may be gone
            await context.bot.edit_message_reply_markup(owner_id, suggestion.asked)


async def _texts_of(context: Context, owner_id: int) -> Texts:
    """The texts in the owner's language."""
    owner = await context.services.users.meet(owner_id, context.me.language)
    return texts_in(owner.language)


async def replace_questions(
    context: Context, suggestion: Suggestion, text: Html, but: int | None = None
) -> None:
    """The messages that ask the owner, and show the photos, say how it was decided, and have no buttons.
    but : the message that says so already."""
    bot, chat_id = context.bot, suggestion.owner_id
    for look in context.askings.forget(suggestion.id):
        if look != but:
            with suppress(TelegramError):  # it may be gone
                await bot.edit_message_caption(chat_id, look, caption=text)
    if suggestion.asked not in (None, but):
        with suppress(TelegramError):
            await bot.edit_message_text(text, chat_id, suggestion.asked)


def _question(
    context: Context, suggestion: Suggestion, dataset: Dataset, texts: Texts
) -> tuple[Html, InlineKeyboardMarkup]:
    place = suggestion.place
    known = context.services.teaching.classes(dataset)
    is_new = names.find(suggestion.label, known) is None
    text = texts(
        "suggested.ask_group" if place else "suggested.ask",
        new=f" {texts('suggested.new_class')}" if is_new else "",
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
    add = "button.suggested_add" if suggestion.photos > 1 else "button.suggested_add_one"
    return (
        [
            button(texts.plain(add), "suggested_add", *facts),
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
    if not await _waits(context, press):
        return
    await context.acknowledge()
    decided = await context.services.suggestions.accept(
        context.me.id, press.number(), press.number(1)
    )
    text = _added(decided, context.texts)
    await _replace(context, text)
    await _after(context, decided, text, is_accepted=True)


async def on_refuse(context: Context, press: Press) -> None:
    """Deletes the photos that the message told of."""
    if not await _waits(context, press):
        return
    decided = await context.services.suggestions.refuse(
        context.me.id, press.number(), press.number(1)
    )
    text = _said("suggested.refused", decided, context.texts)
    await _replace(context, text)
    await _after(context, decided, text, is_accepted=False)


async def on_look(context: Context, press: Press) -> None:
    """Shows the photos, a page at a time, with the same buttons."""
    if not await _waits(context, press):
        return
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    services, texts = context.services, context.texts
    page = await services.suggestions.look(context.me.id, press.number(), press.number(1))
    suggestion = page.suggestion
    dataset = await services.datasets.get(context.me.id, suggestion.dataset_id)
    caption, _ = _question(context, suggestion, dataset, texts)
    turns = [
        context.buttons(sign, "suggested_look", suggestion.id, number)
        for sign, number in (("◀", page.number - 1), ("▶", page.number + 1))
        if 0 <= number < page.pages
    ]
    keys = keyboard(turns, *_rows(suggestion, texts))
    sent = await context.message.reply_photo(page.picture, caption=caption, reply_markup=keys)
    context.askings.note_look(suggestion.id, sent.message_id)


async def on_trust(context: Context, press: Press) -> None:
    """Adds all that the person suggested for the dataset, now and from now on."""
    if not await _waits(context, press):
        return
    await context.acknowledge()
    suggestions, texts = context.services.suggestions, context.texts
    waiting = await suggestions.trust(context.me.id, press.number())
    decided = [await suggestions.accept(context.me.id, one.id) for one in waiting]
    dataset, person = decided[-1].dataset, decided[-1].suggestion.person
    said = [_added(one, texts) for one in decided]
    trusts = texts("suggested.trusted", person=person.name, name=dataset.name)
    keys = _distrust_keys(context, dataset, person, _BELOW_DECISION)
    await _replace(context, Html("\n".join((*said, trusts))), keys)
    for one, text in zip(decided, said, strict=True):
        await _after(context, one, text, is_accepted=True)


async def on_distrust(context: Context, press: Press) -> None:
    """Suggestions of this person wait for the owner again. Below a decision that is said in the place of its last
    line, which says the opposite; below a list of people in a message of its own. Raises StalePress where the
    person is not trusted."""
    suggestions, message = context.services.suggestions, context.message
    dataset = await context.services.datasets.get(context.me.id, press.number())
    trusted = await suggestions.trusted(context.me.id, dataset.id)
    person = next((one for one in trusted if one.id == press.number(1)), None)
    if person is None:
        raise StalePress
    await suggestions.distrust(context.me.id, dataset.id, person.id)
    text = context.texts("suggested.distrusted", person=person.name, name=dataset.name)
    if _BELOW_DECISION in press.arguments:
        decision = message.caption_html if message.photo else message.text_html
        await _replace(context, Html("\n".join((*decision.split("\n")[:-1], text))))
    else:
        await message.reply_text(text)
        await message.edit_reply_markup(await trusted_keys(context, dataset))


def _distrust_keys(
    context: Context, dataset: Dataset, person: Person, *where: str
) -> InlineKeyboardMarkup:
    text = context.texts.plain("button.distrust", person=short(person.name, NAME_LENGTH))
    return keyboard([context.buttons(text, "suggested_distrust", dataset.id, person.id, *where)])


async def trusted_keys(context: Context, dataset: Dataset) -> InlineKeyboardMarkup | None:
    """A button for each person whom the user trusts; None where there are none."""
    trusted = await context.services.suggestions.trusted(context.me.id, dataset.id)
    rows = [_distrust_keys(context, dataset, person).inline_keyboard[0] for person in trusted]
    return keyboard(*rows[:MAX_TRUSTED]) if rows else None


async def _waits(context: Context, press: Press) -> bool:
    """True if the suggestion of the button waits. Else that is said in a popup, and a picture loses its buttons:
    it may have been sent by an earlier process, of which nobody knows which pictures it sent."""
    try:
        await context.services.suggestions.get(context.me.id, press.number())
    except SuggestionGone:
        await context.acknowledge(context.texts.plain("error.suggestion_gone"), alert=True)
        if context.message.photo:
            with suppress(TelegramError):
                await context.message.edit_reply_markup(None)
        return False
    return True


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


async def _after(context: Context, decided: Decided, text: Html, *, is_accepted: bool) -> None:
    """What other messages about it say, what the group sees, and what is asked next. text : the decision."""
    suggestion = decided.suggestion
    await replace_questions(context, suggestion, text, but=context.message.message_id)
    with suppress(SuggestionGone):  # where no photo came meanwhile
        left = await context.services.suggestions.get(context.me.id, suggestion.id)
        await ask_owner(context, left)
    if suggestion.place:
        await show_decision(context, suggestion.place, decided, is_accepted=is_accepted)
    await tell_suggester(context, decided, is_accepted=is_accepted)
