"""The webhook before the real journal and the real queue, set at a playground by the real library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from socket import create_server

import httpx
import pytest
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken

from bot.inbox import Inbox
from bot.logs import RedactingFormatter
from bot.monitoring import Monitor, Sources
from bot.playground import Playground
from bot.updates import FairQueue
from bot.webhook import SECRET_HEADER, Webhook, WebhookRefused, open_door
from storage import Storage
from tests.bot.test_updates import text_message
from tests.playground.people import Person, bot_at
from tests.storage.factories import open_database

SOON_S = 0.05
SECRET = "only_Telegram-knows"


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    playground = Playground(flood=None, webhook_pause_s=SOON_S)
    await playground.start()
    yield playground
    await playground.stop()


class Hooked:
    """A webhook that is started, and what comes through it."""

    def __init__(self, webhook: Webhook, queue: FairQueue, url: str) -> None:
        self.webhook = webhook
        self.queue = queue
        self.url = url

    async def post(self, update: object, secret: str = SECRET) -> int:
        async with httpx.AsyncClient() as client:
            answer = await client.post(self.url, json=update, headers={SECRET_HEADER: secret})
            return answer.status_code

    def taken(self) -> list[int]:
        updates = [self.queue.get_nowait() for _ in range(self.queue.qsize())]
        return [update.update_id for update in updates if isinstance(update, Update)]


@asynccontextmanager
async def hooked(storage: Storage, bot: Bot, look_s: float = SOON_S) -> AsyncIterator[Hooked]:
    with create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}/hook"
    queue = FairQueue(storage.updates)
    with open_door(url, "127.0.0.1", port, SECRET) as door:
        webhook = Webhook(bot, queue, Inbox(storage.updates), door, look_s)
        try:
            await webhook.start(["message"])
            yield Hooked(webhook, queue, url)
        finally:
            await webhook.stop()


async def becomes(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 (a file has no event to wait for)
            await asyncio.sleep(SOON_S)


async def rows(storage: Storage, tmp_path: Path) -> list[int]:
    with closing(open_database(tmp_path)) as database:
        return [n for (n,) in database.execute("SELECT id FROM updates ORDER BY id")]


async def test_what_is_answered_with_200_is_in_the_journal_and_queued_once(
    storage: Storage, bot: Bot
) -> None:
    async with hooked(storage, bot) as hook:
        answers = await asyncio.gather(*(hook.post(text_message(5)) for _ in range(8)))
        assert answers == [200] * 8
        assert [waiting.update_id for waiting in await storage.updates.pending()] == [5]
        assert hook.taken() == [5]


async def test_each_senders_updates_keep_their_order(storage: Storage, anna: Person) -> None:
    async with bot_at(anna.address) as bot, hooked(storage, bot) as hook:
        said = [await anna.say(str(number)) for number in range(20)]

        async def all_came() -> bool:
            return len(await storage.updates.pending()) == len(said)

        await becomes(all_came)
        texts = []
        for _ in said:
            update = await hook.queue.get()
            assert isinstance(update, Update)
            assert update.message is not None
            texts.append(update.message.text)
            hook.queue.finished(update)
        assert texts == [str(number) for number in range(20)]


async def test_a_handled_update_is_known_while_anything_waits_at_telegram(
    storage: Storage, bot: Bot, anna: Person, tmp_path: Path
) -> None:
    async with hooked(storage, bot) as hook:
        await anna.fault("webhook", 502, description="Bad Gateway", times=1000)
        await anna.say("outstanding")
        assert await hook.post(text_message(900)) == 200
        await storage.updates.done([900])
        asked = hook.webhook.asked

        async def has_looked() -> bool:
            return hook.webhook.asked > asked + 2

        await becomes(has_looked)
        assert await hook.post(text_message(900)) == 200
        assert hook.taken() == [900]
        await bot.delete_webhook(drop_pending_updates=True)

        async def is_forgotten() -> bool:
            return await rows(storage, tmp_path) == []

        await becomes(is_forgotten)


async def test_what_an_earlier_process_handled_is_forgotten_where_nothing_waits(
    storage: Storage, bot: Bot, tmp_path: Path
) -> None:
    await storage.updates.receive({7: "{}", 8: "{}"})
    await storage.updates.done([7])
    async with hooked(storage, bot):
        assert await rows(storage, tmp_path) == [8]


async def test_while_the_journal_cannot_be_written_telegram_keeps_it(
    storage: Storage, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> frozenset[int]:
        raise OSError("no space left on the device")

    async with hooked(storage, bot) as hook:
        with monkeypatch.context() as broken:
            broken.setattr(storage.updates, "receive", fails)
            assert await hook.post(text_message(5)) == 503
        assert await hook.post(text_message(5)) == 200
        assert hook.taken() == [5]


async def test_after_the_stop_nothing_is_taken(storage: Storage, bot: Bot) -> None:
    async with hooked(storage, bot) as hook:
        await hook.webhook.stop()
        with pytest.raises(httpx.TransportError):
            await hook.post(text_message(5))
    assert (await bot.get_webhook_info()).url == hook.url


async def test_a_start_waits_for_telegram(storage: Storage, bot: Bot, anna: Person) -> None:
    await anna.fault("getWebhookInfo", 502, description="Bad Gateway", times=1)
    await anna.fault("setWebhook", 0, times=1)
    async with hooked(storage, bot) as hook:
        assert (await bot.get_webhook_info()).url == hook.url


async def test_the_secret_is_in_no_line_of_the_log(
    storage: Storage, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with hooked(storage, bot) as hook:
        assert await hook.post(text_message(5), "something else") == 403
    lines = [RedactingFormatter().format(record) for record in caplog.records]
    assert any("secret_token" in line for line in lines)
    assert not any(SECRET in line or "something else" in line for line in lines)


async def test_a_refused_address_ends_the_start(storage: Storage, bot: Bot, anna: Person) -> None:
    await anna.fault("setWebhook", 400, description="Bad Request: bad webhook: no", times=1)
    with pytest.raises(WebhookRefused, match="ad webhook: no"):
        async with hooked(storage, bot):
            pass


async def test_it_is_watched_to_the_end(storage: Storage, bot: Bot, anna: Person) -> None:
    stop = asyncio.Event()
    async with hooked(storage, bot) as hook:
        watching = asyncio.create_task(hook.webhook.until(stop))
        await asyncio.wait([watching], timeout=3 * SOON_S)
        assert not watching.done()
        stop.set()
        await watching
        await anna.fault("getWebhookInfo", 401, description="Unauthorized", times=1)
        with pytest.raises(InvalidToken):
            await hook.webhook.until(asyncio.Event())


async def test_of_two_webhooks_with_one_token_the_second_ends(storage: Storage, bot: Bot) -> None:
    async with hooked(storage, bot, look_s=0.5) as first:
        watching = asyncio.create_task(first.webhook.until(asyncio.Event()))
        await asyncio.wait([watching], timeout=2)
        async with hooked(storage, bot, look_s=0.5) as second, asyncio.timeout(30):
            with pytest.raises(Conflict):
                await second.webhook.until(asyncio.Event())
        assert not watching.done()
        watching.cancel()


async def test_on_a_silent_night_health_tells_whether_telegram_can_call(
    storage: Storage, bot: Bot, anna: Person, tmp_path: Path
) -> None:
    async with hooked(storage, bot) as hook:
        heartbeat = tmp_path / "heartbeat"
        heartbeat.touch()
        sources = Sources(tmp_path, heartbeat, hook.webhook, int, dict, dict)
        monitor = Monitor(sources)
        asked = hook.webhook.asked

        async def is_told_of() -> bool:
            return "502 Bad Gateway" in await monitor.trouble()

        async def is_over() -> bool:
            return hook.webhook.asked > asked and not await monitor.trouble()

        await becomes(is_over)
        await asyncio.sleep(1)  # Telegram dates failures by whole seconds
        await anna.fault("webhook", 502, description="Bad Gateway", times=5)
        await anna.say("hello")
        await becomes(is_told_of)
        await becomes(is_over)
