"""The real python-telegram-bot against the playground: messages there and back."""

from __future__ import annotations

import asyncio

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Conflict, EndPointNotFound, InvalidToken

from tests.playground.people import TOKEN, Person, bot_at, picture

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Use it", callback_data="use:1")]])


async def test_the_bot_is_who_its_token_says(bot: Bot) -> None:
    assert (bot.id, bot.username, bot.bot.is_bot) == (4242, "lukoshko_bot", True)


async def test_a_malformed_token_is_unauthorized(address: str) -> None:
    bot = bot_at(address, "nonsense")
    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()


async def test_an_unknown_method_is_not_found(bot: Bot) -> None:
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendNonsense")


async def test_parameters_come_as_query_or_json_too(anna: Person) -> None:
    await anna.say("hello")
    url = f"/bot{TOKEN}/sendMessage"
    by_query = await anna.http.get(url, params={"chat_id": 1, "text": "query"})
    by_json = await anna.http.post(url, json={"chat_id": 1, "text": "json"})
    texts = [answer.json()["result"]["text"] for answer in (by_query, by_json)]
    assert texts == ["query", "json"]


async def test_text_of_a_person_arrives_as_an_update(bot: Bot, anna: Person) -> None:
    message_id = await anna.say("/start now", language="ru")
    (update,) = await bot.get_updates()
    message = update.message
    assert (message.message_id, message.text, message.chat.id) == (message_id, "/start now", 1)
    assert (message.from_user.first_name, message.from_user.language_code) == ("Anna", "ru")
    assert message.parse_entities() == {message.entities[0]: "/start"}


async def test_an_update_comes_again_until_it_is_confirmed(bot: Bot, anna: Person) -> None:
    await anna.say("one")
    await anna.say("two")
    first, second = await bot.get_updates()
    assert [u.message.text for u in await bot.get_updates(limit=1)] == ["one"]
    assert await bot.get_updates(offset=second.update_id) == (second,)
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    assert first.update_id + 1 == second.update_id


