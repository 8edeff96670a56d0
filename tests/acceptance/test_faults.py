"""Telegram fails now and then: the bot goes on."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance import baskets
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import teach, upload

PHOTO = baskets.drawn().taught[0]


def test_a_flood_limit_is_waited_for(anna: Person) -> None:
    anna.order_fault(
        "sendMessage", 429, description="Too Many Requests: retry after 1", retry_after=1
    )
    anna.ask("/help", "/upload_dataset")


def test_an_answer_comes_once_though_telegram_fails(anna: Person) -> None:
    for error_code in (500, 0):
        anna.order_fault("sendMessage", error_code, times=2)
        anna.ask("/help", "/upload_dataset")


def test_an_answer_comes_once_though_the_connection_is_cut_behind_it(anna: Person) -> None:
    beginning = anna.now()
    anna.order_fault("sendMessage", 0, after=True)
    anna.ask("/help", "/upload_dataset")
    anna.ask("/models", "No models of your own yet")
    assert len(anna.heard(since=beginning)) == 2


def test_polling_goes_on_after_it_was_refused_or_cut(anna: Person) -> None:
    anna.order_fault("getUpdates", 500)
    anna.order_fault("getUpdates", 0)
    anna.ask("/help", "/upload_dataset")
    anna.ask("/models", "No models of your own yet")


def test_a_result_arrives_though_an_edit_fails(anna: Person) -> None:
    anna.order_fault("editMessageText", 500, times=2)
    upload(anna, baskets.drawn(classes=2, photos=5))


def test_a_press_that_cannot_be_answered_is_acted_on(anna: Person) -> None:
    greeting = anna.ask("/start", "Lukoshko")
    anna.order_fault("answerCallbackQuery", 400, description="Bad Request: query is too old")
    anna.press_unanswered(greeting, "How to send a ZIP")
    anna.hears("a folder")


def test_a_photo_is_answered_though_typing_is_not_shown(anna: Person) -> None:
    teach(anna, baskets.drawn())
    anna.order_fault("sendChatAction", 500)
    anna.send_photos(PHOTO)
    anna.hears("%", "█")


def test_photos_are_fetched_though_telegram_fails(anna: Person) -> None:
    anna.order_fault("getFile", 500, times=2)
    anna.send_photos(PHOTO)
    anna.sees(lambda message: "%" in message.text or "nearest" in message.text)
    anna.order_fault("getFile", 0)
    anna.send_photos(PHOTO, PHOTO, PHOTO)
    answer = anna.hears("3 photos")
    assert "Telegram did not answer" not in answer.text


def test_a_zip_is_read_though_its_file_and_its_first_message_fail(anna: Person) -> None:
    anna.order_fault("getFile", 500)
    anna.order_fault("sendMessage", 0)
    upload(anna, baskets.drawn())


def test_what_fails_after_a_press_was_answered_is_said_in_the_chat(tmp_path: Path) -> None:
    bot = BotProcess(tmp_path)
    bot.start()
    anna = Person(bot, user=1)
    try:
        upload(anna, baskets.drawn())
        anna.say("/samples")
        sheet = anna.sees(lambda message: "🔄 Others" in message.buttons)
        bot.lose_files()
        anna.press(sheet, "Others")
        anna.hears("Something went wrong on my side")
    finally:
        anna.leave()
        bot.stop()


def test_a_choice_that_is_made_already_is_no_failure(anna: Person) -> None:
    upload(anna, baskets.drawn())
    question = anna.ask("/fit", "Train on")
    settings = question.buttons["⚙️ Settings"]
    anna.press_data(question, settings)
    popup = anna.press_data(question, settings)
    assert (popup.text, popup.is_alert) == ("", False)
