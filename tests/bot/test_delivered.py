"""Messages of which it is not known whether they were sent."""

from __future__ import annotations

from typing import Any

from bot.delivered import Delivered, Request

GROUP = -1001


async def post(*_: object) -> dict[str, Any]:
    raise AssertionError("nothing is sent here")


def test_a_message_whose_button_was_pressed_is_still_looked_for() -> None:
    """A poll was sent and the process killed before that was on record: a press must not hide it."""
    delivered = Delivered()
    delivered.see_number(GROUP, 4)
    delivered.pass_number(GROUP, 5)
    request = Request("sendPoll", {"chat_id": GROUP, "question": "?"}, post)
    assert [probe.message_id for probe in delivered.probes(request, 4)][:2] == [5, 6]
    assert delivered.last_known(GROUP) == 5


def test_a_message_that_was_received_is_not() -> None:
    delivered = Delivered()
    delivered.see_number(GROUP, 5)
    request = Request("sendPoll", {"chat_id": GROUP, "question": "?"}, post)
    assert next(iter(delivered.probes(request, 4))).message_id == 6
