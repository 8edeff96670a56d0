"""Links to models of others: opened by /start, then used or copied; and what is put away again."""

from __future__ import annotations

from contextlib import suppress

from bot.commands.card import learning, shared_card
from bot.commands.models import answer_here
from bot.context import Context
from bot.keyboards import Press, keyboard
from bot.texts import Html
from core.entities import LinkKind
from core.errors import ModelNotFound


async def open_link(context: Context, token: str) -> None:
    """Shows the model of a link, and what its opener may do with it. Raises LinkIncomplete, LinkGone, LinkIsOwn."""
    texts, button = context.texts, context.buttons
    model, kind = await context.services.links.open(context.me.id, token)
    active = await context.services.models.active(context.chat_id)
    is_active = active is not None and active.id == model.id
    is_live, learns = learning(model) == "live", texts(f"link.learns.{learning(model)}")
    lines = [shared_card(model, texts, active=is_active), Html("")]
    lines.append(learns if is_active else Html(f"{texts('link.use')} {learns}"))
    use = button(texts.plain("button.use_here"), "link_use", token)
    buttons = [] if is_active else [use]
    if kind is LinkKind.COPY:
        lines.append(texts("link.copy" if is_live else "link.copy_of_fixed"))
        buttons.append(button(texts.plain("button.copy_to_mine"), "link_copy", token))
    await context.message.reply_text(Html("\n".join(lines)), reply_markup=keyboard(buttons))


async def on_use(context: Context, press: Press) -> None:
    """The model of the link answers in this chat from now on, and is among those that its opener may choose."""
    model = await context.services.links.borrow(context.me.id, press.argument())
    await answer_here(context, model.id)


async def on_copy(context: Context, press: Press) -> None:
    """Copies the model of the link, once for each message that offers it."""
    texts, links, request = context.texts, context.services.links, context.message.message_id
    made = await links.copied(context.me.id, request)
    if made and not context.kept("copy"):
        await context.acknowledge(texts.plain("link.copied_before", name=made.name), alert=True)
        return
    await context.keep("copy", press.argument())
    model = await links.copy(context.me.id, press.argument(), request)
    await context.acknowledge()
    use = context.buttons(texts.plain("button.use"), "use", model.id)
    await context.message.chat.send_message(
        texts("link.copied", name=model.name), reply_markup=keyboard([use])
    )


async def on_give_back(context: Context, press: Press) -> None:
    """A borrowed model is not among the person's any more; the link brings it back."""
    services, model_id, said = context.services, press.number(), context.kept("said")
    if said is None:
        active = await services.models.active(context.chat_id)
        model = await services.models.get_usable(context.me.id, model_id)
        was_active = active is not None and active.id == model_id
        key = "link.given_back_active" if was_active else "link.given_back"
        await context.keep("said", said := context.texts(key, name=model.name))
    with suppress(ModelNotFound):
        await services.links.give_back(context.me.id, model_id)
    await services.models.lost(context.chat_id)  # It is said here.
    await context.message.edit_text(said)
