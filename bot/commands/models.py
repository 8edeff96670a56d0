"""/models, /model, /use, /unload, /remove, /remove_all: the models a user keeps, those of others that they have by links,
and the baseline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction

from bot.commands.card import accuracy_text, card, f1_text, model_number, shared_card
from bot.commands.group_notices import keep_ids, tell_groups, with_warning
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
CHOSEN_FOR = ("model", "use", "remove", "share")
FOR_OWN = ("remove", "share")
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
        await _send_card(context, await named(context))
        return
    active = await context.services.models.active(context.chat_id)
    if active is None:
        await _ask_which(context, "model.which", "model")
    else:
        await _send_card(context, active)


async def on_model(context: Context, press: Press) -> None:
    """Sends the card of the model that the button names."""
    found = await context.services.models.get_usable(context.me.id, press.number())
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
    """/use in private: makes the named model the chat's active one, or asks which."""
    if not context.args:
        await _ask_which(context, "use.which", "use")
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
        await answer_photos(context, [waiting])


async def answer_here(context: Context, model_id: int) -> None:
    """Makes a model the chat's active one, for a press. Raises ModelNotFound."""
    found = await context.services.models.use(context.me.id, context.chat_id, model_id)
    await context.acknowledge()
    dataset = await _teach_on(context, found)
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


async def remove(update: Update, context: Context) -> None:
    """/remove: asks for a confirmation for the named model, or asks which. Raises
    BaselineNotRemovable."""
    if not context.args:
        await ask_which_own(context, "remove.which", "remove")
        return
    found = await named(context)
    if found.owner_id == context.me.id or not is_custom(found):
        await _confirm_removal(context, found)
    else:
        await _send_card(context, found)  # which has a button to put it away


async def on_remove(context: Context, press: Press) -> None:
    """Asks for a confirmation for the model that the button names. Raises BaselineNotRemovable."""
    found = await context.services.models.get(context.me.id, press.number())
    await _confirm_removal(context, found)


async def on_remove_yes(context: Context, press: Press) -> None:
    """Deletes the model; says so if it was the chat's active one, since the baseline answers then."""
    services, said = context.services.models, context.kept("said")
    using = await context.services.groups.using_model(context.me.id, press.number())
    told = await keep_ids(context, using)
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
    await tell_groups(context, told, "group.model_gone")


async def remove_all(update: Update, context: Context) -> None:
    """/remove_all: asks for a confirmation, with the number of models."""
    texts, button = context.texts, context.buttons
    kept = await context.services.models.list(context.me.id)
    if not kept:
        await context.message.reply_text(texts("models.none"))
        return
    question = texts("remove_all.ask", n=texts.number(len(kept)))
    if people := await context.services.links.people(context.me.id):
        counted = texts.plural("count.people", people)
        question = Html(f"{question}\n{texts('remove.shared_all', people=counted)}")
    groups = await context.services.groups.using_models(context.me.id)
    await context.message.reply_text(
        with_warning(context, question, groups),
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
    groups = await context.services.groups.using_models(context.me.id)
    told = await keep_ids(context, groups)
    await context.services.models.remove_all(context.me.id)
    await context.message.edit_text("\n".join((said, *await switched(context, before))))
    await tell_groups(context, told, "group.model_gone")


async def on_keep(context: Context, press: Press) -> None:
    """The negative answer to any of the confirmations."""
    await context.message.edit_text(context.texts("remove.kept"))


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


async def _send_card(context: Context, found: Model) -> None:
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


async def _ask_which(context: Context, key: str, action: str) -> None:
    """Asks by buttons for one of the models."""
    await context.message.reply_text(
        context.texts(key), reply_markup=await choice(context, action, 0)
    )


async def ask_which_own(context: Context, key: str, action: str) -> None:
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
    await context.message.edit_reply_markup(await choice(context, action, page))


async def choice(context: Context, action: str, page: int) -> InlineKeyboardMarkup:
    """A page of the user's models as buttons that carry out the action, the borrowed ones last; below them the
    baseline, which can't be removed or shared."""
    services, button = context.services.models, context.buttons
    kept = await services.list(context.me.id)
    if action not in FOR_OWN:
        kept = (*kept, *await services.borrowed(context.me.id))
    page = min(page, _last_page(kept))
    first = page * MODELS_PER_PAGE
    shown = [*kept[first : first + MODELS_PER_PAGE]]
    everyones = [] if action in FOR_OWN else [services.baseline]
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
        [context.buttons(short(_button_name(context, m), BUTTON_NAME_LENGTH), action, m.id)]
        for m in shown
    ]


def _button_name(context: Context, model: Model) -> str:
    """The model's name; that of a borrowed one is marked."""
    name = model_name(model, context.texts)
    is_borrowed = is_custom(model) and model.owner_id != context.me.id
    return f"🔗 {name}" if is_borrowed else name


async def _page(context: Context, page: int) -> tuple[Html, InlineKeyboardMarkup]:
    """Some of the user's own models, then of the borrowed ones, and the baseline on every page."""
    texts, services = context.texts, context.services.models
    own = await services.list(context.me.id)
    kept = (*own, *await services.borrowed(context.me.id))
    active = await services.active(context.chat_id)
    first = min(page, _last_page(kept)) * MODELS_PER_PAGE
    shown = [*kept[first : first + MODELS_PER_PAGE], services.baseline]
    lines = [_title(len(own), texts), *(_line(context, m, active) for m in shown)]
    rows = _rows(context, "model", shown)
    return Html("\n".join(lines)), keyboard(*rows, _page_buttons(context, first, len(kept)))


def _last_page(kept: Sequence[Model]) -> int:
    return max(len(kept) - 1, 0) // MODELS_PER_PAGE


def _title(count: int, texts: Texts) -> Html:
    if not count:
        return texts("models.none")
    return texts("models.title", n=texts.number(count))


def _line(context: Context, shown: Model, active: Model | None) -> Html:
    texts = context.texts
    is_active = active is not None and active.id == shown.id
    report = shown.card.report
    scores = {"accuracy": accuracy_text(report, texts), "f1": f1_text(report, texts)}
    if not is_custom(shown):
        key = "models.baseline_active" if is_active else "models.baseline"
        return texts(key, name=model_name(shown, texts), **scores)
    if shown.owner_id != context.me.id:
        key = "models.borrowed_active" if is_active else "models.borrowed"
        return texts(key, name=shown.name, **scores)
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
    if not is_custom(found):
        raise BaselineNotRemovable
    texts, button = context.texts, context.buttons
    answers = keyboard(
        [
            button(texts.plain("button.delete_yes"), "remove_yes", found.id),
            button(texts.plain("button.keep"), "keep"),
        ]
    )
    question = texts("remove.ask", name=found.name)
    if people := await context.services.links.people(context.me.id, found.id):
        counted = texts.plural("count.people", people)
        question = Html(f"{question}\n{texts('remove.shared', people=counted)}")
    groups = await context.services.groups.using_model(context.me.id, found.id)
    await context.message.reply_text(with_warning(context, question, groups), reply_markup=answers)


def is_custom(found: Model) -> bool:
    return found.kind is ModelKind.CUSTOM
