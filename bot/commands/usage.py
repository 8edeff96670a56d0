"""/usage: what a person uses of what they may."""

from __future__ import annotations

from dataclasses import asdict

from telegram import Update

from bot.context import Context
from bot.texts import Html


async def usage(update: Update, context: Context) -> None:
    """/usage: each limit, how much of it is used, and how to free some."""
    texts, shares = context.texts, context.services.shares
    used = asdict(await shares.usage(context.me.id))
    lines = [
        texts(
            "usage.line",
            what=texts.plain(f"what.{what}"),
            used=texts.number(have),
            limit=texts.number(getattr(shares.limits, what)),
        )
        for what, have in used.items()
    ]
    said = "\n".join((texts("usage.title"), *lines, "", texts("usage.free")))
    await context.message.reply_text(Html(said))
