"""Models, and the chats that use them."""

from __future__ import annotations

import pytest

from core.entities import JobKind, JobState, ModelKind
from core.errors import JobCancelled, ModelNotFound, NameInvalid, NameTaken
from storage import Storage
from tests.cards import make_default, make_fitted
from tests.storage.factories import make_dataset, make_model

CHAT, OTHER_CHAT = 10, -1001234567890


async def test_a_model_and_the_end_of_its_job_are_stored_together(storage: Storage) -> None:
    dataset = await make_dataset(storage)
    job = await storage.jobs.create(1, JobKind.FIT, CHAT)

    model = await storage.models.create(1, "first", "f" * 64, make_fitted(), dataset.id, job.id)

    assert (model.name, model.file, model.kind) == ("first", "f" * 64, ModelKind.CUSTOM)
    assert await storage.models.get(1, model.id) == model
    ended = await storage.jobs.get(1, job.id)
    assert ended is not None
    assert ended.state is JobState.DONE
    assert ended.ended_at is not None


@pytest.mark.parametrize(("name", "error"), [("FIRST", NameTaken), ("", NameInvalid)])
async def test_a_model_that_can_not_be_named_leaves_its_job_running(
    storage: Storage, name: str, error: type[Exception]
) -> None:
    model = await make_model(storage, name="first")
    job = await storage.jobs.create(1, JobKind.FIT, CHAT)

    with pytest.raises(error):
        await storage.models.create(1, name, "f" * 64, make_fitted(), 0, job.id)

    assert await storage.jobs.running(1) == (job,)
    assert await storage.models.list(1) == (model,)


async def test_a_job_that_was_cancelled_gives_no_model(storage: Storage) -> None:
    await storage.users.get(1, "en")
    job = await storage.jobs.create(1, JobKind.FIT, CHAT)
    await storage.jobs.end(job.id, JobState.CANCELLED)

    with pytest.raises(JobCancelled):
        await storage.models.create(1, "late", "f" * 64, make_fitted(), 0, job.id)

    assert await storage.models.list(1) == ()


async def test_a_stranger_s_job_gives_no_model(storage: Storage) -> None:
    await storage.users.get(1, "en")
    await storage.users.get(2, "en")
    job = await storage.jobs.create(1, JobKind.FIT, CHAT)

    with pytest.raises(JobCancelled):
        await storage.models.create(2, "mine", "f" * 64, make_fitted(), 0, job.id)

    assert await storage.jobs.running(1) == (job,)


async def test_a_model_is_found_by_name_or_number(storage: Storage) -> None:
    model = await make_model(storage, name="Ёлка")

    written = (f"{sign}{model.number}" for sign in ("", "#", "№", "№ ", "№\xa0"))
    for name in ("Ёлка", " ёлка", *written):
        assert await storage.models.find(1, name) == model


async def test_a_name_comes_before_a_number(storage: Storage) -> None:
    first = await make_model(storage, name="one")
    second = await make_model(storage, name=str(first.number))

    assert await storage.models.find(1, str(first.number)) == second
    assert await storage.models.find(1, f"#{first.number}") == first


async def test_a_models_number_is_its_owners_and_given_once(storage: Storage) -> None:
    numbers = [(await make_model(storage, name=name)).number for name in ("one", "two")]
    other = await make_model(storage, owner_id=2, name="one")
    await storage.models.delete_all(1)
    third = await make_model(storage, name="three")

    assert [*numbers, other.number, third.number] == [1, 2, 1, 3]
    assert await storage.models.find(2, "1") == other
    with pytest.raises(ModelNotFound):
        await storage.models.find(1, "1")


@pytest.mark.parametrize(
    "name", ["nothing", "", "#", "999", "9" * 18, "9" * 30, "x" * 99, "\ud800"]
)
async def test_a_model_that_is_not_there_is_not_found(storage: Storage, name: str) -> None:
    await make_model(storage)

    with pytest.raises(ModelNotFound):
        await storage.models.find(1, name)


async def test_models_are_listed_newest_first_and_removed_together(storage: Storage) -> None:
    models = [await make_model(storage, name=name) for name in ("one", "two", "three")]

    assert await storage.models.list(1) == tuple(reversed(models))
    assert await storage.models.delete_all(1) == 3
    assert await storage.models.list(1) == ()


# Chats -------------------------------------------------------------------------------------------

BASELINE = make_default()


async def test_a_chat_that_has_chosen_nothing_uses_the_default(storage: Storage) -> None:
    assert await storage.chats.active_model(CHAT, BASELINE) == BASELINE


async def test_a_chat_has_one_active_model_at_a_time(storage: Storage) -> None:
    first, second = await make_model(storage, name="one"), await make_model(storage, name="two")

    await storage.chats.activate(CHAT, 1, first.id)
    await storage.chats.activate(CHAT, 1, second.id)

    assert await storage.chats.active_model(CHAT, BASELINE) == second
    assert await storage.chats.active_model(OTHER_CHAT, BASELINE) == BASELINE


async def test_a_group_uses_the_model_of_whoever_chose_last(storage: Storage) -> None:
    mine, theirs = await make_model(storage, 1), await make_model(storage, 2)

    await storage.chats.activate(OTHER_CHAT, 1, mine.id)
    await storage.chats.activate(OTHER_CHAT, 2, theirs.id)

    assert await storage.chats.active_model(OTHER_CHAT, BASELINE) == theirs


async def test_a_model_is_deactivated_once(storage: Storage) -> None:
    model = await make_model(storage)
    await storage.chats.activate(CHAT, 1, model.id)

    assert await storage.chats.deactivate(CHAT) is True
    assert await storage.chats.deactivate(CHAT) is False
    assert await storage.chats.active_model(CHAT, BASELINE) is None


async def test_the_default_is_deactivated_like_any_other(storage: Storage) -> None:
    assert await storage.chats.deactivate(CHAT) is True
    assert await storage.chats.deactivate(CHAT) is False
    assert await storage.chats.active_model(CHAT, BASELINE) is None
    assert await storage.chats.active_model(OTHER_CHAT, BASELINE) == BASELINE


async def test_a_model_is_chosen_again_after_it_was_deactivated(storage: Storage) -> None:
    model = await make_model(storage)
    await storage.chats.deactivate(CHAT)

    await storage.chats.activate(CHAT, 1, model.id)

    assert await storage.chats.active_model(CHAT, BASELINE) == model


async def test_a_chat_goes_back_to_the_default(storage: Storage) -> None:
    model = await make_model(storage)
    await storage.chats.activate(CHAT, 1, model.id)
    await storage.chats.deactivate(OTHER_CHAT)

    for chat in (CHAT, OTHER_CHAT):
        await storage.chats.reset(chat)
        assert await storage.chats.active_model(chat, BASELINE) == BASELINE


async def test_a_deleted_model_leaves_its_chats_to_the_default(storage: Storage) -> None:
    deleted, kept = await make_model(storage, name="one"), await make_model(storage, name="two")
    await storage.chats.activate(CHAT, 1, deleted.id)
    await storage.chats.activate(OTHER_CHAT, 1, kept.id)

    await storage.models.delete(1, deleted.id)

    assert await storage.chats.active_model(CHAT, BASELINE) == BASELINE
    assert await storage.chats.active_model(OTHER_CHAT, BASELINE) == kept
