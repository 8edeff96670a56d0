"""/models, /model, /use, /unload: the models a user keeps, those of others that they have by links,
and the baseline."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction

from bot.commands.card import card, model_number, scores_text, shared_card
from bot.commands.labels import localized_report, model_name
from bot.commands.lesson import leave
from bot.commands.model_choice import (
    MODELS_PER_PAGE,
    ask_which,
    is_custom,
    last_page,
    model_rows,
    named,
)
from bot.commands.predict import answer_photos
from bot.commands.recipe_names import recipe_name
from bot.commands.report_charts import send_charts
from bot.commands.switches import dataset_switched
from bot.context import Context
from bot.keyboards import Press, keyboard
from bot.pictures import has_picture
from bot.texts import Html, Texts
from core.entities import Dataset, Model
from core.errors import DatasetNotFound
from core.names import file_name


async def models(update: Update, context: Context) -> None:
    """/models: shows the first page of the user's models, with the baseline."""
    text, buttons = await _page(context, 0)
    await context.message.reply_text(text, reply_markup=buttons)


async def on_page(context: Context, press: Press) -> None:
    """Shows another page of models in place of the message."""
    text, buttons = await _page(context, press.number())
    await context.message.edit_text(text, reply_markup=buttons)


async def model(update: Update, context: Context) -> None:
    """/model: sends the card of the named model, else of the active one."""
    if context.args:
        await send_card(context, await named(context))
        return
    active = await context.services.models.active(context.chat_id)
    if active is None:
        await ask_which(context, "model.which", "model")
    else:
        await send_card(context, active)


async def on_model(context: Context, press: Press) -> None:
    """Sends the card of the model that the button names."""
    found = await context.services.models.get_usable(context.me.id, press.number())
    await context.acknowledge()
    await send_card(context, found)


async def on_charts(context: Context, press: Press) -> None:
    found = await context.services.models.get(context.me.id, press.number())
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    await send_charts(context.message, found, localized_report(found, context.texts), context)


async def on_file(context: Context, press: Press) -> None:
    """Sends the model file alone, which `python -m core predict` takes."""
    found = await context.services.models.get(context.me.id, press.number())
    await context.acknowledge()
    content = await context.services.models.file(found)
    await context.message.chat.send_document(
        content, filename=file_name(f"{found.name}-model.onnx"), caption=context.texts("model.file")
    )


async def use(update: Update, context: Context) -> None:
    """/use in private: makes the named model the chat's active one, or asks which."""
    if not context.args:
        await ask_which(context, "use.which", "use")
        return
    found = await named(context)
    await context.services.models.use(context.me.id, context.chat_id, found.id)
    dataset = await _teach_on(context, found)
    await context.message.reply_text(_in_use(context, found, dataset))


async def on_use(context: Context, press: Press) -> None:
    """Makes the model that the button names the chat's active one; a photo that had no model to answer it
    gets its answer."""
    await answer_here(context, press.number())
    waiting = context.message.reply_to_message
    if waiting and has_picture(waiting):
        await context.once(lambda: answer_photos(context, [waiting]))


async def answer_here(context: Context, model_id: int) -> None:
    """Makes a model the chat's active one, for a press. That it is that already is said in a popup. Raises
    ModelNotFound."""
    active = await context.services.models.active(context.chat_id)
    was_active = active is not None and active.id == model_id and not context.kept("use")
    await context.keep("use", str(model_id))
    found = await context.services.models.use(context.me.id, context.chat_id, model_id)
    dataset = await _teach_on(context, found)
    if was_active and dataset is None:
        already = context.texts.plain("use.already", name=model_name(found, context.texts))
        await context.acknowledge(already)
        return
    await context.acknowledge()
    await context.message.chat.send_message(_in_use(context, found, dataset))


async def _teach_on(context: Context, model: Model) -> Dataset | None:
    """Makes the dataset that the model learned from the current one: what is taught next goes there.
    None where it is that already, gone, or somebody else's."""
    if model.dataset_id in (None, context.me.dataset_id):
        return None
    if model.owner_id != context.me.id:
        return None
    await leave(context)
    try:
        return await context.services.datasets.choose(context.me.id, model.dataset_id)
    except DatasetNotFound:
        return None


