"""A group as a whole: its card, its own set, and who chooses its model."""

from __future__ import annotations

import logging

from telegram import Chat, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.commands.consent import has_consented
from bot.commands.group_begun import Begun, begun_text
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import EVERYBODY, Buttons, Press, StalePress, keyboard
from bot.texts import Html
from core import names
from core.entities import Group, ModelKind, Person
from core.errors import NameInvalid

NAME_LENGTH = 40

logger = logging.getLogger(__name__)


# Who is who ------------------------------------------------------------------------------------


async def group_of(context: Context) -> Group:
    """The group that the update is from. Raises StalePress in a private chat."""
    chat = context.message.chat
    if chat.type == ChatType.PRIVATE:
        raise StalePress
    return await context.services.groups.get(chat.id, chat.title or "")


async def may_choose(context: Context, group: Group) -> bool:
    """True for whoever may choose the group's model and begin its set."""
    return group.is_open or await context.is_admin()


def myself(context: Context) -> Person:
    """The user of the update, by the name that others see."""
    user = context.incoming.effective_user
    return Person(context.me.id, user.full_name if user else "")


def who(context: Context) -> str:
    """The user's name; of an anonymous admin there is none."""
    return context.texts.plain("group.an_admin") if context.is_anonymous else myself(context).name


async def refuse(context: Context) -> None:
    """Says that this is for the admins; to whoever pressed a button, to them alone."""
    said = context.texts("group.admins_only", bot=context.bot.username)
    if context.incoming.callback_query:
        await context.acknowledge(said, alert=True)
    else:
        await say(context, said)


async def say(context: Context, text: Html, keys: InlineKeyboardMarkup | None = None) -> None:
    """Says something in the topic of the update's message."""
    if context.incoming.callback_query:
        await context.acknowledge()
        await context.message.reply_text(text, reply_markup=keys, do_quote=False)
    else:
        await context.message.reply_text(text, reply_markup=keys)


# The card --------------------------------------------------------------------------------------


async def start(update: Update, context: Context) -> None:
    """/start: the card, unless the group has just been greeted."""
    if context.args and context.greetings.is_recent(context.chat_id):
        return
    group = await group_of(context)
    text, keys = await card(context, group)
    await say(context, text, keys)


async def greet(context: Context, chat: Chat) -> None:
    """The bot was added to the group."""
    group = await context.services.groups.get(chat.id, chat.title or "")
    context.greetings.note(chat.id)
    text, keys = await card(context, group)
    await context.bot.send_message(chat.id, text, reply_markup=keys)


async def card(context: Context, group: Group) -> tuple[Html, InlineKeyboardMarkup]:
    """What the bot does in the group, who answers, and who may change that. Anybody may press its
    buttons: who may do what they do is looked up then."""
    texts = context.texts
    lines = [texts("start.group", bot=context.bot.username), await _answering(context, group)]
    dataset = await context.services.groups.own_set(group)
    if dataset and group.own:
        lines.append(texts("group.teaches", name=dataset.name, owner=group.own.owner_name))
    lines.append(texts("group.open" if group.is_open else "group.closed"))
    return Html("\n".join(lines)), keyboard(*_card_rows(context, group))


async def _answering(context: Context, group: Group) -> Html:
    active = await context.services.models.active(group.id)
    if active is None:
        return context.texts("group.nobody_answers")
    if active.kind is ModelKind.BASELINE:
        return context.texts("group.baseline_answers")
    return context.texts("group.answers", name=active.name)


def _card_rows(context: Context, group: Group) -> list[list[InlineKeyboardButton]]:
    texts, button = context.texts, Buttons(EVERYBODY)
    begin = button(texts.plain("button.teach_here"), "teach_here")
    change = "button.admins_choose" if group.is_open else "button.all_choose"
    return [
        *([] if group.own else [[begin]]),
        [button(texts.plain("button.choose_model"), "group_use")],
        [button(texts.plain(change), "group_open", int(not group.is_open))],
    ]


async def on_open(context: Context, press: Press) -> None:
    """Changes who may choose the model. The admins' alone, whatever the button's data says."""
    group = await group_of(context)
    if not await context.is_admin():
        await context.acknowledge(context.texts.plain("press.admins_decide"), alert=True)
        return
    await context.services.groups.set_open(group, is_open=press.number() > 0)
    text, keys = await card(context, await group_of(context))
    await context.message.edit_text(text, reply_markup=keys)


