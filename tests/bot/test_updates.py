"""The journal before the queue, each user's order, and albums: on the real storage."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telegram import Bot, Chat, Message, Update, User

from bot.albums import Albums
from bot.polling import PollingRequest
from bot.updates import JournaledQueue, UserOrderProcessor
from storage.database import Database
from storage.storage import Storage
from storage.updates import Updates

BOT = Bot("1:token")


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await Storage.open(tmp_path)
    yield opened
    await opened.close()


def make_message(message_id: int, user_id: int = 1, album: str | None = None) -> Message:
    return Message(
        message_id=message_id,
        date=datetime.now(UTC),
        chat=Chat(user_id, "private"),
        from_user=User(user_id, "Anna", is_bot=False),
        text=f"message {message_id}",
        media_group_id=album,
    )


def make_update(update_id: int, user_id: int = 1) -> Update:
    return Update(update_id, message=make_message(update_id, user_id))


async def test_what_is_in_the_queue_is_in_the_journal(storage: Storage) -> None:
    queue = JournaledQueue(storage.updates)
    await queue.put(make_update(5))
    assert len(await storage.updates.pending()) == 1
    assert (await queue.get()).update_id == 5


async def test_an_update_that_comes_twice_is_queued_once(storage: Storage) -> None:
    queue = JournaledQueue(storage.updates)
    await queue.put(make_update(5))
    await queue.put(make_update(5))
    assert queue.qsize() == 1


async def test_what_a_dead_process_left_is_queued_again_in_order(storage: Storage) -> None:
    for update_id in (3, 1, 2):
        await JournaledQueue(storage.updates).put(make_update(update_id))
    queue = JournaledQueue(storage.updates)
    await queue.restore(BOT)
    assert [queue.get_nowait() for _ in range(3)] == [make_update(n) for n in (1, 2, 3)]


class TroubledJournal(Updates):
    """The real journal, on a disk that fails as often as a test says."""

    failures = 0

    async def add(self, update_id: int, body: str) -> bool:
        self._fail()
        return await super().add(update_id, body)

    async def done(self, update_id: int) -> None:
        self._fail()
        await super().done(update_id)

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("no space left on the device")


@pytest.fixture
async def troubled(tmp_path: Path) -> AsyncIterator[TroubledJournal]:
    database = await Database.open(tmp_path / "troubled.db", bytes(32))
    yield TroubledJournal(database)
    await database.close()


def received(*updates: object) -> tuple[Update, ...]:
    """The updates of a poll, as the library hands them on."""
    payload = json.dumps({"ok": True, "result": updates}).encode()
    return Update.de_list(PollingRequest.parse_json_payload(payload)["result"], BOT)


def text_message(update_id: int, **fields: object) -> dict[str, object]:
    chat = {"id": 1, "type": "private"}
    message = {"message_id": 1, "date": 1_700_000_000, "chat": chat, "text": "hello"}
    return {"update_id": update_id, "message": message | fields}


async def test_what_telegram_sent_is_journaled_as_it_was(storage: Storage) -> None:
    queue = JournaledQueue(storage.updates)
    sent = text_message(5, of_next_year={"new": "field"})
    (update,) = received(sent)
    await queue.put(update)
    (body,) = await storage.updates.pending()
    assert json.loads(body) == sent
    queued = queue.get_nowait()
    assert isinstance(queued, Update)
    assert queued.message is not None
    assert queued.message.get_bot() is BOT
    assert queued.message.text == "hello"


async def test_what_the_library_cannot_write_is_handled(storage: Storage) -> None:
    pinned = {"message_id": 3, "date": 0, "chat": {"id": 1, "type": "private"}}
    queue = JournaledQueue(storage.updates)
    for update in received(text_message(5, pinned_message=pinned)):
        await queue.put(update)
    assert queue.qsize() == 1


@pytest.mark.parametrize("message", [{}, 5, "x", {"message_id": 1, "date": 10**18}])
async def test_what_cannot_be_read_is_set_aside_and_the_rest_queued(
    storage: Storage, caplog: pytest.LogCaptureFixture, message: object
) -> None:
    queue = JournaledQueue(storage.updates)
    unreadable = {"update_id": 5, "message": message}
    for update in received(text_message(4), unreadable, text_message(6)):
        await queue.put(update)
    assert [queue.get_nowait().update_id for _ in range(queue.qsize())] == [4, 6]
    assert len(caplog.messages) == 1
    assert [json.loads(body) for body in await storage.updates.unreadable()] == [unreadable]
    assert len(await storage.updates.pending()) == 2


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "{}", '{"update_id": 7, "message": {}}'])
async def test_a_row_that_cannot_be_read_is_set_aside_at_a_start(
    storage: Storage, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    await storage.updates.add(7, body)
    await JournaledQueue(storage.updates).put(make_update(8))
    queue = JournaledQueue(storage.updates)
    await queue.restore(BOT)
    assert queue.get_nowait() == make_update(8)
    assert await storage.updates.unreadable() == (body,)
    assert len(caplog.messages) == 1


async def test_the_journal_is_tried_until_it_takes_an_update(
    troubled: TroubledJournal, caplog: pytest.LogCaptureFixture
) -> None:
    troubled.failures = 2
    queue = JournaledQueue(troubled)
    await queue.put(make_update(5))
    assert queue.qsize() == 1
    assert len(await troubled.pending()) == 1
    assert len(caplog.messages) == 2


async def test_an_update_that_the_journal_keeps_goes_with_the_next_one(
    troubled: TroubledJournal,
) -> None:
    queue, processor = JournaledQueue(troubled), UserOrderProcessor(troubled)
    for update_id in (1, 2):
        await queue.put(make_update(update_id))
    troubled.failures = 1
    await processor.process_update(make_update(1), asyncio.sleep(0))
    assert len(await troubled.pending()) == 2
    await processor.process_update(make_update(2), asyncio.sleep(0))
    assert await troubled.pending() == ()


async def test_a_handled_update_leaves_the_journal_and_a_held_one_stays(storage: Storage) -> None:
    queue, processor = JournaledQueue(storage.updates), UserOrderProcessor(storage.updates)
    for update_id in (1, 2):
        await queue.put(make_update(update_id))

    async def hold() -> None:
        processor.hold(2)

    await processor.process_update(make_update(1), asyncio.sleep(0))
    await processor.process_update(make_update(2), hold())
    (left,) = await storage.updates.pending()
    assert '"update_id": 2' in left
    await processor.release(2)
    assert await storage.updates.pending() == ()


async def test_an_update_whose_handler_is_killed_stays_in_the_journal(storage: Storage) -> None:
    queue, processor = JournaledQueue(storage.updates), UserOrderProcessor(storage.updates)
    await queue.put(make_update(1))
    task = asyncio.create_task(
        processor.process_update(make_update(1), asyncio.get_running_loop().create_future())
    )
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(await storage.updates.pending()) == 1


async def test_each_users_updates_come_in_order_and_users_side_by_side(storage: Storage) -> None:
    processor = UserOrderProcessor(storage.updates)
    may_end, happened = asyncio.Event(), []

    async def handle(name: str, wait: bool = False) -> None:
        if wait:
            await may_end.wait()
        happened.append(name)

    first = asyncio.create_task(
        processor.process_update(make_update(1), handle("Anna's first", wait=True))
    )
    second = asyncio.create_task(processor.process_update(make_update(2), handle("Anna's second")))
    await processor.process_update(make_update(3, user_id=2), handle("Boris's"))
    may_end.set()
    await asyncio.gather(first, second)
    assert happened == ["Boris's", "Anna's first", "Anna's second"]


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
