"""Groups: the set that a group teaches, and the model that answers there."""

from __future__ import annotations

import pytest
import pytest_asyncio

from core.entities import Group, Person
from core.errors import ModelNotFound
from core.services.services import Services
from core.services.suggestions import Offered
from tests.core.services.steps import OWNER, STRANGER, photo
from tests.factories import make_image

GARDEN = -5
ME, ANNA = Person(OWNER, "Olga"), Person(STRANGER, "Anna")


async def group(services: Services) -> Group:
    return await services.groups.get(GARDEN, "Garden")


async def teach(services: Services, label: str, kind: int) -> None:
    """The owner teaches three photos in the group."""
    own = await services.groups.own_set(await group(services))
    assert own is not None
    offered = [Offered(f"{n}.jpg", photo(make_image(kind, n))) for n in range(3)]
    await services.suggestions.suggest(ME, own, label, offered)


@pytest_asyncio.fixture(loop_scope="session")
async def taught(services: Services) -> Services:
    """A group's set with two classes, whose model answers."""
    await group(services)
    await services.groups.begin(GARDEN, ME, "Garden")
    for kind, label in enumerate(("apple", "pear")):
        await teach(services, label, kind)
    assert await services.groups.follow(await group(services))
    return services


async def test_a_groups_set_answers_from_its_second_class_on(services: Services) -> None:
    await group(services)
    before = (await services.users.meet(OWNER, "en")).dataset_id
    await services.groups.begin(GARDEN, ME, "Garden")
    await teach(services, "apple", 0)
    assert await services.groups.follow(await group(services)) is None
    await teach(services, "pear", 1)
    model = await services.groups.follow(await group(services))
    assert model is not None
    assert await services.models.active(GARDEN) == model
    assert (await services.users.meet(OWNER, "en")).dataset_id == before


async def test_another_choice_stays_whatever_is_taught(taught: Services) -> None:
    baseline = taught.models.baseline
    await taught.groups.use(await group(taught), ANNA.id, baseline.id)
    assert await taught.groups.follow(await group(taught)) is None
    assert await taught.models.active(GARDEN) == baseline
    model = await taught.groups.use_own(await group(taught))
    assert model is not None
    assert await taught.models.active(GARDEN) == model


async def test_switched_off_stays_off_until_somebody_chooses(taught: Services) -> None:
    assert await taught.groups.unload(await group(taught))
    assert await taught.groups.follow(await group(taught)) is None
    assert await taught.models.active(GARDEN) is None


async def test_nobody_chooses_a_model_of_somebody_else(taught: Services) -> None:
    model = await taught.groups.own_model(await group(taught))
    assert model is not None
    with pytest.raises(ModelNotFound):
        await taught.groups.use(await group(taught), ANNA.id, model.id)


async def test_who_leaves_takes_the_set_and_its_model_along(taught: Services) -> None:
    assert await taught.groups.theirs(await group(taught), ANNA.id) == ""
    assert await taught.groups.theirs(await group(taught), OWNER) == "set"
    for _ in range(2):
        await taught.groups.left(await group(taught), OWNER)
    assert (await group(taught)).own is None
    assert await taught.models.active(GARDEN) == taught.models.baseline
    assert [one.name for one in await taught.datasets.list(OWNER)] == ["Garden"]


async def test_a_set_that_there_is_can_be_taken(taught: Services) -> None:
    (dataset,) = await taught.datasets.list(OWNER)
    await taught.groups.left(await group(taught), OWNER)
    await taught.groups.link(GARDEN, ME, dataset)
    assert await taught.groups.follow(await group(taught))


async def test_all_moves_to_the_new_id(taught: Services) -> None:
    model = await taught.models.active(GARDEN)
    await taught.groups.move(GARDEN, -1005)
    assert await taught.models.active(-1005) == model
    assert (await taught.groups.get(-1005, "Garden")).own is not None
    assert await taught.models.active(GARDEN) == taught.models.baseline
