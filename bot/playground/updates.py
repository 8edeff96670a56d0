"""getUpdates: the updates that the bot has not confirmed yet, by long polling."""

from __future__ import annotations

from collections.abc import Sequence

from bot.playground.errors import ApiError
from bot.playground.world import Json, World

MAX_WAIT_S = 50.0
MAX_UPDATES = 100
_OTHER_POLL = "other getUpdates request; make sure that only one bot instance is running"
_ALLOWED = "allowed_updates"


class UpdateQueue:
    """One poll at a time: a second one ends the first, as on Telegram."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._latest_poll = 0
        self._takeover = _OTHER_POLL

    @property
    def _allowed(self) -> list[str]:
        return list(self._world.settings.get(_ALLOWED) or [])

    def allow(self, kinds: list[str] | None) -> None:
        """The bot asks for these kinds from now on, [] for all; None changes nothing."""
        if kinds is not None and kinds != self._allowed:
            self._world.set(_ALLOWED, kinds)

    def end_poll(self, by: str) -> None:
        """Ends the poll that waits; by : what takes over."""
        self._latest_poll += 1
        self._takeover = by
        self._world.changed.notify_all()

    def allows(self, update: Json) -> bool:
        """Return whether the bot asked for this kind of update; without a list it gets all kinds."""
        return not self._allowed or any(kind in self._allowed for kind in update)

    def wanted(self, updates: Sequence[Json]) -> list[Json]:
        """The updates of the kinds that the bot asked for."""
        return [update for update in updates if self.allows(update)]

    async def get(
        self, offset: int, limit: int, wait_s: float, allowed: list[str] | None
    ) -> list[Json]:
        """Confirms all updates below `offset` (a negative one: all but the last so many) and waits
        for others.

        Raises ApiError 409 when another call takes over.
        """
        self.end_poll(_OTHER_POLL)
        poll = self._latest_poll
        self.allow(allowed)
        self._world.confirm_updates(self._first(offset))
        await self._world.wait_for(
            lambda: bool(self._world.updates) or poll != self._latest_poll, min(wait_s, MAX_WAIT_S)
        )
        if poll != self._latest_poll:
            raise ApiError(409, f"Conflict: terminated by {self._takeover}")
        count = min(max(limit, 1), MAX_UPDATES)
        return list(self._world.updates.values())[:count]

    def _first(self, offset: int) -> int:
        last = list(self._world.updates)[offset:] if offset < 0 else []
        return last[0] if last else offset
