"""The journal before the queue, each user's order, and albums: on the real storage."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telegram import Bot, Chat, Message, Update, User
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.albums import Albums
from bot.inbox import Inbox
from bot.polling import PollingRequest
from bot.transport import AiohttpRequest
from bot.updates import (
    MAX_ATTEMPTS,
    MAX_CONCURRENT_UPDATES,
    FairQueue,
    UpdateProcessor,
)
from core.ports import Steps
from storage.database import Database
from storage.storage import Storage
from storage.updates import Updates

BOT = Bot("1:token")


def make_message(message_id: int, user_id: int = 1, album: str | None = None) -> Message:
    return Message(
        message_id=message_id,
        date=datetime.now(UTC),
        chat=Chat(user_id, "private"),
        from_user=User(user_id, "Anna", is_bot=False),
        text=f"message {message_id}",
        media_group_id=album,
    )


class Telegram:
    """What Telegram answers to polls, as `PollingRequest` gets it."""

    def __init__(self, journal: Updates, monkeypatch: pytest.MonkeyPatch) -> None:
        self.request = PollingRequest(Inbox(journal))
        self._answer: list[object] = []

        async def answer(*_: object, **__: object) -> tuple[int, bytes]:
            return 200, json.dumps({"ok": True, "result": self._answer}).encode()

        monkeypatch.setattr(AiohttpRequest, "do_request", answer)

    async def poll(self, *updates: object, offset: int = 0) -> tuple[Update, ...]:
        """The updates of a poll, as the library hands them on."""
        self._answer = [*updates]
        asked = RequestData([RequestParameter.from_input("offset", offset)])
        _, payload = await self.request.do_request("", "POST", request_data=asked)
        return Update.de_list(PollingRequest.parse_json_payload(payload)["result"], BOT)


@pytest.fixture
def telegram(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Telegram:
    return Telegram(storage.updates, monkeypatch)


def text_message(update_id: int, user_id: int = 1, **fields: object) -> dict[str, object]:
    chat = {"id": user_id, "type": "private"}
    person = {"id": user_id, "first_name": "Anna", "is_bot": False}
    message = {"message_id": 1, "date": 1_700_000_000, "chat": chat, "text": "hello"}
    return {"update_id": update_id, "message": message | {"from": person} | fields}


def taken(queue: FairQueue) -> list[int]:
    """The numbers of the updates whose turn has come."""
    updates = [queue.get_nowait() for _ in range(queue.qsize())]
    return [update.update_id for update in updates if isinstance(update, Update)]


async def pending(storage: Storage) -> list[int]:
    return [waiting.update_id for waiting in await storage.updates.pending()]


# The journal -------------------------------------------------------------------------------------


async def test_what_telegram_sent_is_journaled_as_it_was_before_the_library_sees_it(
    storage: Storage, telegram: Telegram
) -> None:
    sent = text_message(5, of_next_year={"new": "field"})
    (update,) = await telegram.poll(sent)
    (waiting,) = await storage.updates.pending()
    assert json.loads(waiting.body) == sent
    queue = FairQueue(storage.updates)
    await queue.put(update)
    queued = queue.get_nowait()
    assert isinstance(queued, Update)
    assert queued.message is not None
    assert queued.message.get_bot() is BOT
    assert queued.message.text == "hello"


async def test_an_update_that_comes_again_is_old_until_telegram_has_confirmed_it(
    storage: Storage, telegram: Telegram
) -> None:
    queue = FairQueue(storage.updates)
    for offset in (0, 0, 5):
        for update in await telegram.poll(text_message(5), offset=offset):
            await queue.put(update)
        await storage.updates.done([5])
    assert taken(queue) == [5]


async def test_an_update_without_a_usable_number_costs_no_other_one_anything(
    storage: Storage, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    odd = [{"update_id": n} for n in (2**63, -1, "1", None)]
    updates = await telegram.poll(*odd, {}, 5, text_message(5))
    assert [update.update_id for update in updates] == [5]
    assert len(caplog.messages) == 6


async def test_what_the_library_cannot_write_is_handled(
    storage: Storage, telegram: Telegram
) -> None:
    pinned = {"message_id": 3, "date": 0, "chat": {"id": 1, "type": "private"}}
    queue = FairQueue(storage.updates)
    for update in await telegram.poll(text_message(5, pinned_message=pinned)):
        await queue.put(update)
    assert queue.qsize() == 1


@pytest.mark.parametrize("message", [{}, 5, "x", {"message_id": 1, "date": 10**18}])
async def test_what_cannot_be_read_is_set_aside_and_the_rest_queued(
    storage: Storage, telegram: Telegram, caplog: pytest.LogCaptureFixture, message: object
) -> None:
    queue = FairQueue(storage.updates)
    unreadable = {"update_id": 5, "message": message}
    for update in await telegram.poll(text_message(4), unreadable, text_message(6, user_id=2)):
        await queue.put(update)
    assert taken(queue) == [4, 6]
    assert len(caplog.messages) == 1
    assert [json.loads(body) for body in await storage.updates.unreadable()] == [unreadable]
    assert await pending(storage) == [4, 6]


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "{}", '{"update_id": 7, "message": {}}'])
async def test_a_row_that_cannot_be_read_is_set_aside_at_a_start(
    storage: Storage, telegram: Telegram, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    await storage.updates.receive({7: body})
    await telegram.poll(text_message(8))
    queue = FairQueue(storage.updates)
    await queue.restore(BOT)
    assert taken(queue) == [8]
    assert await storage.updates.unreadable() == (body,)
    assert len(caplog.messages) == 1


async def test_what_a_dead_process_left_is_queued_again_in_order(
    storage: Storage, telegram: Telegram
) -> None:
    await telegram.poll(*(text_message(n, user_id=n) for n in (3, 1, 2)))
    queue = FairQueue(storage.updates)
    await queue.restore(BOT)
    assert taken(queue) == [1, 2, 3]


class TroubledJournal(Updates):
    """The real journal, on a disk that fails as often as a test says."""

    failures = 0

    async def receive(self, updates: Mapping[int, str], confirmed: int = 0) -> frozenset[int]:
        self._fail()
        return await super().receive(updates, confirmed)

    async def done(self, update_ids: Sequence[int]) -> None:
        self._fail()
        await super().done(update_ids)

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("no space left on the device")


@pytest.fixture
async def troubled(tmp_path: Path) -> AsyncIterator[TroubledJournal]:
    database = await Database.open(tmp_path / "troubled.db", bytes(32))
    yield TroubledJournal(database)
    await database.close()


async def test_the_journal_is_tried_until_it_takes_an_update(
    troubled: TroubledJournal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    troubled.failures = 2
    telegram = Telegram(troubled, monkeypatch)
    assert [await telegram.poll(text_message(5)) for _ in range(2)] == [(), ()]
    assert telegram.request.polls == 1, "the heartbeat is to stand still"
    (update,) = await telegram.poll(text_message(5))
    assert update.update_id == 5
    assert len(await troubled.pending()) == 1
    assert len(caplog.messages) == 2


async def test_updates_that_wait_are_kept_as_they_came(
    storage: Storage, telegram: Telegram
) -> None:
    queue = FairQueue(storage.updates)
    for first in range(1, 1_000, 100):
        many = (text_message(n, user_id=1 + n % 2) for n in range(first, first + 100))
        for update in await telegram.poll(*many):
            await queue.put(update)
    del update
    gc.collect()
    assert sum(isinstance(kept, Update) for kept in gc.get_objects()) < 10
    for number in range(1, 1_001):
        update = await queue.get()
        assert isinstance(update, Update)
        assert (update.update_id, update.message and update.message.text) == (number, "hello")
        queue.finished(update)


async def test_no_more_updates_are_taken_than_may_be_handled_at_once(
    storage: Storage, telegram: Telegram
) -> None:
    queue = FairQueue(storage.updates)
    people = range(1, MAX_CONCURRENT_UPDATES + 2)
    for update in await telegram.poll(*(text_message(n, user_id=n) for n in people)):
        await queue.put(update)
    taken = [await queue.get() for _ in people[:-1]]
    next_one = asyncio.create_task(queue.get())
    await storage.updates.check()
    assert not next_one.done()
    assert isinstance(taken[0], Update)
    queue.finished(taken[0])
    update = await next_one
    assert isinstance(update, Update)
    assert update.update_id == people[-1]


# Handling ----------------------------------------------------------------------------------------


@dataclass
class Handlers:
    """A queue and a processor as the application runs them."""

    queue: FairQueue
    processor: UpdateProcessor

    @classmethod
    def of(cls, journal: Updates, steps: Steps) -> Handlers:
        queue = FairQueue(journal)
        return cls(queue, UpdateProcessor(journal, steps, queue))

    async def take(self, *updates: Update) -> None:
        for update in updates:
            await self.queue.put(update)

    async def handle(self, work: Awaitable[object]) -> None:
        """Handles the next update by `work`."""
        await self.processor.process_update(self.queue.get_nowait(), work)

    async def settle(self) -> None:
        """Returns when what was handled is marked, or could not be."""
        while (marking := self.processor._marking) and not marking.done():
            await asyncio.wait([marking])

    async def close(self) -> None:
        await self.processor.close(grace_s=0)


@pytest.fixture
def handlers(storage: Storage) -> Handlers:
    return Handlers.of(storage.updates, storage.steps)


async def test_an_update_that_the_journal_keeps_goes_with_the_next_one(
    troubled: TroubledJournal, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = Handlers.of(troubled, storage.steps)
    await handlers.take(
        *await Telegram(troubled, monkeypatch).poll(text_message(1), text_message(2, user_id=2))
    )
    troubled.failures = 1
    await handlers.handle(asyncio.sleep(0))
    await handlers.settle()
    assert len(await troubled.pending()) == 2
    await handlers.handle(asyncio.sleep(0))
    await handlers.close()
    assert await troubled.pending() == ()


async def test_an_update_is_handled_when_what_was_begun_beside_it_has_ended(
    storage: Storage, telegram: Telegram, handlers: Handlers
) -> None:
    await handlers.take(*await telegram.poll(text_message(1), text_message(2, user_id=2)))
    may_end = asyncio.Event()
    beside: list[asyncio.Task[object]] = []

    async def begin() -> None:
        beside.append(asyncio.create_task(may_end.wait()))
        handlers.processor.beside(beside[0])
        handlers.processor.when_over(lambda: over.append("update 1"))

    over: list[str] = []
    await handlers.handle(begin())
    await handlers.handle(asyncio.sleep(0))
    await storage.updates.check()
    assert 1 in await pending(storage)
    assert not over
    may_end.set()
    await asyncio.wait(beside)
    assert over == ["update 1"]
    await handlers.close()
    assert await pending(storage) == []


async def test_the_updates_of_a_burst_are_handled_together(
    storage: Storage, telegram: Telegram, handlers: Handlers
) -> None:
    await handlers.take(*await telegram.poll(*(text_message(n, user_id=n) for n in (1, 2))))

    async def leave() -> None:
        handlers.processor.leave_to_burst()

    async def gather() -> None:
        await handlers.processor.gathered([1, 2])
        assert {one.burst for one in await storage.updates.pending()} == {1}

    await handlers.handle(gather())
    await handlers.handle(leave())
    await handlers.close()
    assert await pending(storage) == []


async def test_what_runs_at_a_stop_is_left_to_the_next_process(
    storage: Storage, telegram: Telegram, handlers: Handlers
) -> None:
    await handlers.take(*await telegram.poll(text_message(1)))
    handling = asyncio.create_task(handlers.handle(asyncio.get_running_loop().create_future()))
    await asyncio.sleep(0)
    await handlers.close()
    assert handling.cancelled()
    assert await pending(storage) == [1]


async def test_an_update_that_no_process_survives_is_set_aside_and_that_is_said(
    storage: Storage, telegram: Telegram
) -> None:
    await telegram.poll(text_message(1), text_message(2, user_id=2))
    said: list[int] = []

    async def say(update: Update) -> None:
        said.append(update.update_id)

    async def refuse() -> None:
        pytest.fail("it was handled once more")

    for attempt in range(MAX_ATTEMPTS + 1):
        handlers = Handlers.of(storage.updates, storage.steps)
        handlers.processor.give_up = say
        await handlers.queue.restore(BOT)
        if attempt < MAX_ATTEMPTS:
            killed = asyncio.create_task(
                handlers.handle(asyncio.get_running_loop().create_future())
            )
            while (await storage.updates.pending())[0].attempts == attempt:  # noqa: ASYNC110
                await asyncio.sleep(0)
            killed.cancel()
            await asyncio.wait([killed])
    await handlers.handle(refuse())
    assert said == [1]
    assert await pending(storage) == [2]
    assert len(await storage.updates.unreadable()) == 1


async def test_each_users_updates_come_in_order_and_users_side_by_side(
    telegram: Telegram, handlers: Handlers
) -> None:
    await handlers.take(
        *await telegram.poll(*(text_message(n) for n in range(400)), text_message(400, user_id=2))
    )
    assert handlers.queue.qsize() == 2, "one sender takes one place"
    may_end, happened = asyncio.Event(), []

    async def handle(name: str, wait: bool = False) -> None:
        if wait:
            await may_end.wait()
        happened.append(name)

    first = asyncio.create_task(handlers.handle(handle("Anna's first", wait=True)))
    await asyncio.sleep(0)
    await handlers.handle(handle("Boris's"))
    assert handlers.queue.empty()
    may_end.set()
    await first
    await handlers.handle(handle("Anna's second"))
    assert happened == ["Boris's", "Anna's first", "Anna's second"]


# Albums ------------------------------------------------------------------------------------------


async def test_an_album_is_gathered_in_order() -> None:
    albums = Albums(quiet_s=0.05)
    first, *rest = (make_message(n, album="a") for n in (2, 1, 3))
    assert albums.add(first, update_id=12)
    gathering = asyncio.create_task(albums.gather(first))
    assert [albums.add(message, update_id=20 + message.message_id) for message in rest] == [
        False,
        False,
    ]
    assert all(albums.has_begun(message) for message in (first, *rest))
    messages, update_ids = await gathering
    assert [message.message_id for message in messages] == [1, 2, 3]
    assert sorted(update_ids) == [12, 21, 23]


async def test_albums_of_two_chats_are_not_mixed_up() -> None:
    albums = Albums(quiet_s=0.05)
    annas, boriss = make_message(1, user_id=1, album="a"), make_message(2, user_id=2, album="a")
    assert albums.add(annas, 1)
    assert albums.add(boriss, 2)
    assert await albums.gather(annas) == ([annas], [1])
    assert await albums.gather(boriss) == ([boriss], [2])


async def test_an_album_that_was_gathered_is_forgotten() -> None:
    albums = Albums(quiet_s=0.01)
    photo = make_message(1, album="a")
    albums.add(photo, 1)
    await albums.gather(photo)
    assert not albums.has_begun(photo)
    assert albums.add(photo, 1)
