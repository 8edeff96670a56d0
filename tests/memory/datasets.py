"""Datasets in memory, and the readings that become their photos and examples."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from core import names
from core.datasets.listing import read_listing, write_listing
from core.entities import (
    BASELINE_NAME,
    Dataset,
    EditKind,
    Example,
    ExampleOrigin,
    Note,
    Photo,
    Reading,
    Skipped,
)
from core.errors import AlreadyRunning, NameTaken, NothingToChange
from core.sealed import Key
from tests.memory.edits import close_void, record_edit
from tests.memory.folders import OwnerFolders
from tests.memory.jobs import check_unended, end_done, unended
from tests.memory.tables import (
    Change,
    StoredDataset,
    StoredEdit,
    StoredPhoto,
    Tables,
    now,
)


class MemoryDatasets:
    """Fulfils `core.ports.Datasets`. The bytes of photos are real files."""

    def __init__(self, tables: Tables, folders: OwnerFolders) -> None:
        self._tables = tables
        self._folders = folders

    async def create(self, owner_id: int, name: str, reading: Reading, job_id: int) -> Dataset:
        name = names.clean(name)
        await asyncio.to_thread(self._folders.publish, owner_id, reading)
        check_unended(self._tables, owner_id, job_id)
        return self._uploaded(self._insert(owner_id, name), reading, job_id)

    async def begin(
        self,
        owner_id: int,
        name: str,
        *,
        extends_baseline: bool = False,
        becomes_current: bool = True,
    ) -> Dataset:
        stored = self._insert(owner_id, names.clean(name))
        stored.dataset = replace(stored.dataset, extends_baseline=extends_baseline)
        record_edit(stored, EditKind.ADD, 0)
        if becomes_current:
            self._make_current(stored)
        return counted(stored)

    async def teach(
        self, owner_id: int, dataset_id: int, reading: Reading, *, becomes_current: bool = True
    ) -> tuple[Dataset, int]:
        await asyncio.to_thread(self._folders.publish, owner_id, reading)
        stored = self._tables.dataset(owner_id, dataset_id)
        (label,) = reading.classes
        digests = {one.photo.sha256 for one in read_listing(Path(reading.examples))}
        others = {
            one.id: one
            for one in stored.examples.values()
            if one.photo.sha256 in digests and (one.label != label or one.is_test)
        }
        stored.examples |= {
            number: replace(one, label=label, origin=ExampleOrigin.HAND, is_test=False)
            for number, one in others.items()
        }
        found = read_listing(Path(reading.examples))
        if not others and all(_is_known(stored, example) for example in found):
            raise NothingToChange
        edit = self._import(stored, reading, becomes_current=becomes_current)
        edit.edit = replace(edit.edit, changed=edit.edit.changed + len(others))
        edit.reading = None
        self._tables.changes += [
            Change(dataset_id, edit.edit.number, example) for example in others.values()
        ]
        return counted(stored), edit.edit.changed

    async def refuse(self, owner_id: int, dataset_id: int, reading: Reading) -> Dataset:
        await asyncio.to_thread(self._folders.publish, owner_id, reading)
        stored = self._tables.dataset(owner_id, dataset_id)
        found = read_listing(Path(reading.examples))
        digests = {one.photo.sha256 for one in found}
        taken = {n: one for n, one in stored.examples.items() if one.photo.sha256 in digests}
        added = digests - stored.negatives.keys()
        if not taken and not added:
            raise NothingToChange
        edit = record_edit(stored, EditKind.REFUSE, max(len(taken), len(added)))
        number = edit.edit.number
        self._import_photos(owner_id, reading, found)
        stored.negatives |= dict.fromkeys(added, number)
        self._tables.changes += [Change(dataset_id, number, one) for one in taken.values()]
        for example_id in taken:
            del stored.examples[example_id]
        self._tables.release_photos(owner_id)
        self._make_current(stored)
        return counted(stored)

    async def negatives(self, owner_id: int, dataset_id: int) -> tuple[str, ...]:
        stored = self._tables.dataset(owner_id, dataset_id)
        return tuple(sorted(_active(stored), key=lambda one: (stored.negatives[one], one)))

    async def add(self, owner_id: int, dataset_id: int, reading: Reading, job_id: int) -> Dataset:
        await asyncio.to_thread(self._folders.publish, owner_id, reading)
        check_unended(self._tables, owner_id, job_id)
        return self._uploaded(self._tables.dataset(owner_id, dataset_id), reading, job_id)

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        return counted(self._tables.dataset(owner_id, dataset_id))

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        return tuple(map(counted, reversed(list(self._tables.datasets_of(owner_id)))))

    async def write_listing(
        self, owner_id: int, dataset_id: int, out: Path, key: Key | None = None
    ) -> None:
        stored = self._tables.dataset(owner_id, dataset_id)
        examples = sorted(stored.examples.values(), key=lambda one: (one.added_in, one.id))
        write_listing((self._tables.with_photo(owner_id, one) for one in examples), out, key)

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
        self._rename_live(owner_id, dataset_id, name)
        return counted(stored)

    def _rename_live(self, owner_id: int, dataset_id: int, name: str) -> None:
        models = [one for one in self._tables.models.values() if one.owner_id == owner_id]
        for live in [one for one in models if one.is_live and one.dataset_id == dataset_id]:
            others = [one.name for one in models if one.id != live.id]
            card = replace(live.card, dataset=name)
            free = names.free(name, [BASELINE_NAME, *others])
            self._tables.models[live.id] = replace(live, name=free, card=card)

    async def set_sheet(self, owner_id: int, dataset_id: int, sheet: str) -> None:
        stored = self._tables.dataset(owner_id, dataset_id)
        stored.dataset = replace(stored.dataset, sheet=sheet)

    async def delete(self, owner_id: int, dataset_id: int) -> None:
        if jobs := unended(self._tables, owner_id):
            raise AlreadyRunning(kind=jobs[0].kind.value)
        examples = self._tables.dataset(owner_id, dataset_id).examples
        # Its photos leave at once: other datasets, which some may have come from, don't get them back.
        self._tables.changes = [
            change
            for change in self._tables.changes
            if change.dataset_id != dataset_id and change.example.id not in examples
        ]
        del self._tables.datasets[dataset_id]
        for number, model in list(self._tables.models.items()):
            if model.dataset_id == dataset_id and model.is_live:
                self._tables.delete_model(number)
            elif model.dataset_id == dataset_id:
                self._tables.models[number] = replace(model, dataset_id=None)
        close_void(self._tables, owner_id)
        user = self._tables.users[owner_id]
        if user.dataset_id == dataset_id:
            others = [stored.dataset.id for stored in self._tables.datasets_of(owner_id)]
            self._tables.users[owner_id] = replace(user, dataset_id=max(others, default=None))
        self._tables.release_photos(owner_id)

    def _check_name(self, owner_id: int, name: str, own_id: int | None) -> None:
        """Raises NameTaken if another dataset of the owner's has the name, in any case of letters."""
        for stored in self._tables.datasets_of(owner_id):
            if names.key(stored.dataset.name) == names.key(name) and stored.dataset.id != own_id:
                raise NameTaken(name=name)

    def _insert(self, owner_id: int, name: str) -> StoredDataset:
        """A dataset without edits. Raises NameTaken."""
        self._check_name(owner_id, name, None)
        number, moment = next(self._tables.dataset_numbers), now()
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
        return self._tables.datasets.setdefault(number, StoredDataset(dataset))

    def _uploaded(self, stored: StoredDataset, reading: Reading, job_id: int) -> Dataset:
        self._import(stored, reading)
        end_done(self._tables, job_id, stored.dataset.id)
        return counted(stored)

    def _make_current(self, stored: StoredDataset) -> None:
        user = self._tables.users[stored.dataset.owner_id]
        self._tables.users[user.id] = replace(user, dataset_id=stored.dataset.id)

    def _import(
        self, stored: StoredDataset, reading: Reading, *, becomes_current: bool = True
    ) -> StoredEdit:
        """The reading as the dataset's next edit; the dataset becomes current where that is wanted."""
        owner_id = stored.dataset.owner_id
        found = read_listing(Path(reading.examples))
        added = [example for example in found if not _is_known(stored, example)]
        edit = record_edit(stored, EditKind.ADD, len(added))
        edit.reading = reading.skipped, reading.notes, reading.seconds
        self._import_photos(owner_id, reading, found)
        for example in added:
            self._add_example(stored, example, edit.edit.number)
        self._tables.release_photos(owner_id)
        if becomes_current:
            self._make_current(stored)
        return edit

    def _import_photos(self, owner_id: int, reading: Reading, found: Sequence[Example]) -> None:
        for photo in (example.photo for example in found):
            self._tables.photos.setdefault((owner_id, photo.sha256), StoredPhoto(photo))
        groups = [*_read_groups(reading), *((one.photo.sha256, one.photo.twins) for one in found)]
        self._regroup(owner_id, groups)

    def _add_example(self, stored: StoredDataset, example: Example, edit: int) -> None:
        number = next(self._tables.example_numbers)
        stored.examples[number] = replace(example, id=number, added_in=edit)

    def _regroup(self, owner_id: int, groups: Iterable[tuple[str, str]]) -> None:
        """A group that photos of another dataset belong to is renamed as a whole."""
        renamed: dict[str, str] = {}
        for sha256, twins in groups:
            stored = self._tables.photos[owner_id, sha256]
            if not stored.photo.twins:
                stored.photo = replace(stored.photo, twins=twins)
            elif stored.photo.twins != twins:
                renamed[stored.photo.twins] = twins
        for (photo_owner, _), stored in self._tables.photos.items():
            if photo_owner == owner_id:
                stored.photo = _in_group(stored.photo, renamed)


