from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot import transport
from bot.requests import Request
from tests.bot.requests.server import Server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is known of the environment is forgotten before and after."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    transport.proxy_for.cache_clear()
    yield
    transport.proxy_for.cache_clear()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as running:
        yield running


@pytest.fixture
async def request_() -> AsyncIterator[Request]:
    async with Request() as request:
        yield request
