"""Twenty people ask a group's bot at once: as many messages as Telegram takes for a group in a minute."""

from __future__ import annotations

import time

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.process import BotProcess

PEOPLE = 20
LAST_S = 20.0
PHOTO = baskets.drawn().taught[0]


@pytest.mark.parametrize("actions_are_refused", [False, True])
def test_the_last_of_twenty_people_is_answered_soon(
    own_bot: BotProcess, meet: Meet, actions_are_refused: bool
) -> None:
    """Each has an answer of their own, though "typing…" stands before each; what becomes of that holds nobody up."""
    people = [meet(own_bot).in_group() for _ in range(PEOPLE)]
    if actions_are_refused:
        people[0].order_fault("sendChatAction", 429, retry_after=60, times=PEOPLE)
    began = time.monotonic()
    asked = [person.send_photos(PHOTO, caption="/predict")[0] for person in people]
    for photo in asked:
        people[0].sees(lambda message, photo=photo: message.answers == photo)
    assert time.monotonic() - began < LAST_S
    assert "heard too much" not in own_bot.log
