"""Hundreds of photos at once, and a crash in between."""

from __future__ import annotations

import time

import pytest

from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import (
    APPLE,
    CAN_ANSWER,
    PEAR,
    boards,
    counts,
)
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.factories import make_image


def test_two_hundred_photos_at_once_are_all_learned(mortal_bot: BotProcess, meet: Meet) -> None:
    """Twenty albums of ten, of two people; the last album shows photos of the first under another name."""
    people = [meet(mortal_bot) for _ in range(2)]
    beginnings = [greeted(person) for person in people]
    for number in range(10):
        for person in people:
            send_album(person, number)
    for person, beginning in zip(people, beginnings, strict=True):
        learned_all(person)
        assert len(boards(person, beginning)) == 1
        assert not any("Something of yours" in message.text for message in person.heard(beginning))
    assert "Rate limit hit" not in mortal_bot.log
    assert "429" not in mortal_bot.log


@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_a_crash_in_the_middle_of_a_burst_loses_and_doubles_nothing(
    mortal_bot: BotProcess, meet: Meet, seconds: float
) -> None:
    people = [meet(mortal_bot) for _ in range(2)]
    for person in people:
        greeted(person)
    for number in range(10):
        for person in people:
            send_album(person, number)
    time.sleep(seconds)  # the moment of the crash
    mortal_bot.crash_and_restart()
    for person in people:
        learned_all(person)


def greeted(person: Person) -> int:
    person.ask("/start", "Lukoshko")
    return person.now()


def send_album(person: Person, number: int) -> None:
    """Albums of two classes by turns; the last has the photos of the first under the other's name."""
    first = 10 * number if number < 9 else 0
    kind = (APPLE, PEAR)[number % 2] if number < 9 else APPLE
    album = [make_image(kind, 1000 * person.user + n) for n in range(first, first + 10)]
    person.send_photos(*album, caption=("apple", "pear")[number % 2])


def learned_all(person: Person) -> None:
    """Waits until the newest class of each photo is learned, and no photo is lost or there twice."""
    person.sees(lambda message: CAN_ANSWER in message.text and counts(message) == LEARNED)
    person.ask("/datasets", "90 photos, 2 classes")


LEARNED = {"apple": 40, "pear": 50}
