"""People correct the bot with one tap."""

from __future__ import annotations

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import (
    APPLE,
    MANY_NAMES,
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


@pytest.fixture
def vera(bot: BotProcess, meet: Meet) -> Person:
    """A user who reads Russian."""
    return meet(bot, language="ru")


def test_a_runner_up_is_one_tap_away(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PLUM, 0))
    other = list(answer.buttons)[1]
    anna.press(answer, other)
    said = anna.hears(f"Learned: {other}. Now I say {other} – ")
    assert said.id == answer.id
    anna.press(said, "Undo")
    anna.hears("Undone in “My things”", f"1 photo added to {other}")
    assert nearest_class(ask(anna, make_image(PLUM, 0))) != other


def test_right_keeps_what_was_unsure_and_thanks_for_the_rest(anna: Person) -> None:
    taught(anna)
    for picture in (make_image(PEAR, 0), make_image(PLUM, 0)):
        answer = ask(anna, picture)
        if UNKNOWN in answer.text:
            assert "✓ Right" not in answer.buttons
            continue
        popup = anna.press(answer, "✓ Right")
        if "Probably" in answer.text:
            anna.hears("Learned: ")
        else:
            assert popup.text == "👍 Thank you!"


def test_any_class_is_two_taps_away(anna: Person) -> None:
    for number, name in enumerate(MANY_NAMES):
        teach(anna, name, number % 6, 100 + number)
        anna.hears(f"{name} ▮ 1")
    answer = ask(anna, make_image(PLUM, 0))
    anna.press(answer, "Other…")
    page = anna.sees(lambda message: "➡️" in message.buttons)
    assert page.id == answer.id
    anna.press(page, "➡️")
    page = anna.sees(lambda message: "⬅️" in message.buttons)
    anna.press(page, MANY_NAMES[-1])
    anna.hears(f"Learned: {MANY_NAMES[-1]}. Now I say ")


def test_a_correction_may_name_a_new_class(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PLUM, 0))
    anna.press(answer, "Other…")
    page = anna.sees(lambda message: "➕ New class" in message.buttons)
    anna.press(page, "➕ New class")
    anna.hears("What is it called?")
    anna.ask("two\nlines", "1 to 64 characters")
    anna.ask("Plum", "Learned: Plum. Now I say Plum")


def test_the_baseline_is_corrected_into_a_dataset_of_ones_own(anna: Person) -> None:
    kiwi = baskets.a_kiwi()
    answer = ask(anna, kiwi)
    assert nearest_class(answer) == "Kiwi"
    anna.press(answer, "Other…")
    anna.press(anna.sees(lambda message: "➕ New class" in message.buttons), "➕ New class")
    anna.hears("What is it called?")
    anna.ask("furry egg", "Learned: furry egg. Now I say furry egg")
    anna.ask("/datasets", "Fruit and more")
    first, _ = baskets.two_kinds_of_fruit()
    assert nearest_class(ask(anna, first.unseen[0])) == first.name.capitalize()


def test_a_correction_in_russian(vera: Person) -> None:
    for label, kind in (("это яблоко", APPLE), ("груша", PEAR)):
        vera.send_photos(*photos(kind, 0, 1, 2), caption=label)
        vera.hears(label.removeprefix("это "), "▮▮▮ 3")
    vera.hears("Теперь я могу отвечать")
    vera.send_photos(make_image(PLUM, 0))
    answer = vera.sees(lambda message: "Другое…" in message.buttons)
    other = list(answer.buttons)[1]
    vera.press(answer, other)
    said = vera.hears(f"Запомнил: {other}. Теперь скажу: {other} — ")
    vera.press(said, "Отменить")
    vera.hears("отменено", other)


def test_the_baselines_classes_are_corrected_in_russian(vera: Person) -> None:
    vera.send_photos(baskets.a_kiwi())
    answer = vera.sees(lambda message: "Другое…" in message.buttons)
    other = list(answer.buttons)[1]
    vera.press(answer, other)
    vera.hears(f"Запомнил: {other}. Теперь скажу: ")


def test_nobody_else_presses_these_buttons(anna: Person, boris: Person) -> None:
    board = taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    boris.say("/start")
    own = boris.hears("Lukoshko")
    for data in (*board.buttons.values(), *answer.buttons.values()):
        assert "made for someone else" in boris.press_data(own, data).text
        action, *arguments, _ = data.split(":")
        forged = ":".join([action, *arguments, str(boris.user)])
        if action in ("learn", "right", "other", "none", "undo", "samples"):
            assert boris.press_data(own, forged).text, data
    assert counts(board) == {"apple": 3, "pear": 3}
    anna.ask("/datasets", "6 photos, 2 classes")


def test_a_correction_of_a_dataset_that_is_gone_is_out_of_date(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    anna.press(anna.ask("/datasets", "My things"), "My things")
    anna.press(anna.sees(lambda message: any("Delete" in b for b in message.buttons)), "Delete")
    anna.press(anna.sees(lambda message: any("Yes" in b for b in message.buttons)), "Yes")
    anna.hears("“My things” is deleted")
    popup = anna.press(answer, list(answer.buttons)[1])
    assert "This button is out of date" in popup.text


def test_none_of_these_is_noted_and_undone(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    anna.press(answer, "Other…")
    anna.press(anna.sees(lambda message: "None of these" in message.buttons), "None of these")
    said = anna.hears("Noted: none of these. I will be more careful.")
    assert said.id == answer.id
    assert UNKNOWN[1:] in said.text or "Still, this photo looks like" in said.text
    anna.ask("/info", "None of these: 1 photo.")
    anna.press(said, "Undo")
    anna.hears("Undone in “My things”: “None of these” for 1 photo")


def test_under_what_is_unknown_nothing_is_right_and_a_tap_says_so(anna: Person) -> None:
    """Of the baseline too: it is extended."""
    anna.send_photos(baskets.drawn().taught[0])
    answer = anna.hears(UNKNOWN)
    assert "✓ Right" not in answer.buttons
    assert len([text for text in answer.buttons if text[0].isupper()]) >= 3
    anna.press(answer, "None of these")
    said = anna.hears("Noted: none of these.")
    assert said.id == answer.id
    assert "Now I say: this does not look like anything I was taught" in said.text
    again = anna.send_photos(baskets.drawn().taught[0])[0]
    assert anna.hears(UNKNOWN).answers == again
    anna.press(said, "Undo")
    anna.hears("“None of these” for 1 photo")
