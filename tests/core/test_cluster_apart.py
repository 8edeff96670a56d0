"""Nodes that share no folder with the bot: one that dies in the middle, and a bucket that is away."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from core.entities import LabelSource, Prediction
from core.errors import FilesAway
from core.jobs.carrying import Apart, CarryingRunner
from core.jobs.compute import make_compute
from core.jobs.node import FOLDER
from core.mirror import Mirror
from core.models.baseline import FILE
from core.objects import WORK
from core.ports import DatasetFiles
from core.sealed import Stored
from tests.core.learning import CLASSICAL
from tests.factories import make_dataset, make_image
from tests.ray_nodes import add_node, cluster_runner, hosts, kill_node
from tests.s3_server import S3Server, running_s3

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
CACHE_BYTES = 10**8


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture
def home(cluster: Any) -> Path:
    """The folder that nodes have theirs in."""
    return Path(os.environ[FOLDER])


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    folders = {"sealed": tmp_path / "sealed", "work": tmp_path / "work"}
    for folder in folders.values():
        folder.mkdir()
    return folders


@pytest_asyncio.fixture(loop_scope="session")
async def nodes(
    cluster: Any, server: S3Server, folders: dict[str, Path]
) -> AsyncIterator[ClusterRunner]:
    apart = Apart(server.bucket("apart"), CACHE_BYTES, folders)
    runner = await cluster_runner(cluster, nodes=2, apart=apart)
    yield runner
    await runner.close()


@pytest.fixture
def runner(nodes: ClusterRunner, server: S3Server, folders: dict[str, Path]) -> CarryingRunner:
    objects = server.objects("apart")
    mirror = Mirror(folders["sealed"], objects.within("sealed"), CACHE_BYTES)
    return CarryingRunner(nodes, objects, mirror, folders)


async def test_a_bucket_that_is_away_costs_a_sentence_and_nothing_else(
    runner: CarryingRunner,
    server: S3Server,
    folders: dict[str, Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    predicting = make_compute(runner).predicting
    picture = folders["work"] / "picture"
    picture.write_bytes(make_image())

    server.stop()
    try:
        with caplog.at_level(logging.WARNING), pytest.raises(FilesAway) as away:
            await predicting.predict(Stored(FILE), [picture])
        assert away.value.reference in caplog.text
    finally:
        server.start()

    (answer,) = await predicting.predict(Stored(FILE), [picture])
    assert isinstance(answer, Prediction)
    assert server.contents("apart/work") == {}


async def test_work_of_a_node_that_dies_is_done_by_the_other_with_the_same_files(
    runner: CarryingRunner,
    nodes: ClusterRunner,
    cluster: Any,
    home: Path,
    server: S3Server,
    folders: dict[str, Path],
) -> None:
    compute, work = make_compute(runner), folders["work"]
    archive = make_dataset(work / "fruits.zip", 3, 40)
    reading = await compute.reading.read_archive(
        archive, LabelSource.FOLDERS, None, work / "reading", lambda _: None
    )
    files = DatasetFiles(reading.examples, reading.photos, reading.cache)
    begun = asyncio.Event()
    extracting = asyncio.create_task(
        compute.training.extract(files, CLASSICAL, lambda _: begun.set())
    )
    await begun.wait()
    kill_node(next(iter(hosts(nodes).values())))

    await extracting

    left: list[object] = []
    await compute.training.extract(files, CLASSICAL, left.append)
    assert left == []
    assert server.contents("apart/work") == {}
    # What the dead one has left is gone when the next one begins there.
    add_node(cluster, home / "later")
    async with asyncio.timeout(60):
        while len(nodes.nodes) < 2:  # noqa: ASYNC110 (there is no event for a number of nodes)
            await asyncio.sleep(0.1)
    assert len(found(home, "lukoshko-node-*")) == 2
    assert not any(path.is_file() for path in found(home, f"lukoshko-node-*/{WORK}/**/*"))


def found(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))
