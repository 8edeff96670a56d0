"""A finger that taps twice: the second tap comes from the message as it was, and does nothing more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance import baskets
from tests.acceptance.lessons import PLUM, ask, taught
from tests.acceptance.people import Message, Person
from tests.acceptance.steps import upload
from tests.factories import make_image


def test_two_taps_on_train_make_one_model(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=6))
    plan = anna.ask("/fit", "Train on")
    anna.press_twice(plan, "Train")
    anna.hears("is ready", "Right on")
    anna.press(plan, "Train")
    anna.ask("/models", "Your models (1)")


def test_two_taps_on_a_class_leave_its_undo(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PLUM, 0))
    other = list(answer.buttons)[1]
    anna.press_twice(answer, other)
    said = anna.hears(f"Learned: {other}")
    anna.ask("/help", "/teach")
    assert all(
        "Undo" in " ".join(m.buttons)
        for m in anna.heard()
        if m.id == said.id and "Learned" in m.text
    )
    anna.press(said, "Undo")
    anna.hears(f"1 photo added to {other}")


def test_two_taps_on_a_new_dataset_make_one(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=6))
    anna.send_file("other.zip", baskets.drawn(classes=3, photos=4).zipped)
    question = anna.hears("other.zip")
    anna.press(question, "A new dataset")
    anna.hears("other", "12 photos")
    anna.press(question, "A new dataset")
    anna.ask("/help", "/upload_dataset")
    assert anna.ask("/datasets", "other").text.count("other") == 1


@pytest.mark.parametrize("button", ["Report", "Model charts"])
def test_two_taps_at_once_send_a_file_once(anna: Person, button: str) -> None:
    card = anna.ask("/model", "The baseline model")
    beginning = anna.now()
    with ThreadPoolExecutor() as taps:
        assert len(list(taps.map(lambda _: anna.press(card, button), range(2)))) == 2
    is_sent = _is_report if button == "Report" else _is_picture
    anna.sees(is_sent)
    anna.ask("/help", "/teach")
    files = {message.album or message.id for message in anna.heard(beginning) if is_sent(message)}
    assert len(files) == 1


def _is_report(message: Message) -> bool:
    return (message.file_name or "").endswith(".html")


def _is_picture(message: Message) -> bool:
    return message.is_photo
