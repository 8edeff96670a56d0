"""Calls whose files travel through the bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import FilesAway
from core.jobs import tasks
from core.jobs.carrying import CarryingRunner
from core.jobs.local import LocalRunner
from core.jobs.runner import LaneName, bind
from core.mirror import Mirror
from core.objects import Objects
from core.ports import DatasetFiles
from core.sealed import Stored, new_key


async def test_copies_of_a_cache_go_even_where_the_call_that_rewrites_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    mirror = Mirror(tmp_path / "sealed", Objects(stores.MemoryStore(), "memory"), 10_000)
    copy = mirror.root / "owner" / "cache" / "shard.npy"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"sealed")
    mirror.keep([copy])
    local = LocalRunner(quick_processes=1, heavy_processes=1)

    async def fail(*_: Any, **__: Any) -> None:
        raise FilesAway("reference")  # after the node has rewritten it

    monkeypatch.setattr(local, "run", fail)
    objects = Objects(stores.MemoryStore(), "memory")
    runner = CarryingRunner(local, objects, mirror, {"scratch": tmp_path / "scratch"})
    call = bind(tasks.forget, Stored(copy.parent, new_key()), ("0" * 64,))

    with pytest.raises(FilesAway):
        await runner.run(LaneName.READS, call, deadline_s=60)

    assert not copy.exists()
    await local.close()


async def test_bundles_that_could_not_be_deleted_go_with_those_of_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    objects = Objects(stores.MemoryStore(), "memory")
    mirror = Mirror(tmp_path / "sealed", objects.within("sealed"), 10_000)
    local = LocalRunner(quick_processes=1, heavy_processes=1)

    async def answer(*_: Any, **__: Any) -> None:
        """As a node does."""

    def fail(*_: object) -> None:
        raise FilesAway("reference")

    monkeypatch.setattr(local, "run", answer)
    runner = CarryingRunner(local, objects, mirror, {"scratch": tmp_path / "scratch"})
    call = bind(tasks.describe, DatasetFiles("listing", "photos", "cache"))

    with monkeypatch.context() as away:
        away.setattr(Objects, "delete", fail)
        await runner.run(LaneName.QUICK, call, deadline_s=60)
    assert len(list(objects.found())) == 1

    await runner.run(LaneName.QUICK, call, deadline_s=60)
    assert list(objects.found()) == []
    await local.close()
