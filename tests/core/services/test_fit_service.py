"""Fits, and the models they leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.entities import ChartRequest, Dataset, JobKind
from core.errors import (
    JobCancelled,
    NameTaken,
    TooFewClasses,
    TooFewPhotos,
)
from core.ports import StoragePorts as Ports
from core.services.services import Services
from tests.core.charts.factories import ENGLISH
from tests.core.learning import CLASSICAL
from tests.core.services.steps import (
    BUDGET_S,
    CHAT,
    OWNER,
    examples_of,
    fit,
    has_progress,
    is_empty,
    only_real,
    upload,
)
from tests.factories import make_dataset, make_files, make_image, make_zip


async def test_a_fit_is_kept_as_a_model_with_its_card(services: Services, dataset: Dataset) -> None:
    model = await fit(services, dataset, "best", curve=True)
    assert model.name == "best"
    assert model.card.classes == ("apple", "pear")
    assert (model.card.dataset, model.card.dataset_version) == ("fruits", 1)
    assert model.card.report.budget_s == BUDGET_S
    assert model.card.report.seconds.features > 0
    assert await services.models.list(OWNER) == (model,)
    assert b"lukoshko_card" in await services.models.file(model)
    assert model.card.report.curve is not None
    charts = await services.charts.draw(
        [
            ChartRequest("confusion", model.card.report, ENGLISH),
            ChartRequest("curves", {model.name: model.card.report.curve}, ENGLISH),
        ]
    )
    assert [chart.png[:4] for chart in charts] == [b"\x89PNG"] * 2


async def test_a_fit_without_a_curve_has_none(services: Services, dataset: Dataset) -> None:
    assert (await fit(services, dataset)).card.report.curve is None


async def test_a_test_set_is_scored_and_never_trained_on(
    services: Services, storage: Ports, tmp_path: Path
) -> None:
    dataset = await upload(services, make_dataset(tmp_path / "x.zip", classes=2, photos=14))
    examples = (await examples_of(storage, dataset)).values()
    apart = [one.id for one in examples if one.name.endswith(("10.jpg", "11.jpg", "12.jpg"))]
    dataset = await services.examples.set_test(OWNER, dataset.id, apart, is_test=True)
    assert dataset.test_images == 6
    report = (await fit(services, dataset)).card.report
    assert report.n_train + report.n_test == 28 - 6
    assert report.test is not None
    assert report.test.n == 6


async def test_models_without_a_name_are_numbered(services: Services, dataset: Dataset) -> None:
    assert [(await fit(services, dataset)).name for _ in range(2)] == ["fruits 1", "fruits 2"]


async def test_a_taken_name_is_refused_before_the_fit(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    await fit(services, dataset, "best")
    with pytest.raises(NameTaken):
        await services.fits.fit(dataset, CHAT, CLASSICAL, "Best", curve=False)
    assert await storage.jobs.running(OWNER) == ()


async def test_too_few_photos_are_refused_before_the_fit(
    services: Services, tmp_path: Path, storage: Ports
) -> None:
    small = await upload(services, make_dataset(tmp_path / "small.zip", classes=2, photos=2))
    with pytest.raises(TooFewPhotos, match=r"apple \(2\), pear \(2\)"):
        await services.fits.fit(small, CHAT, CLASSICAL, None, curve=False)
    assert await storage.jobs.running(OWNER) == ()


async def test_one_class_is_refused_before_the_fit(
    services: Services, tmp_path: Path, storage: Ports
) -> None:
    single = await upload(services, make_dataset(tmp_path / "single.zip", classes=1, photos=9))
    with pytest.raises(TooFewClasses, match="apple"):
        await services.fits.fit(single, CHAT, CLASSICAL, None, curve=False)
    assert await storage.jobs.running(OWNER) == ()


async def test_a_fit_that_fails_leaves_no_model(
    services: Services, storage: Ports, tmp_path: Path, home: Path
) -> None:
    """Copies of one photo are enough by number, and one to the fit."""
    copies = {f"kiwi/{number}.jpg": make_image(4) for number in range(9)}
    files = {**make_files(classes=1, photos=9), **copies}
    doubtful = await upload(services, make_zip(tmp_path / "copies.zip", files))
    with pytest.raises(TooFewPhotos, match=r"kiwi \(1\)"):
        await fit(services, doubtful)
    assert await services.models.list(OWNER) == ()
    assert await storage.jobs.running(OWNER) == ()
    assert is_empty(home / "scratch")


@only_real  # a thread goes on until it next reports: by then the fit may be through
async def test_a_fit_that_is_cancelled_leaves_no_model(
    services: Services, dataset: Dataset, storage: Ports, home: Path
) -> None:
    running = await services.fits.fit(dataset, CHAT, CLASSICAL, None, curve=True)
    await has_progress(running)
    assert await services.jobs.cancel(OWNER, JobKind.FIT) == 1
    with pytest.raises(JobCancelled):
        await running.result()
    assert await services.models.list(OWNER) == ()
    assert await storage.jobs.running(OWNER) == ()
    assert is_empty(home / "scratch")
