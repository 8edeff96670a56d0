"""Who is served: everybody, or those whom the operator names, but nobody who is banned."""

from __future__ import annotations

from collections.abc import Iterable

from core.services.accounts import AccountService


class Guests:
    """The operator's choice, and the bans, which are read once and kept."""

    def __init__(self, accounts: AccountService, allowed: Iterable[int], admins: Iterable[int]):
        """allowed : who is served; everybody where nobody is named. admins : who may look after the bot;
        they are served, whatever else is said."""
        self._accounts = accounts
        self._allowed = frozenset(allowed)
        self._admins = frozenset(admins)
        self._banned: frozenset[int] | None = None

    def is_admin(self, user_id: int) -> bool:
        """True if the person may look after the bot."""
        return user_id in self._admins

    async def is_served(self, user_id: int) -> bool:
        """True if the bot answers the person."""
        if user_id in self._admins:
            return True
        if self._allowed and user_id not in self._allowed:
            return False
        return user_id not in await self._bans()

    async def ban(self, user_id: int) -> bool:
        """Serves the person no more. False for an admin, who can't be banned."""
        if user_id in self._admins:
            return False
        await self._accounts.ban(user_id)
        self._banned = (await self._bans()) | {user_id}
        return True

    async def unban(self, user_id: int) -> bool:
        """Serves the person again; False if they were not banned."""
        self._banned = (await self._bans()) - {user_id}
        return await self._accounts.unban(user_id)

    async def _bans(self) -> frozenset[int]:
        if self._banned is None:
            self._banned = await self._accounts.banned()
        return self._banned
