"""A group's own set: its owner, Anna who helps, and a stranger, from the first photo to the first answer.

A group takes 20 messages a minute from a bot, so each story has a group of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.baskets import zipped
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, PEAR, begin, delete_dataset, named, photos
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.factories import make_image

GREETER = 1


@pytest.fixture
def anna(bot: BotProcess, meet: Meet, group: str) -> Person:
    return named(meet(bot, group=group), "Anna")


def says_added(message: Message) -> bool:
    """What was decided stands in the place of the question, which has no buttons any more."""
    return "Added to apple: 4 photos by Anna" in message.text and not message.buttons


def test_members_teach_and_the_owner_decides(olga: Person, anna: Person) -> None:
    group, helper = olga.in_group(), anna.in_group()
    begin(olga)
    album = helper.send_photos(*photos(APPLE, 0, 1, 2), caption="/teach apple")
    assert helper.sees_reaction(album[0]) == "👀"
    asked = olga.hears("Anna", "suggests 3 photos for apple", "Lukoshko")
    assert list(asked.buttons) == ["✅ Add all", "👀 Look", "❌ Refuse", "🤝 Trust Anna"]
    photo = helper.send_photos(make_image(APPLE, 3))[0]
    reply = helper.say("/teach apple", reply_to=photo)
    asked = olga.hears("suggests 4 photos for apple")
    assert asked.has("apple (new class)")
    helper.ask("/classes", "There is nothing in", "Waiting for Olga: 4 photos")
    olga.ask("/classes", "There is nothing in", "Waiting for you: 4 photos")
    olga.press(asked, "Look")
    look = olga.sees(lambda message: message.is_photo)
    assert look.buttons["✅ Add all"]
    olga.press(asked, "Add")
    olga.sees(lambda message: message.id == asked.id and says_added(message))
    olga.sees(lambda message: message.id == look.id and says_added(message))
    assert helper.sees_reaction(album[0], "👌")
    assert helper.sees_reaction(reply, "👌")
    group.hears("I know apple now")

    own = group.send_photos(*photos(PEAR, 0, 1, 2), caption="/teach pear")
    assert group.sees_reaction(own[0]) == "👌"
    group.hears("enough to answer here", "apple, pear")
    helper.send_photos(make_image(PEAR, 9), caption="/predict")
    helper.hears("pear", "Model: Lukoshko")
    listed = helper.ask("/classes", "2 classes", "7 photos")
    assert "apple – 4 photos: Anna 4" in listed.text
    assert "pear – 3 photos: Olga 3" in listed.text
    assert "Waiting" not in listed.text
    assert [
        *group.ask("/use", "Which model").buttons,
    ] == ["🧺 Lukoshko (this group's set)", "baseline"]


def test_the_groups_set_is_its_owners_only_one_in_private(olga: Person) -> None:
    begin(olga)
    own = olga.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")[0]
    assert olga.in_group().sees_reaction(own) == "👌"
    olga.ask("/info", "Lukoshko", "apple")
    olga.ask("/undo", "apple")


def test_a_class_that_is_known_is_not_called_new(olga: Person, anna: Person) -> None:
    begin(olga)
    olga.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    olga.in_group().hears("I know apple now")
    anna.in_group().send_photos(make_image(APPLE, 1), caption="/teach Apple")
    assert "new class" not in olga.hears("suggests 1 photo for apple").text


def test_a_name_that_is_too_long(olga: Person) -> None:
    begin(olga)
    olga.in_group().send_photos(make_image(APPLE, 0), caption=f"/teach {'a' * 65}")
    said = olga.in_group().hears("This can't be the name of a class")
    assert said.has("reply to it with /predict@lukoshko_bot")
    assert "without a caption" not in said.text


def test_a_zip_by_another_name_is_no_picture(olga: Person) -> None:
    begin(olga)
    content = zipped({"apple/0.jpg": make_image(APPLE, 0)})
    sent = olga.in_group().send_file("photo.bin", content, caption="/teach apple")
    olga.in_group().hears("This is a ZIP, not a picture")
    assert olga.in_group().sees_reaction(sent) == "🤷"


def test_what_is_refused_is_not_learned(olga: Person, anna: Person) -> None:
    begin(olga)
    helper = anna.in_group()
    sent = helper.send_photos(make_image(APPLE, 0), caption="/teach apple")[0]
    asked = olga.hears("suggests 1 photo for apple")
    assert next(iter(asked.buttons)) == "✅ Add"
    olga.press(asked, "Refuse")
    olga.hears("Not added to apple", "1 photo by Anna")
    assert helper.sees_reaction(sent, "None")
    anna.hears("Group “Lukoshko”: what you suggested for apple was not added: 1 photo")
    helper.ask("/classes", "There is nothing in")
    assert "These photos don't wait any more" in olga.press(asked, "Add").text


def test_what_is_decided_below_the_picture_is_said_in_the_question(
    olga: Person, anna: Person
) -> None:
    begin(olga)
    anna.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    asked = olga.hears("suggests 1 photo for apple")
    olga.press(asked, "Look")
    looks = [olga.sees(lambda message: message.is_photo)]
    olga.press(looks[0], "Look")
    looks.append(olga.sees(lambda message: message.is_photo and message.id != looks[0].id))
    olga.press(looks[0], "Refuse")
    said: dict[int, Message] = {}
    while said.keys() != {asked.id, *(look.id for look in looks)}:
        message = olga.sees(lambda one: one.id not in said and "Not added" in one.text)
        said[message.id] = message
    assert [one.buttons for one in said.values()] == [{}, {}, {}]


def test_a_trusted_persons_photos_are_learned_at_once(olga: Person, anna: Person) -> None:
    begin(olga)
    helper = anna.in_group()
    helper.send_photos(make_image(APPLE, 0), caption="/teach apple")
    asked = olga.hears("suggests 1 photo for apple")
    olga.press(asked, "Trust Anna")
    trusted = olga.hears("Added to apple", "learned at once")
    second = helper.send_photos(make_image(APPLE, 1), caption="/teach apple")[0]
    assert helper.sees_reaction(second) == "👌"
    olga.press(trusted, "Stop trusting Anna")
    taken_back = olga.hears("Added to apple", "I'll ask you about the photos of Anna")
    assert (taken_back.id, taken_back.buttons) == (trusted.id, {})
    assert "at once" not in taken_back.text
    third = helper.send_photos(make_image(APPLE, 2), caption="/teach apple")[0]
    assert helper.sees_reaction(third) == "👀"


def test_an_edited_caption_renames_what_waits(olga: Person, anna: Person) -> None:
    begin(olga)
    helper = anna.in_group()
    sent = helper.send_photos(make_image(APPLE, 0), caption="/teach pear")[0]
    olga.hears("suggests 1 photo for pear")
    helper.edit_caption(sent, "/teach apple")
    assert not olga.hears("Anna has changed pear to apple").buttons
    olga.press(olga.hears("suggests 1 photo for apple"), "Add")
    olga.hears("Added to apple")
    assert helper.sees_reaction(sent, "👌")
    assert "apple – 1 photo" in helper.ask("/classes", "1 class, 1 photo").text


def test_an_edited_caption_moves_what_was_learned(olga: Person, anna: Person) -> None:
    """At once for whoever may teach; for others it is a new suggestion."""
    begin(olga)
    group, helper = olga.in_group(), anna.in_group()
    sent = group.send_photos(make_image(APPLE, 0), caption="/teach pear")[0]
    assert group.sees_reaction(sent) == "👌"
    group.edit_caption(sent, "/teach apple")
    after = group.send_photos(make_image(APPLE, 1), caption="/teach apple")[0]
    assert group.sees_reaction(after) == "👌"
    assert "apple – 2 photos: Olga 2" in group.ask("/classes", "1 class, 2 photos").text

    said = helper.send_photos(make_image(APPLE, 2), caption="hello")[0]
    helper.edit_caption(said, "/teach pear")
    assert helper.sees_reaction(said) == "👀"
    olga.press(olga.hears("suggests 1 photo for pear"), "Add")
    olga.hears("Added to pear")
    helper.edit_caption(said, "/teach apple")
    olga.press(olga.hears("suggests 1 photo for apple"), "Add")
    olga.hears("Added to apple")
    assert "apple – 3 photos" in group.ask("/classes", "1 class, 3 photos").text


def test_an_edited_reply_renames_too(olga: Person, anna: Person) -> None:
    begin(olga)
    helper = anna.in_group()
    photo = olga.in_group().send_photos(make_image(APPLE, 0))[0]
    reply = helper.say("/teach pear", reply_to=photo)
    olga.hears("suggests 1 photo for pear")
    helper.edit_text(reply, "/teach apple")
    olga.hears("Anna has changed pear to apple")
    olga.hears("suggests 1 photo for apple")


def test_an_owner_who_never_wrote_is_asked_once_they_do(
    bot: BotProcess, meet: Meet, group: str, anna: Person
) -> None:
    olga, helper = meet(bot, group=group), anna.in_group()
    olga.in_group().say("/teach_here", name="Olga")
    olga.in_group().hears("Olga, I can't write to you", "@lukoshko_bot")
    sent = helper.send_photos(make_image(APPLE, 0), caption="/teach apple")[0]
    assert helper.sees_reaction(sent) == "👀"
    helper.hears("Olga, I can't write to you")
    olga.say("/start")
    olga.hears("suggests 1 photo for apple")


def test_the_message_that_asks_speaks_the_owners_language(
    bot: BotProcess, meet: Meet, group: str, anna: Person
) -> None:
    olga = meet(bot, "ru", group)
    olga.say("/start", name="Ольга")
    olga.hears("Лукошко")
    olga.in_group().ask("/teach_here", "Теперь меня учит эта группа", "Ольга")
    anna.in_group().send_photos(make_image(APPLE, 0), caption="/teach яблоко")
    asked = olga.hears("Anna", "предлагает 1 фото", "яблоко")
    olga.press(asked, "Добавить")
    olga.hears("Добавлено в класс яблоко", "1 фото (Anna)")


def test_the_bot_greets_and_an_admin_chooses_whose_model_answers(
    own_bot: BotProcess, meet: Meet
) -> None:
    admin = Person(own_bot, GREETER, "group")
    helper = meet(own_bot).in_group()
    helper.say("Hello")
    admin.is_now("member", bot=True, by=GREETER)
    card = admin.hears("Hi, everybody", "fruit and vegetables", "Everybody may choose")
    assert "Only an admin of this chat" in helper.press(card, "Only admins").text
    helper.press(card, "Choose whose model answers")
    helper.hears("Which model shall answer here?")
    admin.press(card, "Only admins choose")
    admin.hears("The admins choose the model")
    for button in ("Teach me here", "Choose whose model answers"):
        assert "Here the admins choose" in helper.press(card, button).text
    for command in ("/use baseline", "/unload", "/teach_here"):
        helper.ask(command, "Here the admins choose")
    admin.press(card, "Choose whose model answers")
    question = admin.hears("Which model shall answer here?")
    (baseline,) = question.buttons
    admin.press(question, baseline)
    admin.hears("answers here now", "Anna chose it")
    admin.leave()


def test_a_deletion_warns_of_the_groups_and_they_are_told(olga: Person, anna: Person) -> None:
    begin(olga)
    own = olga.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")[0]
    assert olga.in_group().sees_reaction(own) == "👌"
    assert delete_dataset(olga, "Lukoshko").has("Used in 1 group: Lukoshko")
    olga.in_group().hears("The set that taught me here was deleted by its owner")
    anna.in_group().ask("/classes", "/teach_here@lukoshko_bot begins a set")


def test_all_of_an_account_goes_and_its_groups_are_told(olga: Person, anna: Person) -> None:
    begin(olga)
    anna.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    olga.hears("suggests 1 photo for apple")
    question = olga.ask("/delete_my_data", "Used in 1 group: Lukoshko")
    olga.press(question, "delete everything")
    anna.in_group().hears("has deleted all their data")
    anna.in_group().ask("/teach apple", "This group teaches me nothing yet")


def test_the_helper_takes_what_waits_along(olga: Person, anna: Person) -> None:
    begin(olga)
    anna.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    asked = olga.hears("suggests 1 photo for apple")
    question = anna.ask("/delete_my_data", "everything")
    anna.press(question, "delete everything")
    anna.hears("I keep nothing about you")
    assert "These photos don't wait any more" in olga.press(asked, "Add").text


def test_nobody_else_decides(olga: Person, anna: Person) -> None:
    """Not Anna, who suggested it, though she makes the buttons' data her own."""
    begin(olga)
    anna.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    asked = olga.hears("suggests 1 photo for apple")
    own = anna.ask("/start", "Lukoshko")
    for data in asked.buttons.values():
        stolen = ":".join((*data.split(":")[:-1], str(anna.user)))
        said = anna.press_data(own, stolen).text
        assert "don't wait" in said or anna.hears("These photos don't wait any more")
    olga.press(asked, "Add")
    olga.hears("Added to apple", "1 photo by Anna")


def test_photos_of_a_person_who_did_not_agree_are_not_kept(tmp_path: Path, meet: Meet) -> None:
    (tmp_path / "asking").mkdir()
    bot = BotProcess(tmp_path / "asking", CONSENT="ask")
    bot.start()
    olga, anna = named(meet(bot), "Olga"), named(meet(bot), "Anna")
    olga.in_group().ask("/teach_here", "Olga, before I keep photos I need your consent")
    olga.say("/start agree")
    olga.press(olga.hears("Before I keep your first photos"), "Keep my photos")
    olga.hears("Thank you")
    begin(olga)
    sent = anna.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    anna.in_group().hears("Anna, before I keep photos")
    anna.say("/start agree")
    anna.press(anna.hears("Before I keep your first photos"), "Keep my photos")
    anna.hears("Thank you")
    again = anna.in_group().say("/teach apple", reply_to=sent[0])
    assert anna.in_group().sees_reaction(again) == "👀"
    assert bot.stop() == 0
