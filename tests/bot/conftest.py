"""A playground, the bot's client at it, a person behind it, and a storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Bot

from bot.playground import Playground
from storage import Storage
from tests.playground.people import Person, bot_at


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    playground = Playground(flood=None)
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[Bot]:
    async with bot_at(playground.address) as client:
        yield client


@pytest.fixture
async def anna(playground: Playground) -> AsyncIterator[Person]:
    person = Person(playground.address)
    yield person
    await person.http.aclose()


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await Storage.open(tmp_path)
    yield opened
    await opened.close()
