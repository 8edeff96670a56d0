"""The contract of the storage ports: links to models, and who uses a model by them."""

from __future__ import annotations

import pytest

from core.entities import LinkKind, Loan, Lost
from core.errors import LinkGone, LinkNotForCopies, ModelNotFound, NameTaken
from tests.cards import make_default, make_fitted
from tests.memory.steps import OWNER, STRANGER, Ports, Steps

USE, COPY = "u" * 22, "c" * 22
GROUP, OTHER_GROUP = -5, -6
CARD = make_fitted().card


async def share(ports: Ports, steps: Steps) -> int:
    """A model with both links; its id."""
    model = await steps.make_model()
    await ports.links.begin(OWNER, model.id, {LinkKind.USE: USE, LinkKind.COPY: COPY})
    return model.id


async def lend(ports: Ports, steps: Steps, *chat_ids: int) -> int:
    """A shared model that a stranger uses in these chats; its id."""
    model_id = await share(ports, steps)
    await ports.links.borrow(STRANGER, USE)
    for chat_id in chat_ids:
        await ports.chats.activate(chat_id, STRANGER, model_id)
    return model_id


async def chosen(ports: Ports, chat_id: int) -> int | None:
    active = await ports.chats.active_model(chat_id, default=make_default())
    return active.id if active else None


async def tokens(ports: Ports, model_id: int) -> dict[LinkKind, str]:
    return {link.kind: link.token for link in await ports.links.of_model(OWNER, model_id)}


async def test_a_link_leads_to_its_model(ports: Ports, steps: Steps) -> None:
    model_id = await share(ports, steps)
    model, kind = await ports.links.find(COPY)
    assert (model.id, kind) == (model_id, LinkKind.COPY)
    with pytest.raises(LinkGone):
        await ports.links.find("x" * 22)


async def test_first_links_are_made_once_and_not_again_when_they_are_revoked(
    ports: Ports, steps: Steps
) -> None:
    model_id = await share(ports, steps)
    others = {LinkKind.USE: "x" * 22, LinkKind.COPY: "y" * 22}
    await ports.links.begin(OWNER, model_id, others)
    assert await tokens(ports, model_id) == {LinkKind.USE: USE, LinkKind.COPY: COPY}
    for kind, token in ((LinkKind.USE, USE), (LinkKind.COPY, COPY)):
        await ports.links.revoke(OWNER, model_id, kind, token)
    await ports.links.begin(OWNER, model_id, others)
    assert await tokens(ports, model_id) == {}
    await ports.links.renew(OWNER, model_id, LinkKind.USE, "n" * 22, "")
    assert await tokens(ports, model_id) == {LinkKind.USE: "n" * 22}


async def test_a_link_is_replaced_only_by_someone_who_sees_it(ports: Ports, steps: Steps) -> None:
    model_id = await share(ports, steps)
    await ports.links.borrow(STRANGER, USE)
    for seen in ("", "x", COPY):
        await ports.links.renew(OWNER, model_id, LinkKind.USE, "n" * 22, seen)
    assert (await tokens(ports, model_id))[LinkKind.USE] == USE
    await ports.links.renew(OWNER, model_id, LinkKind.USE, "n" * 22, "uuuuuu")
    assert (await tokens(ports, model_id))[LinkKind.USE] == "n" * 22
    assert await ports.links.users(OWNER, model_id) == 1
    with pytest.raises(LinkGone):
        await ports.links.borrow(STRANGER, USE)


async def test_who_has_a_model_by_a_link_may_choose_it_for_chats(
    ports: Ports, steps: Steps
) -> None:
    model_id = await share(ports, steps)
    with pytest.raises(ModelNotFound):
        await ports.chats.activate(GROUP, STRANGER, model_id)
    for _ in range(2):
        assert (await ports.links.borrow(STRANGER, USE)).id == model_id
    assert [model.id for model in await ports.links.borrowed(STRANGER)] == [model_id]
    await ports.chats.activate(GROUP, STRANGER, model_id)
    assert await chosen(ports, GROUP) == model_id
    assert await ports.links.users(OWNER) == 1


async def test_a_revoked_link_takes_the_model_from_chats_for_which_its_users_chose_it(
    ports: Ports, steps: Steps
) -> None:
    model_id = await lend(ports, steps, GROUP)
    await ports.chats.activate(OTHER_GROUP, OWNER, model_id)
    await ports.links.revoke(OWNER, model_id, LinkKind.USE, "not seen")
    assert await chosen(ports, GROUP) == model_id
    await ports.links.revoke(OWNER, model_id, LinkKind.USE, USE[:6])
    assert await chosen(ports, GROUP) == make_default().id
    assert await chosen(ports, OTHER_GROUP) == model_id
    assert await ports.chats.take_lost(GROUP) == Lost("first", is_unshared=True)
    assert await ports.chats.take_lost(GROUP) is None
    assert await ports.links.borrowed(STRANGER) == ()
    assert set(await tokens(ports, model_id)) == {LinkKind.COPY}


async def test_who_has_two_links_has_the_model_until_both_are_revoked(
    ports: Ports, steps: Steps
) -> None:
    model_id = await share(ports, steps)
    for token in (USE, COPY):
        await ports.links.borrow(STRANGER, token)
    await ports.chats.activate(GROUP, STRANGER, model_id)
    assert await ports.links.users(OWNER, model_id) == 1
    await ports.links.revoke(OWNER, model_id, LinkKind.USE, USE)
    assert await chosen(ports, GROUP) == model_id
    await ports.links.revoke(OWNER, model_id, LinkKind.COPY, COPY)
    assert await chosen(ports, GROUP) == make_default().id


