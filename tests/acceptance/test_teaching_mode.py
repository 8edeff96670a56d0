"""The teaching mode: every photo belongs to the class that was chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import (
    APPLE,
    CAN_ANSWER,
    ONE_MORE,
    PEAR,
    PLUM,
    ask,
    counts,
    photos,
    taught,
    teach,
)
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import UNKNOWN, nearest_class
from tests.factories import make_image


def test_in_the_mode_every_photo_belongs_to_the_chosen_class(anna: Person) -> None:
    mode = anna.ask("/teach apple", "Teaching apple")
    assert mode.keys == ["apple · 0", "➕ New class", "✅ Done"]
    anna.send_photos(make_image(APPLE, 0))
    anna.hears("apple ▮ 1")
    anna.send_photos(*photos(APPLE, 1, 2), forward=True)
    anna.hears("apple ▮▮▮ 3")
    anna.ask("➕ New class", "What is it called?")
    pears = anna.ask("pear", "Teaching pear")
    assert pears.keys == ["pear · 0", "apple · 3", "➕ New class", "✅ Done"]
    anna.send_photos(*photos(PEAR, 0, 1, 2))
    anna.hears(CAN_ANSWER, "pear ▮▮▮ 3")
    anna.ask("apple · 3", "Teaching apple")
    anna.send_photos(make_image(PLUM, 0), caption="plum")
    anna.hears(CAN_ANSWER, "plum ▮ 1")
    end = anna.ask("✅ Done", "The lesson is over")
    assert end.reply_keyboard == {"remove_keyboard": True}
    assert nearest_class(ask(anna, make_image(PEAR, 9))) == "pear"


def test_an_album_belongs_to_the_class_that_was_chosen_when_it_was_sent(anna: Person) -> None:
    anna.ask("/teach apple", "Teaching apple")
    beginning = anna.now()
    anna.send_photos(*photos(APPLE, 0, 1, 2))
    anna.say("/teach pear")
    anna.send_photos(*photos(PEAR, 0, 1, 2))
    anna.say("✅ Done")
    anna.sees(lambda message: counts(message) == {"apple": 3, "pear": 3})
    assert not any(UNKNOWN in message.text for message in anna.heard(beginning))


def test_a_question_in_the_mode_does_not_end_it(anna: Person) -> None:
    taught(anna)
    anna.ask("/teach pear", "Teaching pear")
    anna.send_photos(make_image(APPLE, 9), caption="what is it?")
    assert nearest_class(anna.sees(lambda m: "Other…" in m.buttons)) == "apple"
    anna.send_photos(make_image(PEAR, 9))
    anna.hears(CAN_ANSWER, "pear ▮▮▮▮ 4")


def test_another_command_ends_the_mode_and_it_is_said(anna: Person) -> None:
    anna.ask("/teach apple", "Teaching apple")
    anna.ask("/models", "The lesson is over")
    anna.hears("baseline")
    anna.ask("/help", "/teach")
    assert not any("lesson is over" in message.text for message in anna.heard())


def test_teach_as_a_reply_teaches_that_photo_alone(anna: Person) -> None:
    photo = anna.send_photos(make_image(APPLE, 0))[0]
    anna.say("/teach apple", reply_to=photo)
    anna.hears(ONE_MORE, "apple ▮ 1")
    answer = ask(anna, make_image(APPLE, 1))
    assert answer.text


def test_the_button_of_the_greeting_asks_for_a_class(anna: Person) -> None:
    anna.press(anna.ask("/start", "Lukoshko"), "Teach by photos")
    anna.hears("What is it called?")
    anna.ask("a" * 65, "1 to 64 characters")
    anna.ask("apple", "Teaching apple")


@pytest.mark.parametrize("end", [BotProcess.restart, BotProcess.crash_and_restart])
def test_the_mode_survives_a_restart(
    mortal_bot: BotProcess, meet: Meet, end: Callable[[BotProcess], None]
) -> None:
    anna = meet(mortal_bot)
    anna.ask("/teach apple", "Teaching apple")
    anna.send_photos(make_image(APPLE, 0))
    anna.hears("apple ▮ 1")
    anna.send_photos(make_image(APPLE, 1))
    board = anna.hears("apple ▮▮ 2")
    end(mortal_bot)
    anna.send_photos(make_image(APPLE, 2))
    assert anna.hears("apple ▮▮▮ 3").id == board.id
    anna.ask("✅ Done", "The lesson is over")


def test_a_lesson_ends_before_its_class_is_chosen(anna: Person) -> None:
    taught(anna)
    for end, said in (("✅ Done", "lesson is over"), ("/cancel", "Cancelled")):
        anna.ask("/teach", "Which class?")
        assert anna.ask(end, said).reply_keyboard == {"remove_keyboard": True}


def test_done_may_be_written(anna: Person) -> None:
    anna.ask("/teach apple", "Teaching apple")
    anna.ask("done", "The lesson is over")


def test_photos_that_come_before_the_name_wait_for_it(anna: Person) -> None:
    teach(anna, "apple", APPLE, 0)
    anna.ask("/teach", "Which class? Tap one, or write a new name.")
    anna.send_photos(make_image(PEAR, 0), make_image(PEAR, 1))
    anna.hears("Which class is this?")
    anna.send_photos(make_image(PEAR, 2))
    anna.say("pear")
    anna.sees(lambda message: counts(message) == {"apple": 1, "pear": 3})
    anna.ask("what now", "Every photo is taught as pear now")
    anna.ask("/done", "The lesson is over")
    anna.ask("/done", "Send a photo without a name")


def test_a_text_that_answers_a_photo_names_it(anna: Person) -> None:
    photo = anna.send_photos(make_image(APPLE, 0))[0]
    anna.hears(UNKNOWN)
    anna.say("this is an apple", reply_to=photo)
    anna.sees(lambda message: counts(message) == {"apple": 1})


def test_a_dataset_that_was_only_named_is_empty(anna: Person) -> None:
    anna.ask("/teach", "What is it called?")
    anna.say("/cancel")
    for command in ("/info", "/samples", "/export", "/fit"):
        anna.ask(command, "There are no photos in “My things” yet")


def test_photos_that_nobody_named_are_told_and_teach_takes_them(anna: Person) -> None:
    anna.ask("/teach", "What is it called?")
    anna.send_photos(make_image(PEAR, 0))
    anna.hears("Which class is this?")
    anna.ask("/help", "/teach")
    assert any("Not learned, for they have no name: 1 photo" in m.text for m in anna.heard())
    anna.ask("/teach", "What is it called?")
    anna.send_photos(make_image(PEAR, 0))
    anna.hears("Which class is this?")
    anna.ask("Done", "Not learned, for they have no name: 1 photo")
    anna.ask("/teach", "What is it called?")
    anna.send_photos(make_image(PEAR, 1), make_image(PEAR, 2))
    anna.hears("Which class is this?")
    anna.ask("/teach pear", "Teaching pear")
    anna.sees(lambda message: counts(message) == {"pear": 2})
