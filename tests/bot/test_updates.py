"""The journal before the queue, each user's order, and albums: on the real storage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telegram import Bot, Chat, Message, Update, User

from bot.albums import Albums
from bot.updates import JournaledQueue, UserOrderProcessor
from storage.storage import Storage

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
