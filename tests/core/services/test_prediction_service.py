"""Photos answered by the chat's model."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.entities import Dataset, Prediction
from core.errors import (
    FileTooLarge,
    ImageUnreadable,
    NoActiveModel,
)
from core.services.services import Services
from tests.core.services.steps import (
    CHAT,
    OWNER,
    failing,
    fit,
    photo,
)
from tests.factories import make_image


async def test_the_model_in_use_answers_photos_in_their_order(
    services: Services, dataset: Dataset
) -> None:
    model = await fit(services, dataset)
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.active(CHAT) == model
    photos = [photo(make_image(1, 99_000)), photo(b"not a photo"), photo(make_image(0, 99_000))]
    answer = await services.predictions.predict(CHAT, photos)
    assert answer.model == model
    pear, unreadable, apple = answer.predictions
    assert isinstance(unreadable, ImageUnreadable)
    assert isinstance(pear, Prediction)
    assert isinstance(apple, Prediction)
    assert (pear.label, apple.label) == ("pear", "apple")


async def test_a_photo_that_cannot_be_fetched_costs_only_itself(services: Services) -> None:
    too_large, cut = FileTooLarge(megabytes=21, max_megabytes=20), ConnectionError()
    photos = [failing(too_large), photo(make_image()), failing(cut)]
    first, second, third = (await services.predictions.predict(CHAT, photos)).predictions
    assert (first, third) == (too_large, cut)
    assert isinstance(second, Prediction)


async def test_where_no_photo_can_be_fetched_each_has_its_error(services: Services) -> None:
    cut = ConnectionError()
    assert (await services.predictions.predict(CHAT, [failing(cut)])).predictions == (cut,)


async def test_without_a_model_in_use_nothing_is_fetched(services: Services) -> None:
    await services.models.unload(CHAT)

    async def never(path: Path) -> None:
        pytest.fail("fetched")

    with pytest.raises(NoActiveModel):
        await services.predictions.predict(CHAT, [never])


async def test_an_unloaded_or_removed_model_answers_no_more(
    services: Services, dataset: Dataset
) -> None:
    model = await fit(services, dataset)
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.unload(CHAT)
    assert not await services.models.unload(CHAT)
    assert await services.models.active(CHAT) is None
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.remove(OWNER, model.id) == model
    assert await services.models.active(CHAT) == services.models.baseline
    assert await services.models.some(OWNER, [model.id]) == ()


async def test_remove_all_tells_how_many(services: Services, dataset: Dataset) -> None:
    for _ in range(2):
        await fit(services, dataset)
    assert await services.models.remove_all(OWNER) == 2
    assert await services.models.remove_all(OWNER) == 0
