"""/remove, /remove_all: models are deleted once that is confirmed."""

from __future__ import annotations

from contextlib import suppress

from telegram import Update

from bot.commands.group_notices import keep_ids, tell_groups, with_warning
from bot.commands.loan_notices import keep_loans, tell_deleted
from bot.commands.model_choice import ask_which_own, is_custom, named
from bot.commands.models import send_card
from bot.commands.switches import standing, switched
from bot.context import Context
from bot.keyboards import Press, keyboard
from bot.texts import Html
from core.entities import Model
from core.errors import BaselineNotRemovable, ModelNotFound


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
        await send_card(context, found)  # which has a button to put it away


async def on_remove(context: Context, press: Press) -> None:
    """Asks for a confirmation for the model that the button names. Raises BaselineNotRemovable."""
    found = await context.services.models.get(context.me.id, press.number())
    await _confirm_removal(context, found)


async def on_remove_yes(context: Context, press: Press) -> None:
    """Deletes the model; says so if it was the chat's active one, since the baseline answers then."""
    services, said = context.services.models, context.kept("said")
    using = await context.services.groups.using_model(context.me.id, press.number())
    told, loans = await keep_ids(context, using), await keep_loans(context, press.number())
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
    await tell_deleted(context, loans)


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
    told, loans = await keep_ids(context, groups), await keep_loans(context)
    await context.services.models.remove_all(context.me.id)
    await context.message.edit_text("\n".join((said, *await switched(context, before))))
    await tell_groups(context, told, "group.model_gone")
    await tell_deleted(context, loans)


async def on_keep(context: Context, press: Press) -> None:
    """The negative answer to either question."""
    await context.message.edit_text(context.texts("remove.kept"))


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
        question = Html(f"{question}\n{texts.plural('remove.shared', people)}")
    groups = await context.services.groups.using_model(context.me.id, found.id)
    await context.message.reply_text(with_warning(context, question, groups), reply_markup=answers)
