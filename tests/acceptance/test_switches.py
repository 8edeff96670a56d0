"""Whoever makes another dataset current, or another model the chat's, is told so."""

from __future__ import annotations

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, CAN_ANSWER, PEAR, ask, teach
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import train, upload

ANSWERS_NOW = "answers in this chat now"


def test_a_first_lesson_begins_a_dataset_and_then_a_model(anna: Person) -> None:
    teach(anna, "apple", APPLE, 0, 1)
    board = anna.hears("My things", "A new dataset: all that you teach is kept in it")
    assert ANSWERS_NOW not in board.text
    teach(anna, "pear", PEAR, 0, 1)
    anna.hears(CAN_ANSWER, f"“My things” {ANSWERS_NOW}")
    ask(anna, baskets.a_kiwi())
    teach(anna, "pear", PEAR, 2)
    assert ANSWERS_NOW not in anna.hears(CAN_ANSWER).text


def test_a_correction_of_the_baseline_says_where_it_is_kept(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, language="ru")
    vera.send_photos(baskets.a_kiwi())
    answer = vera.sees(lambda message: "Другое…" in message.buttons)
    vera.press(answer, "Другое")
    pages = vera.sees(lambda message: "Яблоко" in message.buttons)
    vera.press(pages, "Яблоко")
    vera.hears(
        "Запомнил: Яблоко",
        "В этом чате теперь отвечает «Фрукты и другое»",
        "/info, /samples и /fit теперь работают с набором «Фрукты и другое»",
    )


def test_deleting_the_current_dataset_says_which_one_is_current(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=3))
    anna.send_file("more.zip", baskets.zipped({"a/1.jpg": baskets.noise(1)}))
    anna.press(anna.hears("more.zip"), "A new dataset")
    anna.hears("more", "/info, /samples and /fit use this dataset now")
    anna.ask("/fit fruits svc", "/info, /samples and /fit use “fruits” now")
    anna.hears("is ready")
    anna.press(anna.ask("/datasets", "more"), "more")
    anna.press(anna.hears("more", "use this dataset now"), "Delete")
    anna.press(anna.hears("more", "?"), "Yes, delete")
    anna.hears("“more” is deleted", "/info, /samples and /fit use “fruits” now")


def test_a_live_model_without_classes_gives_way_and_it_is_said(anna: Person) -> None:
    teach(anna, "apple", APPLE, 0)
    anna.hears("One more class")
    teach(anna, "pear", PEAR, 0)
    anna.hears(CAN_ANSWER)
    anna.ask("/undo", "1 photo added to pear")
    anna.send_photos(baskets.a_kiwi())
    anna.hears("“My things” is deleted. The baseline answers here again")
    anna.hears("Kiwi")


def test_a_model_is_chosen_from_pages_and_its_dataset_is_taught_on(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=3))
    for number in range(7):
        train(anna, f"/fit hog knn name=m{number}")
    teach(anna, "kite", 4, 0)
    anna.send_file("other.zip", baskets.drawn(classes=2, photos=4).zipped)
    anna.press(anna.hears("other.zip"), "A new dataset")
    anna.hears("other", "8 photos")
    choice = anna.ask("/use", "Which model")
    assert "m0" not in choice.buttons
    anna.press(choice, "▶")
    choice = anna.sees(lambda message: message.id == choice.id and "m0" in message.buttons)
    assert "◀" in choice.buttons
    anna.press(choice, "m0")
    anna.hears("answers here now", "fruits")
    there = anna.in_group()
    choice = there.ask("/use@lukoshko_bot", "Which model")
    there.press(choice, "▶")
    choice = there.sees(lambda message: message.id == choice.id and "m0" in message.buttons)
    there.press(choice, "m0")
    there.hears("m0")
    # Others' tests share the group.
    there.ask("/use@lukoshko_bot baseline", "baseline")