def _in_use(context: Context, model: Model, dataset: Dataset | None) -> Html:
    """dataset : the current one from now on, None where it did not change."""
    texts, name = context.texts, model_name(model, context.texts)
    said = texts("use.done", name=name)
    return Html(f"{said}\n{dataset_switched(context, dataset)}") if dataset else said


async def unload(update: Update, context: Context) -> None:
    """/unload: deactivates the chat's model."""
    had_one = await context.services.models.unload(context.chat_id)
    key = "unload.done" if had_one else "unload.nothing"
    await context.message.reply_text(context.texts(key))


async def send_card(context: Context, found: Model) -> None:
    """Sends what there is to say of a model, with its buttons."""
    active = await context.services.models.active(context.chat_id)
    is_active = active is not None and active.id == found.id
    if is_custom(found) and found.owner_id != context.me.id:
        text, rows = shared_card(found, context.texts, active=is_active), _borrowed_rows
    else:
        text, rows = card(found, context.texts, active=is_active), _own_rows
    use = [] if is_active else [context.buttons(context.texts.plain("button.use"), "use", found.id)]
    await context.message.chat.send_message(text, reply_markup=keyboard(*rows(context, found, use)))


def _own_rows(
    context: Context, found: Model, use: Sequence[InlineKeyboardButton]
) -> list[list[InlineKeyboardButton]]:
    texts, button = context.texts, context.buttons
    rows = [
        [*use, button(texts.plain("button.charts"), "model_charts", found.id)],
        [
            button(texts.plain("button.report"), "model_report", found.id),
            button(texts.plain("button.take_away"), "take_away", found.id),
        ],
    ]
    if is_custom(found):
        rows.append(
            [
                button(texts.plain("button.share"), "share", found.id),
                button(texts.plain("button.delete"), "remove", found.id),
            ]
        )
    return rows


def _borrowed_rows(
    context: Context, found: Model, use: Sequence[InlineKeyboardButton]
) -> list[list[InlineKeyboardButton]]:
    give_back = context.buttons(context.texts.plain("button.give_back"), "give_back", found.id)
    return [[*use, give_back]]


async def _page(context: Context, page: int) -> tuple[Html, InlineKeyboardMarkup]:
    """Some of the user's own models, then of the borrowed ones, and the baseline on every page."""
    texts, services = context.texts, context.services.models
    own = await services.list(context.me.id)
    kept = (*own, *await services.borrowed(context.me.id))
    active = await services.active(context.chat_id)
    first = min(page, last_page(kept)) * MODELS_PER_PAGE
    shown = [*kept[first : first + MODELS_PER_PAGE], services.baseline]
    lines = [_title(len(own), texts), *(_line(context, m, active) for m in shown)]
    rows = model_rows(context, "model", shown)
    return Html("\n".join(lines)), keyboard(*rows, _page_buttons(context, first, len(kept)))


def _title(count: int, texts: Texts) -> Html:
    if not count:
        return texts("models.none")
    return texts("models.title", n=texts.number(count))


def _line(context: Context, shown: Model, active: Model | None) -> Html:
    texts = context.texts
    is_active = active is not None and active.id == shown.id
    scores = scores_text(shown.card.report, texts)
    if not is_custom(shown):
        key = "models.baseline_active" if is_active else "models.baseline"
        return texts(key, name=model_name(shown, texts), scores=scores)
    if shown.owner_id != context.me.id:
        key = "models.borrowed_active" if is_active else "models.borrowed"
        return texts(key, name=shown.name, scores=scores)
    return texts(
        "models.active" if is_active else "models.other",
        number=model_number(shown, texts),
        name=shown.name,
        recipe=recipe_name(shown.card.recipe, texts),
        date=texts.moment(shown.created_at),
        scores=scores,
    )


def _page_buttons(context: Context, first: int, count: int) -> list[InlineKeyboardButton]:
    page = first // MODELS_PER_PAGE
    row = []
    if page > 0:
        row.append(context.buttons("◀", "models", page - 1))
    if first + MODELS_PER_PAGE < count:
        row.append(context.buttons("▶", "models", page + 1))
    return row
