"""A button that is pressed twice."""

from __future__ import annotations

import pytest

from bot.taps import AGAIN_AFTER_S, REMEMBERED, Taps


async def test_the_work_of_a_tap_is_done_once() -> None:
    taps, done = Taps(), []

    async def work() -> None:
        done.append(1)

    await taps.once("one", work)
    await taps.once("one", work)
    await taps.once("other", work)
    assert len(done) == 2


async def test_a_tap_whose_work_failed_may_come_again() -> None:
    taps, done = Taps(), []

    async def work() -> None:
        done.append(1)
        if len(done) == 1:
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        await taps.once("one", work)
    await taps.once("one", work)
    assert len(done) == 2


async def test_old_taps_are_forgotten() -> None:
    taps, done = Taps(), []

    async def work() -> None:
        done.append(1)

    for number in range(REMEMBERED + 1):
        await taps.once(number, work)
    assert len(taps._done) == REMEMBERED
    await taps.once(0, work)
    await taps.once(REMEMBERED, work)
    assert len(done) == REMEMBERED + 2


def test_work_is_not_begun_again_while_it_goes_on_and_right_after() -> None:
    clock = [0.0]
    taps = Taps(lambda: clock[0])
    assert taps.begin("one")
    clock[0] = 100.0
    assert not taps.begin("one")
    assert taps.begin("other")
    taps.end("one")
    assert not taps.begin("one")
    clock[0] += AGAIN_AFTER_S
    assert taps.begin("one")
    assert not taps.begin("other")
