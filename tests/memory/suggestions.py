"""Suggestions in memory; their bytes are files."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from core import names
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
from core.errors import SuggestionGone, TooManySuggested
from tests.memory.tables import Tables, now


@dataclass
class StoredPhoto:
    photo: SuggestedPhoto
    bytes: int
    at: datetime


@dataclass
class StoredSuggestion:
    suggestion: Suggestion
    photos: list[StoredPhoto] = field(default_factory=list)

    def counted(self) -> Suggestion:
        return replace(
            self.suggestion, photos=len(self.photos), last=max(one.photo.id for one in self.photos)
        )


class MemorySuggestions:
    """Fulfils `core.ports.Suggestions`. What belongs to a dataset that is gone is passed over."""

    def __init__(self, home: Path, tables: Tables) -> None:
        self._contents = home / "files"
        self._tables = tables
        self._rows: list[StoredSuggestion] = []
        self._trusts: dict[tuple[int, int], Person] = {}
        self._credits: dict[tuple[int, str], Person] = {}
        self._numbers = count(1)
        self._photo_numbers = count(1)

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
        self._tables.dataset(owner_id, dataset_id)
        key = (dataset_id, person.id, label, place and place.chat_id)
        there = next((row for row in self._alive() if _key(row.suggestion) == key), None)
        known = {one.photo.file for one in there.photos} if there else set()
        new = [photo for photo in photos if photo.path.name not in known]
        self._check_limits(owner_id, person.id, len(new), limits)
        if there is None:
            number = next(self._numbers)
            there = StoredSuggestion(
                Suggestion(number, owner_id, dataset_id, person, label, place, 0, 0)
            )
            self._rows.append(there)
        there.suggestion = replace(there.suggestion, person=person, place=place)
        for photo in new:
            shutil.copyfile(photo.path, self._contents / photo.path.name)
            suggested = SuggestedPhoto(
                next(self._photo_numbers), photo.path.name, photo.name, photo.message_id
            )
            there.photos.append(StoredPhoto(suggested, photo.bytes, now()))
        return there.counted()

    async def get(self, owner_id: int, suggestion_id: int) -> Suggestion:
        return self._find(owner_id, suggestion_id).counted()

    async def list(self, owner_id: int) -> tuple[Suggestion, ...]:
        return tuple(row.counted() for row in self._alive() if row.suggestion.owner_id == owner_id)

    async def photos(
        self, owner_id: int, suggestion_id: int, last: int | None = None
    ) -> tuple[SuggestedPhoto, ...]:
        waiting = [one.photo for one in self._find(owner_id, suggestion_id).photos]
        return tuple(photo for photo in waiting if last is None or photo.id <= last)

    async def remove(self, owner_id: int, suggestion_id: int, photo_ids: Sequence[int]) -> None:
        self._delete(
            lambda row, one: (
                (row.suggestion.owner_id, row.suggestion.id) == (owner_id, suggestion_id)
                and one.photo.id in photo_ids
            )
        )

    async def set_asked(self, owner_id: int, suggestion_id: int, message_id: int) -> None:
        for row in self._alive():
            if (row.suggestion.owner_id, row.suggestion.id) == (owner_id, suggestion_id):
                row.suggestion = replace(row.suggestion, asked=message_id)

    async def pending(self, owner_id: int) -> Pending:
        waiting = [
            one
            for row in self._alive()
            if row.suggestion.owner_id == owner_id
            for one in row.photos
        ]
        return Pending(len(waiting), sum(one.bytes for one in waiting))

    async def trust(self, owner_id: int, dataset_id: int, person: Person) -> None:
        self._tables.dataset(owner_id, dataset_id)
        self._trusts[dataset_id, person.id] = person

    async def distrust(self, owner_id: int, dataset_id: int, person_id: int) -> bool:
        self._tables.dataset(owner_id, dataset_id)
        return self._trusts.pop((dataset_id, person_id), None) is not None

    async def trusted(self, owner_id: int, dataset_id: int) -> tuple[Person, ...]:
        self._tables.dataset(owner_id, dataset_id)
        found = [person for (number, _), person in self._trusts.items() if number == dataset_id]
        return tuple(sorted(found, key=lambda person: (person.name, person.id)))

    async def credit(
        self, owner_id: int, dataset_id: int, person: Person, digests: Sequence[str]
    ) -> None:
        stored = self._tables.dataset(owner_id, dataset_id)
        there = {example.photo.sha256 for example in stored.examples.values()}
        for digest in digests:
            if digest not in there:
                self._credits.setdefault((dataset_id, digest), person)

    async def contributions(self, owner_id: int, dataset_id: int) -> tuple[Contribution, ...]:
        examples = self._tables.dataset(owner_id, dataset_id).examples.values()
        counts = Counter(
            (one.label, self._credits.get((dataset_id, one.photo.sha256))) for one in examples
        )
        found = [Contribution(label, person, n) for (label, person), n in counts.items()]
        return tuple(sorted(found, key=lambda one: (names.order(one.label), -one.photos)))

    async def forget_person(self, person_id: int) -> None:
        self._delete(lambda row, one: row.suggestion.person.id == person_id)

    def forget_account(self, person_id: int) -> None:
        """The person's data is deleted."""
        self._delete(lambda row, one: row.suggestion.person.id == person_id)
        self._trusts = {key: one for key, one in self._trusts.items() if key[1] != person_id}
        self._credits = {
            key: Person(0, "") if one.id == person_id else one for key, one in self._credits.items()
        }

    async def expire(self, before: datetime) -> tuple[Suggestion, ...]:
        waiting = [row.counted() for row in self._alive()]
        self._delete(lambda row, one: one.at < before)
        left = {row.suggestion.id for row in self._rows}
        return tuple(one for one in waiting if one.id not in left)

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        for row in self._alive():
            place = row.suggestion.place
            if place is None or place.chat_id != old_chat_id:
                continue
            moved = replace(row.suggestion, place=replace(place, chat_id=new_chat_id))
            there = [one for one in self._alive() if _key(one.suggestion) == _key(moved)]
            if there:
                known = {one.photo.file for one in there[0].photos}
                there[0].photos += [one for one in row.photos if one.photo.file not in known]
                self._rows.remove(row)
            else:
                row.suggestion = moved

    def _alive(self) -> Sequence[StoredSuggestion]:
        return [row for row in self._rows if row.suggestion.dataset_id in self._tables.datasets]

    def _find(self, owner_id: int, suggestion_id: int) -> StoredSuggestion:
        for row in self._alive():
            if (row.suggestion.owner_id, row.suggestion.id) == (owner_id, suggestion_id):
                return row
        raise SuggestionGone

    def _delete(self, chosen: Callable[[StoredSuggestion, StoredPhoto], bool]) -> None:
        doomed = set()
        for row in self._alive():
            doomed |= {one.photo.file for one in row.photos if chosen(row, one)}
            row.photos = [one for one in row.photos if not chosen(row, one)]
        self._rows = [row for row in self._rows if row.photos]
        kept = {one.photo.file for row in self._alive() for one in row.photos}
        for digest in doomed - kept:
            (self._contents / digest).unlink(missing_ok=True)

    def _check_limits(
        self, owner_id: int, person_id: int, more: int, limits: SuggestionLimits
    ) -> None:
        waiting = [row for row in self._alive() if row.suggestion.owner_id == owner_id]
        of_person = [row for row in waiting if row.suggestion.person.id == person_id]
        for rows, limit in ((of_person, limits.of_person), (waiting, limits.of_all)):
            if sum(len(row.photos) for row in rows) + more > limit:
                raise TooManySuggested(limit=limit)


def _key(suggestion: Suggestion) -> tuple[int, int, str, int | None]:
    place = suggestion.place
    return (
        suggestion.dataset_id,
        suggestion.person.id,
        suggestion.label,
        place and place.chat_id,
    )
