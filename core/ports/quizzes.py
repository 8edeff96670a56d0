"""The port of quizzes: what is allowed, what runs, who voted, who has how many points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.entities import PlayerScore, Vote


class Quizzes(Protocol):
    """Quizzes, one at a time in a chat, and the permissions for them."""

    async def permit(self, owner_id: int, dataset_id: int, chat_id: int) -> None:
        """Allows the photos of the dataset in the chat's quizzes. Raises DatasetNotFound if it is not the
        owner's."""

    async def is_permitted(self, dataset_id: int, chat_id: int) -> bool:
        """True if the owner allowed the photos of the dataset in the chat."""

    async def revoke(self, owner_id: int, chat_id: int | None = None) -> int:
        """Takes the owner's permissions back, those for one chat or all; returns their number."""

    async def begin(self, chat_id: int, update_id: int) -> bool:
        """Notes that the update's quiz runs. False while another one runs in the chat; an update that is
        handled again has its own."""

    async def end(self, chat_id: int, update_id: int, poll_id: str | None) -> None:
        """The update's quiz is over; the votes in its poll, None where none was sent, are forgotten."""

    async def vote(self, poll_id: str, vote: Vote) -> None:
        """Keeps a player's first answer to a poll."""

    async def retract(self, poll_id: str, voter_id: int) -> None:
        """A player took the answer back."""

    async def votes(self, poll_id: str) -> tuple[Vote, ...]:
        """The answers to a poll, the fastest first."""

    async def score(self, chat_id: int, update_id: int, right: Sequence[PlayerScore]) -> None:
        """Adds these points, once for the update's quiz."""

    async def scores(self, chat_id: int) -> tuple[PlayerScore, ...]:
        """The chat's players with points, the best first."""

    async def move(self, old_id: int, new_id: int) -> None:
        """The chat has a new id: its permissions and points move there. Idempotent."""
