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


def test_a_fit_is_tried_once_more_after_a_crash_and_then_that_is_told(
    mortal_bot: BotProcess, anna: Person
) -> None:
    upload(anna, baskets.a_dozen())
    beginning = anna.now()
    anna.say(baskets.ENDLESS_FIT)
    progress = anna.hears("Training on")
    mortal_bot.crash_and_restart()
    anna.say("/help")
    anna.sees(lambda message: message.id == progress.id and "✋ Stop" in message.buttons)
    mortal_bot.crash_and_restart()
    told = anna.hears("restarted in the middle of your training")
    assert told.id == progress.id
    assert not told.buttons
    assert anna.press(progress, "Stop").text == "Nothing is running."
    anna.ask("/models", "No models of your own yet")
    anna.ask("/datasets", "dozen")
    mortal_bot.restart()
    anna.ask("/models", "No models of your own yet")
    assert sum("restarted in" in one.text for one in anna.heard(since=beginning)) == 1


def test_a_fit_goes_on_after_a_stop(mortal_bot: BotProcess, anna: Person) -> None:
    upload(anna, baskets.a_dozen())
    anna.say(baskets.ENDLESS_FIT)
    progress = anna.hears("Training on")
    for _ in range(2):
        assert mortal_bot.stop() == 0
        mortal_bot.start()
        anna.say("/help")
        anna.sees(lambda message: message.id == progress.id and "✋ Stop" in message.buttons)
    anna.press(progress, "Stop")
    anna.hears("Stopped")
    assert "Traceback" not in mortal_bot.log


def test_an_answer_that_waits_for_telegram_outlives_a_stop(
    mortal_bot: BotProcess, anna: Person
) -> None:
    anna.send_photos(baskets.drawn().taught[0])
    anna.sees(lambda message: "nearest" in message.text or "%" in message.text)
    beginning = anna.now()
    anna.order_fault("sendMessage", 429, retry_after=600, times=2)
    anna.say("/help")
    anna.say("/models")
    assert mortal_bot.stop() == 0
    mortal_bot.start()
    anna.hears("No models of your own yet")
    said = [message.text for message in anna.heard(since=beginning)]
    assert len(said) == 2
    assert "/upload_dataset" in said[0]
    assert "Traceback" not in mortal_bot.log


def test_an_upload_goes_on_after_a_crash(mortal_bot: BotProcess, anna: Person) -> None:
    basket = baskets.a_dozen(photos=25)
    beginning = anna.now()
    anna.send_file("dozen.zip", basket.zipped)
    anna.hears("opening it")
    anna.order_fault("getFile", 400, description="Bad Request: file is gone", times=9)
    mortal_bot.crash_and_restart()
    anna.hears("dozen", "photos")
    anna.ask("/datasets", "dozen")
    said = anna.heard(since=beginning)
    assert len(said) == 2, [message.text for message in said]


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


def test_photos_that_wait_for_a_name_outlive_a_crash(mortal_bot: BotProcess, anna: Person) -> None:
    anna.ask("/teach", "What is it called?")
    anna.send_photos(*baskets.drawn().taught[:2])
    anna.hears("Which class is this?")
    mortal_bot.crash_and_restart()
    anna.say("melon")
    anna.hears("melon ▮▮ 2")
