"""What is being taught, as it is kept with the user."""

from __future__ import annotations

import pytest

from bot.lessons import MODE_S, Lessons, Question
from bot.pictures import Sent

FIRST, SECOND, THIRD = (
    Sent(number, f"file {number}", f"unique {number}", 100, f"{number}/photo.jpg", is_file=False)
    for number in (11, 12, 13)
)


@pytest.mark.parametrize(
    "lessons",
    [
        Lessons(label="نارنگی‌ها", until=12.5, board=7),
        Lessons().ask("aple", "apple", (FIRST, SECOND)).name(corrects=3, photo=THIRD),
        Lessons(label="🍎 “apple”", named="mango", named_at=1.5),
    ],
)
def test_it_survives_a_restart(lessons: Lessons) -> None:
    assert Lessons.read(lessons.write()) == lessons


def test_nothing_taught_is_nothing_kept() -> None:
    assert Lessons().write() is None
    assert Lessons.read(None) == Lessons.read("") == Lessons()


def test_the_mode_ends_by_itself() -> None:
    lessons = Lessons(label="apple", until=MODE_S)
    assert lessons.is_mode(MODE_S - 1)
    assert not lessons.is_over(MODE_S - 1)
    assert lessons.is_over(MODE_S)
    assert not lessons.is_mode(MODE_S)
    assert not Lessons().is_over(MODE_S)


def test_photos_of_one_name_are_one_question() -> None:
    lessons = Lessons().ask("aple", "apple", (FIRST,)).ask("aple", "apple", (SECOND,))
    assert lessons.questions == (Question("aple", "apple", (FIRST, SECOND)),)
    assert lessons.question(FIRST.message_id) == lessons.asked("aple")


def test_each_question_has_its_own_answer() -> None:
    lessons = Lessons().ask("aple", "apple", (FIRST,)).ask("peer", "pear", (SECOND,))
    answered = lessons.answered(FIRST.message_id)
    assert answered.questions == (Question("peer", "pear", (SECOND,)),)
    assert answered.question(FIRST.message_id) is None
    assert answered.answered(SECOND.message_id) == Lessons()


def test_a_photo_that_is_asked_about_ends_no_mode_and_loses_no_question() -> None:
    lessons = Lessons(label="apple", until=5, board=9).ask("aple", "apple", (FIRST,))
    after = lessons.name(corrects=1, photo=SECOND).interrupted()
    assert (after.label, after.board, after.is_naming, after.photo) == ("apple", 0, False, None)
    assert after.questions == lessons.questions
