"""Users of a process that died are told, at the first start that reaches them."""

from __future__ import annotations

import pytest

from bot import app
from bot.__main__ import PLAYGROUND_TOKEN
from bot.app import make_application, serving
from core.entities import JobKind
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE, baseline_model
from core.services.services import Services
from storage import Storage
from tests.playground.people import Person

ANNA = 1


@pytest.fixture
async def storage(storage: Storage) -> Storage:
    """With a job that a dead process left behind."""
    await storage.users.get(ANNA, "en")
    await storage.jobs.create(ANNA, JobKind.UPLOAD, chat_id=ANNA)
    return storage


@pytest.fixture
async def anna(anna: Person) -> Person:
    await anna.say("/start")
    return anna


async def start_and_stop(storage: Storage, address: str) -> None:
    runner = LocalRunner()
    services = Services(storage, make_compute(runner), 10, baseline_model(), FILE)
    application = make_application(
        PLAYGROUND_TOKEN, services, storage.updates, storage.steps, address
    )
    async with serving(application, services, storage.jobs):
        pass
    await runner.close()


async def times_told(anna: Person) -> int:
    texts = [str(event["message"].get("text")) for event in (await anna.events())["events"]]
    return sum("restarted while I read your ZIP" in text for text in texts)


@pytest.mark.filterwarnings("ignore:.*retry_after")
async def test_who_could_not_be_told_is_told_once_at_the_next_start(
    storage: Storage, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "GRACE_S", 0.5)
    await anna.fault("sendMessage", 429, retry_after=600)

    told = []
    for _ in range(3):
        await start_and_stop(storage, anna.address)
        told.append(await times_told(anna))

    assert told == [0, 1, 1]


async def test_several_zips_in_line_are_told_of_once(storage: Storage, anna: Person) -> None:
    await storage.jobs.create(ANNA, JobKind.UPLOAD, chat_id=ANNA, in_line=True)

    for _ in range(2):
        await start_and_stop(storage, anna.address)

    texts = [str(event["message"].get("text")) for event in (await anna.events())["events"]]
    assert sum("restarted" in text for text in texts) == 1
    assert any("still to read: 2" in text for text in texts)


async def test_who_blocked_the_bot_is_not_tried_again(storage: Storage, anna: Person) -> None:
    await anna.fault("sendMessage", 403, description="Forbidden: bot was blocked by the user")

    for _ in range(2):
        await start_and_stop(storage, anna.address)

    assert await times_told(anna) == 0
