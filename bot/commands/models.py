"""/models, /model, /use, /unload, /remove, /remove_all: the models a user keeps, and the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction, ChatType

from bot.commands.card import accuracy_text, card, f1_text, model_number
from bot.commands.labels import is_baseline_name, localized_report, model_name
from bot.commands.lesson import leave
from bot.commands.predict import answer_photos
from bot.commands.recipe_names import recipe_name
from bot.commands.report_charts import send_charts
from bot.commands.summary import short
from bot.commands.switches import dataset_switched, standing, switched
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from bot.pictures import has_picture
from bot.texts import Html, Texts
from core.entities import Dataset, Model, ModelKind
from core.errors import BaselineNotRemovable, DatasetNotFound, ModelNotFound
from core.names import file_name

MODELS_PER_PAGE = 6
# The actions that a model is chosen for.
CHOSEN_FOR = ("model", "use", "remove")
BUTTON_NAME_LENGTH = 28


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
        await _send_card(context, await _named(context))
        return
    active = await context.services.models.active(context.chat_id)
    if active is None or (_is_custom(active) and active.owner_id != context.me.id):
        await _ask_which(context, "model.which", "model")
    else:
        await _send_card(context, active)


async def on_model(context: Context, press: Press) -> None:
    """Sends the card of the model that the button names."""
    found = await context.services.models.get(context.me.id, press.number())
    await context.acknowledge()
    await _send_card(context, found)


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
    """/use: makes the named model the chat's active one, or asks which."""
    if not context.args:
        await _ask_which(context, "use.which", "use")
        return
    found = await _named(context)
    await context.services.models.use(context.me.id, context.chat_id, found.id)
    dataset = await _teach_on(context, found)
    await context.message.reply_text(_in_use(context, found, dataset))


async def on_use(context: Context, press: Press) -> None:
    """Makes the model that the button names the chat's active one; a photo that had no model to answer it
    gets its answer."""
    found = await context.services.models.use(context.me.id, context.chat_id, press.number())
    await context.acknowledge()
    dataset = await _teach_on(context, found)
    await context.message.chat.send_message(_in_use(context, found, dataset))
    waiting = context.message.reply_to_message
    if waiting and has_picture(waiting):
        await answer_photos(context, [waiting])


async def _teach_on(context: Context, model: Model) -> Dataset | None:
    """Makes the dataset that the model learned from the current one, in private: what is taught next goes there.
    None where it is that already, or gone."""
    is_private = context.message.chat.type == ChatType.PRIVATE
    if not is_private or model.dataset_id in (None, context.me.dataset_id):
        return None
    await leave(context)
    try:
        return await context.services.datasets.choose(context.me.id, model.dataset_id)
    except DatasetNotFound:
        return None


def _in_use(context: Context, model: Model, dataset: Dataset | None) -> Html:
    """dataset : the current one from now on, None where it did not change."""
    texts, name = context.texts, model_name(model, context.texts)
    if context.message.chat.type != ChatType.PRIVATE:
        return texts("use.done_group", name=name, bot=context.bot.username)
    said = texts("use.done", name=name)
    return Html(f"{said}\n{dataset_switched(context, dataset)}") if dataset else said


async def unload(update: Update, context: Context) -> None:
    """/unload: deactivates the chat's model."""
    had_one = await context.services.models.unload(context.chat_id)
    key = "unload.done" if had_one else "unload.nothing"
    await context.message.reply_text(context.texts(key))


async def remove(update: Update, context: Context) -> None:
    """/remove: asks for a confirmation for the named model, or asks which. Raises
    BaselineNotRemovable."""
    if not context.args:
        await _ask_which_own(context, "remove.which", "remove")
        return
    await _confirm_removal(context, await _named(context))


async def on_remove(context: Context, press: Press) -> None:
    """Asks for a confirmation for the model that the button names. Raises BaselineNotRemovable."""
    found = await context.services.models.get(context.me.id, press.number())
    await _confirm_removal(context, found)


async def on_remove_yes(context: Context, press: Press) -> None:
    """Deletes the model; says so if it was the chat's active one, since the baseline answers then."""
    services, said = context.services.models, context.kept("said")
    if said is None:
        active = await services.active(context.chat_id)
        model = await services.get(context.me.id, press.number())
        was_active = active is not None and active.id == model.id
        key = "remove.done_active" if was_active else "remove.done"
        await context.keep("said", said := context.texts(key, name=model.name))
        await services.remove(context.me.id, model.id)
        if was_active:
            await services.lost(context.chat_id)  # It is said here.
    else:
        # It was about to be deleted when the process died.
        with suppress(ModelNotFound):
            await services.remove(context.me.id, press.number())
    await context.message.edit_text(said)


async def remove_all(update: Update, context: Context) -> None:
    """/remove_all: asks for a confirmation, with the number of models."""
    texts, button = context.texts, context.buttons
    kept = await context.services.models.list(context.me.id)
    if not kept:
        await context.message.reply_text(texts("models.none"))
        return
    await context.message.reply_text(
        texts("remove_all.ask", n=texts.number(len(kept))),
        reply_markup=keyboard(
            [
                button(texts.plain("button.delete_yes"), "remove_all_yes"),
                button(texts.plain("button.keep"), "keep"),
            ]
        ),
    )


async def on_remove_all_yes(context: Context, press: Press) -> None:
    """Deletes all models of the user; the baseline stays."""
    texts, said = context.texts, context.kept("said")
    before = await standing(context)
    if said is None:
        count = len(await context.services.models.list(context.me.id))
        if not count:
            await context.acknowledge(texts.plain("models.none"), alert=True)
            return
        said = texts("remove_all.done", models=texts.plural("count.models", count))
        await context.keep("said", said)
    await context.services.models.remove_all(context.me.id)
    await context.message.edit_text("\n".join((said, *await switched(context, before))))


