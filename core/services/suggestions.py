"""Suggestions: photos that people offer for a class of somebody else's dataset, and what its owner decides."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.entities import (
    Contribution,
    Dataset,
    NewPhoto,
    Person,
    Place,
    SuggestedPhoto,
    Suggestion,
    SuggestionLimits,
    photo_path,
)
from core.errors import BadInput, SuggestionRefused
from core.ports import Accounts, Drawing, Files, Suggestions
from core.sealed import Stored, digest_of
from core.services.classes import PAGE_PHOTOS
from core.services.datasets import DatasetService
from core.services.fetching import Fetch, fetch_all
from core.services.limits import Shares
from core.services.teaching import Taught, TeachingService

LESSON_PHOTOS = 10
"""As many photos as an album has are taught together: a worker's time limit is meant for one."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A photo that a person offers. name : as the example is to be called. message_id : in the group."""

    name: str
    fetch: Fetch
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What became of photos that were offered.

    taught : where they were accepted at once, the lesson. suggestion : all of this person, class and place that
    wait now. Neither where no photo could be read. errors : for each photo in order, why it was left out, or None.
    renamed : suggestions of the person, as they were, in which some of the photos waited under another class.
    """

    taught: Taught | None
    suggestion: Suggestion | None
    errors: tuple[Exception | None, ...]
    renamed: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """Photos that wait no more. dataset : as it is now. changed : how many of its examples are new or have another
    class now; 0 where they were refused, and where all was known."""

    suggestion: Suggestion
    photos: tuple[SuggestedPhoto, ...]
    dataset: Dataset
    changed: int = 0


@dataclass(frozen=True, slots=True)
class SuggestedPage:
    """Some of the photos that wait, numbered on a JPEG from `first` on, counted from 1.

    number, pages : the page, from 0, and how many there are.
    """

    suggestion: Suggestion
    number: int
    pages: int
    picture: bytes

    @property
    def first(self) -> int:
        return self.number * PAGE_PHOTOS + 1


class SuggestionService:
    """The use cases of suggestions. What is accepted is taught; the owner's current dataset stays what it is."""

    def __init__(
        self,
        suggestions: Suggestions,
        accounts: Accounts,
        files: Files,
        drawing: Drawing,
        datasets: DatasetService,
        teaching: TeachingService,
        shares: Shares,
        limits: SuggestionLimits = SuggestionLimits(),  # noqa: B008 (frozen)
    ) -> None:
        self._suggestions = suggestions
        self._accounts = accounts
        self._files = files
        self._drawing = drawing
        self._datasets = datasets
        self._teaching = teaching
        self._shares = shares
        self._limits = limits

    async def suggest(
        self,
        person: Person,
        dataset: Dataset,
        label: str,
        photos: Sequence[Offered],
        place: Place | None = None,
    ) -> Suggested:
        """Suggests photos for a class of the dataset. Those of its owner, and of people whom the owner trusts, are
        taught at once; others wait for the owner. A photo of a person waits under one class, the newest.

        place : the group in which that happens, None for none.

        Raises SuggestionRefused where the person or the owner is banned, TooManySuggested, DatasetNotFound,
        LabelInvalid, QuotaExceeded, NoRoom and the workers' errors.
        """
        label = self._teaching.spelled(dataset, label)
        await self._check_bans(person.id, dataset.owner_id)
        async with self._fetched(photos) as (folder, found):
            if await self._is_trusted(person, dataset):
                return await self._teach_now(person, dataset, label, found)
            await self._check_room(dataset.owner_id, _photos(found))
            found = await self._readable(folder, found)
            readable = _photos(found)
            if not readable:
                return Suggested(None, None, _errors(found))
            suggestion = await self._suggestions.add(
                dataset.owner_id, dataset.id, person, label, readable, place, self._limits
            )
        renamed = await self._withdraw_elsewhere(suggestion, [one.path.name for one in readable])
        return Suggested(None, suggestion, _errors(found), renamed)

    async def get(self, owner_id: int, suggestion_id: int) -> Suggestion:
        """Raises SuggestionGone."""
        return await self._suggestions.get(owner_id, suggestion_id)

    async def list(self, owner_id: int) -> tuple[Suggestion, ...]:
        """What waits for the owner, oldest first."""
        return await self._suggestions.list(owner_id)

    async def photos(self, suggestion: Suggestion) -> tuple[SuggestedPhoto, ...]:
        """Its photos that wait. Raises SuggestionGone."""
        return await self._suggestions.photos(suggestion.owner_id, suggestion.id)

    async def set_asked(self, suggestion: Suggestion, message_id: int) -> None:
        """Notes which message asks the owner."""
        await self._suggestions.set_asked(suggestion.owner_id, suggestion.id, message_id)

    async def accept(self, owner_id: int, suggestion_id: int, last: int | None = None) -> Decided:
        """Teaches the photos that wait, up to the number `last`, None for all. Where it was cut short and is done
        again, nothing is taught twice.

        Raises SuggestionGone, DatasetNotFound, QuotaExceeded, NoRoom and the workers' errors; what was not taught
        then still waits.
        """
        suggestion = await self._suggestions.get(owner_id, suggestion_id)
        photos = await self._suggestions.photos(owner_id, suggestion_id, last)
        dataset = await self._datasets.get(owner_id, suggestion.dataset_id)
        changed = 0
        for start in range(0, len(photos), LESSON_PHOTOS):
            part = photos[start : start + LESSON_PHOTOS]
            taught = await self._teach_kept(suggestion, dataset, part)
            dataset, changed = taught.dataset, changed + taught.changed
            ids = [photo.id for photo in part]
            await self._suggestions.remove(owner_id, suggestion_id, ids)
        return Decided(suggestion, photos, dataset, changed)

    async def refuse(self, owner_id: int, suggestion_id: int, last: int | None = None) -> Decided:
        """Deletes the photos that wait, up to the number `last`, None for all. Raises SuggestionGone."""
        suggestion = await self._suggestions.get(owner_id, suggestion_id)
        photos = await self._suggestions.photos(owner_id, suggestion_id, last)
        dataset = await self._datasets.get(owner_id, suggestion.dataset_id)
        ids = [photo.id for photo in photos]
        await self._suggestions.remove(owner_id, suggestion_id, ids)
        return Decided(suggestion, photos, dataset)

    async def look(self, owner_id: int, suggestion_id: int, number: int = 0) -> SuggestedPage:
        """A page of the photos that wait; the last one where there are fewer than `number`.

        Raises SuggestionGone and the workers' errors.
        """
        suggestion = await self._suggestions.get(owner_id, suggestion_id)
        photos = await self._suggestions.photos(owner_id, suggestion_id)
        pages = -(-len(photos) // PAGE_PHOTOS)
        number = max(0, min(number, pages - 1))
        first = number * PAGE_PHOTOS
        digests = [photo.file for photo in photos[first : first + PAGE_PHOTOS]]
        async with self._files.scratch() as folder:
            for digest in digests:
                content = await self._files.read(owner_id, digest)
                await asyncio.to_thread(_write, folder / photo_path(digest), content)
            out = folder / "page.jpg"
            await self._drawing.draw_page(Stored(folder), digests, first + 1, out)
            picture = await asyncio.to_thread(out.read_bytes)
        return SuggestedPage(suggestion, number, pages, picture)

    async def trust(self, owner_id: int, suggestion_id: int) -> tuple[Suggestion, ...]:
        """From now on the suggestions of this person for this dataset are accepted at once; those that wait
        already, this one among them, are returned. Raises SuggestionGone."""
        chosen = await self._suggestions.get(owner_id, suggestion_id)
        await self._suggestions.trust(owner_id, chosen.dataset_id, chosen.person)
        return tuple(
            one
            for one in await self._suggestions.list(owner_id)
            if (one.dataset_id, one.person.id) == (chosen.dataset_id, chosen.person.id)
        )

    async def distrust(self, owner_id: int, dataset_id: int, person_id: int) -> bool:
        """Takes the trust back; False where there was none. Raises DatasetNotFound."""
        return await self._suggestions.distrust(owner_id, dataset_id, person_id)

    async def trusted(self, owner_id: int, dataset_id: int) -> tuple[Person, ...]:
        """Those whose suggestions are accepted at once, by name. Raises DatasetNotFound."""
        return await self._suggestions.trusted(owner_id, dataset_id)

    async def waiting(self, dataset: Dataset) -> int:
        """How many photos wait for the owner of this dataset."""
        suggestions = await self._suggestions.list(dataset.owner_id)
        return sum(one.photos for one in suggestions if one.dataset_id == dataset.id)

    async def contributions(self, dataset: Dataset) -> tuple[Contribution, ...]:
        """Who suggested the photos that are in the dataset now, class by class."""
        return await self._suggestions.contributions(dataset.owner_id, dataset.id)

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        """A group has a new id. Idempotent."""
        await self._suggestions.move(old_chat_id, new_chat_id)

    async def _withdraw_elsewhere(
        self, suggestion: Suggestion, digests: Sequence[str]
    ) -> tuple[Suggestion, ...]:
        """Removes the photos of the person from other classes under which they wait for the same dataset; the
        suggestions that they left, as they were."""
        left = []
        for other in await self._suggestions.list(suggestion.owner_id):
            is_same = (other.dataset_id, other.person.id) == (
                suggestion.dataset_id,
                suggestion.person.id,
            )
            if not is_same or other.label == suggestion.label:
                continue
            photos = await self._suggestions.photos(other.owner_id, other.id)
            if ids := [photo.id for photo in photos if photo.file in digests]:
                await self._suggestions.remove(other.owner_id, other.id, ids)
                left.append(other)
        return tuple(left)

    async def _check_bans(self, *user_ids: int) -> None:
        if not (await self._accounts.banned()).isdisjoint(user_ids):
            raise SuggestionRefused

    async def _is_trusted(self, person: Person, dataset: Dataset) -> bool:
        if person.id == dataset.owner_id:
            return True
        trusted = await self._suggestions.trusted(dataset.owner_id, dataset.id)
        return person.id in {one.id for one in trusted}

    async def _check_room(self, owner_id: int, photos: Sequence[NewPhoto]) -> None:
        """There is room for these photos and all that wait, should the owner accept everything."""
        pending = await self._suggestions.pending(owner_id)
        await self._shares.check(
            owner_id,
            photos=pending.photos + len(photos),
            bytes_=pending.bytes + sum(photo.bytes for photo in photos),
        )

    @asynccontextmanager
    async def _fetched(
        self, photos: Sequence[Offered]
    ) -> AsyncIterator[tuple[Path, Sequence[NewPhoto | Exception]]]:
        """The photos in a plain store, a folder that lasts as long as the block; for each its file, or the error
        that kept it from being fetched."""
        async with self._files.scratch() as folder:
            paths = [folder / str(position) for position in range(len(photos))]
            errors = await fetch_all([photo.fetch for photo in photos], paths)
            yield (
                folder,
                [
                    await asyncio.to_thread(_into_store, folder, path, photo)
                    if error is None
                    else error
                    for photo, path, error in zip(photos, paths, errors, strict=True)
                ],
            )

    async def _readable(
        self, folder: Path, found: Sequence[NewPhoto | Exception]
    ) -> Sequence[NewPhoto | Exception]:
        """Those that a worker can read; an owner is not asked about anything else."""
        checked = [*found]
        for position, one in enumerate(found):
            if isinstance(one, NewPhoto):
                try:
                    out = folder / "drawn.jpg"
                    await self._drawing.draw_photo(Stored(folder), one.path.name, out)
                except BadInput as error:
                    checked[position] = error
        return checked

    async def _teach_now(
        self,
        person: Person,
        dataset: Dataset,
        label: str,
        found: Sequence[NewPhoto | Exception],
    ) -> Suggested:
        fetched = _photos(found)
        await self._credit(person, dataset, [photo.path.name for photo in fetched])
        taught = await self._teaching.teach(
            dataset,
            label,
            [(one.name, partial(_copy, one.path)) for one in fetched],
            becomes_current=False,
        )
        learned = iter(taught.photos)
        outcomes = [next(learned) if isinstance(one, NewPhoto) else one for one in found]
        return Suggested(taught, None, _errors(outcomes))

    async def _teach_kept(
        self, suggestion: Suggestion, dataset: Dataset, photos: Sequence[SuggestedPhoto]
    ) -> Taught:
        await self._credit(suggestion.person, dataset, [photo.file for photo in photos])
        return await self._teaching.teach(
            dataset,
            suggestion.label,
            [(one.name, partial(self._unseal, dataset.owner_id, one.file)) for one in photos],
            becomes_current=False,
        )

    async def _credit(self, person: Person, dataset: Dataset, digests: Sequence[str]) -> None:
        if person.id != dataset.owner_id:
            await self._suggestions.credit(dataset.owner_id, dataset.id, person, digests)

    async def _unseal(self, owner_id: int, digest: str, path: Path) -> None:
        content = await self._files.read(owner_id, digest)
        await asyncio.to_thread(path.write_bytes, content)


def _photos(found: Sequence[NewPhoto | Exception]) -> Sequence[NewPhoto]:
    return [one for one in found if isinstance(one, NewPhoto)]


def _errors(outcomes: Sequence[object]) -> tuple[Exception | None, ...]:
    return tuple(one if isinstance(one, Exception) else None for one in outcomes)


def _into_store(folder: Path, path: Path, photo: Offered) -> NewPhoto:
    content = path.read_bytes()
    stored = folder / photo_path(digest_of(content))
    stored.parent.mkdir(exist_ok=True)
    path.replace(stored)
    return NewPhoto(stored, photo.name, len(content), photo.message_id)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


async def _copy(source: Path, path: Path) -> None:
    await asyncio.to_thread(shutil.copyfile, source, path)
