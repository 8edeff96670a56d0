"""Turns: what one sender sends is worked on in order."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bot.turns import Turn, Turns

ANNA, BORIS = 1, 2


async def test_an_answer_waits_until_all_before_it_is_over() -> None:
    turns, done = Turns(), list[str]()
    album, photo = turns.join(ANNA), turns.join(ANNA)
    assert album.is_first
    assert not photo.is_first

    async def answer(name: str, turn: Turn, after: asyncio.Event) -> None:
        with turn:
            await turn.is_alone()
            await after.wait()
            done.append(name)

    gathered, at_once = asyncio.Event(), asyncio.Event()
    at_once.set()
    waiting = asyncio.create_task(answer("photo", photo, at_once))
    first = asyncio.create_task(answer("album", album, gathered))
    await asyncio.sleep(0)
    gathered.set()
    await asyncio.gather(first, waiting)
    assert done == ["album", "photo"]
    assert turns.join(ANNA).is_first


async def test_a_lesson_waits_only_until_those_before_it_have_begun() -> None:
    turns = Turns()
    with turns.join(ANNA) as album, turns.join(ANNA) as photo:
        album.begin()
        await photo.comes()
        assert not photo.is_first


async def test_senders_do_not_wait_for_one_another() -> None:
    turns = Turns()
    with turns.join(ANNA):
        assert turns.join(BORIS).is_first


async def test_a_turn_that_fails_is_over() -> None:
    turns = Turns()
    album, photo = turns.join(ANNA), turns.join(ANNA)
    with suppress(ZeroDivisionError), album:
        _ = 1 / 0
    await photo.is_alone()
    assert photo.is_first
