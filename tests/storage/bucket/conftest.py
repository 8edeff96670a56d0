"""A data folder with its files beside it, and others with a bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage import Storage
from tests.s3_server import S3Server, running_s3
from tests.storage.bucket.places import KINDS, Place, objects_of


@pytest.fixture(scope="session")
def server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture(params=KINDS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "home", objects_of(request.param, tmp_path / "bucket", request))
    yield place
    await place.close()


@pytest.fixture(params=KINDS[1:])
async def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "home", objects_of(request.param, tmp_path / "bucket", request))
    yield place
    await place.close()


@pytest.fixture
async def distant(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """With a real server."""
    place = Place(tmp_path / "home", objects_of("server", tmp_path / "bucket", request))
    yield place
    await place.close()


@pytest.fixture
async def storage(place: Place) -> Storage:
    return await place.open()
