"""The model that everyone has."""

from __future__ import annotations

import pytest

from core.entities import Dataset, Limits, Prediction
from core.errors import (
    BaselineNotRemovable,
    NameTaken,
)
from core.services.services import Services
from tests.core.services.steps import (
    CHAT,
    OWNER,
    STRANGER,
    fit,
    photo,
)
from tests.factories import make_image


async def test_the_baseline_answers_until_another_model_is_chosen(
    services: Services, dataset: Dataset
) -> None:
    assert await services.models.active(CHAT) == services.models.baseline
    model = await fit(services, dataset)
    await services.models.use(OWNER, CHAT, model.id)
    assert await services.models.active(CHAT) == model
    await services.models.use(OWNER, CHAT, services.models.baseline.id)
    assert await services.models.active(CHAT) == services.models.baseline


async def test_the_baseline_answers_photos_from_its_own_file(services: Services) -> None:
    answer = await services.predictions.predict(CHAT, [photo(make_image())])
    assert answer.model == services.models.baseline
    (prediction,) = answer.predictions
    assert isinstance(prediction, Prediction)
    assert prediction.label in answer.model.card.classes
    assert not prediction.known, "a drawn shape is neither fruit nor vegetable"


async def test_a_deactivated_baseline_is_chosen_again(services: Services) -> None:
    assert await services.models.unload(CHAT)
    assert not await services.models.unload(CHAT)
    assert await services.models.active(CHAT) is None
    await services.models.use(STRANGER, CHAT, services.models.baseline.id)
    assert await services.models.active(CHAT) == services.models.baseline


@pytest.mark.parametrize("name", ["baseline", " Baseline ", "BASELINE"])
async def test_the_baseline_is_found_by_its_name_in_any_case(services: Services, name: str) -> None:
    assert await services.models.find(STRANGER, name) == services.models.baseline


async def test_the_baseline_is_nobodys_to_remove(services: Services) -> None:
    with pytest.raises(BaselineNotRemovable):
        await services.models.remove(OWNER, services.models.baseline.id)
    assert await services.models.remove_all(OWNER) == 0
    assert await services.models.active(CHAT) == services.models.baseline
    assert await services.models.list(OWNER) == ()


async def test_the_baseline_can_be_taken_away_as_a_file(services: Services) -> None:
    assert b"lukoshko_card" in await services.models.file(services.models.baseline)


@pytest.mark.parametrize("name", ["baseline", "BaseLine "])
async def test_no_model_of_a_users_is_named_like_the_baseline(
    services: Services, dataset: Dataset, name: str
) -> None:
    with pytest.raises(NameTaken):
        await fit(services, dataset, name)


async def test_the_baseline_does_not_count_against_the_limit_of_models(
    services: Services, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.shares, "limits", Limits(models=1))
    assert (await fit(services, dataset)).name == "fruits 1"
