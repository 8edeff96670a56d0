"""The process is stopped or killed: everything that it acknowledged is still there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import model_number, teach, upload


@pytest.fixture
def anna(mortal_bot: BotProcess, meet: Meet) -> Person:
    return meet(mortal_bot)


@pytest.mark.parametrize("end", [BotProcess.restart, BotProcess.crash_and_restart])
def test_everything_is_still_there_after_a_restart(
    mortal_bot: BotProcess, anna: Person, end: Callable[[BotProcess], None]
) -> None:
    basket = baskets.drawn()
    report = teach(anna, basket, baskets.QUICK_FIT)
    anna.say("/samples")
    sheet = anna.sees(lambda message: message.is_photo)
    anna.press(anna.ask("/datasets", "fruits"), "fruits")
    anna.press(anna.sees(lambda message: "✏️ Rename" in message.buttons), "Rename")
    anna.hears("What shall the dataset “fruits” be called?")
    end(mortal_bot)
    anna.ask("berries", "Now it is “berries”")
    anna.send_photos(basket.taught[0])
    anna.hears("%", "█")
    anna.ask("/models", "✅", f"#{model_number(report)}")
    anna.press(report, "Details")
    anna.hears("Your own model", "It answers in this chat")
    anna.say("/samples")
    assert anna.fetch(anna.sees(lambda message: message.is_photo)) == anna.fetch(sheet)


def test_a_crash_in_the_middle_of_a_fit_is_told(mortal_bot: BotProcess, anna: Person) -> None:
    upload(anna, baskets.a_dozen())
    anna.say(baskets.ENDLESS_FIT)
    progress = anna.hears("Training on")
    mortal_bot.crash_and_restart()
    anna.hears("restarted in the middle of your training")
    assert anna.press(progress, "Stop").text == "Nothing is running."
    anna.ask("/models", "No models of your own yet")
    anna.ask("/datasets", "dozen")


def test_a_stop_in_the_middle_of_a_fit_is_told(mortal_bot: BotProcess, anna: Person) -> None:
    upload(anna, baskets.a_dozen())
    anna.say(baskets.ENDLESS_FIT)
    anna.hears("Training on")
    mortal_bot.restart()
    anna.hears("I am being restarted")


def test_a_crash_in_the_middle_of_an_upload_is_told(mortal_bot: BotProcess, anna: Person) -> None:
    basket = baskets.a_dozen(photos=25)
    anna.send_file("dozen.zip", basket.zipped)
    anna.hears("opening it")
    mortal_bot.crash_and_restart()
    anna.hears("restarted while I read your ZIP")
    anna.ask("/datasets", "No datasets yet")
    upload(anna, basket)


def test_a_burst_of_messages_survives_a_crash(mortal_bot: BotProcess, meet: Meet) -> None:
    people = [meet(mortal_bot) for _ in range(2)]
    for person in people:
        person.ask("/start", "Lukoshko")
    beginnings = [person.now() for person in people]
    for number in range(5):
        for person in people:
            person.say(f"/model {number}")
    mortal_bot.crash_and_restart()
    for person, beginning in zip(people, beginnings, strict=True):
        person.hears("no model", "#4")
        answers = " ".join(message.text for message in person.heard(since=beginning))
        assert all(f"#{number}" in answers for number in range(5))
