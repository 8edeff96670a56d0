"""What the operator's monitoring is told of a bot that serves a playground."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.memory import tree_bytes
from bot.monitoring import Monitor, Sources, monitoring
from core.entities import JobKind

MIB = 2**20


class AskedOnce:
    """Stands for the arrival of updates: how often Telegram was asked."""

    asked = 1
    trouble = ""


def sources(folder: Path) -> Sources:
    return Sources(
        folder,
        folder / "heartbeat",
        AskedOnce(),  # type: ignore[arg-type]
        lambda: 3,
        lambda: {JobKind.FIT: 2},
        lambda: {"quick": (1, 4)},
    )


@asynccontextmanager
async def asked(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        monitoring(0, sources(folder)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield client


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    """Each figure by its name and labels, as `lukoshko_tasks{lane="quick"}`."""
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    return {
        sample.name + str(sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


async def test_health_is_that_updates_can_be_received(tmp_path: Path) -> None:
    async with asked(tmp_path) as client:
        assert (await client.get("/healthz")).status_code == 503
        (tmp_path / "heartbeat").touch()
        answer = await client.get("/healthz")
        assert answer.status_code == 200
        assert answer.json()["status"] == "ok"
        os.utime(tmp_path / "heartbeat", (0, 0))
        assert (await client.get("/healthz")).json()["status"] == "no update can be received"


async def test_figures_are_those_of_the_moment(tmp_path: Path) -> None:
    metrics.FAILURES.labels("quota").inc()
    metrics.JOBS.labels("fit", "done").observe(3.0)
    async with asked(tmp_path) as client:
        now = await figures(client)
    assert now["lukoshko_updates_waiting[]"] == 3
    assert now["lukoshko_jobs['fit']"] == 2
    assert now["lukoshko_tasks['quick', 'running']"] == 1
    assert now["lukoshko_tasks['quick', 'waiting']"] == 4
    assert now["lukoshko_failures_total['quota']"] >= 1
    assert now["lukoshko_job_seconds_sum['done', 'fit']"] >= 3
    assert now["lukoshko_disk_free_bytes[]"] > 0
    assert now["lukoshko_poll_age_seconds[]"] >= 0


async def test_a_loop_that_is_held_is_seen(tmp_path: Path) -> None:
    def late() -> float:
        (family,) = metrics.LOOP_LAG.collect()
        return sum(s.value for s in family.samples if s.name.endswith("_count"))

    before = late()
    watching = asyncio.create_task(Monitor(sources(tmp_path)).watch())
    async with asyncio.timeout(30):
        while late() == before:  # noqa: ASYNC110 (the figure has no event)
            await asyncio.sleep(0.01)
    watching.cancel()


async def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    async with monitoring(0, sources(tmp_path)) as port:
        with pytest.raises(OSError, match="in use"):
            async with monitoring(port, sources(tmp_path)):
                pass


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell")
async def test_memory_is_that_of_the_process_and_those_below_it() -> None:
    alone = tree_bytes()
    assert alone is not None
    assert alone > MIB
    child = await asyncio.create_subprocess_exec(
        "python3",
        "-c",
        "b = bytearray(99 << 20); print(1, flush=True); input()",
        stdin=-1,
        stdout=-1,
    )
    assert child.stdout is not None
    await child.stdout.readline()
    both = tree_bytes()
    assert both is not None
    assert both - alone > 90 * MIB
    await child.communicate(b"\n")
