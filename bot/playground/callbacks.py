"""Pressed buttons, and the bot's answers to them."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from bot.playground.errors import bad_request
from bot.playground.limits import CALLBACK_LIFETIME_S
from bot.playground.world import Json


@dataclass
class _Query:
    answer: asyncio.Future[Json]
    asked_at: float = field(default_factory=time.monotonic)


class Callbacks:
    """Callback queries that may still be answered; a restart drops them."""

    def __init__(self, lifetime_s: float = CALLBACK_LIFETIME_S) -> None:
        self._lifetime_s = lifetime_s
        self._queries: dict[str, _Query] = {}

    def ask(self) -> tuple[str, asyncio.Future[Json]]:
        """A new query's id, and its answer to come."""
        self._forget_old()
        query_id = str(secrets.randbits(62))
        self._queries[query_id] = _Query(asyncio.get_running_loop().create_future())
        return query_id, self._queries[query_id].answer

    def answer(self, query_id: str, answer: Json) -> None:
        """Answers a query. Raises ApiError if it does not exist or is too old."""
        self._forget_old()
        query = self._queries.get(query_id)
        if query is None:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if not query.answer.done():
            query.answer.set_result(answer)

    def _forget_old(self) -> None:
        oldest = time.monotonic() - self._lifetime_s
        kept = self._queries.items()
        self._queries = {id_: query for id_, query in kept if query.asked_at > oldest}
