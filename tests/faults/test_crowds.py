"""The short forms of `load` and `fairness`: what is lost and who is first, and nothing that a busy machine would miss."""

from __future__ import annotations

import sys

import pytest

from tests.acceptance import baskets
from tests.faults import fairness, load

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is looked up in /proc")


async def test_a_burst_is_answered_once_and_in_order_while_two_fits_run() -> None:
    async for burst in load.run(3, [60], baskets.drawn()):
        assert len(burst.asked) == 180
        assert burst.failures == []


async def test_nine_people_are_served_before_one_with_many_requests() -> None:
    outcome = await fairness.run(requests=100, rounds=1, basket=baskets.drawn())
    assert len(outcome.busy.photos) + len(outcome.busy.fits) == 9
    # They took turns: one of the many in each round of all people.
    assert outcome.photos < 30
    assert outcome.fits < 5
