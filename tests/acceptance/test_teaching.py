"""People teach the bot with photos that have a name in the caption."""

from __future__ import annotations

import pytest

from tests.acceptance import baskets
from tests.acceptance.lessons import (
    APPLE,
    CAN_ANSWER,
    ONE_MORE,
    PEAR,
    PLUM,
    SHRUG,
    SURPRISED,
    THUMBS,
    ask,
    boards,
    counts,
    photos,
    taught,
    teach,
)
from tests.acceptance.people import Person
from tests.acceptance.steps import nearest_class
from tests.factories import make_image


def test_two_albums_and_no_tap_before_the_first_right_answer(anna: Person) -> None:
    first, second = baskets.two_kinds_of_fruit()
    anna.ask("/start", "Lukoshko")
    beginning = anna.now()
    anna.send_photos(*first.taught, caption=first.name)
    anna.send_photos(*second.taught, caption=second.name)
    anna.hears(CAN_ANSWER)
    assert len(boards(anna, beginning)) == 1
    for basket in (first, second):
        assert nearest_class(ask(anna, basket.unseen[0])) == basket.name


def test_it_is_said_that_the_fruit_is_known_no_more_and_how_to_get_it_back(anna: Person) -> None:
    taught(anna)
    assert any("Fruit and vegetables again: /use baseline" in one.text for one in anna.heard())
    anna.ask("/use baseline", "answers here now")


def test_everything_is_told_in_one_message_that_is_edited(anna: Person) -> None:
    beginning = anna.now()
    album = teach(anna, "This is an apple.", APPLE, 0, 1, 2)
    board = anna.hears(ONE_MORE, "apple ▮▮▮ 3")
    assert anna.sees_reaction(album) == THUMBS
    teach(anna, "pear", PEAR, 0)
    anna.hears(CAN_ANSWER, "pear ▮ 1", "draft")
    teach(anna, "PEAR!", PEAR, 1, 2)
    anna.hears(CAN_ANSWER, "pear ▮▮▮ 3")
    (said,) = anna.heard(beginning)
    assert said.id == board.id
    assert "↶ Undo 2" in said.buttons


def test_a_photo_without_a_name_asks_and_the_next_lesson_has_a_new_status(anna: Person) -> None:
    board = taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    assert nearest_class(answer) == "pear"
    teach(anna, "plum", PLUM, 0)
    assert anna.hears(CAN_ANSWER, "plum").id > answer.id > board.id


@pytest.mark.parametrize("question", ["what is it?", "?", "что это", "Which one"])
def test_a_caption_that_asks_is_answered(anna: Person, question: str) -> None:
    taught(anna)
    anna.send_photos(make_image(PEAR, 9), caption=question)
    answer = anna.sees(lambda message: "Other…" in message.buttons)
    assert nearest_class(answer) == "pear"


def test_a_photo_that_the_model_would_have_called_otherwise_surprises(anna: Person) -> None:
    taught(anna)
    photo = teach(anna, "apple", PEAR, 0)
    assert anna.sees_reaction(photo) == SURPRISED
    board = anna.hears(CAN_ANSWER, "apple ▮▮▮▮ 4")
    assert counts(board) == {"apple": 4, "pear": 2}, "the newest class wins"
    anna.press(board, "Undo 1")
    anna.hears("Undone in “My things”", "from pear to apple")


def test_photos_that_cannot_be_read_are_told_and_the_others_learned(anna: Person) -> None:
    photo = anna.send_file("a.jpg", b"not a photo", caption="apple")
    anna.hears("can't read this picture")
    assert anna.sees_reaction(photo) == SHRUG
    anna.send_file("a.jpg", b"PK\x03\x04 not a photo", caption="apple")
    anna.hears("This is a ZIP. Send it without a caption")
    teach(anna, "apple", APPLE, 0)
    anna.hears(ONE_MORE, "apple ▮ 1")


