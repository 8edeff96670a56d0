"""Several ZIPs at once: taken in order, with one question, one status message, and no refusal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import upload

REFUSED = "still running"


def six_zips(name: str = "fruits") -> dict[str, bytes]:
    """Six ZIPs of two classes with two photos each, all of them different."""
    return {
        f"{name}-{n}.zip": baskets.drawn(classes=2, photos=2, seed=10 * n).zipped
        for n in range(1, 7)
    }


def test_a_first_batch_becomes_one_dataset_without_a_question(anna: Person) -> None:
    beginning = anna.now()
    first, *_ = anna.send_files(six_zips())
    done = anna.hears("ZIPs read: 6 of 6", "fruits", "24 photos, 2 classes")
    assert done.answers == first
    assert any("Train" in label for label in done.buttons)
    assert anna.heard(since=beginning) == [done]
    assert "fruits – 24 photos" in anna.ask("/datasets", "fruits").text


def test_a_later_batch_has_one_question_and_one_status(anna: Person) -> None:
    upload(anna, baskets.drawn("kept", classes=2, photos=5))
    beginning = anna.now()
    anna.send_files(six_zips())
    question = anna.hears("6 ZIPs: fruits-1.zip, fruits-2.zip", "What shall I do with them?")
    assert list(question.buttons) == ["🆕 One new dataset", "➕ Add all to “kept”"]
    anna.press(question, "Add all")
    done = anna.hears("ZIPs read: 6 of 6", "kept", "34 photos")
    assert done.id == question.id
    assert [message.id for message in anna.heard(since=beginning)] == [question.id]
    anna.send_files(six_zips("more"))
    anna.press(anna.hears("6 ZIPs"), "One new dataset")
    anna.hears("ZIPs read: 6 of 6", "more", "24 photos")
    listing = anna.ask("/datasets", "kept").text
    assert "more – 24 photos" in listing
    assert "kept – 34 photos" in listing


def test_a_press_may_come_before_telegram_has_told_that_the_question_was_sent(anna: Person) -> None:
    upload(anna, baskets.drawn("kept", classes=2, photos=5))
    anna.order_fault("sendMessage", 500, after=True)
    anna.send_files(six_zips())
    question = anna.hears("6 ZIPs")
    assert not anna.press(question, "Add all").is_alert
    anna.hears("ZIPs read: 6 of 6", "kept", "34 photos")


def test_zips_sent_one_by_one_are_a_batch(anna: Person) -> None:
    upload(anna, baskets.drawn("kept", classes=2, photos=5))
    zips = six_zips()
    beginning = anna.now()
    for name, content in list(zips.items())[:3]:
        anna.send_file(name, content)
    question = anna.hears("3 ZIPs: fruits-1.zip, fruits-2.zip, fruits-3.zip")
    for name, content in list(zips.items())[3:]:
        anna.send_file(name, content)
    anna.press(anna.hears("6 ZIPs"), "One new dataset")
    anna.hears("ZIPs read: 6 of 6", "24 photos")
    heard = anna.heard(since=beginning)
    assert [message.id for message in heard] == [question.id]


def test_a_question_stays_open_where_its_dataset_is_gone(anna: Person) -> None:
    upload(anna, baskets.drawn("kept", classes=2, photos=5))
    anna.send_files(six_zips())
    question = anna.hears("6 ZIPs")
    anna.press(anna.ask("/datasets", "kept"), "kept")
    anna.press(anna.sees(lambda message: "🗑 Delete" in message.buttons), "Delete")
    anna.press(anna.sees(lambda message: "🗑 Yes, delete" in message.buttons), "Yes, delete")
    assert "is gone" in anna.press(question, "Add all").text
    anna.press(question, "One new dataset")
    anna.hears("ZIPs read: 6 of 6", "24 photos")


def test_a_zip_that_cannot_be_read_costs_only_its_own_place(anna: Person) -> None:
    zips = six_zips()
    flat = {name.replace("/", "_"): data for name, data in baskets.drawn().to_teach.items()}
    zips["fruits-1.zip"] = b"PK\x03\x04 torn"
    zips["fruits-4.zip"] = bytes(21 * 2**20)
    zips["fruits-6.zip"] = baskets.zipped(flat)
    *_, last = anna.send_files(zips)
    done = anna.hears("ZIPs read: 3 of 6", "12 photos")
    assert "⚠️ fruits-1.zip: " in done.text
    assert "⚠️ fruits-4.zip: This file is 21 MB" in done.text
    assert "⚠️ fruits-6.zip: where are its classes?" in done.text
    question = anna.sees(lambda message: message.answers == last)
    anna.press(question, "names")
    anna.hears("fruits", "42 photos")
    assert "fruits – 42 photos" in anna.ask("/datasets", "fruits").text


def test_a_zip_sent_while_another_is_read_waits_for_its_turn(anna: Person) -> None:
    # Large enough to be read for longer than the second one is waited for.
    large = baskets.a_dozen(photos=250).zipped
    small = baskets.drawn("more", classes=2, photos=3, seed=9).zipped
    beginning = anna.now()
    anna.send_file("dozen.zip", large)
    anna.hears("opening it")
    second = anna.send_file("more.zip", small)
    waiting = anna.sees(lambda message: message.answers == second)
    done = anna.hears("dozen", "3,006 photos")
    assert done.id == waiting.id
    assert not any(REFUSED in message.text for message in anna.heard(since=beginning))


def test_stop_ends_the_whole_batch(anna: Person) -> None:
    zips = {f"fruits-{n}.zip": baskets.a_dozen(photos=60).zipped for n in range(1, 4)}
    anna.send_files(zips)
    progress = anna.hears("ZIP 1 of 3: “fruits-1.zip”")
    anna.ask("/cancel", "✋ Stopped.")
    assert anna.hears("ZIPs read before that: 0 of 3").id == progress.id
    anna.ask("/datasets", "No datasets yet")
    anna.ask("/cancel", "Nothing is running")


def a_small_and_four_large() -> dict[str, bytes]:
    zips = {"fruits-1.zip": baskets.drawn(classes=2, photos=5).zipped}
    for n in range(2, 6):
        zips[f"fruits-{n}.zip"] = baskets.drawn(classes=12, photos=40, seed=100 * n).zipped
    return zips


@pytest.mark.parametrize("end", [BotProcess.restart, BotProcess.crash_and_restart])
def test_a_batch_goes_on_after_a_restart_in_one_message_and_one_dataset(
    mortal_bot: BotProcess, meet: Meet, end: Callable[[BotProcess], None]
) -> None:
    anna = meet(mortal_bot)
    beginning = anna.now()
    anna.send_files(a_small_and_four_large())
    progress = anna.sees(lambda message: "of 5" in message.text and "ZIP 1 of" not in message.text)
    end(mortal_bot)
    assert anna.hears("ZIPs read: 5 of 5", "1,930 photos").id == progress.id
    assert len(anna.heard(since=beginning)) == 1
    assert "fruits – 1,930 photos" in anna.ask("/datasets", "fruits").text


def test_a_question_about_a_batch_outlives_a_restart(mortal_bot: BotProcess, meet: Meet) -> None:
    anna = meet(mortal_bot)
    upload(anna, baskets.drawn("kept", classes=2, photos=5))
    anna.send_files(six_zips())
    question = anna.hears("6 ZIPs")
    mortal_bot.restart()
    anna.press(question, "One new dataset")
    assert anna.hears("fruits", "ZIPs read: 6").id == question.id
