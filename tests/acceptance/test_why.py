"""The button "Why?" under an answer."""

from __future__ import annotations

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import model_number, teach

DRAWN = baskets.drawn(classes=2, photos=6)
WHY = "Why?"


def answer_to(person: Person, photo: bytes) -> Message:
    person.send_photos(photo)
    return person.sees(lambda message: any("?" in label for label in message.buttons))


def test_the_baseline_shows_what_speaks_for_its_answer(anna: Person) -> None:
    answer = answer_to(anna, baskets.a_kiwi())
    anna.press(answer, WHY)
    why = anna.hears("Why Kiwi and not ", "the orange places point to Kiwi", "I don't have the")
    assert why.is_photo
    assert why.album is None
    assert why.answers == answer.id


def test_it_is_told_in_russian(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, language="ru")
    vera.press(answer_to(vera, baskets.a_kiwi()), "Почему?")
    why = vera.hears("Почему Киви, а не ", "оранжевые места — в пользу «Киви»")
    assert "Kiwi" not in why.text


def test_a_model_of_ones_own_shows_the_taught_photos_too(anna: Person) -> None:
    teach(anna, DRAWN)
    answer = answer_to(anna, DRAWN.unseen[0])
    anna.press(answer, WHY)
    why = anna.hears("Why ", " and not ", "approximate", "In the rows")
    pictures = [message for message in anna.heard() if message.is_photo]
    assert len(pictures) == 2
    assert {message.album for message in pictures} == {why.album}
    assert why.album is not None


def test_without_a_map_it_says_why(anna: Person) -> None:
    teach(anna, DRAWN, baskets.QUICK_FIT)
    anna.press(answer_to(anna, DRAWN.unseen[0]), WHY)
    why = anna.hears("looks at the photo as a whole, so there is no map", "In the rows")
    assert why.is_photo
    assert why.album is None


def test_with_neither_a_map_nor_photos_a_text_says_why(anna: Person) -> None:
    teach(anna, DRAWN, baskets.QUICK_FIT)
    answer = answer_to(anna, DRAWN.unseen[0])
    anna.press(anna.ask("/datasets", "fruits"), "fruits")
    anna.press(anna.hears("fruits", "photos"), "Delete")
    anna.press(anna.hears("fruits", "?"), "Yes, delete")
    anna.press(answer, WHY)
    why = anna.hears("there is no map", "I no longer have the photos")
    assert not why.is_photo


def test_where_the_photo_is_gone_it_is_said(anna: Person) -> None:
    text = anna.ask("/help", "/predict")
    popup = anna.press_data(text, f"why:{anna.user}")
    assert popup.text == "The photo is gone: send it again, then ask why."
    assert popup.is_alert


def test_an_album_has_no_such_button(anna: Person) -> None:
    anna.send_photos(*DRAWN.unseen)
    assert not any(WHY in label for label in anna.hears("2 photos").buttons)


def test_in_a_group_the_taught_photos_are_shown_to_their_owner_alone(
    own_bot: BotProcess, meet: Meet
) -> None:
    anna, boris = meet(own_bot), meet(own_bot)
    number = model_number(teach(anna, DRAWN, baskets.QUICK_FIT))
    anna_there, boris_there = anna.in_group(), boris.in_group()
    anna_there.ask(f"/use@lukoshko_bot {number}", "answers here now")
    for person in (anna_there, boris_there):
        person.send_photos(DRAWN.unseen[0], caption="/predict@lukoshko_bot")
        answer = person.sees(lambda message: bool(message.buttons))
        person.press(answer, WHY)
        why = person.hears("there is no map")
        is_owner = person is anna_there
        assert why.is_photo is is_owner
        assert ("Only its owner can see" in why.text) is not is_owner
