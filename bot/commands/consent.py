"""Before the first photo of a person's is kept, they are asked."""

from __future__ import annotations

from bot.consents import Work
from bot.context import Context
from bot.keyboards import keyboard
from bot.policy import CONSENT_VERSION


async def with_consent(context: Context, work: Work) -> None:
    """Does the work, which keeps photos, at once where the person agreed; else asks, and does it when they do.

    Nothing is asked where the operator switched that off, as on one's own machine.
    """
    if await has_consented(context):
        await work()
    elif context.consents.wait(context.me.id, work):
        await _ask(context)


async def has_consented(context: Context) -> bool:
    """True if the person agreed, or nobody is asked here."""
    user_id = context.me.id
    if not context.policy.asks_consent or context.consents.is_given(user_id):
        return True
    consent = await context.services.accounts.consent(user_id)
    if consent is None or consent.version != CONSENT_VERSION:
        return False
    context.consents.note(user_id)
    return True


async def _ask(context: Context) -> None:
    texts, button = context.texts, context.buttons
    await context.message.reply_text(
        texts("consent.ask"),
        reply_markup=keyboard(
            [button(texts.plain("button.agree"), "consent_agree")],
            [button(texts.plain("button.refuse"), "consent_refuse")],
        ),
    )