# The group's own set ---------------------------------------------------------------------------


async def teach_here(update: Update, context: Context) -> None:
    """/teach_here: begins the group's own set, which belongs to who begins it; `/teach_here fruits` takes one that
    the person has, also in the place of another one of theirs."""
    if context.message.chat.type == ChatType.PRIVATE:
        keys = keyboard([add_button(context)])
        await context.message.reply_text(context.texts("group.only_groups"), reply_markup=keys)
        return
    await _begin(context, " ".join(context.args or ()))


async def on_teach_here(context: Context, press: Press) -> None:
    """The button of the card."""
    await _begin(context, "")


def add_button(context: Context) -> InlineKeyboardButton:
    """The button that adds the bot to a group."""
    url = f"https://t.me/{context.bot.username}?startgroup=new"
    return InlineKeyboardButton(context.texts.plain("button.add_to_group"), url=url)


async def _begin(context: Context, name: str) -> None:
    group, texts = await group_of(context), context.texts
    if context.is_anonymous:
        await say(context, texts("group.anonymous_set"))
    elif not await may_choose(context, group):
        await refuse(context)
    elif group.own and not _replaces(context, group, name) and await _is_there(context, group):
        await say(context, await _set_there(context, group))
    elif await has_consented(context):
        begun = await _begun(context, group, name)
        await _say_begun(context, begun)
    else:
        await ask_consent(context)


async def ask_consent(context: Context) -> None:
    """Before something of a person's is kept, the person agrees, in private."""
    url = f"https://t.me/{context.bot.username}?start=agree"
    button = InlineKeyboardButton(context.texts.plain("button.open_private"), url=url)
    await say(context, context.texts("group.consent", who=who(context)), keyboard([button]))


def _replaces(context: Context, group: Group, name: str) -> bool:
    """True where the owner of the group's set names another one."""
    return bool(name) and group.own is not None and group.own.owner_id == context.me.id


async def _is_there(context: Context, group: Group) -> bool:
    """True if the owner of the group's set is still a member; where Telegram doesn't tell, too."""
    if group.own is None:
        return False
    try:
        member = await context.bot.get_chat_member(group.id, group.own.owner_id)
    except TelegramError as error:
        logger.info("a member is not known: %s", error.message)
        return True
    return member.status not in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


async def _set_there(context: Context, group: Group) -> Html:
    dataset = await context.services.groups.own_set(group)
    owner = group.own.owner_name if group.own else ""
    name = dataset.name if dataset else ""
    return context.texts("group.has_set", name=name, owner=owner, bot=context.bot.username)


async def _begun(context: Context, group: Group, name: str) -> Begun:
    """The group teaches the person's dataset of this name, or a new one. Raises QuotaExceeded, NameInvalid."""
    groups, me = context.services.groups, myself(context)
    is_mine = group.own is not None and group.own.owner_id == me.id
    before = await groups.own_set(group) if is_mine else None
    active = await context.services.models.active(group.id)
    for dataset in await context.services.datasets.list(me.id):
        if name and names.key(dataset.name) == names.key(name):
            await groups.link(group.id, me, dataset)
            model = await groups.follow(await group_of(context))
            return Begun(dataset, "", before, active, model)
    dataset = await groups.begin(group.id, me, name or _own_name(context, group))
    return Begun(dataset, name, before, active, None)


def _own_name(context: Context, group: Group) -> str:
    """A name for the set of the group, from its title."""
    try:
        return names.clean(short(group.title, NAME_LENGTH))
    except NameInvalid:
        return context.texts.plain("group.set_name")


async def _say_begun(context: Context, begun: Begun) -> None:
    texts, me, dataset = context.texts, myself(context), begun.dataset
    await say(context, begun_text(begun, me.name, context.bot.username, texts))
    title = context.message.chat.title or ""
    try:
        await context.bot.send_message(
            me.id, texts("group.begun_private", group=title, name=dataset.name)
        )
    except (Forbidden, BadRequest):
        await say(
            context, texts("group.owner_unreachable", owner=me.name, bot=context.bot.username)
        )
