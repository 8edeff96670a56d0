"""The contract of the storage ports: users, models, chats, jobs and updates."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.entities import JobKind, JobState
from core.errors import (
    AlreadyRunning,
    ModelNotFound,
)
from core.ports import Step, Waiting
from tests.cards import make_default, make_fitted
from tests.memory.steps import CHAT, OWNER, STRANGER, Ports, Steps

# Users ---------------------------------------------------------------------------------------------


async def test_a_user_keeps_what_was_set(ports: Ports, steps: Steps) -> None:
    assert (await ports.users.get(3, "ru")).language == "ru"
    assert (await ports.users.get(3, "en")).language == "ru"
    await ports.users.set_language(OWNER, "ru")
    await ports.users.set_question(OWNER, '{"ask": "rename"}')
    dataset = await steps.create()
    user = await ports.users.get(OWNER, "en")
    assert (user.language, user.question) == ("ru", '{"ask": "rename"}')
    assert user.dataset_id == dataset.id
    await ports.users.set_dataset(OWNER, None)
    await ports.users.set_question(OWNER, None)
    user = await ports.users.get(OWNER, "en")
    assert (user.dataset_id, user.question) == (None, None)


async def test_nothing_is_kept_for_a_user_who_is_not_known(ports: Ports) -> None:
    await ports.users.set_language(99, "ru")
    await ports.users.set_question(99, "?")
    user = await ports.users.get(99, "en")
    assert (user.language, user.question) == ("en", None)


# Models and chats ----------------------------------------------------------------------------------


async def test_a_model_is_found_by_name_or_number(ports: Ports, steps: Steps) -> None:
    model = await steps.make_model("Best")
    assert model.card == make_fitted().card
    number = await steps.make_model(str(model.id))
    for name in ("best", " BEST ", f"#{model.id}"):
        assert await ports.models.find(OWNER, name) == model
    assert await ports.models.find(OWNER, str(model.id)) == number, "the name comes first"
    for name in ("", "unknown", "#99", "9" * 30, "x\ny"):
        with pytest.raises(ModelNotFound):
            await ports.models.find(OWNER, name)


async def test_a_chat_uses_what_was_chosen(ports: Ports, steps: Steps) -> None:
    default, model = make_default(), await steps.make_model()
    assert await ports.chats.active_model(CHAT, default) == default
    await ports.chats.activate(CHAT, OWNER, model.id)
    assert await ports.chats.active_model(CHAT, default) == model
    assert [await ports.chats.deactivate(CHAT) for _ in range(2)] == [True, False]
    assert await ports.chats.active_model(CHAT, default) is None
    await ports.chats.reset(CHAT)
    assert await ports.chats.active_model(CHAT, default) == default
    assert await ports.chats.deactivate(CHAT), "the default too"


@pytest.mark.parametrize("delete_all", [False, True])
async def test_a_chat_goes_back_to_the_default_when_its_model_is_deleted(
    ports: Ports, steps: Steps, delete_all: bool
) -> None:
    model = await steps.make_model()
    await ports.chats.activate(CHAT, OWNER, model.id)
    if delete_all:
        assert await ports.models.delete_all(OWNER) == 1
    else:
        await ports.models.delete(OWNER, model.id)
    assert await ports.chats.active_model(CHAT, make_default()) == make_default()


async def test_a_choice_moves_with_its_chat(ports: Ports, steps: Steps) -> None:
    first, second = await steps.make_model("first"), await steps.make_model("second")
    await ports.chats.activate(1, OWNER, first.id)
    for _ in range(2):
        await ports.chats.move(1, 2)
        assert await ports.chats.active_model(2, make_default()) == first
        assert await ports.chats.active_model(1, make_default()) == make_default()
    await ports.chats.activate(3, OWNER, second.id)
    await ports.chats.move(3, 2)
    assert await ports.chats.active_model(2, make_default()) == first, "made there already"
    assert await ports.chats.active_model(3, make_default()) == make_default()


# Jobs ----------------------------------------------------------------------------------------------


async def test_a_job_is_queued_runs_and_ends_once(ports: Ports) -> None:
    job = await ports.jobs.create(OWNER, JobKind.FIT, CHAT)
    assert (job.state, job.ended_at, job.error) == (JobState.QUEUED, None, None)
    with pytest.raises(AlreadyRunning, match="fit"):
        await ports.jobs.create(OWNER, JobKind.FIT, CHAT)
    in_line = await ports.jobs.create(OWNER, JobKind.FIT, CHAT, in_line=True)
    assert await ports.jobs.running(OWNER) == (job, in_line)
    await ports.jobs.end(in_line.id, JobState.CANCELLED)
    await ports.jobs.start(job.id)
    (running,) = await ports.jobs.running(OWNER)
    assert running.state is JobState.RUNNING
    await ports.jobs.end(job.id, JobState.FAILED, "too_few_photos")
    await ports.jobs.end(job.id, JobState.CANCELLED)
    await ports.jobs.start(job.id)
    ended = await ports.jobs.get(OWNER, job.id)
    assert ended is not None
    assert (ended.state, ended.error) == (JobState.FAILED, "too_few_photos")
    assert ended.ended_at is not None
    assert await ports.jobs.running(OWNER) == ()
    assert (await ports.jobs.create(OWNER, JobKind.FIT, CHAT)).id > job.id


async def test_an_interrupted_job_comes_back_until_its_user_is_told(ports: Ports) -> None:
    job = await ports.jobs.create(OWNER, JobKind.FIT, CHAT)
    ended = await ports.jobs.create(OWNER, JobKind.UPLOAD, CHAT)
    await ports.jobs.end(ended.id, JobState.INTERRUPTED)
    first = await ports.jobs.interrupt_all()
    assert [(one.id, one.state) for one in first] == [(job.id, JobState.INTERRUPTED)]
    other = await ports.jobs.create(STRANGER, JobKind.FIT, CHAT)
    assert [one.id for one in await ports.jobs.interrupt_all()] == [job.id, other.id]
    await ports.jobs.set_told(job.id)
    assert [one.id for one in await ports.jobs.interrupt_all()] == [other.id]


async def test_jobs_that_ended_long_ago_are_forgotten_once_their_users_know(ports: Ports) -> None:
    told, untold = [
        await ports.jobs.create(owner, JobKind.FIT, CHAT) for owner in (OWNER, STRANGER)
    ]
    await ports.jobs.end(told.id, JobState.FAILED, "error")
    await ports.jobs.interrupt_all()
    running = await ports.jobs.create(OWNER, JobKind.FIT, CHAT)
    await ports.jobs.prune(kept_s=60)
    assert await ports.jobs.get(OWNER, told.id)
    await ports.jobs.prune(kept_s=0)
    assert await ports.jobs.get(OWNER, told.id) is None
    assert await ports.jobs.get(STRANGER, untold.id)
    assert await ports.jobs.get(OWNER, running.id)


# Updates -------------------------------------------------------------------------------------------


async def test_updates_are_pending_until_done_oldest_first(ports: Ports) -> None:
    assert await ports.updates.receive({2: "2", 1: "1"}) == {1, 2}
    assert await ports.updates.receive({2: "another", 3: "3"}) == {3}
    assert await ports.updates.receive({}) == frozenset()
    assert bodies(await ports.updates.pending()) == ["1", "2", "3"]
    await ports.updates.done([2, 99])
    await ports.updates.check()
    assert bodies(await ports.updates.pending()) == ["1", "3"]


async def test_a_handled_update_is_known_until_its_confirmation(ports: Ports) -> None:
    await ports.updates.receive({1: "1", 2: "2"})
    await ports.updates.done([1])
    assert await ports.updates.receive({1: "1"}, confirmed=1) == frozenset()
    assert await ports.updates.receive({1: "of another year"}, confirmed=3) == {1}
    assert bodies(await ports.updates.pending()) == ["of another year", "2"]


async def test_attempts_and_bursts_are_kept_and_a_stop_forgets_attempts(ports: Ports) -> None:
    await ports.updates.receive({1: "1", 2: "2", 3: "3"})
    for update_id in (1, 1, 2):
        await ports.updates.take_up(update_id)
    await ports.updates.gather([2, 3])
    assert await ports.updates.pending() == (
        Waiting(1, "1", attempts=2),
        Waiting(2, "2", attempts=1, burst=2),
        Waiting(3, "3", burst=2),
    )
    await ports.updates.park()
    assert [waiting.attempts for waiting in await ports.updates.pending()] == [0, 0, 0]


async def test_updates_that_are_set_aside_are_kept_for_the_operator(ports: Ports) -> None:
    await ports.updates.receive({1: "one", 2: "two"})
    for update_id in (2, 1, 3):
        await ports.updates.set_aside(update_id)
    assert await ports.updates.pending() == ()
    assert await ports.updates.unreadable() == ("two", "one")


async def test_steps_last_as_long_as_their_update(ports: Ports) -> None:
    await ports.updates.receive({1: "1"})
    for step in (Step("a", after_id=7), Step("b", "1"), Step("a", "{}", after_id=7)):
        await ports.steps.put(1, step)
    await ports.steps.put(2, Step("of nothing"))
    assert await ports.steps.of(1) == (Step("a", "{}", 7), Step("b", "1"))
    assert await ports.steps.of(2) == ()
    await ports.updates.done([1])
    await ports.updates.receive({}, confirmed=2)
    assert await ports.steps.of(1) == ()


async def test_the_largest_number_of_a_message_is_kept(ports: Ports) -> None:
    for counter, message_id in ((0, 5), (0, 4), (-1001, 2)):
        await ports.steps.see(counter, message_id)
    assert dict(await ports.steps.last_messages()) == {0: 5, -1001: 2}


def bodies(waiting: Sequence[Waiting]) -> list[str]:
    return [one.body for one in waiting]
