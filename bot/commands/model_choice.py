"""Choosing a model, by its name or by a button of a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.commands.labels import is_baseline_name, model_name
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from core.entities import Model, ModelKind
from core.errors import ModelNotFound

MODELS_PER_PAGE = 6
# The actions that a model is chosen for.
CHOSEN_FOR = ("model", "use", "remove", "share")
FOR_OWN = ("remove", "share")
BUTTON_NAME_LENGTH = 28


async def find_model(context: Context, name: str) -> Model:
    """One of the user's models by name or number, or the baseline by its name in any language.

    Raises ModelNotFound.
    """
    return await _found(context, name, context.services.models.find)


async def named(context: Context) -> Model:
    """As `find_model`, or one of the borrowed models by its name."""
    name = " ".join(context.args or [])
    return await _found(context, name, context.services.models.find_usable)


async def _found(
    context: Context, name: str, find: Callable[[int, str], Awaitable[Model]]
) -> Model:
    services = context.services.models
    try:
        return await find(context.me.id, name)
    except ModelNotFound:
        if is_baseline_name(name):
            return services.baseline
        raise


async def ask_which(context: Context, key: str, action: str) -> None:
    """Asks by buttons for one of the models."""
    await context.message.reply_text(
        context.texts(key), reply_markup=await choice(context, action, 0)
    )


async def ask_which_own(context: Context, key: str, action: str) -> None:
    """Asks as `ask_which` does, where there is one of the user's own."""
    if await context.services.models.list(context.me.id):
        await ask_which(context, key, action)
    else:
        await context.message.reply_text(context.texts("models.none"))


async def on_choice(context: Context, press: Press) -> None:
    """Shows another page of the models to choose from. Raises StalePress for an action that asks for none."""
    action, page = press.argument(), press.number(1)
    if action not in CHOSEN_FOR:
        raise StalePress
    await context.message.edit_reply_markup(await choice(context, action, page))


async def choice(context: Context, action: str, page: int) -> InlineKeyboardMarkup:
    """A page of the user's models as buttons that carry out the action, the borrowed ones last; below them the
    baseline, which can't be removed or shared."""
    services, button = context.services.models, context.buttons
    kept = await services.list(context.me.id)
    if action not in FOR_OWN:
        kept = (*kept, *await services.borrowed(context.me.id))
    page = min(page, last_page(kept))
    first = page * MODELS_PER_PAGE
    shown = [*kept[first : first + MODELS_PER_PAGE]]
    everyones = [] if action in FOR_OWN else [services.baseline]
    turns = []
    if page > 0:
        turns.append(button("◀", "models_which", action, page - 1))
    if first + MODELS_PER_PAGE < len(kept):
        turns.append(button("▶", "models_which", action, page + 1))
    return keyboard(*model_rows(context, action, [*shown, *everyones]), turns)


def model_rows(
    context: Context, action: str, shown: Sequence[Model]
) -> list[list[InlineKeyboardButton]]:
    """One row with one button per model."""
    return [
        [context.buttons(short(_button_name(context, m), BUTTON_NAME_LENGTH), action, m.id)]
        for m in shown
    ]


def _button_name(context: Context, model: Model) -> str:
    """The model's name; that of a borrowed one is marked."""
    name = model_name(model, context.texts)
    is_borrowed = is_custom(model) and model.owner_id != context.me.id
    return f"🔗 {name}" if is_borrowed else name


def last_page(kept: Sequence[Model]) -> int:
    """The number of the last page, from 0."""
    return max(len(kept) - 1, 0) // MODELS_PER_PAGE


def is_custom(found: Model) -> bool:
    """Return whether somebody taught it: the baseline is everybody's."""
    return found.kind is ModelKind.CUSTOM
