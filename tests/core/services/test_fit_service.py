"""Fits, and the models they leave. With the real storage and real workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.entities import Dataset, Progress
from core.errors import (
    NameTaken,
    TooFewClasses,
    TooFewPhotos,
)
from core.services.services import Services
from storage import Storage
from tests.core.charts.factories import ENGLISH
from tests.core.learning import CLASSICAL
from tests.core.services.steps import (
    CHAT,
    OWNER,
    fit,
    upload,
)
from tests.factories import make_dataset, make_files, make_image, make_zip


async def test_a_fit_is_kept_as_a_model_with_its_card(services: Services, dataset: Dataset) -> None:
    model = await fit(services, dataset, "best", curve=True)
    assert model.name == "best"
    assert model.card.classes == ("apple", "pear")
    assert (model.card.dataset, model.card.dataset_version) == ("fruits", 1)
    assert model.card.report.budget_s == 20
    assert await services.models.list(OWNER) == (model,)
    assert b"lukoshko_card" in await services.models.file(model)
    assert (await services.models.curves([model], ENGLISH) or b"")[:4] == b"\x89PNG"
    assert (await services.models.confusion(model.card.report, ENGLISH))[:4] == b"\x89PNG"


async def test_models_without_a_name_are_numbered(services: Services, dataset: Dataset) -> None:
    assert [(await fit(services, dataset)).name for _ in range(2)] == ["fruits 1", "fruits 2"]


async def test_a_taken_name_is_refused_before_the_fit(services: Services, dataset: Dataset) -> None:
    await fit(services, dataset, "best")
    heard: list[Progress] = []
    with pytest.raises(NameTaken):
        await services.fits.fit(dataset, CHAT, CLASSICAL, "Best", heard.append, curve=False)
    assert heard == []


async def test_too_few_photos_are_refused_before_the_fit(
    services: Services, tmp_path: Path
) -> None:
    small = await upload(services, make_dataset(tmp_path / "small.zip", classes=2, photos=4))
    heard: list[Progress] = []
    with pytest.raises(TooFewPhotos, match=r"apple \(4\), pear \(4\)"):
        await services.fits.fit(small, CHAT, CLASSICAL, None, heard.append, curve=False)
    assert heard == []


async def test_one_class_is_refused_before_the_fit(services: Services, tmp_path: Path) -> None:
    single = await upload(services, make_dataset(tmp_path / "single.zip", classes=1, photos=9))
    heard: list[Progress] = []
    with pytest.raises(TooFewClasses, match="apple"):
        await services.fits.fit(single, CHAT, CLASSICAL, None, heard.append, curve=False)
    assert heard == []


async def test_a_fit_that_fails_leaves_no_model(
    services: Services, storage: Storage, tmp_path: Path
) -> None:
    """Copies of one photo are enough by number, and one to the fit."""
    copies = {f"kiwi/{number}.jpg": make_image(4) for number in range(9)}
    files = {**make_files(classes=1, photos=9), **copies}
    doubtful = await upload(services, make_zip(tmp_path / "copies.zip", files))
    with pytest.raises(TooFewPhotos, match=r"kiwi \(1\)"):
        await fit(services, doubtful)
    assert await services.models.list(OWNER) == ()
    assert await storage.jobs.running(OWNER) == ()


async def test_models_without_a_curve_have_no_chart(services: Services, dataset: Dataset) -> None:
    assert await services.models.curves([await fit(services, dataset)], ENGLISH) is None