def test_news_of_what_was_not_learned_outlives_the_board(anna: Person) -> None:
    beginning = anna.now()
    anna.ask("/teach apple", "Teaching apple")
    first, second = photos(APPLE, 0, 1)
    anna.send_files({"0.jpg": first, "1.jpg": b"no photo", "2.jpg": second})
    teach(anna, "pear", PEAR, 0)
    anna.hears(CAN_ANSWER)
    said = [message.text for message in anna.heard(beginning)]
    assert sum("Not learned: 1" in text for text in said) == 1
    assert not any("Not learned" in board.text for board in boards(anna, beginning))


def test_the_live_model_goes_with_its_dataset_and_the_chat_is_told(anna: Person) -> None:
    taught(anna)
    anna.press(anna.ask("/datasets", "My things"), "My things")
    anna.press(anna.sees(lambda message: "🗑 Delete" in message.buttons), "Delete")
    anna.press(anna.hears("the model that you taught"), "Yes, delete")
    anna.hears("“My things” is deleted")
    anna.ask("/models", "No models of your own yet")
    anna.send_photos(make_image(APPLE, 5))
    anna.hears("The model “My things” is deleted. The baseline answers here again.")
    beginning = anna.now()
    ask(anna, make_image(APPLE, 6))
    assert not any("is deleted" in message.text for message in anna.heard(beginning))


def test_the_same_photo_again_is_known(anna: Person) -> None:
    teach(anna, "apple", APPLE, 0)
    anna.hears(ONE_MORE)
    teach(anna, "apple", APPLE, 0)
    board = anna.hears("I knew these photos already")
    assert counts(board) == {"apple": 1}
    assert not any("Undo" in text for text in board.buttons)


@pytest.mark.parametrize("label", ["🍎", "نارنگی‌ها", "<b>&amp; x", "a" * 64])
def test_any_name_is_a_class(anna: Person, label: str) -> None:
    teach(anna, label, APPLE, 0)
    assert anna.hears(ONE_MORE, label[:20], "▮ 1")


@pytest.mark.parametrize("caption", ["a" * 65, "two\nlines"])
@pytest.mark.parametrize("numbers", [(0,), (0, 1)])
def test_what_cannot_be_a_name_is_refused(
    anna: Person, caption: str, numbers: tuple[int, ...]
) -> None:
    teach(anna, caption, APPLE, *numbers)
    anna.hears("a name has 1 to 64 characters on one line")


def test_forwards_and_files_teach_too(anna: Person) -> None:
    anna.send_photos(*photos(APPLE, 0, 1), caption="apple", forward=True)
    anna.hears(ONE_MORE, "apple ▮▮ 2")
    anna.send_file("pear.png", make_image(PEAR, 0, encoding="PNG"), caption="pear")
    assert counts(anna.hears(CAN_ANSWER)) == {"apple": 2, "pear": 1}


# Did you mean


def test_a_name_that_is_nearly_a_known_one_is_asked_about(anna: Person) -> None:
    taught(anna)
    teach(anna, "aple", APPLE, 5)
    question = anna.hears("Did you mean apple?", "“aple”")
    anna.press(question, "apple")
    assert counts(anna.hears(CAN_ANSWER, "apple ▮▮▮▮ 4")) == {"apple": 4, "pear": 3}
    assert "out of date" in anna.press_data(question, question.buttons["apple"]).text


def test_it_may_be_a_new_class_and_what_comes_in_between_loses_nothing(anna: Person) -> None:
    taught(anna)
    teach(anna, "apples", PLUM, 0)
    apples = anna.hears("Did you mean apple?")
    teach(anna, "pears", PEAR, 5)
    pears = anna.hears("Did you mean pear?")
    ask(anna, make_image(APPLE, 9))
    anna.press(apples, "No, a new class")
    assert counts(anna.hears(CAN_ANSWER, "apples")) == {"apples": 1, "apple": 3, "pear": 3}
    anna.press(pears, "pear")
    assert counts(anna.hears(CAN_ANSWER, "pear ▮▮▮▮ 4"))["apples"] == 1
