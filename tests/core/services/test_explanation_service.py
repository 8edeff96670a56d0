"""Explanations: who sees the taught photos, and where they are gone."""

from __future__ import annotations

import io

from PIL import Image

from bot.texts import texts_in
from core.entities import Dataset, Model, NoMap, NoNearest, Words
from core.services.explanations import Explained
from core.services.services import Services
from tests.core.services.steps import OWNER, STRANGER, fit, photo
from tests.factories import make_image


async def explain(services: Services, model: Model, asker_id: int = OWNER) -> Explained:
    words = Words(texts_in("en").charts, {label: label for label in model.card.classes})
    return await services.explanations.explain(asker_id, model, photo(make_image(1, 99)), words)


async def test_the_owner_sees_the_nearest_of_the_taught_photos(
    services: Services, dataset: Dataset
) -> None:
    explained = await explain(services, await fit(services, dataset))
    explanation = explained.explanation
    assert {explanation.label, explanation.second} == {"apple", "pear"}
    assert explanation.heat_map is NoMap.FEATURES
    (nearest,) = explained.pictures
    with Image.open(io.BytesIO(nearest)) as picture:
        assert picture.format == "PNG"


async def test_nobody_else_sees_them(services: Services, dataset: Dataset) -> None:
    explained = await explain(services, await fit(services, dataset), STRANGER)
    assert explained.explanation.nearest is NoNearest.PRIVATE
    assert explained.pictures == ()


async def test_of_a_deleted_dataset_there_are_none(services: Services, dataset: Dataset) -> None:
    model = await fit(services, dataset)
    await services.datasets.delete(OWNER, dataset.id)
    model = await services.models.get(OWNER, model.id)
    explained = await explain(services, model)
    assert explained.explanation.nearest is NoNearest.GONE


async def test_a_dataset_that_is_deleted_meanwhile_is_no_error(
    services: Services, dataset: Dataset
) -> None:
    model = await fit(services, dataset)
    await services.datasets.delete(OWNER, dataset.id)
    explained = await explain(services, model)
    assert explained.explanation.nearest is NoNearest.GONE


async def test_the_baseline_has_a_map_alone(services: Services) -> None:
    explained = await explain(services, services.models.baseline)
    assert explained.explanation.nearest is NoNearest.BASELINE
    assert explained.explanation.is_exact
    assert len(explained.pictures) == 1
