"""The group's members, its topics, and people whom the bot can't write to."""

from __future__ import annotations

import pytest
from telegram import Bot, Update
from telegram.error import BadRequest, Forbidden

from bot.playground.world import GROUP_ID
from tests.playground.people import Person


async def updates(bot: Bot) -> list[Update]:
    return list(await bot.get_updates(timeout=2, allowed_updates=Update.ALL_TYPES))


async def become(person: Person, status: str, **fields: object) -> int:
    """The status of the answer."""
    change = {"user": person.user, "status": status} | fields
    return (await person.http.post("/play/member", json=change)).status_code


async def test_the_bot_is_told_that_it_was_added(bot: Bot, boris_in_group: Person) -> None:
    assert await become(boris_in_group, "member", bot=True) == 200
    (update,) = await updates(bot)
    change = update.my_chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("left", "member")
    assert change.from_user.first_name == "Boris"


async def test_who_leaves_is_told_and_is_no_member(bot: Bot, boris_in_group: Person) -> None:
    assert await become(boris_in_group, "left") == 200
    (update,) = await updates(bot)
    assert update.message is not None
    assert update.message.left_chat_member is not None
    assert (await bot.get_chat_member(GROUP_ID, 2)).status == "left"


async def test_an_admin_is_among_the_admins(bot: Bot, boris_in_group: Person) -> None:
    assert await become(boris_in_group, "administrator") == 200
    admins = await bot.get_chat_administrators(GROUP_ID)
    assert {(admin.user.id, admin.status) for admin in admins} == {
        (1, "creator"),
        (2, "administrator"),
    }


async def test_a_bad_change_gets_one_sentence(boris_in_group: Person) -> None:
    assert await become(boris_in_group, "king") == 400
    assert await become(boris_in_group, "member", user=999) == 400


async def test_a_topic_holds_messages_and_answers(bot: Bot, boris_in_group: Person) -> None:
    await boris_in_group.say("/start", thread=7)
    (update,) = await updates(bot)
    assert update.message is not None
    assert update.message.chat.is_forum
    answer = await update.message.reply_text("here")
    assert (answer.message_thread_id, answer.is_topic_message) == (7, True)
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(GROUP_ID, "nowhere", message_thread_id=8)


async def test_an_admin_writes_as_the_group(bot: Bot, boris_in_group: Person) -> None:
    await boris_in_group.say("/start", anonymous="true")
    (update,) = await updates(bot)
    assert update.message is not None
    assert update.message.from_user is not None
    assert update.message.from_user.username == "GroupAnonymousBot"
    assert update.message.sender_chat is not None
    assert update.message.sender_chat.id == GROUP_ID


async def test_who_never_wrote_in_private_is_out_of_reach(bot: Bot, boris_in_group: Person) -> None:
    await boris_in_group.say("hello", name="Bob")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(2, "hello")
    assert (await bot.get_chat_member(GROUP_ID, 2)).user.first_name == "Bob"
