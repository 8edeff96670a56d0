"""The button "Why?" under an answer."""

from __future__ import annotations

from tests.acceptance import baskets
from tests.acceptance.conftest import MakeGroup, Meet
from tests.acceptance.lessons import APPLE, PEAR
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import model_number, teach, upload
from tests.factories import make_image

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


def test_a_photo_of_an_album_is_explained_from_its_own_answer(anna: Person) -> None:
    photos = anna.send_photos(baskets.a_kiwi(), *DRAWN.unseen)
    album = anna.hears("3 photos", "Tap a number")
    assert not any(WHY in label for label in album.buttons)
    anna.press(album, "1")
    own = anna.sees(lambda message: message.answers == photos[0] and "✓ Right" in message.buttons)
    anna.press(own, WHY)
    anna.hears("Why Kiwi and not ")


def test_in_a_group_nobody_sees_the_taught_photos(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    group = make_group(bot)
    anna, boris = (meet(bot, group=group) for _ in range(2))
    number = model_number(teach(anna, DRAWN))
    anna_there, boris_there = anna.in_group(), boris.in_group()
    anna_there.ask(f"/use@lukoshko_bot {number}", "answers here now")
    for person in (anna_there, boris_there):
        person.send_photos(DRAWN.unseen[0], caption="/predict@lukoshko_bot")
        answer = person.sees(lambda message: bool(message.buttons))
        person.press(answer, WHY)
        why = person.hears("only approximate", "Only their owner can see", "in a private chat")
        assert why.is_photo, "the heat map"
        assert why.album is None


def test_in_a_group_no_button_shows_what_its_presser_has_taught(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    anna = meet(bot, group=make_group(bot))
    summary = upload(anna, DRAWN)
    there = anna.in_group().ask("/start", "Hi, everybody")
    for data in summary.buttons.values():
        assert "out of date" in anna.in_group().press_data(there, data).text


def test_an_answer_is_explained_by_the_model_that_gave_it(anna: Person) -> None:
    first = answer_to(anna, baskets.a_kiwi())
    teach(anna, DRAWN)
    anna.press(first, WHY)
    assert "since" not in anna.hears("Why Kiwi and not ").text


def test_where_the_model_has_learned_since_it_is_said(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, language="ru")
    for label, kind in (("яблоко", APPLE), ("груша", PEAR)):
        vera.send_photos(make_image(kind, 0), caption=label)
    vera.hears("Теперь я могу отвечать")
    answer = answer_to(vera, make_image(APPLE, 5))
    vera.send_photos(make_image(PEAR, 7), caption="груша")
    vera.sees(lambda message: "груша ▮▮ 2" in message.text and "⏳" not in message.text)
    vera.press(answer, "Почему?")
    vera.hears("После того ответа я доучился", "Почему ")


def test_where_the_model_is_gone_it_is_said(anna: Person) -> None:
    number = model_number(teach(anna, DRAWN))
    answer = answer_to(anna, DRAWN.unseen[0])
    anna.press(anna.ask(f"/remove {number}", "Delete the model"), "Yes, delete")
    anna.hears("The baseline answers here again")
    anna.press(answer, WHY)
    anna.hears("The model that gave that answer is gone", "Why ")
