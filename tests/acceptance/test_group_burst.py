"""Twenty people ask a group's bot at once: as many messages as Telegram takes for a group in a minute."""

from __future__ import annotations

import time

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess

PEOPLE = 20
LAST_S = 20.0
PHOTO = baskets.drawn().taught[0]


@pytest.mark.parametrize("actions_are_refused", [False, True])
def test_the_last_of_twenty_people_is_answered_soon(
    own_bot: BotProcess, meet: Meet, actions_are_refused: bool
) -> None:
    """Each has an answer of their own, though "typing…" stands before each; what becomes of that holds nobody up.

    On a machine that is too busy it takes no longer than in private chats, of which none is near its limit.
    """
    people = [meet(own_bot) for _ in range(PEOPLE)]
    if actions_are_refused:
        people[0].order_fault("sendChatAction", 429, retry_after=60, times=2 * PEOPLE)
    in_private = seconds(people)
    in_group = seconds([person.in_group() for person in people])
    assert in_group < max(LAST_S, 2 * in_private)
    assert "heard too much" not in own_bot.log


def seconds(people: list[Person]) -> float:
    """Seconds until each of them has the answer to a photo."""
    began = time.monotonic()
    asked = [(person, person.send_photos(PHOTO, caption="/predict")[0]) for person in people]
    for person, photo in asked:
        person.sees(lambda message, photo=photo: message.answers == photo)
    return time.monotonic() - began
