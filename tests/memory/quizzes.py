"""Quizzes in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.entities import PlayerScore, Vote
from core.errors import DatasetNotFound
from tests.memory.tables import Tables


class MemoryQuizzes:
    """Fulfils `core.ports.Quizzes`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._permitted: set[tuple[int, int]] = set()
        self._running: dict[int, int] = {}
        self._scored: set[tuple[int, int]] = set()
        self._votes: dict[str, dict[int, Vote]] = {}
        self._scores: dict[int, dict[int, PlayerScore]] = {}

    async def permit(self, owner_id: int, dataset_id: int, chat_id: int) -> None:
        if not self._is_owners(owner_id, dataset_id):
            raise DatasetNotFound
        self._permitted.add((dataset_id, chat_id))

    async def is_permitted(self, dataset_id: int, chat_id: int) -> bool:
        return dataset_id in self._tables.datasets and (dataset_id, chat_id) in self._permitted

    async def revoke(self, owner_id: int, chat_id: int | None = None) -> int:
        gone = {
            one
            for one in self._permitted
            if self._is_owners(owner_id, one[0]) and chat_id in (None, one[1])
        }
        self._permitted -= gone
        return len(gone)

    async def begin(self, chat_id: int, update_id: int) -> bool:
        return self._running.setdefault(chat_id, update_id) == update_id

    async def end(self, chat_id: int, update_id: int, poll_id: str | None) -> None:
        if self._running.get(chat_id) == update_id:
            del self._running[chat_id]
        self._votes.pop(poll_id or "", None)

    async def vote(self, poll_id: str, vote: Vote) -> None:
        self._votes.setdefault(poll_id, {}).setdefault(vote.voter_id, vote)

    async def retract(self, poll_id: str, voter_id: int) -> None:
        self._votes.get(poll_id, {}).pop(voter_id, None)

    async def votes(self, poll_id: str) -> tuple[Vote, ...]:
        return tuple(self._votes.get(poll_id, {}).values())

    async def score(self, chat_id: int, update_id: int, right: Sequence[PlayerScore]) -> None:
        quiz = (chat_id, update_id)
        if self._running.get(chat_id) != update_id or quiz in self._scored:
            return
        self._scored.add(quiz)
        for player in right:
            self._add(chat_id, player)

    async def scores(self, chat_id: int) -> tuple[PlayerScore, ...]:
        players = self._scores.get(chat_id, {}).values()
        return tuple(sorted(players, key=lambda one: (-one.points, one.player_id)))

    async def move(self, old_id: int, new_id: int) -> None:
        self._permitted = {(n, new_id if chat == old_id else chat) for n, chat in self._permitted}
        for player in self._scores.pop(old_id, {}).values():
            self._add(new_id, player)

    def _add(self, chat_id: int, player: PlayerScore) -> None:
        scores = self._scores.setdefault(chat_id, {})
        before = scores.get(player.player_id)
        points = player.points + (before.points if before else 0)
        scores[player.player_id] = replace(player, points=points)

    def _is_owners(self, owner_id: int, dataset_id: int) -> bool:
        stored = self._tables.datasets.get(dataset_id)
        return stored is not None and stored.dataset.owner_id == owner_id
