"""The board of a chat: one post after the other, and never an older state over a newer one."""

from __future__ import annotations

import asyncio

import pytest

from bot.boards import Boards, Post

CHAT = 1


class Posts:
    """What was posted, in order."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str) -> Post:
        async def post() -> None:
            self.texts.append(text)

        return post


@pytest.fixture
def boards() -> Boards:
    return Boards(interval_s=0.0)


async def test_what_is_ready_last_does_not_replace_what_happened_after_it(boards: Boards) -> None:
    posted = Posts()
    first, second = boards.turn(CHAT), boards.turn(CHAT)
    await boards.post(CHAT, posted("second"), second)
    await boards.post(CHAT, posted("first"), first)
    await boards.post(CHAT, posted("second, learned"), second)
    assert posted.texts == ["second", "second, learned"]


async def test_what_waits_gives_way_to_what_is_newer_and_to_nothing_else(boards: Boards) -> None:
    posted, free = Posts(), asyncio.Event()
    first, second = boards.turn(CHAT), boards.turn(CHAT)

    async def until_free() -> None:
        await free.wait()

    waiting = [asyncio.create_task(boards.post(CHAT, until_free, first))]
    await asyncio.sleep(0)
    for text, turn in (("second", second), ("first", first), ("second, learned", second)):
        waiting.append(asyncio.create_task(boards.post(CHAT, posted(text), turn)))
        await asyncio.sleep(0)
    free.set()
    await asyncio.gather(*waiting)
    assert posted.texts == ["second, learned"]


async def test_without_a_turn_the_last_one_counts(boards: Boards) -> None:
    posted = Posts()
    first = boards.turn(CHAT)
    await boards.post(CHAT, posted("now"))
    await boards.post(CHAT, posted("first"), first)
    assert posted.texts == ["now"]
