"""Accounts that nobody uses: their users are told, and later they are deleted."""

from __future__ import annotations

import asyncio
import logging

from telegram import Bot
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.texts import texts_in
from core.entities import User
from core.services.accounts import NOTICE_DAYS, AccountService

INTERVAL_S = 6 * 3600.0

logger = logging.getLogger(__name__)


async def keep_retention(
    bot: Bot, accounts: AccountService, retention_days: int, interval_s: float = INTERVAL_S
) -> None:
    """Looks at once and then again and again, until it is cancelled."""
    while True:
        try:
            for user in await accounts.to_tell(retention_days):
                if await _told(bot, user):
                    await accounts.set_told(user.id)
            deleted = await accounts.delete_unused()
            if deleted:
                logger.info("%d unused accounts were deleted", deleted)
        except Exception:
            logger.exception("unused accounts could not be looked after")
        await asyncio.sleep(interval_s)


async def _told(bot: Bot, user: User) -> bool:
    """True if the user knows, or can't be reached any more; False where it is to be tried again."""
    texts = texts_in(user.language)
    days = texts.plural("count.days", NOTICE_DAYS)
    try:
        await bot.send_message(user.id, texts("retention.notice", days=days))
    except (BadRequest, Forbidden):
        return True
    except TelegramError as error:
        logger.warning("a user could not be told of the deletion: %s", type(error).__name__)
        return False
    return True
