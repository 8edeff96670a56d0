"""A node dies in the middle of a person's job: they get its result, and get it once."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.jobs.runner import LaneName
from core.services.jobs import RunningJob
from core.services.services import Services
from core.services.services import StoragePorts as Ports
from tests.core.learning import CLASSICAL
from tests.core.services.steps import (
    CHAT,
    OWNER,
    examples_of,
    fetching,
    is_empty,
    photo_files,
    upload,
)
from tests.factories import make_dataset
from tests.ray_nodes import busy_host, kill_node, workers

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("fulfilment", ["cluster"], indirect=True),
]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An archive that takes seconds to read and to learn from."""
    return make_dataset(tmp_path / "large.zip", classes=6, photos=120)


async def kill_its_node(
    runner: ClusterRunner, running: RunningJob[Any], stage: str, lane: LaneName
) -> None:
    """Kills the node on which the job is at this stage: its task is stopped there until then."""
    async with asyncio.timeout(60):
        while running.progress.stage != stage:  # noqa: ASYNC110 (progress is looked at, not sent)
            await asyncio.sleep(0.005)
    stopped = [pid for pid, name in workers(runner).items() if name == lane]
    send(stopped, signal.SIGSTOP)
    kill_node(busy_host(runner, lane))
    send(stopped, signal.SIGCONT)  # those of the other node


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


async def test_an_upload_is_stored_once(
    services: Services, storage: Ports, clustered: ClusterRunner, large: Path, home: Path
) -> None:
    running = await services.datasets.create(OWNER, CHAT, "fruits", fetching(large))
    await kill_its_node(clustered, running, "read", LaneName.READS)
    dataset = await running.result()
    assert await services.datasets.list(OWNER) == (dataset,)
    examples = await examples_of(storage, dataset)
    assert len(examples) == 720
    digests = {example.photo.sha256 for example in examples.values()}
    assert await photo_files(storage.files) == digests
    cache = await storage.files.cache(OWNER)
    assert len(list(cache.path.glob("thumbnails-*"))) == 1
    assert is_empty(home / "scratch")
    assert is_empty(home / "staging")


async def test_a_fit_is_kept_once(
    services: Services, storage: Ports, clustered: ClusterRunner, large: Path, home: Path
) -> None:
    dataset = await upload(services, large)
    running = await services.fits.fit(dataset, CHAT, CLASSICAL, None, curve=True)
    await kill_its_node(clustered, running, "fit", LaneName.FITS)
    model = await running.result()
    assert model.card.report.complete
    assert await services.models.list(OWNER) == (model,)
    assert await storage.jobs.running(OWNER) == ()
    assert is_empty(home / "scratch")
