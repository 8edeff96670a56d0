"""A server that is away, gone, or refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import FilesAway, FilesRefused
from storage import Storage
from tests.s3_server import S3Server
from tests.storage.bucket.places import OWNER, Place
from tests.storage.factories import add, examples_of, make_dataset, make_examples, put_file


async def test_a_server_that_is_away_keeps_nothing_and_loses_nothing(
    server: S3Server, distant: Place, caplog: pytest.LogCaptureFixture
) -> None:
    storage = await distant.open()
    dataset = await make_dataset(storage)
    before = distant.names()

    server.stop()
    try:
        with pytest.raises(FilesAway) as away:
            await add(storage, OWNER, dataset.id, make_examples(2, first=10))
        assert away.value.reference in caplog.text
        with pytest.raises(FilesAway):
            await put_file(storage, b"model")
    finally:
        server.start()

    assert distant.names() == before
    assert len(await examples_of(storage, dataset)) == 3
    await add(storage, OWNER, dataset.id, make_examples(2, first=10))
    assert len(await examples_of(storage, dataset)) == 5
    await storage.close()


async def test_an_account_that_ends_while_the_server_is_away_leaves_nothing(
    server: S3Server, distant: Place
) -> None:
    storage = await distant.open()
    await make_dataset(storage)

    server.stop()
    try:
        await storage.accounts.delete(OWNER)
    finally:
        server.start()
    assert distant.names()  # which nobody can read

    await storage.files.tidy(0)
    assert distant.names() == set()
    await storage.close()


async def test_who_comes_back_after_that_finds_nothing_of_before(
    server: S3Server, distant: Place
) -> None:
    """Nobody could read it: neither train on features nor forget photos."""
    storage = await distant.open()
    await make_dataset(storage)
    before = distant.names()
    server.stop()
    try:
        await storage.accounts.delete(OWNER)
    finally:
        server.start()

    await make_dataset(storage)

    assert len(distant.names()) == len(before)
    assert distant.names().isdisjoint(before)


def test_a_bucket_that_is_gone_is_no_file_that_is_gone(server: S3Server, tmp_path: Path) -> None:
    nowhere = server.objects("prefix", bucket="no-such-bucket")
    with pytest.raises(FilesAway):
        nowhere.read("name")
    with pytest.raises(FilesAway):
        nowhere.get("name", tmp_path / "name")
    with pytest.raises(FilesAway):
        nowhere.put("name", b"content")


async def test_a_start_says_what_is_wrong_with_the_bucket(server: S3Server, tmp_path: Path) -> None:
    nowhere = server.objects("prefix", bucket="no-such-bucket")
    with pytest.raises(FilesRefused, match="there is no such bucket"):
        await Storage.open(tmp_path / "home", objects=nowhere)
    server.stop()
    try:
        with pytest.raises(FilesRefused, match="s3://lukoshko/x"):
            await Storage.open(tmp_path / "home", objects=server.objects("x"))
    finally:
        server.start()
