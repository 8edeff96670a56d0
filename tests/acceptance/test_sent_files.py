"""Files as phones send them: judged by their bytes, and fetched from a Telegram that may refuse."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.acceptance import baskets
from tests.acceptance.conftest import MakeGroup, Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import nearest_class

PHOTO = baskets.drawn().taught[0]
NEITHER = "I can take ZIP files and pictures"
TOO_BIG = "Bad Request: file is too big"
UNAVAILABLE = "Bad Request: wrong file_id or the file is temporarily unavailable"


def encoded(kind: str) -> bytes:
    content = io.BytesIO()
    Image.open(io.BytesIO(PHOTO)).save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize("name", ["IMG_0001", "photo.dat", "photo.txt", "photo.pdf"])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_is_answered_whatever_its_file_is_called(
    anna: Person, name: str, kind: str
) -> None:
    sent = anna.send_file(name, encoded(kind))
    answer = anna.sees(lambda message: message.answers == sent)
    assert nearest_class(answer)


@pytest.mark.parametrize("name", ["fruits", "fruits.bin", "fruits.jpg"])
def test_a_zip_is_read_whatever_its_file_is_called(anna: Person, name: str) -> None:
    basket = baskets.drawn(classes=2, photos=5)
    anna.send_file(name, basket.zipped)
    anna.hears("fruits", "10 photos")


def test_a_zip_is_read_though_no_model_answers(anna: Person) -> None:
    anna.ask("/unload", "No model answers here now")
    anna.send_file("fruits", baskets.drawn(classes=2, photos=5).zipped)
    anna.hears("fruits", "10 photos")


@pytest.mark.parametrize("name", ["notes", "notes.txt", "song.mp3"])
def test_what_is_neither_is_said_to_be(anna: Person, name: str) -> None:
    anna.send_file(name, b"neither a picture nor a ZIP")
    anna.hears(NEITHER)


def test_a_damaged_picture_is_still_called_one(anna: Person) -> None:
    anna.send_file("photo.jpg", PHOTO[:200])
    anna.hears("damaged")


def test_files_in_a_group_are_for_the_bot_or_for_nobody(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    anna = meet(bot, group=make_group(bot)).in_group()
    beginning = anna.now()
    sent = anna.send_file("IMG_0001", PHOTO)
    anna.say("/predict@lukoshko_bot", reply_to=sent)
    answer = anna.sees(lambda message: message.answers == sent)
    assert anna.heard(since=beginning) == [answer]
    zipped = anna.send_file("fruits", baskets.drawn(classes=2, photos=5).zipped)
    anna.say("/predict@lukoshko_bot", reply_to=zipped)
    anna.hears("stay private")


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [(TOO_BIG, "at most 20 MB"), (UNAVAILABLE, "could not fetch this file")],
)
def test_a_file_that_telegram_refuses_is_explained(
    anna: Person, refusal: str, sentence: str
) -> None:
    anna.order_fault("getFile", 400, description=refusal)
    anna.send_photos(PHOTO)
    anna.hears(sentence)
    anna.order_fault("getFile", 400, description=refusal)
    anna.send_file("fruits.zip", baskets.drawn(classes=2, photos=5).zipped)
    anna.hears(sentence)
    anna.order_fault("getFile", 400, description=refusal)
    anna.send_photos(PHOTO, PHOTO)
    assert nearest_line(anna.hears("2 photos", sentence).text)


def nearest_line(text: str) -> bool:
    """The other photo of the album has its answer."""
    return "nearest" in text or "%" in text
