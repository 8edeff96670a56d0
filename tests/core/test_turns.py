"""Places are given round robin by person, and none is lost."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

from core.jobs.turns import Turns
from core.ports.turns import TURN

FLOOD, ANNA, BORIS = 1, 2, 3


def begun(turns: Turns, person: int, served: list[int], number: int) -> asyncio.Task[None]:
    """A task of a person's that asks for a place, and notes its number when it has one."""

    async def take() -> None:
        async with turns:
            served.append(number)

    context = copy_context()
    context.run(TURN.set, person)
    return asyncio.get_running_loop().create_task(take(), context=context)


async def test_one_persons_forty_wait_for_the_others() -> None:
    turns, served = Turns(1), list[int]()
    await turns.acquire()
    tasks = [begun(turns, FLOOD, served, FLOOD) for _ in range(40)]
    tasks += [begun(turns, person, served, person) for person in (ANNA, BORIS)]
    await asyncio.sleep(0)
    turns.release()
    await asyncio.gather(*tasks)
    assert served[:3] == [FLOOD, ANNA, BORIS]
    assert served.count(FLOOD) == 40


async def test_each_ones_requests_are_served_in_order() -> None:
    turns, served = Turns(1), list[int]()
    await turns.acquire()
    tasks = [begun(turns, ANNA, served, number) for number in range(5)]
    await asyncio.sleep(0)
    turns.release()
    await asyncio.gather(*tasks)
    assert served == list(range(5))


async def test_who_gives_up_keeps_no_place() -> None:
    turns, served = Turns(1), list[int]()
    await turns.acquire()
    waiting, leaving = begun(turns, ANNA, served, 0), begun(turns, BORIS, served, 1)
    await asyncio.sleep(0)
    leaving.cancel()
    turns.release()
    await waiting
    assert not turns.locked()
    await turns.acquire()
    given = begun(turns, ANNA, served, 2)
    await asyncio.sleep(0)
    turns.release()
    given.cancel()  # its place was given in the same moment
    await asyncio.wait([given])
    assert not turns.locked()
    assert served == [0]
