"""One sender's hundreds of requests keep nobody else waiting, and nothing is lost where Telegram fails."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import retries
from bot.__main__ import PLAYGROUND_TOKEN
from bot.app import make_application, serving
from bot.pace import Pace
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE, baseline_model
from core.services.services import Services
from storage import Storage
from tests.playground.people import Person

ANNA, OTHERS = 1, range(201, 210)


@pytest.fixture
async def served(tmp_path: Path, anna: Person) -> AsyncIterator[Storage]:
    storage, runner = await Storage.open(tmp_path), LocalRunner()
    services = Services(storage, make_compute(runner), 10, baseline_model(), FILE)
    application = make_application(
        PLAYGROUND_TOKEN, services, storage.updates, storage.steps, anna.address, Pace(None)
    )
    async with serving(application, services, storage.jobs):
        yield storage
    await runner.close()
    await storage.close()


def command(user: int, number: int) -> dict[str, Any]:
    """/model NUMBER, which is answered by a sentence with this number."""
    person = {"id": user, "is_bot": False, "first_name": "Anna", "language_code": "en"}
    message = {
        **{"message_id": 1, "date": int(time.time()), "from": person},
        "chat": {"id": user, "type": "private", "first_name": "Anna"},
        "text": f"/model none{number}.",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    return {"message": message}


async def said(anna: Person, count: int) -> list[tuple[int, str]]:
    """(chat, text) of so many messages of the bot's, in the order in which they were sent."""
    found: list[tuple[int, int, str]] = []
    async with asyncio.timeout(120):
        while len(found) < count:
            await asyncio.sleep(0.2)
            found = []
            for user in (ANNA, *OTHERS):
                session = {"user": user, "chat": "private", "after": 0}
                page = (await anna.http.get("/play/events", params=session)).json()
                for event in page["events"]:
                    if event["type"] == "message" and event["message"]["from"]["is_bot"]:
                        found.append((event["seq"], user, event["message"]["text"]))
    return [(user, text) for _, user, text in sorted(found)]


async def test_hundreds_of_requests_of_one_sender_keep_nobody_waiting(
    served: Storage, anna: Person
) -> None:
    burst = [command(ANNA, number) for number in range(400)]
    await anna.send(raw=json.dumps([*burst, *(command(user, user) for user in OTHERS)]))

    answers = await said(anna, 400 + len(OTHERS))

    users = [user for user, _ in answers]
    assert max(users.index(user) for user in OTHERS) < 150, "they waited for Anna"


@pytest.mark.filterwarnings("ignore:.*retry_after")
async def test_nothing_is_lost_or_doubled_and_the_order_is_kept_where_telegram_fails(
    served: Storage, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.01)
    await anna.fault("sendMessage", 429, retry_after=1, percent=10)
    await anna.fault("sendMessage", 0, percent=5)
    await anna.fault("sendMessage", 0, percent=5, after=True)
    asked = [command(user, number) for number in range(10) for user in (ANNA, *OTHERS)]
    await anna.send(raw=json.dumps(asked))

    answers = await said(anna, len(asked))

    assert len(answers) == len(asked)
    for user in (ANNA, *OTHERS):
        texts = [text for chat, text in answers if chat == user]
        assert [f"none{n}." in text for n, text in enumerate(texts)] == [True] * 10