def counted(stored: StoredDataset) -> Dataset:
    """The dataset with its examples counted."""
    examples = stored.examples.values()
    return replace(
        stored.dataset,
        classes=_by_class(examples),
        training_classes=_by_class(example for example in examples if not example.is_test),
        test_images=sum(example.is_test for example in examples),
        negatives=len(_active(stored)),
    )


def _active(stored: StoredDataset) -> set[str]:
    """The negatives that were not taught since."""
    return stored.negatives.keys() - {one.photo.sha256 for one in stored.examples.values()}


def _by_class(examples: Iterable[Example]) -> dict[str, int]:
    labels = sorted(example.label for example in examples)
    return {label: labels.count(label) for label in dict.fromkeys(labels)}


def _is_known(stored: StoredDataset, example: Example) -> bool:
    """True if the photo is there under the same class, or under one that was given by hand."""
    return any(
        there.photo.sha256 == example.photo.sha256
        and (there.label == example.label or there.origin is ExampleOrigin.HAND)
        for there in stored.examples.values()
    )


def _in_group(photo: Photo, renamed: dict[str, str]) -> Photo:
    return replace(photo, twins=renamed.get(photo.twins, photo.twins))


def _read_groups(reading: Reading) -> list[tuple[str, str]]:
    with Path(reading.regrouped).open(encoding="utf-8") as file:
        return [(sha256, twins) for sha256, twins in map(json.loads, file)]
