"""Nobody reaches the data of somebody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.entities import Dataset
from core.errors import (
    DatasetNotFound,
    ModelNotFound,
)
from core.services.services import Services
from tests.core.services.steps import (
    CHAT,
    OWNER,
    STRANGER,
    fetching,
    fit,
)


async def test_a_stranger_reaches_nothing(
    services: Services, dataset: Dataset, archive: Path
) -> None:
    model = await fit(services, dataset)
    of_datasets = (
        services.datasets.get(STRANGER, dataset.id),
        services.datasets.choose(STRANGER, dataset.id),
        services.datasets.rename(STRANGER, dataset.id, "mine"),
        services.datasets.delete(STRANGER, dataset.id),
        services.datasets.add(STRANGER, CHAT, dataset.id, fetching(archive)),
        services.datasets.describe(replace(dataset, owner_id=STRANGER)),
        services.datasets.table(replace(dataset, owner_id=STRANGER)),
        services.datasets.sheet(replace(dataset, owner_id=STRANGER), others=True),
        services.examples.find(STRANGER, dataset.id, [1]),
        services.examples.relabel(STRANGER, dataset.id, [1], "mine"),
        services.examples.move(STRANGER, dataset.id, [1], dataset.id),
        services.examples.remove(STRANGER, dataset.id, [1]),
        services.examples.set_test(STRANGER, dataset.id, is_test=True),
        services.examples.rename_class(STRANGER, dataset.id, "apple", "mine"),
        services.examples.undo(STRANGER, dataset.id),
        services.examples.history(STRANGER, dataset.id),
    )
    for call in of_datasets:
        with pytest.raises(DatasetNotFound):
            await call
    of_models = (
        services.models.get(STRANGER, model.id),
        services.models.find(STRANGER, model.name),
        services.models.use(STRANGER, CHAT, model.id),
        services.models.remove(STRANGER, model.id),
    )
    for call in of_models:
        with pytest.raises(ModelNotFound):
            await call
    assert await services.models.list(STRANGER) == ()
    assert await services.models.remove_all(STRANGER) == 0
    assert await services.datasets.list(OWNER) == (dataset,)
    assert await services.models.list(OWNER) == (model,)
