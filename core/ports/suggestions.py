"""The port of photos that people suggest for somebody else's dataset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.entities import (
    Contribution,
    NewPhoto,
    Pending,
    Person,
    Place,
    SuggestedPhoto,
    Suggestion,
    SuggestionLimits,
)


class Suggestions(Protocol):
    """Photos that people suggest for a class of somebody else's dataset; their bytes are sealed with the key of
    the dataset's owner. Accepting is teaching; here the photos are kept until then."""

    async def add(
        self,
        owner_id: int,
        dataset_id: int,
        person: Person,
        label: str,
        photos: Sequence[NewPhoto],
        place: Place | None,
        limits: SuggestionLimits,
    ) -> Suggestion:
        """Keeps photos beside those of the same person, class and place that wait already; one that waits there
        is not doubled. The files stay where they are, too.

        Raises DatasetNotFound, and TooManySuggested where more would wait than the limits say.
        """

    async def get(self, owner_id: int, suggestion_id: int) -> Suggestion:
        """Raises SuggestionGone."""

    async def list(self, owner_id: int) -> tuple[Suggestion, ...]:
        """What waits for the owner, oldest first."""

    async def photos(
        self, owner_id: int, suggestion_id: int, last: int | None = None
    ) -> tuple[SuggestedPhoto, ...]:
        """The photos that wait, oldest first; those up to the number `last`, None for all. Raises SuggestionGone."""

    async def remove(self, owner_id: int, suggestion_id: int, photo_ids: Sequence[int]) -> None:
        """Deletes photos with their bytes; the suggestion goes with its last photo."""

    async def set_asked(self, owner_id: int, suggestion_id: int, message_id: int) -> None:
        """Notes which message asks the owner."""

    async def pending(self, owner_id: int) -> Pending:
        """How much waits for the owner."""

    async def trust(self, owner_id: int, dataset_id: int, person: Person) -> None:
        """Notes that the person's suggestions are accepted at once. Raises DatasetNotFound."""

    async def distrust(self, owner_id: int, dataset_id: int, person_id: int) -> bool:
        """Takes the trust back; False where there was none. Raises DatasetNotFound."""

    async def trusted(self, owner_id: int, dataset_id: int) -> tuple[Person, ...]:
        """Those whose suggestions are accepted at once, by name. Raises DatasetNotFound."""

    async def credit(
        self, owner_id: int, dataset_id: int, person: Person, digests: Sequence[str]
    ) -> None:
        """Notes whose suggestion the photos are, before they are taught; those that are in the dataset already
        are not the person's. Raises DatasetNotFound."""

    async def contributions(self, owner_id: int, dataset_id: int) -> tuple[Contribution, ...]:
        """Who suggested the examples that there are, by class; of a class the largest number first.
        Raises DatasetNotFound."""

    async def forget_person(self, person_id: int) -> None:
        """Deletes what the person suggested and nobody has decided on."""

    async def expire(self, before: datetime) -> tuple[Suggestion, ...]:
        """Deletes photos that wait since before this moment; the suggestions of which none is left, with the
        number of photos that they had."""

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        """The group has a new id."""