async def test_a_long_poll_ends_as_soon_as_something_is_said(bot: Bot, anna: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.gather(bot.get_me(), anna.say("hello"))
    (update,) = await asyncio.wait_for(poll, 2)
    assert update.message.text == "hello"


async def test_a_second_poll_ends_the_first(address: str, bot: Bot, anna: Person) -> None:
    async with bot_at(address) as other:
        first = asyncio.create_task(bot.get_updates(timeout=20))
        while not await _is_polling(anna):
            await bot.get_me()
        second = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        await anna.say("hello")
        assert len(await second) == 1


async def _is_polling(person: Person) -> bool:
    """Gives a poll that was just begun the time to arrive."""
    return (await person.events(wait=0.05))["events"] == []


async def test_only_the_kinds_of_updates_that_were_asked_for_arrive(bot: Bot, anna: Person) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await anna.say("hello")
    assert await bot.get_updates() == ()


async def test_html_becomes_text_and_entities(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_message(
        1, "🍓 <b>bold &amp; <i>both</i></b> <code>x &lt; 1</code>", parse_mode=ParseMode.HTML
    )
    assert sent.text == "🍓 bold & both x < 1"
    shown = {entity.type: text for entity, text in sent.parse_entities().items()}
    assert shown == {"bold": "bold & both", "italic": "both", "code": "x < 1"}


async def test_a_person_sees_what_the_bot_says(bot: Bot, anna: Person) -> None:
    question = await anna.say("hello")
    sent = await bot.send_message(1, "hi", reply_to_message_id=question, reply_markup=KEYBOARD)
    assert sent.reply_to_message.text == "hello"
    event = (await anna.events())["events"][-1]
    assert (event["type"], event["message"]["text"]) == ("message", "hi")
    assert event["message"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "use:1"


async def test_a_photo_comes_back_byte_for_byte(bot: Bot, anna: Person) -> None:
    photo = picture(320, 200)
    await anna.send({"photo": ("p.jpg", photo)}, caption="/predict")
    (update,) = await bot.get_updates()
    size = update.message.photo[-1]
    assert (size.width, size.height, size.file_size) == (320, 200, len(photo))
    assert update.message.caption_entities[0].type == "bot_command"
    file = await size.get_file()
    assert bytes(await file.download_as_bytearray()) == photo


async def test_a_file_comes_back_byte_for_byte(bot: Bot, anna: Person) -> None:
    await anna.send({"document": ("Кошки.zip", b"PK" + bytes(1000), "application/zip")})
    (update,) = await bot.get_updates()
    document = update.message.document
    assert (document.file_name, document.mime_type) == ("Кошки.zip", "application/zip")
    file = await document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"PK" + bytes(1000)


async def test_an_album_arrives_as_messages_of_one_group(bot: Bot, anna: Person) -> None:
    photos = [("photo", (f"{n}.png", picture(kind="PNG"))) for n in range(3)]
    ids = await anna.send(photos, caption="three")
    updates = await bot.get_updates()
    assert [u.message.message_id for u in updates] == ids
    assert len({u.message.media_group_id for u in updates}) == 1
    assert [u.message.caption for u in updates] == ["three", None, None]


async def test_a_person_fetches_what_the_bot_sends(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    chart = picture(kind="PNG")
    await bot.send_photo(1, chart, caption="<b>scores</b>", parse_mode=ParseMode.HTML)
    await bot.send_document(1, b"a,b\n", filename="table.csv")
    photo, document = [e["message"] for e in (await anna.events())["events"][-2:]]
    assert (await anna.http.get(photo["photo"][0]["url"])).content == chart
    download = await anna.http.get(document["document"]["url"])
    assert download.headers["Content-Type"] == "application/octet-stream"
    assert download.content == b"a,b\n"


async def test_the_bots_album_has_captions_and_may_reuse_files(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_photo(1, picture())
    first, second = await bot.send_media_group(
        1, [InputMediaPhoto(picture(), caption="first"), InputMediaPhoto(sent.photo[-1].file_id)]
    )
    assert first.media_group_id == second.media_group_id
    assert (first.caption, second.caption) == ("first", None)
    assert second.photo[-1].file_unique_id == sent.photo[-1].file_unique_id


async def test_an_album_mixes_no_documents_with_photos(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    with pytest.raises(BadRequest, match="can't be mixed"):
        await bot.send_media_group(1, [InputMediaPhoto(picture()), InputMediaDocument(b"x")])


async def test_an_edit_happens_in_place_and_drops_the_keyboard(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_message(1, "training", reply_markup=KEYBOARD)
    edited = await sent.edit_text("trained")
    assert edited.reply_markup is None
    event = (await anna.events())["events"][-1]
    assert (event["type"], event["message"]["message_id"]) == ("edit", sent.message_id)
    assert event["message"]["text"] == "trained"


async def test_a_chart_can_be_exchanged(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_photo(1, picture(), caption="old")
    edited = await sent.edit_media(InputMediaPhoto(picture(99, 50), caption="new"), KEYBOARD)
    assert (edited.photo[-1].width, edited.caption) == (99, "new")
    captioned = await edited.edit_caption("newer", reply_markup=KEYBOARD)
    assert captioned.photo[-1].file_id == edited.photo[-1].file_id
    bare = await captioned.edit_reply_markup()
    assert (bare.caption, bare.reply_markup) == ("newer", None)


async def test_a_sheet_is_exchanged_for_one_that_was_sent_before(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    first = await bot.send_photo(1, picture(64, 48), caption="page 1", reply_markup=KEYBOARD)
    second = await first.edit_media(InputMediaPhoto(picture(99, 50), caption="page 2"), KEYBOARD)
    again = await second.edit_media(InputMediaPhoto(first.photo[-1].file_id, caption="page 1"))
    assert (again.message_id, again.caption, again.reply_markup) == (
        first.message_id,
        "page 1",
        None,
    )
    assert again.photo == first.photo
    with pytest.raises(BadRequest, match="Message is not modified"):
        await again.edit_media(InputMediaPhoto(first.photo[-1].file_id, caption="page 1"))


async def test_a_text_becomes_a_photo(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_message(1, "<b>drawing…</b>", parse_mode=ParseMode.HTML)
    edited = await sent.edit_media(InputMediaPhoto(picture(), caption="drawn"))
    assert (edited.text, edited.entities, edited.caption) == (None, (), "drawn")


async def test_an_albums_photo_stays_a_photo(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    first, _ = await bot.send_media_group(1, [InputMediaPhoto(picture())] * 2)
    with pytest.raises(BadRequest, match="Can't change media type in the album"):
        await first.edit_media(InputMediaDocument(b"x"))
    assert (await first.edit_media(InputMediaPhoto(picture(99, 50)))).photo[-1].width == 99


async def test_several_messages_are_deleted_at_once(bot: Bot, anna: Person) -> None:
    question = await anna.say("hello")
    sent = await bot.send_message(1, "hi")
    await bot.send_message(1, "stays")
    assert await bot.delete_messages(1, [question, sent.message_id, 9999])
    assert [message["text"] for message in (await anna.history())["messages"]] == ["stays"]


async def test_in_a_group_only_the_bots_own_messages_are_deleted(
    bot: Bot, boris_in_group: Person
) -> None:
    question = await boris_in_group.say("/help")
    sent = await bot.send_message(-1001, "hi")
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_messages(-1001, [sent.message_id, question])
    assert len((await boris_in_group.history())["messages"]) == 2
    await bot.delete_messages(-1001, [sent.message_id])
    assert len((await boris_in_group.history())["messages"]) == 1


async def test_a_copy_is_the_bots_own_and_a_forward_names_its_sender(
    bot: Bot, anna: Person
) -> None:
    (photo,) = await anna.send({"photo": ("p.jpg", picture())}, caption="a mango")
    copied = await bot.copy_message(1, 1, photo, caption="a fig")
    forwarded = await bot.forward_message(-1001, 1, photo)
    original, copy = (await anna.history())["messages"]
    assert (copy["message_id"], copy["caption"]) == (copied.message_id, "a fig")
    assert copy["photo"] == original["photo"]
    assert (forwarded.caption, forwarded.forward_origin.sender_user.first_name) == (
        "a mango",
        "Anna",
    )


async def test_a_deleted_message_disappears(bot: Bot, anna: Person) -> None:
    question = await anna.say("hello")
    await bot.delete_message(1, question)
    event = (await anna.events())["events"][-1]
    assert (event["type"], event["message"]["message_id"]) == ("delete", question)
    with pytest.raises(BadRequest, match="essage to delete not found"):
        await bot.delete_message(1, question)


async def test_actions_are_seen(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    await bot.send_chat_action(1, ChatAction.UPLOAD_PHOTO)
    action = (await anna.events())["events"][-1]
    assert (action["type"], action["action"]) == ("action", "upload_photo")


async def test_the_menu_follows_scope_and_language(bot: Bot, anna: Person) -> None:
    await bot.set_my_commands([("start", "begin")])
    await bot.set_my_commands([("start", "начать")], language_code="ru")
    menus = {}
    for language in ("en", "ru", "de"):
        about = await anna.http.get("/play/about", params={"language": language})
        menus[language] = about.json()["commands"][0]["description"]
    assert menus == {"en": "begin", "ru": "начать", "de": "begin"}


async def test_the_group_knows_its_members(bot: Bot) -> None:
    chat = await bot.get_chat(-1001)
    (owner,) = await chat.get_administrators()
    member = await chat.get_member(2)
    assert (owner.user.first_name, owner.status) == ("Anna", "creator")
    assert (member.user.first_name, member.status) == ("Boris", "member")
