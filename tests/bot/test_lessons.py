"""What is being taught, as it is kept with the user."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telegram import Chat, Message, PhotoSize

from bot.lessons import MAX_QUESTIONS, MODE_S, LessonBook, Lessons, Question
from bot.pictures import Sent
from core.entities import User
from core.services.users import UserService
from storage import Storage

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


def test_what_a_text_may_name_is_not_idle_before_its_time_is_over() -> None:
    """The job that ends what is idle looks every few seconds, also right after [Other…]."""
    lessons = Lessons().may_name(3, FIRST, now=MODE_S)
    assert not lessons.is_idle(MODE_S)
    assert not lessons.is_idle(2 * MODE_S - 1)
    assert lessons.is_idle(2 * MODE_S)
    assert Lessons().is_idle(MODE_S)


def test_photos_of_one_name_are_one_question() -> None:
    lessons = Lessons().ask("aple", "apple", (FIRST,)).ask("aple", "apple", (SECOND,))
    assert lessons.questions == (Question("aple", "apple", (FIRST, SECOND)),)
    assert lessons.question(FIRST.message_id) == lessons.asked("aple")


def test_each_question_has_its_own_answer() -> None:
    lessons = Lessons().ask("aple", "apple", (FIRST,)).ask("peer", "pear", (SECOND,))
    apple, pear = lessons.questions
    answered = lessons.answered(apple)
    assert answered.questions == (Question("peer", "pear", (SECOND,)),)
    assert answered.question(FIRST.message_id) is None
    assert answered.answered(pear) == Lessons()


def test_photos_that_join_a_question_while_it_is_answered_still_wait() -> None:
    asked = Lessons().ask("aple", "apple", (FIRST,))
    joined = asked.ask("aple", "apple", (SECOND,))
    assert joined.answered(asked.questions[0]) == joined


def test_a_photo_waits_once() -> None:
    lessons = Lessons().ask("aple", "apple", (FIRST, SECOND))
    assert lessons.ask("aple", "apple", (FIRST, SECOND)) == lessons
    renamed = lessons.ask("appel", "apple", (FIRST, SECOND))
    assert renamed.questions == (Question("appel", "apple", (FIRST, SECOND)),)


def test_the_end_of_a_lesson_answers_no_question() -> None:
    lessons = Lessons(label="pear", until=5, board=9, named="pear").ask("aple", "apple", (FIRST,))
    assert lessons.ended() == Lessons(questions=lessons.questions)
    assert Lessons(label="pear").ended() == Lessons()


def test_questions_that_nobody_answers_do_not_pile_up() -> None:
    lessons = Lessons()
    for number in range(MAX_QUESTIONS + 5):
        lessons = lessons.ask(f"aple {number}", "apple", (replace(FIRST, message_id=number),))
    assert [one.id for one in lessons.questions] == [*range(5, MAX_QUESTIONS + 5)]


def sent_at(second: int) -> Message:
    sent = datetime.fromtimestamp(second, UTC)
    return Message(second, sent, Chat(1, "private"), photo=[PhotoSize("file", "unique", 9, 9)])


@pytest.mark.parametrize(("second", "label"), [(9, None), (10, "mango"), (12, "mango"), (13, None)])
def test_photos_that_were_sent_right_after_a_full_album_have_its_class(
    second: int, label: str | None
) -> None:
    lessons = Lessons().naming("mango", [sent_at(10)] * 10)
    assert lessons.named_before([sent_at(second)] * 2) == label
    assert lessons.named_before([sent_at(second)]) == label


def test_photos_that_were_sent_right_after_an_album_with_room_ask() -> None:
    lessons = Lessons().naming("mango", [sent_at(10)] * 9)
    assert lessons.named_before([sent_at(10)] * 9) is None


async def test_lessons_are_read_after_the_changes_that_were_begun(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path)
    book, users, user = LessonBook(), UserService(storage.users), User(1, "en")
    changing = book.change(users, user, lambda now: now.naming("mango", [sent_at(10)] * 10))
    _, lessons = await asyncio.gather(changing, book.read(users, user))
    await storage.close()
    assert lessons.named == "mango"


def test_a_photo_that_is_asked_about_ends_no_mode_and_loses_no_question() -> None:
    lessons = Lessons(label="apple", until=5, board=9).ask("aple", "apple", (FIRST,))
    after = lessons.name(corrects=1, photo=SECOND).interrupted()
    assert (after.label, after.board, after.is_naming, after.photo) == ("apple", 0, False, None)
    assert after.questions == lessons.questions


def test_a_name_is_waited_for_as_long_as_a_mode_lasts() -> None:
    lessons = replace(Lessons().name(), until=10)
    assert lessons.wants_name(9)
    assert not lessons.wants_name(10)
    assert not replace(lessons.name(corrects=3), until=10).wants_name(9)
    held = lessons.hold([FIRST]).hold([FIRST, replace(FIRST, message_id=99)])
    assert [photo.message_id for photo in held.held] == [FIRST.message_id, 99]
    assert held.interrupted() == held
    assert held.ended().held == held.held
    assert held.took([FIRST]).held == held.held[1:]
