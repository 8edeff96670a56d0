"""Sealed files in a folder and in buckets, of obstore's own kinds and of a real server: one contract for all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core import sealed
from core.ports import Tidied
from storage import Storage
from storage.backup import back_up, restore
from storage.bucket import mirror_of
from storage.checking import check
from storage.keyfile import KeySettings, find_key
from tests.storage.bucket.places import OWNER, Place, photos_of
from tests.storage.factories import (
    digest_of,
    examples_of,
    make_bytes,
    make_dataset,
    make_model,
    put_file,
)


async def test_what_is_kept_can_be_read_and_tells_nothing(place: Place, storage: Storage) -> None:
    dataset = await make_dataset(storage)
    digest = await put_file(storage, b"a model of pears")

    assert await storage.files.read(OWNER, digest) == b"a model of pears"
    assert await photos_of(storage) == {make_bytes(number) for number in range(3)}
    assert dataset.images == 3

    assert len(place.names()) == 5  # three photos, a pack of thumbnails, the file
    for content in place.contents():
        assert content.startswith(sealed.MAGIC)
        assert not any(word in content for word in (b"pear", b"photo", b"JFIF"))
    key = await storage.files.key(OWNER)
    assert key
    assert not any(key in content for content in place.contents())
    assert not any(digest in name or digest_of(1) in name for name in place.names())


async def test_the_same_content_is_kept_once(place: Place, storage: Storage) -> None:
    digests = set(await asyncio.gather(*(put_file(storage, b"content") for _ in range(5))))
    assert len(digests) == len(place.names()) == 1


async def test_what_no_row_names_goes_with_the_next_start(place: Place) -> None:
    storage = await place.open()
    await make_dataset(storage)
    model, orphan = [await put_file(storage, content) for content in (b"model", b"orphan")]
    await make_model(storage, file=model)
    assert (await storage.files.tidy(0)) == Tidied(0, {})  # both are young
    await storage.close()

    storage = await place.open()

    assert await storage.files.read(OWNER, model) == b"model"
    with pytest.raises(FileNotFoundError):
        await storage.files.read(OWNER, orphan)
    assert len(place.names()) == 5
    await storage.close()


async def test_photos_go_when_no_example_names_them(place: Place, storage: Storage) -> None:
    dataset = await make_dataset(storage)
    first, *_ = await examples_of(storage, dataset)

    await storage.examples.remove(OWNER, dataset.id, [first.id])
    tidied = await storage.files.tidy(0)

    assert tidied.photos == {OWNER: (first.photo.sha256,)}
    assert len(place.names()) == 3
    assert len(await photos_of(storage)) == 2


async def test_nothing_is_left_of_an_account(place: Place, storage: Storage) -> None:
    await make_dataset(storage)
    await make_model(storage, file=await put_file(storage, b"model"))
    await put_file(storage, b"of another", 2)

    await storage.accounts.delete(OWNER)

    (left,) = place.names()
    assert left.split("/")[2] == "files"
    assert len(place.here()) == 1


async def test_a_machine_with_nothing_reads_all(place: Place) -> None:
    storage = await place.open()
    dataset = await make_dataset(storage)
    digest = await put_file(storage, b"model")
    await make_model(storage, file=digest)
    await storage.close()
    place.lose_cache()

    storage = await place.open()

    assert await storage.files.read(OWNER, digest) == b"model"
    assert len(await photos_of(storage)) == dataset.images
    await storage.close()


async def test_a_backup_holds_what_is_in_the_bucket(place: Place, tmp_path: Path) -> None:
    storage = await place.open()
    await make_dataset(storage)
    await make_model(storage, file=await put_file(storage, b"model"))
    await storage.close()
    place.lose_cache()
    master = find_key(place.home, KeySettings())
    tree = mirror_of(tmp_path / "out", place.objects, 0) if place.objects else None

    assert check(place.home, master, tree).problems == []
    back_up(place.home, master, tmp_path / "backup", tree)
    restored = restore(tmp_path / "backup", tmp_path / "restored", KeySettings())

    assert restored.problems == []
    assert restored.files == 5
    storage = await Storage.open(tmp_path / "restored")  # in its folder now
    assert await photos_of(storage) == {make_bytes(number) for number in range(3)}
    await storage.close()
