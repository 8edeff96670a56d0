"""How files get into a bucket, and whose bucket it is."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from core.errors import FilesAway, FilesElsewhere, FilesForeign, FilesRefused
from core.objects import Objects
from storage import Storage
from storage.keyfile import KeySettings
from tests.storage.bucket.places import OWNER, Place, refuse
from tests.storage.factories import make_dataset, make_model, put_file


async def test_a_folder_moves_into_a_bucket_and_says_so(bucket: Place) -> None:
    storage = await Storage.open(bucket.home)
    await make_dataset(storage)
    digest = await put_file(storage, b"model")
    await make_model(storage, file=digest)
    await storage.close()

    storage = await bucket.open()
    assert len(bucket.names()) == 5
    assert await storage.files.read(OWNER, digest) == b"model"
    await storage.close()

    with pytest.raises(FilesElsewhere, match="set FILES to it"):
        await Storage.open(bucket.home)


async def test_a_bucket_has_one_owner(bucket: Place, tmp_path: Path) -> None:
    storage = await bucket.open()
    await make_dataset(storage)
    await storage.close()
    before = bucket.names()

    other = Place(tmp_path / "other", bucket.objects)
    with pytest.raises(FilesForeign):
        await other.open()

    assert bucket.names() == before


async def test_a_folder_of_before_is_sealed_without_a_look_into_a_foreign_bucket(
    bucket: Place, tmp_path: Path
) -> None:
    """Two databases with one key: an owner's folder has the same name in both."""
    key = KeySettings(base64.b64encode(bytes(32)).decode())
    storage = await Storage.open(bucket.home, key, objects=bucket.objects)
    await put_file(storage, b"model")
    await storage.close()
    before = bucket.names()
    other = tmp_path / "other"
    storage = await Storage.open(other, key)
    await storage.users.get(OWNER, "en")
    await storage.close()
    (other / "owners" / str(OWNER) / "photos").mkdir(parents=True)

    with pytest.raises(FilesForeign):
        await Storage.open(other, key, objects=bucket.objects)

    assert len(before) == 1
    assert bucket.names() == before


async def test_somebody_elses_objects_are_left_alone(bucket: Place) -> None:
    assert bucket.objects
    bucket.objects.put("holiday.jpg", b"a photo")
    with pytest.raises(FilesForeign):
        await bucket.open()
    assert bucket.objects.read("holiday.jpg") == b"a photo"


async def test_a_start_that_might_not_delete_hinders_no_later_one(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bucket.objects
    for _ in range(2):
        with monkeypatch.context() as refusing:
            refusing.setattr("obstore.delete", refuse)
            with pytest.raises(FilesRefused):
                await bucket.open()
    assert len(list(bucket.objects.found())) == 1

    storage = await bucket.open()
    assert await put_file(storage, b"model")
    await storage.close()
    assert {found.name.split("/")[0] for found in bucket.objects.found()} == {"identity", "sealed"}


@pytest.mark.parametrize("kept", range(4))
async def test_a_move_that_is_cut_short_goes_on_with_what_was_computed_too(
    bucket: Place, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    storage = await Storage.open(bucket.home)
    await make_dataset(storage)
    await storage.close()
    assert bucket.objects
    put, left = Objects.put, iter(range(kept))

    def put_until_away(objects: Objects, name: str, content: Path | bytes) -> None:
        if isinstance(content, Path) and next(left, None) is None:
            raise FilesAway("reference")
        put(objects, name, content)

    with monkeypatch.context() as away:
        away.setattr(Objects, "put", put_until_away)
        with pytest.raises(FilesAway):
            await bucket.open()

    storage = await bucket.open()
    assert len(bucket.names()) == 4
    assert {found.name.split("/")[0] for found in bucket.objects.found()} == {"identity", "sealed"}
    await storage.close()
