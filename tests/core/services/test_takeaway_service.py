"""Folders for Teachable Machine: made of a model's photos, where they are here and as they were."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from core.entities import FolderScore, Model
from core.errors import AlreadyRunning, DatasetChanged, FolderNeedsPhotos
from core.services.services import Services
from core.services.services import StoragePorts as Ports
from tests.core.services.steps import CHAT, OWNER, examples_of, fit, upload
from tests.factories import make_dataset


class Sent:
    """Takes folders, as a chat does."""

    def __init__(self) -> None:
        self.names: list[list[str]] = []
        self.scores: list[FolderScore] = []

    async def __call__(self, path: Path, score: FolderScore) -> None:
        with zipfile.ZipFile(path) as archive:
            self.names.append(archive.namelist())
        self.scores.append(score)


async def test_a_folder_is_sent_with_its_scores(
    services: Services, storage: Ports, tmp_path: Path
) -> None:
    dataset = await upload(services, make_dataset(tmp_path / "d.zip", classes=2, photos=20))
    model, sent = await fit(services, dataset), Sent()
    running = await services.take_away.folder(model, CHAT, "Fruits", sent)
    with pytest.raises(AlreadyRunning):
        await services.take_away.folder(model, CHAT, "Fruits", sent)
    score = await running.result()
    assert sent.scores == [score]
    assert sent.names == [["model.json", "weights.bin", "metadata.json", "README.txt"]]
    assert score.n == model.card.report.n_test
    assert score.model_accuracy == pytest.approx(model.card.report.accuracy)
    (one, *_) = (await examples_of(storage, dataset)).values()
    await services.examples.remove(OWNER, dataset.id, [one.id])
    with pytest.raises(DatasetChanged):
        await services.take_away.folder(model, CHAT, "Fruits", sent)


async def test_a_model_without_photos_has_no_folder(
    services: Services, storage: Ports, tmp_path: Path
) -> None:
    dataset = await upload(services, make_dataset(tmp_path / "d.zip", classes=2, photos=10))
    model = await fit(services, dataset)
    await services.datasets.delete(OWNER, dataset.id)
    orphan = await services.models.get(OWNER, model.id)
    for one in (orphan, services.models.baseline):
        await refuses(services, one)


async def refuses(services: Services, model: Model) -> None:
    with pytest.raises(FolderNeedsPhotos):
        await services.take_away.folder(model, CHAT, "Fruits", Sent())
