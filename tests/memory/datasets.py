"""Datasets in memory, and the readings that become their photos and examples."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from core import names
from core.datasets.listing import read_listing, write_listing
from core.entities import Dataset, EditKind, Example, ExampleOrigin, Note, Reading, Skipped
from core.errors import AlreadyRunning, NameTaken
from tests.memory.edits import close_void, record_edit
from tests.memory.folders import OwnerFolders
from tests.memory.jobs import check_unended, end_done, unended
from tests.memory.tables import StoredDataset, StoredExample, StoredPhoto, Tables, now


class MemoryDatasets:
    """Fulfils `core.ports.Datasets`. The bytes of photos are real files."""

    def __init__(self, tables: Tables, folders: OwnerFolders) -> None:
        self._tables = tables
        self._folders = folders

    async def create(self, owner_id: int, name: str, reading: Reading, job_id: int) -> Dataset:
        name, moment = names.clean(name), now()
        await asyncio.to_thread(self._folders.publish, owner_id, reading)
        check_unended(self._tables, owner_id, job_id)
        self._check_name(owner_id, name, None)
        number = next(self._tables.dataset_numbers)
        dataset = Dataset(
            id=number,
            owner_id=owner_id,
            name=name,
            version=0,
            classes={},
            test_images=0,
            created_at=moment,
            updated_at=moment,
        )
        self._tables.datasets[number] = StoredDataset(dataset)
        return self._import(self._tables.datasets[number], reading, job_id)

    async def add(self, owner_id: int, dataset_id: int, reading: Reading, job_id: int) -> Dataset:
        await asyncio.to_thread(self._folders.publish, owner_id, reading)
        check_unended(self._tables, owner_id, job_id)
        return self._import(self._tables.dataset(owner_id, dataset_id), reading, job_id)

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        return counted(self._tables, self._tables.dataset(owner_id, dataset_id))

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        newest_first = reversed(list(self._tables.datasets_of(owner_id)))
        return tuple(counted(self._tables, stored) for stored in newest_first)

    async def write_listing(self, owner_id: int, dataset_id: int, out: Path) -> None:
        self._tables.dataset(owner_id, dataset_id)
        write_listing(self._tables.examples_of(dataset_id), out)

    async def last_reading(
        self, owner_id: int, dataset_id: int
    ) -> tuple[tuple[Skipped, ...], tuple[Note, ...], float]:
        edits = self._tables.dataset(owner_id, dataset_id).edits.values()
        readings = [edit.reading for edit in edits if edit.reading is not None]
        return readings[-1] if readings else ((), (), 0.0)

    async def rename(self, owner_id: int, dataset_id: int, name: str) -> Dataset:
        name = names.clean(name)
        stored = self._tables.dataset(owner_id, dataset_id)
        self._check_name(owner_id, name, dataset_id)
        stored.dataset = replace(stored.dataset, name=name, updated_at=now())
        return counted(self._tables, stored)

    async def set_sheet(self, owner_id: int, dataset_id: int, sheet: str) -> None:
        stored = self._tables.dataset(owner_id, dataset_id)
        stored.dataset = replace(stored.dataset, sheet=sheet)

    async def delete(self, owner_id: int, dataset_id: int) -> None:
        if jobs := unended(self._tables, owner_id):
            raise AlreadyRunning(kind=jobs[0].kind.value)
        self._tables.dataset(owner_id, dataset_id)
        self._delete_rows(dataset_id)
        user = self._tables.users[owner_id]
        if user.dataset_id == dataset_id:
            others = [stored.dataset.id for stored in self._tables.datasets_of(owner_id)]
            self._tables.users[owner_id] = replace(user, dataset_id=max(others, default=None))

    def _delete_rows(self, dataset_id: int) -> None:
        """Other datasets, which some of its examples may have come from, don't get them back."""
        examples = self._tables.examples
        gone = {number for number, one in examples.items() if one.dataset_id == dataset_id}
        self._tables.changes = [
            change
            for change in self._tables.changes
            if change.edit[0] != dataset_id and change.before.example.id not in gone
        ]
        for number in gone:
            del examples[number]
        del self._tables.datasets[dataset_id]
        close_void(self._tables)
        self._tables.release_photos()

    def _check_name(self, owner_id: int, name: str, own_id: int | None) -> None:
        """Raises NameTaken if another dataset of the owner's has the name, in any case of letters."""
        for stored in self._tables.datasets_of(owner_id):
            if names.key(stored.dataset.name) == names.key(name) and stored.dataset.id != own_id:
                raise NameTaken(name=name)

    def _import(self, stored: StoredDataset, reading: Reading, job_id: int) -> Dataset:
        """The reading as the dataset's next edit; its job is done, and the dataset current."""
        owner_id = stored.dataset.owner_id
        found = read_listing(Path(reading.examples))
        for photo in (example.photo for example in found):
            known = self._tables.photos.setdefault((owner_id, photo.sha256), StoredPhoto(photo))
            known.photo = replace(known.photo, colours=known.photo.colours or photo.colours)
            self._tables.erasures.discard((owner_id, photo.sha256))
        groups = [*_read_groups(reading), *((one.photo.sha256, one.photo.twins) for one in found)]
        self._regroup(owner_id, groups)
        new = _new_examples(self._tables.examples_of(stored.dataset.id), found)
        edit = record_edit(stored, EditKind.ADD, len(new))
        edit.reading = reading.skipped, reading.notes, reading.seconds
        for example in new:
            number = next(self._tables.example_numbers)
            placed = replace(example, id=number, added_in=edit.edit.number)
            self._tables.examples[number] = StoredExample(stored.dataset.id, placed)
        self._tables.release_photos()
        end_done(self._tables, job_id)
        user = self._tables.users[owner_id]
        self._tables.users[owner_id] = replace(user, dataset_id=stored.dataset.id)
        return counted(self._tables, stored)

    def _regroup(self, owner_id: int, groups: Iterable[tuple[str, str]]) -> None:
        """Groups of near duplicates that are found to be one get one name, in all datasets."""
        for sha256, twins in groups:
            stored = self._tables.photos[owner_id, sha256]
            if not stored.photo.twins:
                stored.photo = replace(stored.photo, twins=twins)
            pair = {stored.photo.twins, twins}
            for (photo_owner, _), other in self._tables.photos.items():
                if photo_owner == owner_id and other.photo.twins in pair:
                    other.photo = replace(other.photo, twins=min(pair))


def counted(tables: Tables, stored: StoredDataset) -> Dataset:
    """The dataset with its examples counted."""
    examples = tables.examples_of(stored.dataset.id)
    labels = sorted(example.label for example in examples)
    return replace(
        stored.dataset,
        classes={label: labels.count(label) for label in dict.fromkeys(labels)},
        test_images=sum(example.is_test for example in examples),
    )


def _new_examples(there: Sequence[Example], found: Sequence[Example]) -> list[Example]:
    """What is there is not doubled, and a class that was given by hand stays."""
    labels = {(example.photo.sha256, example.label) for example in there}
    by_hand = {one.photo.sha256 for one in there if one.origin is ExampleOrigin.HAND}
    return [
        example
        for example in found
        if (example.photo.sha256, example.label) not in labels
        and example.photo.sha256 not in by_hand
    ]


def _read_groups(reading: Reading) -> list[tuple[str, str]]:
    with Path(reading.regrouped).open(encoding="utf-8") as file:
        return [(sha256, twins) for sha256, twins in map(json.loads, file)]
