"""The tables that the ports of storage share, as dictionaries.

A method of a port changes them without awaiting anything in between, so each is a transaction as long
as it raises before it changes anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count

from core.entities import (
    Consent,
    Dataset,
    Edit,
    Example,
    Job,
    Link,
    LinkKind,
    Lost,
    Model,
    Note,
    Photo,
    Skipped,
    User,
)
from core.errors import DatasetNotFound


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class StoredPhoto:
    """released_at : since when no example names it."""

    photo: Photo
    released_at: datetime | None = None


@dataclass
class StoredEdit:
    """is_closed : it was taken back, or can't be. other : a move's edit of the other dataset.
    reading : of an upload, what it left out, what it noted, and its seconds.
    """

    edit: Edit
    is_closed: bool
    other: tuple[int, int] | None = None
    reading: tuple[tuple[Skipped, ...], tuple[Note, ...], float] | None = None


@dataclass(frozen=True)
class Change:
    """An example as it was before edit `number` of its dataset changed, moved or removed it."""

    dataset_id: int
    number: int
    example: Example

    @property
    def edit(self) -> tuple[int, int]:
        return self.dataset_id, self.number


@dataclass
class StoredDataset:
    """dataset : the row; its counts are made when it is asked for. negatives : for the digest of each, the
    number of the edit that it came in, those too that were taught since."""

    dataset: Dataset
    negatives: dict[str, int] = field(default_factory=dict)
    examples: dict[int, Example] = field(default_factory=dict)
    edits: dict[int, StoredEdit] = field(default_factory=dict)


class Tables:
    """All rows; changes are in the order in which they were made. Numbers are never given twice."""

    def __init__(self) -> None:
        self.users: dict[int, User] = {}
        self.consents: dict[int, Consent] = {}
        self.seen: dict[int, date] = {}
        self.told: dict[int, date] = {}
        self.bans: set[int] = set()
        self.datasets: dict[int, StoredDataset] = {}
        self.changes: list[Change] = []
        self.undone: set[tuple[int, int]] = set()
        self.photos: dict[tuple[int, str], StoredPhoto] = {}
        self.erasures: set[tuple[int, str]] = set()
        self.models: dict[int, Model] = {}
        self.chats: dict[int, int | None] = {}
        self.chosen_by: dict[int, int] = {}
        self.lost: dict[int, Lost] = {}
        self.links: dict[tuple[int, LinkKind], Link] = {}
        self.shared_once: set[int] = set()
        self.borrowed: dict[tuple[int, int, LinkKind], int] = {}
        self.moments = count(1)
        self.jobs: dict[int, Job] = {}
        self.untold: set[int] = set()
        self.asked: dict[tuple[int, int], int] = {}
        self.dataset_numbers = count(1)
        self.example_numbers = count(1)
        self.model_numbers = count(1)
        self.models_made: Counter[int] = Counter()
        self.job_numbers = count(1)

    def delete_model(self, model_id: int) -> None:
        """Chats that used it remember its name."""
        model = self.models.pop(model_id)
        for chat_id in [chat for chat, used in self.chats.items() if used == model_id]:
            del self.chats[chat_id]
            self.lost[chat_id] = Lost(model.name)
        for kind in LinkKind:
            self.delete_link(model_id, kind)

    def borrowers(self, model_id: int, kind: LinkKind) -> list[int]:
        """Who uses the model by this link."""
        return [user for user, *link in self.borrowed if tuple(link) == (model_id, kind)]

    def may_borrow(self, user_id: int, model_id: int) -> bool:
        """True if the user has the model by a link."""
        return any((user_id, model_id, kind) in self.borrowed for kind in LinkKind)

    def delete_link(self, model_id: int, kind: LinkKind) -> None:
        self.links.pop((model_id, kind), None)
        for user_id in self.borrowers(model_id, kind):
            self.end_borrowing(user_id, model_id, kind)

    def end_borrowing(self, user_id: int, model_id: int, kind: LinkKind) -> None:
        """Chats for which the user chose the model remember its name, unless the user has it still."""
        self.borrowed.pop((user_id, model_id, kind), None)
        if self.may_borrow(user_id, model_id):
            return
        for chat_id in [chat for chat, used in self.chats.items() if used == model_id]:
            if self.chosen_by.get(chat_id) == user_id:
                del self.chats[chat_id]
                self.lost[chat_id] = Lost(self.models[model_id].name, is_unshared=True)

    def dataset(self, owner_id: int, dataset_id: int) -> StoredDataset:
        """Raises DatasetNotFound."""
        stored = self.datasets.get(dataset_id)
        if stored is None or stored.dataset.owner_id != owner_id:
            raise DatasetNotFound
        return stored

    def datasets_of(self, owner_id: int) -> Iterator[StoredDataset]:
        return (one for one in self.datasets.values() if one.dataset.owner_id == owner_id)

    def photo_key(self, change: Change) -> tuple[int, str]:
        """The owner and the digest of the photo of a change."""
        return self.datasets[change.dataset_id].dataset.owner_id, change.example.photo.sha256

    def with_photo(self, owner_id: int, example: Example) -> Example:
        """The example with its photo as it is now: later readings may have named its group anew."""
        return replace(example, photo=self.photos[owner_id, example.photo.sha256].photo)

    def release_photos(self, owner_id: int) -> None:
        """After a change of examples or negatives: notes which photos none names any more."""
        named = {
            example.photo.sha256
            for stored in self.datasets_of(owner_id)
            for example in stored.examples.values()
        }
        named |= {digest for stored in self.datasets_of(owner_id) for digest in stored.negatives}
        for (photo_owner, sha256), photo in self.photos.items():
            if photo_owner == owner_id:
                is_named = sha256 in named
                photo.released_at = None if is_named else photo.released_at or now()
