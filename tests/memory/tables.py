"""The tables that the ports of storage share, as dictionaries.

A method of a port changes them without awaiting anything in between, so each is a transaction as long
as it raises before it changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from core.entities import Dataset, Edit, Example, Job, Model, Note, Photo, Skipped, User
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


@dataclass
class StoredDataset:
    """dataset : the row; its `classes` and `test_images` are counted when it is asked for."""

    dataset: Dataset
    edits: dict[int, StoredEdit] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredExample:
    """An example in its dataset. Its photo is looked up: later readings may name its group anew."""

    dataset_id: int
    example: Example

    @property
    def sha256(self) -> str:
        return self.example.photo.sha256


@dataclass(frozen=True)
class Change:
    """before : an example as it was before the edit (dataset, number) changed or removed it."""

    edit: tuple[int, int]
    before: StoredExample


class Tables:
    """All rows. Numbers are never given twice."""

    def __init__(self) -> None:
        self.users: dict[int, User] = {}
        self.datasets: dict[int, StoredDataset] = {}
        self.examples: dict[int, StoredExample] = {}
        self.changes: list[Change] = []  # oldest first
        self.photos: dict[tuple[int, str], StoredPhoto] = {}
        self.erasures: set[tuple[int, str]] = set()
        self.models: dict[int, Model] = {}
        self.chats: dict[int, int | None] = {}
        self.jobs: dict[int, Job] = {}
        self.untold: set[int] = set()
        self.dataset_numbers = count(1)
        self.example_numbers = count(1)
        self.model_numbers = count(1)
        self.job_numbers = count(1)

    def dataset(self, owner_id: int, dataset_id: int) -> StoredDataset:
        """Raises DatasetNotFound."""
        stored = self.datasets.get(dataset_id)
        if stored is None or stored.dataset.owner_id != owner_id:
            raise DatasetNotFound
        return stored

    def datasets_of(self, owner_id: int) -> Iterator[StoredDataset]:
        return (one for one in self.datasets.values() if one.dataset.owner_id == owner_id)

    def examples_of(self, dataset_id: int) -> list[Example]:
        """A dataset's examples, in the order in which they were added."""
        stored = [one for one in self.examples.values() if one.dataset_id == dataset_id]
        owner_id = self.datasets[dataset_id].dataset.owner_id
        return sorted(
            (replace(one.example, photo=self.photos[owner_id, one.sha256].photo) for one in stored),
            key=lambda example: (example.added_in, example.id),
        )

    def owner_of(self, stored: StoredExample) -> int:
        return self.datasets[stored.dataset_id].dataset.owner_id

    def release_photos(self) -> None:
        """After a change of examples: notes which photos no example names any more."""
        named = {(self.owner_of(one), one.sha256) for one in self.examples.values()}
        for key, photo in self.photos.items():
            photo.released_at = None if key in named else photo.released_at or now()
