"""The contract of the storage ports: groups."""

from __future__ import annotations

import pytest

from core.entities import Group, GroupSet, LinkKind, Person
from core.errors import DatasetNotFound
from tests.cards import make_fitted
from tests.memory.steps import OWNER, STRANGER, Ports, Steps

GARDEN, CLASS = -5, -6
TOKEN = "u" * 22
ME, ANNA = Person(OWNER, "Olga"), Person(STRANGER, "Anna")


async def test_a_new_group_has_no_set_and_is_everybodys(ports: Ports) -> None:
    assert await ports.groups.get(GARDEN) == Group(GARDEN)
    await ports.groups.see(GARDEN, "Garden")
    await ports.groups.see(GARDEN, "The garden")
    assert await ports.groups.get(GARDEN) == Group(GARDEN, "The garden", is_open=True)


async def test_a_group_teaches_a_dataset_of_the_one_who_began_it(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create()
    await ports.groups.see(GARDEN, "Garden")
    with pytest.raises(DatasetNotFound):
        await ports.groups.set_own(GARDEN, ANNA, dataset.id)
    await ports.groups.set_own(GARDEN, ME, dataset.id)
    own = GroupSet(OWNER, "Olga", dataset.id)
    assert await ports.groups.get(GARDEN) == Group(GARDEN, "Garden", own, follows=True)
    await ports.groups.set_follows(GARDEN, follows=False)
    assert not (await ports.groups.get(GARDEN)).follows
    await ports.groups.drop_own(GARDEN)
    assert await ports.groups.get(GARDEN) == Group(GARDEN, "Garden")


async def test_who_chooses_is_kept(ports: Ports) -> None:
    await ports.groups.see(GARDEN, "Garden")
    await ports.groups.set_open(GARDEN, is_open=False)
    assert not (await ports.groups.get(GARDEN)).is_open


async def test_the_groups_that_use_something_are_known(ports: Ports, steps: Steps) -> None:
    dataset, model = await steps.create(), await steps.make_model()
    await ports.groups.see(GARDEN, "Garden")
    await ports.groups.set_own(GARDEN, ME, dataset.id)
    for chat in (CLASS, OWNER):
        await ports.chats.activate(chat, OWNER, model.id)
    garden = await ports.groups.get(GARDEN)
    assert await ports.groups.using_model(OWNER, model.id) == (Group(CLASS),)
    assert await ports.groups.using_models(OWNER) == (Group(CLASS),)
    assert await ports.groups.using_dataset(OWNER, dataset.id) == (garden,)
    assert await ports.groups.using_account(OWNER) == (Group(CLASS), garden)
    for found in (
        await ports.groups.using_model(STRANGER, model.id),
        await ports.groups.using_models(STRANGER),
        await ports.groups.using_dataset(STRANGER, dataset.id),
        await ports.groups.using_account(STRANGER),
    ):
        assert found == ()


async def test_of_groups_of_people_with_a_link_their_owner_knows_no_more_than_that_they_are(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create()
    model = await ports.models.put_live(OWNER, dataset.id, "live", "f" * 64, make_fitted())
    await ports.links.renew(OWNER, model.id, LinkKind.USE, TOKEN, "")
    await ports.links.borrow(STRANGER, TOKEN)
    await ports.groups.see(GARDEN, "Garden")
    await ports.groups.set_open(GARDEN, is_open=False)
    await ports.chats.activate(GARDEN, STRANGER, model.id)
    for found in (
        await ports.groups.using_model(OWNER, model.id),
        await ports.groups.using_models(OWNER),
        await ports.groups.using_dataset(OWNER, dataset.id),
        await ports.groups.using_account(OWNER),
    ):
        assert found == (Group(GARDEN),)
    assert await ports.groups.using_models(STRANGER) == ()
    await ports.chats.activate(GARDEN, OWNER, model.id)
    named = Group(GARDEN, "Garden", is_open=False)
    assert await ports.groups.using_model(OWNER, model.id) == (named,)
    await ports.groups.set_own(GARDEN, ME, dataset.id)
    await ports.chats.activate(GARDEN, STRANGER, model.id)
    (taught,) = await ports.groups.using_account(OWNER)
    assert taught.title == "Garden"


@pytest.mark.parametrize("is_seen_first", [True, False])
async def test_all_moves_with_the_group(ports: Ports, steps: Steps, is_seen_first: bool) -> None:
    dataset = await steps.create()
    await ports.groups.see(GARDEN, "Garden")
    await ports.groups.set_own(GARDEN, ME, dataset.id)
    await ports.groups.set_open(GARDEN, is_open=False)
    before = await ports.groups.get(GARDEN)
    if is_seen_first:
        await ports.groups.see(CLASS, "Garden")
    for _ in range(2):
        await ports.groups.move(GARDEN, CLASS)
    after = await ports.groups.get(CLASS)
    assert (after.id, after.own, after.follows, after.is_open) == (
        CLASS,
        before.own,
        True,
        False,
    )
    assert await ports.groups.get(GARDEN) == Group(GARDEN)


async def test_a_deleted_dataset_is_no_groups_set(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    await ports.groups.see(GARDEN, "Garden")
    await ports.groups.set_own(GARDEN, ME, dataset.id)
    await ports.datasets.delete(OWNER, dataset.id)
    assert (await ports.groups.get(GARDEN)).own is None


async def test_an_account_takes_its_set_along(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    await ports.groups.see(GARDEN, "Garden")
    await ports.groups.set_own(GARDEN, ME, dataset.id)
    await ports.accounts.delete(OWNER)
    assert (await ports.groups.get(GARDEN)).own is None


async def test_an_empty_dataset_need_not_become_current(ports: Ports, steps: Steps) -> None:
    current = await steps.create()
    await ports.datasets.begin(OWNER, "garden", becomes_current=False)
    assert (await ports.users.get(OWNER, "en")).dataset_id == current.id
