"""The buttons under answers: back from the classes, and the photos of an album one by one."""

from __future__ import annotations

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, PEAR, ask, photos, taught
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.factories import make_image


def test_back_brings_the_answers_buttons_again(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(APPLE, 9))
    anna.press(answer, "Other")
    pages = anna.sees(lambda message: "➕ New class" in message.buttons)
    anna.press(pages, "Back")
    again = anna.sees(lambda message: "✓ Right" in message.buttons)
    assert again.buttons == answer.buttons
    anna.press(again, "pear")
    anna.hears("Learned: pear")


def test_the_photos_of_an_album_are_corrected_one_by_one(anna: Person) -> None:
    taught(anna)
    sent = anna.send_photos(*photos(APPLE, 7, 8), make_image(PEAR, 9))
    album = anna.hears("3 photos", "1.", "2.", "3.", "Tap a number to correct that photo")
    assert list(album.buttons) == ["1", "2", "3"]
    anna.press(album, "2")
    own = anna.sees(lambda message: message.answers == sent[1])
    assert {"✓ Right", "pear", "Other…", "💡 Why?", "↩ Back"} <= own.buttons.keys()
    anna.press(own, "pear")
    anna.hears("Learned: pear", "Now I say")
    anna.press(album, "3")
    own = anna.sees(lambda message: message.answers == sent[2])
    anna.press(own, "Other")
    pages = anna.sees(lambda message: "➕ New class" in message.buttons)
    anna.press(pages, "Back")
    anna.press(anna.sees(lambda message: "✓ Right" in message.buttons), "Back")
    assert anna.sees_no_more(own)


def test_in_russian_the_album_says_what_its_numbers_are_for(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, language="ru")
    sent = vera.send_photos(baskets.a_kiwi(), baskets.a_kiwi())
    album = vera.hears("2 фото", "Нажмите номер, чтобы поправить ответ про это фото")
    vera.press(album, "2")
    own = vera.sees(lambda message: message.answers == sent[1])
    assert "Киви" in own.text
    assert {"💡 Почему?", "↩ Назад"} <= own.buttons.keys()


def test_a_file_that_is_no_picture_has_no_number(anna: Person) -> None:
    anna.send_files({"one.jpg": make_image(APPLE, 0), "two.jpg": b"none", "three.jpg": b"none"})
    album = anna.hears("3 photos", "Tap a number")
    assert list(album.buttons) == ["1"]
