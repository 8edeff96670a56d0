"""Entities to store, small and complete."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import sealed
from core.datasets.listing import read_listing, write_listing
from core.datasets.twins import write_twins
from core.entities import (
    Dataset,
    Example,
    JobKind,
    JobState,
    Model,
    Note,
    NoteCode,
    Photo,
    Reading,
    Skipped,
)
from core.photos.store import PhotoStore
from core.photos.thumbnails import new_pack
from storage import Storage
from storage.database import connect
from storage.home import DATABASE
from storage.keyfile import KeySettings, find_key
from tests.cards import make_fitted


def make_photo(number: int = 0, **fields: Any) -> Photo:
    """The photo of `make_bytes(number)`; `fields` are others of its fields."""
    sha256 = digest_of(number)
    plain = Photo(
        sha256=sha256,
        bytes=len(make_bytes(number)),
        width=640,
        height=480,
        mean=(1.0, 2.5, 255.0),
        std=(0.0, 0.1, 0.2),
        perceptual_hash=f"{number:016x}",
        colours="80" * 32,
        twins=sha256,
    )
    return replace(plain, **fields)


def make_bytes(number: int) -> bytes:
    return f"photo {number}".encode()


def digest_of(number: int) -> str:
    return hashlib.sha256(make_bytes(number)).hexdigest()


def make_example(number: int = 0, label: str = "груша", **fields: Any) -> Example:
    """An example of `make_photo(number)`, as a reading finds it."""
    return replace(Example(0, make_photo(number), label, f"{label}/{number}.jpg"), **fields)


def make_examples(images: int = 3, first: int = 0) -> list[Example]:
    """The first of all is an apple, the others are pears."""
    return [
        make_example(number, "груша" if number else "apple")
        for number in range(first, first + images)
    ]


SKIPPED = (Skipped("apple/readme.txt", "entry_not_image", "This is not an image."),)
NOTES = (Note(NoteCode.CLASS_EMPTY, ("plum",), 1),)


def make_reading(
    folder: Path, examples: Iterable[Example], regrouped: Mapping[str, str] | None = None
) -> Reading:
    """What reading an archive leaves in a folder: listings, photos, a cache."""
    examples = list(examples)
    photos = {example.photo.sha256: example for example in examples}
    store = PhotoStore(folder / "photos")
    with new_pack(folder / "cache") as thumbnails:
        for number, sha256 in photo_numbers(photos):
            store.write(sha256, make_bytes(number))
            thumbnails.add(sha256, b"thumbnail of " + make_bytes(number))
    write_listing(examples, folder / "examples")
    write_twins(regrouped or {}, folder / "regrouped")
    return Reading(
        examples=str(folder / "examples"),
        photos=str(folder / "photos"),
        cache=str(folder / "cache"),
        regrouped=str(folder / "regrouped"),
        classes=dict(sorted(Counter(example.label for example in examples).items())),
        test_images=sum(example.is_test for example in examples),
        skipped=SKIPPED,
        notes=NOTES,
        seconds=0.25,
    )


def photo_numbers(photos: Mapping[str, Example]) -> Iterator[tuple[int, str]]:
    """Of each photo the number that `make_photo` made it of."""
    for sha256, example in photos.items():
        yield int(example.photo.perceptual_hash, 16), sha256


async def make_dataset(
    storage: Storage, owner_id: int = 1, name: str = "berries", images: int = 3
) -> Dataset:
    return await store(storage, owner_id, name, make_examples(images))


async def store(storage: Storage, owner_id: int, name: str, examples: Iterable[Example]) -> Dataset:
    """Stores a dataset as an upload does: with a job, which fails if the dataset is rejected."""
    await storage.users.get(owner_id, "en")
    job = await storage.jobs.create(owner_id, JobKind.UPLOAD, chat_id=10)
    try:
        async with storage.files.scratch() as folder:
            reading = make_reading(folder, examples)
            return await storage.datasets.create(owner_id, name, reading, job.id)
    finally:
        await storage.jobs.end(job.id, JobState.FAILED)


async def add(
    storage: Storage,
    owner_id: int,
    dataset_id: int,
    examples: Iterable[Example],
    regrouped: Mapping[str, str] | None = None,
) -> Dataset:
    """Adds to a dataset as an upload does."""
    job = await storage.jobs.create(owner_id, JobKind.UPLOAD, chat_id=10)
    try:
        async with storage.files.scratch() as folder:
            reading = make_reading(folder, examples, regrouped)
            return await storage.datasets.add(owner_id, dataset_id, reading, job.id)
    finally:
        await storage.jobs.end(job.id, JobState.FAILED)


async def examples_of(storage: Storage, dataset: Dataset) -> tuple[Example, ...]:
    """As a worker reads them."""
    async with storage.files.scratch() as folder:
        listing = folder / "examples"
        key = await storage.files.key(dataset.owner_id)
        await storage.datasets.write_listing(dataset.owner_id, dataset.id, listing, key)
        return read_listing(listing, key)


async def make_model(
    storage: Storage, owner_id: int = 1, name: str = "first", file: str = "f" * 64
) -> Model:
    await storage.users.get(owner_id, "en")
    job = await storage.jobs.create(owner_id, JobKind.FIT, chat_id=10)
    return await storage.models.create(owner_id, name, file, make_fitted(), 0, job.id)


async def photos_of(storage: Storage, owner_id: int = 1) -> PhotoStore:
    """The owner's photos, as a worker sees them."""
    photos = await storage.files.photos(owner_id)
    return PhotoStore(photos.path, photos.key)


async def kept_photos(storage: Storage, owner_id: int = 1) -> set[str]:
    """The digests of the photos whose bytes are there."""
    photos = await storage.files.photos(owner_id)
    found = photos.path.glob("*/*")
    return {sealed.digest_of(sealed.read(path, photos.key)) for path in found}


async def path_of(storage: Storage, digest: str, owner_id: int = 1) -> Path:
    """Where a file is."""
    return (await storage.files.stored(owner_id, digest)).path


def open_database(home: Path) -> sqlite3.Connection:
    """The database in a data folder, for a test to look into, or to break."""
    return connect(home / DATABASE, find_key(home, KeySettings()).database)


async def put_file(storage: Storage, content: bytes, owner_id: int = 1) -> str:
    await storage.users.get(owner_id, "en")
    async with storage.files.scratch() as folder:
        path = folder / "file.bin"
        path.write_bytes(content)
        return await storage.files.put(owner_id, path)
