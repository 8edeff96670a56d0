"""/privacy, /export_my_data, /delete_my_data: what is kept of a person, and that it is theirs."""

from __future__ import annotations

from pathlib import Path

from telegram import InlineKeyboardButton, InputFile, Update
from telegram.constants import ChatType

from bot.commands.follow import Said, follow
from bot.commands.group_notices import keep_ids, tell_groups, with_warning
from bot.commands.loan_notices import keep_loans, tell_deleted
from bot.commands.suggestions_gone import keep_waiting, tell_gone, with_waiting
from bot.context import Context
from bot.keyboards import Press, keyboard
from bot.policy import CONSENT_VERSION
from bot.progress import Timing
from bot.texts import Html
from core.entities import Progress


async def privacy(update: Update, context: Context) -> None:
    """/privacy: what is kept, why, how long, whom to ask. Buttons in the private chat only."""
    is_private = context.message.chat.type == ChatType.PRIVATE
    rows = await _rows(context) if is_private else ()
    await context.message.reply_text(_said(context), reply_markup=keyboard(*rows))


async def export_my_data(update: Update, context: Context) -> None:
    """/export_my_data: sends everything."""
    await _export(context)


async def delete_my_data(update: Update, context: Context) -> None:
    """/delete_my_data: asks first."""
    await _ask(context)


async def on_export(context: Context, press: Press) -> None:
    await context.acknowledge()
    await _export(context)


async def on_delete(context: Context, press: Press) -> None:
    await context.acknowledge()
    await _ask(context)


async def on_delete_yes(context: Context, press: Press) -> None:
    """Deletes all that is kept of the person."""
    user_id = context.me.id
    await context.acknowledge()
    told = await keep_ids(context, await context.services.groups.using_account(user_id))
    loans = await keep_loans(context)
    waiting = await keep_waiting(context)
    await context.services.accounts.delete(user_id)
    context.consents.forget(user_id)
    await context.message.edit_text(context.texts("privacy.deleted"))
    await tell_groups(context, told, "group.account_gone")
    await tell_deleted(context, loans, is_named=False)
    await tell_gone(context, waiting)


async def on_keep(context: Context, press: Press) -> None:
    await context.message.edit_text(context.texts("privacy.kept"))


async def on_agree(context: Context, press: Press) -> None:
    """The person agrees, and what waited for it is done."""
    await context.acknowledge()
    await context.services.accounts.agree(context.me.id, CONSENT_VERSION)
    waiting = context.consents.give(context.me.id)
    key = "consent.thanks" if waiting else "consent.thanks_again"
    await context.message.edit_text(context.texts(key))
    for work in waiting:
        await work()


async def on_refuse(context: Context, press: Press) -> None:
    """What waited is not done, and nothing of it is kept."""
    context.consents.refuse(context.me.id)
    await context.message.edit_text(context.texts("consent.refused"))


async def on_revoke(context: Context, press: Press) -> None:
    """Nothing new is kept from now on; what is there stays until it is deleted."""
    await context.services.accounts.revoke(context.me.id)
    context.consents.forget(context.me.id)
    buttons = keyboard([_delete_button(context)])
    await context.message.edit_text(context.texts("consent.revoked"), reply_markup=buttons)


def _said(context: Context) -> Html:
    texts, policy = context.texts, context.policy
    parts = [texts("privacy.text")]
    if policy.retention_days:
        days = texts.plural("count.days", policy.retention_days)
        parts.append(texts("privacy.retention", days=days))
    key = "privacy.contact" if policy.contact else "privacy.no_contact"
    parts.append(texts(key, contact=policy.contact))
    return Html("\n\n".join(parts))


async def _rows(context: Context) -> list[list[InlineKeyboardButton]]:
    rows = [
        [context.buttons(context.texts.plain("button.export_my_data"), "my_export")],
        [_delete_button(context)],
    ]
    if context.policy.asks_consent and await context.services.accounts.consent(context.me.id):
        button = context.buttons(context.texts.plain("button.revoke"), "consent_revoke")
        rows.append([button])
    return rows


def _delete_button(context: Context) -> InlineKeyboardButton:
    return context.buttons(context.texts.plain("button.delete_my_data"), "my_delete")


async def _ask(context: Context) -> None:
    texts, button = context.texts, context.buttons
    datasets = await context.services.datasets.list(context.me.id)
    models = await context.services.models.list(context.me.id)
    question = texts(
        "privacy.delete_ask",
        photos=texts.plural("count.photos", sum(dataset.images for dataset in datasets)),
        datasets=texts.plural("count.datasets", len(datasets)),
        models=texts.plural("count.models", len(models)),
    )
    if people := await context.services.links.people(context.me.id):
        counted = texts.plural("count.people", people)
        question = Html(f"{question}\n{texts('remove.shared_all', people=counted)}")
    question = await with_waiting(context, question)
    groups = await context.services.groups.using_account(context.me.id)
    await context.message.reply_text(
        with_warning(context, question, groups),
        reply_markup=keyboard(
            [button(texts.plain("button.delete_everything"), "my_delete_yes")],
            [button(texts.plain("button.keep"), "my_keep")],
        ),
    )


async def _export(context: Context) -> None:
    texts, chat, server = context.texts, context.message.chat, context.server

    async def hand(path: Path, name: str) -> None:
        with path.open("rb") as file:
            document = InputFile(file, name, read_file_handle=False, attach=True)
            await chat.send_document(document, read_timeout=server.send_timeout_s)

    running = await context.services.accounts.export(
        context.me.id, context.chat_id, server.part_bytes, hand
    )

    def render(progress: Progress, _: Timing) -> Html:
        if not progress.total:
            return texts("my_export.begun")
        done, total = texts.number(progress.done), texts.number(progress.total)
        return texts("my_export.part", done=done, total=total)

    async def tell(files: int) -> Said:
        return texts("my_export.done", files=texts.plural("count.files", files)), None

    follow(context, running, render, tell, reply_to=context.message)
