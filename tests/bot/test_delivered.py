"""Messages of which it is not known whether they were sent."""

from __future__ import annotations

from typing import Any

from telegram.error import BadRequest

from bot.delivered import MARGIN, MAX_PROBES, Delivered, Request

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


def test_the_search_ends_some_numbers_above_the_last_known_one() -> None:
    delivered = Delivered()
    delivered.pass_number(GROUP, 7)
    assert numbers(delivered) == [*range(5, 8 + MARGIN)]


def test_a_persons_message_that_has_not_arrived_leads_the_search_on() -> None:
    delivered = Delivered()
    beyond = 4 + MARGIN + MARGIN // 2
    assert beyond not in numbers(delivered)
    assert beyond in numbers(delivered, of_a_person=4 + MARGIN)


def test_the_search_ends_however_many_messages_there_are() -> None:
    delivered = Delivered()
    delivered.pass_number(GROUP, 10_000)
    assert len(numbers(delivered)) == MAX_PROBES


def numbers(delivered: Delivered, of_a_person: int = 0) -> list[int]:
    """The numbers that are tried above 4. of_a_person : the message that a person wrote."""
    request = Request("sendMessage", {"chat_id": GROUP, "text": "Hello"}, post)
    tried = []
    for probe in delivered.probes(request, 4):
        tried.append(probe.message_id)
        refusal = "can't be edited" if probe.message_id == of_a_person else "to edit not found"
        assert not delivered.is_there(request, probe, BadRequest(f"Message {refusal}"))
    return tried
