"""What is of a bucket's files on this machine, and what is not any more."""

from __future__ import annotations

from pathlib import Path

from storage.bucket import mirror_of
from storage.checking import check
from storage.keyfile import KeySettings, find_key
from tests.storage.bucket.places import CACHE_BYTES, OWNER, Place
from tests.storage.factories import make_dataset, put_file


async def test_the_least_recently_used_leaves_this_machine_and_comes_back(bucket: Place) -> None:
    storage = await bucket.open(cache_bytes=5_000)
    digests = [await put_file(storage, bytes([number]) * 1000) for number in range(10)]

    assert len(bucket.here()) == 4  # of 1.05 KB each
    for number, digest in enumerate(digests):
        assert await storage.files.read(OWNER, digest) == bytes([number]) * 1000
    assert sum(path.stat().st_size for path in bucket.here()) <= 5_000
    await storage.close()


async def test_what_is_being_used_stays_here(bucket: Place) -> None:
    storage = await bucket.open(cache_bytes=2_500)
    digests = [await put_file(storage, bytes([number]) * 1000) for number in range(4)]
    paths = [(await storage.files.stored(OWNER, digest)).path for digest in digests]
    assert storage.mirror

    with storage.mirror.holding(paths):
        assert all(path.exists() for path in paths)

    assert sum(path.exists() for path in paths) == 2
    await storage.close()


async def test_a_damaged_object_is_found(bucket: Place, tmp_path: Path) -> None:
    storage = await bucket.open()
    await make_dataset(storage)
    await storage.close()
    assert bucket.objects
    photo = next(name for name in bucket.names() if "/photos/" in name)
    bucket.objects.put(photo, b"something else")

    tree = mirror_of(tmp_path / "out", bucket.objects, CACHE_BYTES)
    problems = check(bucket.home, find_key(bucket.home, KeySettings()), tree).problems

    assert [problem.endswith("is damaged") for problem in problems] == [True]


async def test_what_is_deleted_after_it_was_sent_is_sent_again(bucket: Place) -> None:
    storage = await bucket.open()
    mirror = storage.mirror
    assert mirror
    source, target = bucket.home / "staged", mirror.root / "owner" / "files" / "name"
    source.write_bytes(b"sealed")
    mirror.send([(source, target)])
    mirror.delete(
        [target]
    )  # an old photo, which the same moment deletes and an upload brings again

    target.parent.mkdir(parents=True)
    source.replace(target)
    mirror.keep([target])

    assert bucket.names() == {"sealed/owner/files/name"}
