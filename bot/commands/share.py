"""/share: the links by which a model's owner lets others use it, or take a copy of it."""

from __future__ import annotations

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.commands.card import learning
from bot.commands.loan_notices import keep_loans, tell_revoked
from bot.commands.model_choice import ask_which_own, find_model, is_custom
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from bot.texts import Html, Texts
from core.entities import Link, LinkKind, Model

# Before the token of a link to a model.
PREFIX = "m_"
# A button names the link that its reader sees by the first characters of its token: a tap that comes late must not
# change a newer one.
SEEN_LENGTH = 6


async def share(update: Update, context: Context) -> None:
    """/share: the links to the named model, else to the chat's own active one, else to the only one; asks which where
    there are several."""
    if context.args:
        await _share(context, await find_model(context, " ".join(context.args)))
        return
    active = await context.services.models.active(context.chat_id)
    if active and active.owner_id == context.me.id:
        await _share(context, active)
        return
    own = await context.services.models.list(context.me.id)
    if len(own) == 1:
        await _share(context, own[0])
    else:
        await ask_which_own(context, "share.which", "share")


async def on_share(context: Context, press: Press) -> None:
    """The links to the model that the button names."""
    found = await context.services.models.get(context.me.id, press.number())
    await context.acknowledge()
    await _share(context, found)


async def on_new(context: Context, press: Press) -> None:
    """A new link in place of the one above the button, or where there was none."""
    model, kind, seen = await _subject(context, press)
    await context.services.links.renew(context.me.id, model.id, kind, seen)
    if seen:
        await context.acknowledge(context.texts.plain("share.renewed"), alert=True)
    await _show_again(context, model, kind)


async def on_revoke(context: Context, press: Press) -> None:
    """The link above the button ends, and with it the use of the model by it; chats that lose it are told."""
    model, kind, seen = await _subject(context, press)
    loans = await keep_loans(context, model.id, kind)
    await context.services.links.revoke(context.me.id, model.id, kind, seen)
    await context.acknowledge()
    await _show_again(context, model, kind)
    await tell_revoked(context, loans, model.id, kind)


def address_of(link: Link, context: Context) -> str:
    """What opens the link in Telegram."""
    return f"https://t.me/{context.bot.username}?start={PREFIX}{link.token}"


async def _share(context: Context, model: Model) -> None:
    """Sends one message per kind of link: each can be copied, replaced and revoked on its own."""
    if not is_custom(model):
        await context.message.reply_text(context.texts("share.baseline"))
        return
    links = await context.services.links.share(context.me.id, model.id)
    for kind in LinkKind:
        text, buttons = _view(context, model, kind, links.get(kind))
        await context.message.chat.send_message(text, reply_markup=buttons)


async def _subject(context: Context, press: Press) -> tuple[Model, LinkKind, str]:
    """The model, the kind and the beginning of the token that a button names. Raises StalePress, ModelNotFound."""
    if press.argument(1) not in set(LinkKind):
        raise StalePress
    model = await context.services.models.get(context.me.id, press.number())
    if not is_custom(model):
        raise StalePress
    return model, LinkKind(press.argument(1)), press.argument(2)


async def _show_again(context: Context, model: Model, kind: LinkKind) -> None:
    links = await context.services.links.of_model(context.me.id, model.id)
    text, buttons = _view(context, model, kind, links.get(kind))
    await context.message.edit_text(text, reply_markup=buttons)


def _view(
    context: Context, model: Model, kind: LinkKind, link: Link | None
) -> tuple[Html, InlineKeyboardMarkup]:
    """What the owner sees of a link. link : None where there is none now."""
    texts, button = context.texts, context.buttons
    title = texts(f"share.{kind}", name=model.name)
    if link is None:
        new = button(texts.plain("button.new_link"), "link_new", model.id, kind, "")
        return Html(f"{title}\n{texts(f'share.none.{kind}')}"), keyboard([new])
    address = address_of(link, context)
    people = texts(
        f"share.people.{kind}", n=texts.number(link.people), copies=texts.number(link.copies)
    )
    lines = (title, _about(model, kind, texts), "", address, "", people)
    about = (model.id, kind, link.token[:SEEN_LENGTH])
    buttons = keyboard(
        [InlineKeyboardButton(texts.plain("button.copy_link"), copy_text=CopyTextButton(address))],
        [
            button(texts.plain("button.new_link"), "link_new", *about),
            button(texts.plain("button.revoke_link"), "link_revoke", *about),
        ],
    )
    return Html("\n".join(lines)), buttons


def _about(model: Model, kind: LinkKind, texts: Texts) -> Html:
    """What the link is for, and whether the model learns more; of copies none does."""
    learns = learning(model)
    if kind is LinkKind.COPY:
        return texts("share.about.copy" if learns == "live" else "share.about.copy_of_fixed")
    about = texts("share.about.use")
    return Html(f"{about} {texts(f'share.learns.{learns}')} {texts('share.revoking')}")
