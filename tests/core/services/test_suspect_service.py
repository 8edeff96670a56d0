"""Photos that look mislabelled, looked through."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.entities import Dataset
from core.errors import AlreadyRunning, DatasetNotFound, JobCancelled
from core.models.baseline import FILE, baseline_model
from core.ports import Compute
from core.ports import StoragePorts as Ports
from core.services.services import Services
from tests.core.learning import CLASSICAL
from tests.core.services.steps import BUDGET_S, CHAT, OWNER, STRANGER, examples_of, upload
from tests.factories import make_dataset

SWAPPED = {"apple/03.jpg": "pear", "pear/05.jpg": "plum", "plum/07.jpg": "apple"}


@pytest.fixture
async def mislabelled(services: Services, storage: Ports, tmp_path: Path) -> Dataset:
    dataset = await upload(services, make_dataset(tmp_path / "d.zip", classes=3, photos=25))
    examples = await examples_of(storage, dataset)
    for name, label in SWAPPED.items():
        dataset = await services.examples.relabel(OWNER, dataset.id, [examples[name].id], label)
    return dataset


async def test_what_is_settled_is_not_shown_again(
    services: Services, storage: Ports, mislabelled: Dataset
) -> None:
    found = await services.suspects.find(mislabelled, CLASSICAL)
    ids = {name: one.id for name, one in (await examples_of(storage, mislabelled)).items()}
    assert {one.example_id for one in found} >= {ids[name] for name in SWAPPED}
    kept, moved, deleted, *others = (one.example_id for one in found)
    await services.suspects.confirm(OWNER, mislabelled.id, [kept])
    await services.examples.relabel(OWNER, mislabelled.id, [moved], found[1].likely)
    await services.examples.remove(OWNER, mislabelled.id, [deleted])
    left = await services.suspects.left(mislabelled)
    assert [one.example_id for one in left] == others
    await services.examples.undo(OWNER, mislabelled.id)
    assert deleted in {one.example_id for one in await services.suspects.left(mislabelled)}
    again = await services.suspects.find(mislabelled, CLASSICAL)
    assert kept not in {one.example_id for one in again}


async def test_a_search_is_a_job_and_what_it_found_is_known_until_the_dataset_changes(
    services: Services, storage: Ports, mislabelled: Dataset, compute: Compute
) -> None:
    assert await services.suspects.known(mislabelled) is None
    running = await services.suspects.search(mislabelled, CHAT)
    with pytest.raises(AlreadyRunning):
        await services.suspects.search(mislabelled, CHAT)
    found = await running.result()
    assert {one.label for one in found} >= {"pear", "plum"}
    restarted = Services(storage, compute, BUDGET_S, baseline_model(), FILE)
    assert await restarted.suspects.known(mislabelled) == found
    await services.suspects.confirm(OWNER, mislabelled.id, [found[0].example_id])
    assert await services.suspects.known(mislabelled) == found[1:]
    changed = await services.examples.remove(OWNER, mislabelled.id, [found[1].example_id])
    assert await services.suspects.known(changed) is None
    assert await services.suspects.left(changed) == found[2:]


async def test_a_search_is_stopped(services: Services, mislabelled: Dataset) -> None:
    running = await services.suspects.search(mislabelled, CHAT)
    assert await services.jobs.cancel(OWNER) == 1
    with pytest.raises(JobCancelled):
        await running.result()
    assert await services.suspects.known(mislabelled) is None


async def test_a_live_model_tells_what_looks_mislabelled(
    services: Services, mislabelled: Dataset
) -> None:
    assert await services.teaching.answering(mislabelled, CHAT)
    found = await services.suspects.known(mislabelled)
    assert found
    assert {one.label for one in found} >= {"pear", "plum"}


async def test_a_stranger_confirms_nothing(services: Services, dataset: Dataset) -> None:
    with pytest.raises(DatasetNotFound):
        await services.suspects.confirm(STRANGER, dataset.id, [1])