async def on_keep(context: Context, press: Press) -> None:
    """The negative answer to any of the confirmations."""
    await context.message.edit_text(context.texts("remove.kept"))


async def _named(context: Context) -> Model:
    return await find_model(context, " ".join(context.args or []))


async def find_model(context: Context, name: str) -> Model:
    """One of the user's models by name or number, or the baseline by its name in any language.

    Raises ModelNotFound.
    """
    services = context.services.models
    try:
        return await services.find(context.me.id, name)
    except ModelNotFound:
        if is_baseline_name(name):
            return services.baseline
        raise


async def _send_card(context: Context, found: Model) -> None:
    active = await context.services.models.active(context.chat_id)
    texts, button = context.texts, context.buttons
    await context.message.chat.send_message(
        card(found, texts, active=active is not None and active.id == found.id),
        reply_markup=keyboard(
            [
                button(texts.plain("button.use"), "use", found.id),
                button(texts.plain("button.charts"), "model_charts", found.id),
            ],
            [
                button(texts.plain("button.take_away"), "take_away", found.id),
                *(
                    [button(texts.plain("button.delete"), "remove", found.id)]
                    if _is_custom(found)
                    else []
                ),
            ],
        ),
    )


async def _ask_which(context: Context, key: str, action: str) -> None:
    """Asks by buttons for one of the models."""
    await context.message.reply_text(
        context.texts(key), reply_markup=await _choice(context, action, 0)
    )


async def _ask_which_own(context: Context, key: str, action: str) -> None:
    """Asks as `_ask_which` does, where there is one of the user's own."""
    if await context.services.models.list(context.me.id):
        await _ask_which(context, key, action)
    else:
        await context.message.reply_text(context.texts("models.none"))


async def on_choice(context: Context, press: Press) -> None:
    """Shows another page of the models to choose from. Raises StalePress for an action that asks for none."""
    action, page = press.argument(), press.number(1)
    if action not in CHOSEN_FOR:
        raise StalePress
    await context.message.edit_reply_markup(await _choice(context, action, page))


async def _choice(context: Context, action: str, page: int) -> InlineKeyboardMarkup:
    """A page of the user's models as buttons that carry out the action; below them the baseline, which can't be
    removed."""
    services, button = context.services.models, context.buttons
    kept = await services.list(context.me.id)
    page = min(page, _last_page(kept))
    first = page * MODELS_PER_PAGE
    shown = [*kept[first : first + MODELS_PER_PAGE]]
    everyones = [] if action == "remove" else [services.baseline]
    turns = []
    if page > 0:
        turns.append(button("◀", "models_which", action, page - 1))
    if first + MODELS_PER_PAGE < len(kept):
        turns.append(button("▶", "models_which", action, page + 1))
    return keyboard(*_rows(context, action, [*shown, *everyones]), turns)


def _rows(
    context: Context, action: str, shown: Sequence[Model]
) -> list[list[InlineKeyboardButton]]:
    """One row with one button per model."""
    return [
        [context.buttons(short(model_name(m, context.texts), BUTTON_NAME_LENGTH), action, m.id)]
        for m in shown
    ]


async def _page(context: Context, page: int) -> tuple[Html, InlineKeyboardMarkup]:
    """Some of the user's own models, and the baseline on every page."""
    texts, services = context.texts, context.services.models
    kept = await services.list(context.me.id)
    active = await services.active(context.chat_id)
    first = min(page, _last_page(kept)) * MODELS_PER_PAGE
    shown = [*kept[first : first + MODELS_PER_PAGE], services.baseline]
    lines = [_title(len(kept), texts), *(_line(m, active, texts) for m in shown)]
    rows = _rows(context, "model", shown)
    return Html("\n".join(lines)), keyboard(*rows, _page_buttons(context, first, len(kept)))


def _last_page(kept: Sequence[Model]) -> int:
    return max(len(kept) - 1, 0) // MODELS_PER_PAGE


def _title(count: int, texts: Texts) -> Html:
    if not count:
        return texts("models.none")
    return texts("models.title", n=texts.number(count))


def _line(shown: Model, active: Model | None, texts: Texts) -> Html:
    is_active = active is not None and active.id == shown.id
    report = shown.card.report
    scores = {"accuracy": accuracy_text(report, texts), "f1": f1_text(report, texts)}
    if not _is_custom(shown):
        key = "models.baseline_active" if is_active else "models.baseline"
        return texts(key, name=model_name(shown, texts), **scores)
    return texts(
        "models.active" if is_active else "models.other",
        number=model_number(shown, texts),
        name=shown.name,
        recipe=recipe_name(shown.card.recipe, texts),
        date=texts.moment(shown.created_at),
        **scores,
    )


def _page_buttons(context: Context, first: int, count: int) -> list[InlineKeyboardButton]:
    page = first // MODELS_PER_PAGE
    row = []
    if page > 0:
        row.append(context.buttons("◀", "models", page - 1))
    if first + MODELS_PER_PAGE < count:
        row.append(context.buttons("▶", "models", page + 1))
    return row


async def _confirm_removal(context: Context, found: Model) -> None:
    """Raises BaselineNotRemovable."""
    if not _is_custom(found):
        raise BaselineNotRemovable
    texts, button = context.texts, context.buttons
    answers = keyboard(
        [
            button(texts.plain("button.delete_yes"), "remove_yes", found.id),
            button(texts.plain("button.keep"), "keep"),
        ]
    )
    await context.message.reply_text(texts("remove.ask", name=found.name), reply_markup=answers)


def _is_custom(found: Model) -> bool:
    return found.kind is ModelKind.CUSTOM
