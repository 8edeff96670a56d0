"""Updates that the playground posts to a bot's address, as the real library sets it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot, WebhookInfo
from telegram.error import BadRequest, Conflict
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from bot.playground.webhook import SECRET_HEADER
from tests.playground.conftest import Boot
from tests.playground.people import Person, bot_at

SOON_S = 0.01


@dataclass
class Receiver:
    """A bot's server: what it was sent, and the statuses that it answers with before 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    texts: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    #: While it is not set, nothing is answered.
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def hears(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            return [await self.texts.get() for _ in range(count)]


class Receiving(RequestHandler):
    def initialize(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def post(self) -> None:
        update = json.loads(self.request.body)
        self._receiver.secrets.append(self.request.headers.get(SECRET_HEADER))
        self._receiver.texts.put_nowait(update["message"]["text"])
        await self._receiver.may_answer.wait()
        self.set_status(self._receiver.statuses.pop(0) if self._receiver.statuses else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.may_answer.set()
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/hook", Receiving, {"receiver": receiver})]))
    server.add_sockets(sockets)
    receiver.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/hook"
    yield receiver
    receiver.may_answer.set()
    server.stop()
    await server.close_all_connections()


@pytest.fixture
async def address(boot: Boot) -> str:
    return (await boot(webhook_pause_s=SOON_S)).address


async def nothing_pending(bot: Bot) -> WebhookInfo:
    async with asyncio.timeout(20):
        while (info := await bot.get_webhook_info()).pending_update_count:
            pass
    return info


async def test_what_waited_and_what_comes_is_posted_in_order_with_the_secret(
    bot: Bot, anna: Person, receiver: Receiver
) -> None:
    await anna.say("one")
    await bot.set_webhook(receiver.url, secret_token="s_e-1", max_connections=3)
    await anna.say("two")
    assert await receiver.hears(2) == ["one", "two"]
    info = await nothing_pending(bot)
    assert (info.url, info.max_connections, info.last_error_date) == (receiver.url, 3, None)
    assert receiver.secrets == ["s_e-1", "s_e-1"]


async def test_it_is_repeated_until_it_is_answered_with_200(
    bot: Bot, anna: Person, receiver: Receiver
) -> None:
    receiver.statuses = [503, 403, 404]
    await bot.set_webhook(receiver.url)
    await anna.say("one")
    await anna.say("two")
    assert await receiver.hears(5) == ["one"] * 4 + ["two"]
    info = await nothing_pending(bot)
    assert info.last_error_message == "Wrong response from the webhook: 404 Not Found"
    assert info.last_error_date is not None


async def test_one_chat_waits_for_no_other(bot: Bot, anna: Person, receiver: Receiver) -> None:
    boris = Person(anna.address, user=2)
    receiver.may_answer.clear()
    await bot.set_webhook(receiver.url)
    for person, text in ((anna, "Anna's"), (anna, "Anna's second"), (boris, "Boris's")):
        await person.say(text)
    assert await receiver.hears(2) == ["Anna's", "Boris's"]
    assert (await bot.get_webhook_info()).pending_update_count == 3
    receiver.may_answer.set()
    assert await receiver.hears(1) == ["Anna's second"]
    await boris.http.aclose()


async def test_an_answer_that_gets_lost_makes_it_come_twice(
    bot: Bot, anna: Person, receiver: Receiver
) -> None:
    await anna.fault("webhook", 0, after=True, times=1)
    await bot.set_webhook(receiver.url)
    await anna.say("one")
    assert await receiver.hears(2) == ["one", "one"]
    assert (await nothing_pending(bot)).last_error_message == "Connection reset by peer"


async def test_where_nobody_listens_it_waits(bot: Bot, anna: Person) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    await anna.say("one")
    async with asyncio.timeout(20):
        while not (info := await bot.get_webhook_info()).last_error_message:
            pass
    assert info.pending_update_count == 1


async def test_there_is_a_webhook_or_there_are_polls(
    bot: Bot, anna: Person, receiver: Receiver
) -> None:
    receiver.statuses = [503] * 1000
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await anna.say("one")
    await receiver.hears(1)
    await bot.delete_webhook()
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "one"
    assert (await bot.get_webhook_info()).url == ""


async def test_a_webhook_ends_a_poll(bot: Bot, address: str, receiver: Receiver) -> None:
    async with bot_at(address) as other:
        poll = asyncio.create_task(other.get_updates(timeout=20))
        await bot.get_me()
        while not poll.done():
            await bot.set_webhook(receiver.url)
        with pytest.raises(Conflict):
            await poll


async def test_what_waits_is_dropped_where_that_is_asked_for(
    bot: Bot, anna: Person, receiver: Receiver
) -> None:
    await anna.say("one")
    await bot.set_webhook(receiver.url, drop_pending_updates=True)
    await anna.say("two")
    assert await receiver.hears(1) == ["two"]


async def test_only_the_kinds_that_were_asked_for_are_posted(
    bot: Bot, anna: Person, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, allowed_updates=["callback_query"])
    await anna.say("hello")
    info = await bot.get_webhook_info()
    assert (info.pending_update_count, info.allowed_updates) == (0, ("callback_query",))


async def test_a_restart_goes_on_with_it(boot: Boot, home: Path, receiver: Receiver) -> None:
    first = await boot(home=home)
    async with bot_at(first.address) as bot:
        await bot.set_webhook("http://127.0.0.1:9/hook")
        anna = Person(first.address)
        await anna.say("one")
        await bot.set_webhook(receiver.url)
        await receiver.hears(1)
        await nothing_pending(bot)
    await first.stop()
    second = await boot(home=home)
    anna.http.base_url = second.address  # type: ignore[assignment]
    await anna.say("two")
    assert await receiver.hears(1) == ["two"]
    await anna.http.aclose()


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"url": "http://bot.example.org/x"}, "HTTPS URL must be provided"),
        ({"url": "https://bot.example.org:90/x"}, "only on ports 80, 88, 443 or 8443"),
        ({"url": "https://bot.example.org:port"}, "invalid webhook URL"),
        ({"url": "hook"}, "invalid webhook URL"),
        ({"secret_token": "a b"}, "unallowed characters"),
        ({"secret_token": "a" * 257}, "too long"),
    ],
)
async def test_what_telegram_would_refuse_is_refused(
    bot: Bot, facts: dict[str, Any], error: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){error}"):
        await bot.set_webhook(**{"url": "https://bot.example.org/x"} | facts)
    assert (await bot.get_webhook_info()).url == ""
