"""How updates come from Telegram: the bot asks for them (`bot.polling`), or Telegram calls (`bot.webhook`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol


class Arrivals(Protocol):
    """The arrival of updates while the bot serves."""

    @property
    def asked(self) -> int:
        """How often Telegram was asked, answered or not. The number stands still where the bot itself is known
        to be unable to take updates."""

    @property
    def trouble(self) -> str:
        """What keeps updates from arriving, as far as Telegram says; empty where nothing does."""

    async def start(self, allowed_updates: Sequence[str]) -> None:
        """Updates of these kinds come from now on."""

    async def stop(self) -> None:
        """No more come when it returns. Called after a failed start, too."""

    async def until(self, stop: asyncio.Event) -> None:
        """Returns when `stop` is set. Raises what ends the arrival before, and Conflict where another
        process serves the same token."""
