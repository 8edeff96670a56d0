"""The contract of the storage ports: what searches for mislabelled photos found."""

from __future__ import annotations

import pytest

from core.entities import Search, Suspect
from core.errors import DatasetNotFound
from tests.memory.steps import OWNER, Ports, Steps

SUSPECTS = (Suspect(7, "plum", "apple", 0.9), Suspect(3, "«fig»", "plum", 0.6))


async def test_the_last_search_of_each_dataset_is_kept(ports: Ports, steps: Steps) -> None:
    dataset, other = await steps.create(), await steps.create("other", {5: "plum"})
    assert await ports.searches.last(OWNER, dataset.id) is None
    for search in (Search(1, ()), Search(2, SUSPECTS)):
        await ports.searches.keep(OWNER, dataset.id, search)
        assert await ports.searches.last(OWNER, dataset.id) == search
    assert await ports.searches.last(OWNER, other.id) is None


async def test_a_search_goes_with_its_dataset(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    await ports.searches.keep(OWNER, dataset.id, Search(1, SUSPECTS))
    await ports.datasets.delete(OWNER, dataset.id)
    with pytest.raises(DatasetNotFound):
        await ports.searches.last(OWNER, dataset.id)
    with pytest.raises(DatasetNotFound):
        await ports.searches.keep(OWNER, dataset.id, Search(2, ()))
