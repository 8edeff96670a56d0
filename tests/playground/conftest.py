"""A playground on a free port, the real python-telegram-bot before it, people behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot

from bot.playground import Playground
from tests.playground.people import Person, bot_at

Boot = Callable[..., Awaitable[Playground]]


@pytest.fixture
async def boot() -> AsyncIterator[Boot]:
    """Starts playgrounds; those that still run are stopped at the end."""
    running: list[Playground] = []

    async def start(**options: Any) -> Playground:
        playground = Playground(**{"flood": None} | options)
        await playground.start()
        running.append(playground)
        return playground

    yield start
    for playground in running:
        await playground.stop()


@pytest.fixture
async def address(boot: Boot) -> str:
    return (await boot()).address


@pytest.fixture
async def bot(address: str) -> AsyncIterator[Bot]:
    async with bot_at(address) as client:
        yield client


@pytest.fixture
async def anna(address: str) -> AsyncIterator[Person]:
    person = Person(address)
    yield person
    await person.http.aclose()


@pytest.fixture
async def boris_in_group(address: str) -> AsyncIterator[Person]:
    person = Person(address, user=2, chat="group")
    yield person
    await person.http.aclose()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "playground"
