"""The keys of sealed files travel to nodes with the calls, and are nowhere else: not in Ray's object store,
which it may write to disk, nor in its logs and other files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.entities import FitOptions, LabelSource
from core.jobs.compute import make_compute
from core.ports import DatasetFiles
from core.sealed import Stored, new_key
from tests.core.learning import CLASSICAL, ignore
from tests.factories import make_dataset
from tests.ray_nodes import hosts, raylet_of

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

MANY = 20_000
"""Digests of photos: a call of 1.3 MB, which Ray would put into its store if it came in one piece."""


async def test_no_key_is_in_the_object_store_or_in_a_file_of_ray(
    clustered: ClusterRunner, cluster: Any, tmp_path: Path
) -> None:
    import ray

    await work_with(key := new_key(), clustered, tmp_path)

    marker = os.urandom(32)
    kept = ray.put(marker + bytes(1_000_000))
    stores = list(object_stores(clustered, cluster))
    assert len(stores) == 3
    assert any(marker in store.read_bytes() for store in stores), "this finds what is there"
    assert not any(key in store.read_bytes() for store in stores)
    del kept

    written = contents(Path(cluster.head_node.get_session_dir_path()))
    node = next(iter(clustered.nodes)).encode()
    assert any(node in content for content in written), "this finds what is there"
    assert not any(key in content or key.hex().encode() in content for content in written)


async def work_with(key: bytes, runner: ClusterRunner, folder: Path) -> None:
    """Reads, extracts, fits and forgets, all with this key."""
    compute, archive = make_compute(runner), make_dataset(folder / "drawn.zip", 3, 12)
    reading = await compute.reading.read_archive(
        archive, LabelSource.FOLDERS, None, folder / "reading", ignore, key
    )
    files = DatasetFiles(reading.examples, reading.photos, reading.cache, key=key)
    await compute.training.extract(files, CLASSICAL, ignore)
    await compute.training.fit(
        files, CLASSICAL, FitOptions(), ("x", 1), folder / "model.onnx", ignore
    )
    digests = [f"{number:064x}" for number in range(MANY)]
    await compute.reading.forget(Stored(Path(reading.cache), key), digests)


def object_stores(runner: ClusterRunner, cluster: Any) -> Iterator[Path]:
    """The memory of each node's object store, as a file, that of the head too."""
    head = cluster.head_node.all_processes["raylet"][0].process.pid
    for raylet in {head, *map(raylet_of, hosts(runner).values())}:
        for descriptor in Path(f"/proc/{raylet}/fd").iterdir():
            if "/plasma" in str(descriptor.readlink()):
                yield descriptor


def contents(folder: Path) -> list[bytes]:
    """Of all files below a folder."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
