"""Forwards and edits: what people do to messages, as the bot gets to know it."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Bot, MessageOriginHiddenUser, MessageOriginUser

from tests.playground.people import Person, picture

PHOTO = {"photo": ("p.jpg", picture())}


@pytest.mark.parametrize(
    "files",
    [PHOTO, {"document": ("p.jpg", picture())}, [("photo", ("p.jpg", picture()))] * 3, None],
    ids=["photo", "document", "album", "text"],
)
async def test_a_forward_has_its_origin(bot: Bot, anna: Person, files: Any) -> None:
    fields = {"caption": "a mango"} if files else {"text": "a mango"}
    sent = await anna.send(files, forward="true", **fields)
    messages = [update.message for update in await bot.get_updates()]
    assert [message.message_id for message in messages] == sent
    for message in messages:
        assert isinstance(message.forward_origin, MessageOriginHiddenUser)
        assert message.from_user.first_name == "Anna"
    assert (messages[0].caption or messages[0].text) == "a mango"


async def test_a_forward_may_name_its_sender(bot: Bot, anna: Person) -> None:
    await anna.send(PHOTO, forward="true", forward_from="2")
    (update,) = await bot.get_updates()
    assert isinstance(update.message.forward_origin, MessageOriginUser)
    assert update.message.forward_origin.sender_user.first_name == "Boris"


async def test_what_is_no_forward_has_no_origin(bot: Bot, anna: Person) -> None:
    await anna.send(PHOTO, forward="false")
    (update,) = await bot.get_updates()
    assert update.message.forward_origin is None


async def test_an_edited_text_is_an_update_and_an_event(bot: Bot, anna: Person) -> None:
    sent = await anna.say("/teach pear")
    assert await anna.send(text="/teach plum", edit=sent) == [sent]
    _, update = await bot.get_updates()
    assert update.message is None
    assert (update.edited_message.message_id, update.edited_message.text) == (sent, "/teach plum")
    assert update.edited_message.edit_date is not None
    happened = (await anna.events())["events"][-1]
    assert (happened["type"], happened["message"]["text"]) == ("edit", "/teach plum")


async def test_an_edited_caption_leaves_the_photo(bot: Bot, anna: Person) -> None:
    first, second = await anna.send([("photo", ("p.jpg", picture()))] * 2, caption="pear")
    await anna.send(caption="plum", edit=first)
    await anna.send(caption="fig", edit=second)
    await anna.send(caption="", edit=second)
    sent, _, *edits = await bot.get_updates()
    assert [update.edited_message.caption for update in edits] == ["plum", "fig", None]
    assert edits[0].edited_message.photo == sent.message.photo
    assert edits[0].edited_message.media_group_id == sent.message.media_group_id


async def test_the_bot_gets_only_the_updates_it_asked_for(bot: Bot, anna: Person) -> None:
    await bot.get_updates(allowed_updates=["message"])
    sent = await anna.say("pear")
    await anna.send(text="plum", edit=sent)
    assert [update.message.text for update in await bot.get_updates()] == ["pear"]


async def test_in_a_group_the_bot_sees_only_edits_of_what_is_meant_for_it(
    bot: Bot, boris_in_group: Person
) -> None:
    chat = await boris_in_group.say("pear")
    await boris_in_group.send(text="plum", edit=chat)
    await boris_in_group.send(text="/teach plum", edit=chat)
    (update,) = await bot.get_updates()
    assert update.edited_message.text == "/teach plum"


async def test_only_ones_own_message_can_be_edited(
    bot: Bot, anna: Person, boris_in_group: Person
) -> None:
    await anna.say("hello")
    answer = await bot.send_message(1, "hi")
    of_boris = await boris_in_group.say("hello")
    anna_in_group = Person(anna.address, chat="group")
    for person, message_id in ((anna, answer.message_id), (anna_in_group, of_boris)):
        refused = await person.try_to_send(text="mine", edit=message_id)
        assert refused.status_code == 400
        assert refused.json()["error"] == "A message of someone else can't be edited."
    await anna_in_group.http.aclose()


@pytest.mark.parametrize(
    ("fields", "files", "sentence"),
    [
        ({"edit": "99", "text": "x"}, None, "There is no message with the id of edit in the chat."),
        ({"edit": "1"}, None, "There is nothing to send"),
        ({"edit": "1", "text": "hello"}, None, "The edit changes nothing."),
        ({"edit": "1", "text": "x" * 4097}, None, "text has at most 4096 characters."),
        ({"edit": "1", "text": "x"}, PHOTO, "An edit replaces the text or caption, not the file."),
        ({"edit": "2", "text": "x"}, None, "There is no text in this message: give caption."),
        ({"edit": "3", "text": "x"}, None, "A forwarded message can't be edited."),
    ],
)
async def test_a_bad_edit_gets_one_sentence(
    anna: Person, fields: dict[str, str], files: Any, sentence: str
) -> None:
    await anna.say("hello")
    await anna.send(PHOTO)
    await anna.say("hello", forward="true")
    answer = await anna.try_to_send(files, **fields)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
