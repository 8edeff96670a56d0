"""/use and /unload in a group: who may choose, and who did."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Update
from telegram.constants import ChatType

from bot.commands import model_choice, models
from bot.commands.group import group_of, may_choose, refuse, say, who
from bot.commands.labels import model_name
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import Press, keyboard
from bot.texts import Html
from core.entities import Group, Model


async def use(update: Update, context: Context) -> None:
    """/use: makes the named model the group's, or asks which."""
    group = await group_of(context)
    if not await may_choose(context, group):
        await refuse(context)
    elif not context.args:
        await _ask_which(context, group)
    else:
        found = await model_choice.named(context)
        chosen = await context.services.groups.use(group, context.me.id, found.id)
        await say(context, _in_use(context, chosen))


async def unload(update: Update, context: Context) -> None:
    """/unload: deactivates the group's model."""
    group, texts = await group_of(context), context.texts
    if not await may_choose(context, group):
        await refuse(context)
    elif await context.services.groups.unload(group):
        await say(context, texts("unload.done_group", who=who(context), bot=context.bot.username))
    else:
        await say(context, texts("unload.nothing"))


async def on_ask(context: Context, press: Press) -> None:
    """The card's button: asks the presser, by buttons of their own."""
    group = await group_of(context)
    if await may_choose(context, group):
        await _ask_which(context, group)
    else:
        await refuse(context)


async def on_use(context: Context, press: Press) -> None:
    """A button names the model that answers, in a private chat or in a group."""
    if context.message.chat.type == ChatType.PRIVATE:
        await models.on_use(context, press)
        return
    group = await group_of(context)
    if await may_choose(context, group):
        chosen = await context.services.groups.use(group, context.me.id, press.number())
        await say(context, _in_use(context, chosen))
    else:
        await refuse(context)


async def on_use_own(context: Context, press: Press) -> None:
    """The model of the group's own set answers, now or as soon as there is one."""
    group = await group_of(context)
    if not await may_choose(context, group):
        await refuse(context)
        return
    await context.acknowledge()
    model = await context.services.groups.use_own(group)
    if model:
        await say(context, _in_use(context, model))
    else:
        await say(context, context.texts("group.not_yet", bot=context.bot.username))


async def _ask_which(context: Context, group: Group) -> None:
    texts = context.texts
    text = texts("use.which")
    if context.is_anonymous:
        text = Html(f"{text}\n{texts('group.anonymous_models')}")
    await say(context, text, await _choice(context, group))


async def _choice(context: Context, group: Group) -> InlineKeyboardMarkup:
    """The presser's own and borrowed models and the baseline, and above them the group's set, whose model is not
    named again."""
    groups = context.services.groups
    rows = (await model_choice.choice(context, "use", 0)).inline_keyboard
    dataset, own = await groups.own_set(group), await groups.own_model(group)
    if dataset is None:
        return keyboard(*rows)
    if own:
        again = context.buttons("", "use", own.id).callback_data
        rows = tuple(row for row in rows if again not in {button.callback_data for button in row})
    name = short(dataset.name, model_choice.BUTTON_NAME_LENGTH)
    text = context.texts.plain("button.groups_set", name=name)
    return keyboard([context.buttons(text, "use_own")], *rows)


def _in_use(context: Context, model: Model) -> Html:
    return context.texts(
        "use.done_group",
        name=model_name(model, context.texts),
        who=who(context),
        bot=context.bot.username,
    )
