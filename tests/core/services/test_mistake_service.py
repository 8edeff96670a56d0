"""The photos that a model took for another class."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import AlreadyRunning, DatasetChanged
from core.ports import StoragePorts as Ports
from core.services.services import Services
from tests.core.services.steps import CHAT, OWNER, examples_of, fit, upload
from tests.factories import make_dataset


async def test_all_mistakes_are_found_by_one_search(
    services: Services, storage: Ports, tmp_path: Path
) -> None:
    dataset = await upload(services, make_dataset(tmp_path / "d.zip", classes=2, photos=60))
    odd = [one for name, one in (await examples_of(storage, dataset)).items() if "1.jpg" in name]
    for example in odd:
        other = "pear" if example.label == "apple" else "apple"
        dataset = await services.examples.relabel(OWNER, dataset.id, [example.id], other)
    model = await fit(services, dataset)
    assert not services.mistakes.is_known(model)
    running = await services.mistakes.search(model, dataset, CHAT)
    with pytest.raises(AlreadyRunning):
        await services.mistakes.search(model, dataset, CHAT)
    await running.result()
    assert services.mistakes.is_known(model)
    report = model.card.report
    assert sum(map(sum, report.confusion)) > report.confusion[0][0] + report.confusion[1][1]
    for row, truth in enumerate(report.classes):
        for column, named in enumerate(report.classes):
            behind = await services.mistakes.behind(model, dataset, truth, named, is_numbered=True)
            count = report.confusion[row][column] if row != column else 0
            assert (behind.photos if behind else 0) == count
    changed = await services.examples.remove(OWNER, dataset.id, [odd[0].id])
    with pytest.raises(DatasetChanged):
        await services.mistakes.search(model, changed, CHAT)
    with pytest.raises(DatasetChanged):
        await services.mistakes.behind(model, changed, "apple", "pear", is_numbered=True)