async def test_the_chats_that_would_lose_a_model_are_those_of_who_has_it_by_this_link_alone(
    ports: Ports, steps: Steps
) -> None:
    model_id = await lend(ports, steps, STRANGER, GROUP)
    await ports.chats.activate(OTHER_GROUP, OWNER, model_id)
    loans = (Loan(GROUP, STRANGER, "first"), Loan(STRANGER, STRANGER, "first"))
    for asked in ((), (model_id,), (model_id, LinkKind.USE)):
        assert await ports.links.loans(OWNER, *asked) == loans
    for others in ((OWNER, model_id, LinkKind.COPY), (OWNER, model_id + 1), (STRANGER,)):
        assert await ports.links.loans(*others) == ()
    await ports.links.borrow(STRANGER, COPY)
    assert await ports.links.loans(OWNER, model_id) == loans
    assert await ports.links.loans(OWNER, model_id, LinkKind.USE) == ()


async def test_a_borrowed_model_is_given_back_with_the_chats_it_was_chosen_for(
    ports: Ports, steps: Steps
) -> None:
    model_id = await lend(ports, steps, GROUP)
    await ports.chats.move(GROUP, OTHER_GROUP)
    await ports.links.give_back(STRANGER, model_id)
    assert await chosen(ports, OTHER_GROUP) == make_default().id
    assert await ports.links.users(OWNER, model_id) == 0
    with pytest.raises(ModelNotFound):
        await ports.links.give_back(STRANGER, model_id)


async def test_a_deleted_model_has_no_links_and_is_told_as_deleted(
    ports: Ports, steps: Steps
) -> None:
    model_id = await lend(ports, steps, GROUP)
    await ports.models.delete(OWNER, model_id)
    assert await ports.chats.take_lost(GROUP) == Lost("first")
    with pytest.raises(LinkGone):
        await ports.links.find(USE)


async def test_a_copy_is_its_takers_and_counted(ports: Ports, steps: Steps) -> None:
    model_id = await share(ports, steps)
    made = await ports.links.copy(STRANGER, COPY, "mine", "e" * 64, CARD, request=7)
    assert (made.owner_id, made.name, made.number, made.is_copy) == (STRANGER, "mine", 1, True)
    assert await ports.links.copied(STRANGER, 7) == made
    assert await ports.links.copied(OWNER, 7) is None
    with pytest.raises(NameTaken):
        await ports.links.copy(STRANGER, COPY, "MINE", "e" * 64, CARD, request=8)
    with pytest.raises(NameTaken):
        await ports.links.copy(STRANGER, COPY, "other", "e" * 64, CARD, request=7)
    with pytest.raises(LinkNotForCopies):
        await ports.links.copy(STRANGER, USE, "more", "e" * 64, CARD, request=9)
    with pytest.raises(LinkGone):
        await ports.links.copy(STRANGER, "x" * 22, "more", "e" * 64, CARD, request=9)
    (copy,) = [x for x in await ports.links.of_model(OWNER, model_id) if x.kind is LinkKind.COPY]
    assert copy.copies == 1
    await ports.models.delete(OWNER, model_id)
    assert await ports.models.list(STRANGER) == (made,)


async def test_links_are_their_owners(ports: Ports, steps: Steps) -> None:
    model_id = await share(ports, steps)
    for call in (
        ports.links.of_model(STRANGER, model_id),
        ports.links.begin(STRANGER, model_id, {LinkKind.USE: "n" * 22}),
        ports.links.renew(STRANGER, model_id, LinkKind.USE, "n" * 22, USE),
        ports.links.revoke(STRANGER, model_id, LinkKind.USE, USE),
        ports.links.give_back(STRANGER, model_id),
    ):
        with pytest.raises(ModelNotFound):
            await call
    assert (await tokens(ports, model_id))[LinkKind.USE] == USE
    assert await ports.links.users(STRANGER) == 0
    assert await ports.links.borrowed(STRANGER) == ()


async def test_an_owners_end_leaves_copies_and_tells_the_chats_without_a_name(
    ports: Ports, steps: Steps
) -> None:
    await lend(ports, steps, STRANGER, GROUP)
    made = await ports.links.copy(STRANGER, COPY, "mine", "e" * 64, CARD, request=7)
    await ports.accounts.delete(OWNER)
    for chat_id in (STRANGER, GROUP):
        assert await chosen(ports, chat_id) == make_default().id
        assert await ports.chats.take_lost(chat_id) == Lost("")
    with pytest.raises(LinkGone):
        await ports.links.find(USE)
    assert await ports.models.get(STRANGER, made.id) == made


async def test_a_borrowers_end_takes_the_model_from_their_groups(
    ports: Ports, steps: Steps
) -> None:
    model_id = await lend(ports, steps, GROUP)
    await ports.accounts.delete(STRANGER)
    assert await chosen(ports, GROUP) == make_default().id
    assert await ports.links.users(OWNER, model_id) == 0


async def test_a_banned_owners_links_end(ports: Ports, steps: Steps) -> None:
    model_id = await lend(ports, steps, STRANGER)
    await ports.accounts.ban(OWNER)
    assert await chosen(ports, STRANGER) == make_default().id
    assert await ports.chats.take_lost(STRANGER) == Lost("first", is_unshared=True)
    with pytest.raises(LinkGone):
        await ports.links.find(COPY)
    assert (await ports.models.get(OWNER, model_id)).id == model_id
