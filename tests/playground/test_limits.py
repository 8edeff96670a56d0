"""Telegram's limits, with its own texts, as the real client reports them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from telegram import (
    Bot,
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.playground import FloodLimits, Rate
from tests.playground.conftest import Boot
from tests.playground.people import Person, bot_at, picture

# PTB's own advice, on every RetryAfter: its number of seconds will be a timedelta one day.
TIMEDELTA = "ignore::telegram.warnings.PTBDeprecationWarning"


def keyboard(*data: str, in_row: int = 1) -> InlineKeyboardMarkup:
    buttons = [InlineKeyboardButton("press", callback_data=item) for item in data]
    return InlineKeyboardMarkup([buttons[n : n + in_row] for n in range(0, len(buttons), in_row)])


def copying(text: str) -> InlineKeyboardMarkup:
    button = InlineKeyboardButton("copy", copy_text=CopyTextButton(text))
    return InlineKeyboardMarkup([[button]])


async def album(bot: Bot, photos: int) -> object:
    return await bot.send_media_group(1, [InputMediaPhoto(picture())] * photos)


REFUSED: list[tuple[str, Callable[[Bot], Awaitable[object]]]] = [
    ("Message text is empty", lambda bot: bot.send_message(1, " \n ")),
    ("Message is too long", lambda bot: bot.send_message(1, "x" * 4097)),
    ("Chat not found", lambda bot: bot.send_message(77, "x")),
    ("Message to be replied not found", lambda bot: bot.send_message(1, "x", reply_to_message_id=9999)),
    ("Message to edit not found", lambda bot: bot.edit_message_text("x", 1, 9999)),
    ("Message can't be edited", lambda bot: bot.edit_message_text("x", 1, 1)),
    ("Message caption is too long", lambda bot: bot.send_photo(1, picture(), caption="x" * 1025)),
    ("Button_data_invalid", lambda bot: bot.send_message(1, "x", reply_markup=keyboard("й" * 33))),
    ("Button_copy_text_invalid", lambda bot: bot.send_message(1, "x", reply_markup=copying(""))),
    ("Button_copy_text_invalid", lambda bot: bot.send_message(1, "x", reply_markup=copying("x" * 257))),
    ("Reply_markup_too_long", lambda bot: bot.send_message(1, "x", reply_markup=keyboard(*"a" * 101))),
    ("Reply_markup_too_long", lambda bot: bot.send_message(1, "x", reply_markup=keyboard(*"a" * 9, in_row=9))),
    ("Wrong number of messages to send as an album", lambda bot: album(bot, 1)),
    ("Too many messages to send as an album", lambda bot: album(bot, 11)),
    ("Image_process_failed", lambda bot: bot.send_photo(1, b"no picture")),
    ("Photo_invalid_dimensions", lambda bot: bot.send_photo(1, picture(10, 201))),
    ("Photo_invalid_dimensions", lambda bot: bot.send_photo(1, picture(5001, 5000, kind="PNG"))),
    ("File of size 10485761 bytes is too big for a photo", lambda bot: bot.send_photo(1, bytes(10 * 2**20 + 1))),
    ("File must be non-empty", lambda bot: bot.send_document(1, b"")),
    ("Wrong remote file identifier", lambda bot: bot.send_photo(1, "nonsense")),
    ("Failed to get http url content", lambda bot: bot.send_photo(1, "http://localhost/a.jpg")),
    ("Invalid file_id", lambda bot: bot.get_file("nonsense")),
    ("Message to copy not found", lambda bot: bot.copy_message(1, 1, 9999)),
    ("Message to forward not found", lambda bot: bot.forward_message(1, 1, 9999)),
    ("Message identifiers are not specified", lambda bot: bot.delete_messages(1, [])),
    ("Too many message identifiers specified", lambda bot: bot.delete_messages(1, range(1, 102))),
    ("Invalid message identifier specified", lambda bot: bot.delete_messages(1, [0])),
    ("Wrong parameter action", lambda bot: bot.send_chat_action(1, "dancing")),
    ("Bot_command_invalid", lambda bot: bot.set_my_commands([("Start", "begin")])),
    ("Query is too old", lambda bot: bot.answer_callback_query("1")),
    ("Message_too_long", lambda bot: bot.answer_callback_query("1", "x" * 201)),
    ("Bad webhook", lambda bot: bot.set_webhook("http://bot.example.org/hook")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "call"), REFUSED, ids=[text for text, _ in REFUSED])
async def test_what_telegram_refuses_is_refused(
    bot: Bot, anna: Person, text: str, call: Callable[[Bot], Awaitable[object]]
) -> None:
    await anna.say("hello")
    with pytest.raises(BadRequest) as refusal:
        await call(bot)
    assert refusal.value.message.lower().startswith(text.lower())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a <b>b", 'can\'t find end tag corresponding to start tag "b"'),
        ("ы <img>", 'unsupported start tag "img" at byte offset 3'),
        ("1 < 2", 'unsupported start tag "" at byte offset 2'),
        ("<b>a</i>", 'unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a</b>", "unexpected end tag at byte offset 1"),
        ("<b", "unclosed start tag at byte offset 0"),
    ],
)
async def test_wrong_markup_is_refused(bot: Bot, anna: Person, html: str, text: str) -> None:
    await anna.say("hello")
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(1, html, parse_mode=ParseMode.HTML)
    assert refusal.value.message == f"Can't parse entities: {text}"


async def test_a_text_is_measured_after_its_entities(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_message(1, f"<b>{'x' * 4096}</b>", parse_mode=ParseMode.HTML)
    assert len(sent.text) == 4096


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_message(1, "same", reply_markup=keyboard("a"))
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await sent.edit_text("same", reply_markup=keyboard("a"))
    with pytest.raises(BadRequest, match="Message_too_long"):
        await sent.edit_text("x" * 4097)


async def test_a_file_above_20_mb_can_not_be_fetched(bot: Bot, anna: Person) -> None:
    await anna.send({"document": ("fits.zip", bytes(20 * 2**20))})
    await anna.send({"document": ("large.zip", bytes(20 * 2**20 + 1))})
    fits, large = [update.message.document for update in await bot.get_updates()]
    assert (await fits.get_file()).file_size == 20 * 2**20
    with pytest.raises(BadRequest, match="File is too big"):
        await large.get_file()


async def test_a_document_above_50_mb_can_not_be_sent(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_document(1, bytes(50 * 2**20 + 1))


async def test_a_button_answers_the_person_who_presses_it(bot: Bot, anna: Person) -> None:
    await anna.say("hello", language="ru")
    sent = await bot.send_message(1, "choose", reply_markup=keyboard("use:1"))
    press = asyncio.create_task(anna.press(sent.message_id, "use:1"))
    query = await _next_query(bot)
    assert (query.data, query.from_user.language_code) == ("use:1", "ru")
    assert query.message.message_id == sent.message_id
    await query.answer("done", show_alert=True)
    assert (await press).json() == {"text": "done", "show_alert": True}


async def test_a_press_without_an_answer_times_out(boot: Boot) -> None:
    address = (await boot(answer_wait_s=0.05)).address
    anna = Person(address)
    await anna.say("hello")
    async with bot_at(address) as bot:
        sent = await bot.send_message(1, "choose", reply_markup=keyboard("use:1"))
    assert (await anna.press(sent.message_id, "use:1")).status_code == 504
    await anna.http.aclose()


async def test_a_query_dies_of_age(boot: Boot) -> None:
    address = (await boot(answer_wait_s=0.01, callback_lifetime_s=0.01)).address
    anna = Person(address)
    await anna.say("hello")
    async with bot_at(address) as bot:
        sent = await bot.send_message(1, "choose", reply_markup=keyboard("use:1"))
        await anna.press(sent.message_id, "use:1")
        with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
            await (await _next_query(bot)).answer()
    await anna.http.aclose()


@pytest.mark.filterwarnings(TIMEDELTA)
async def test_reactions_and_edits_count_as_messages_do(boot: Boot) -> None:
    limits = FloodLimits(private=Rate(0.5, 2), group=Rate(0.1, 1))
    address = (await boot(flood=limits)).address
    anna = Person(address)
    question = await anna.say("hello")
    async with bot_at(address) as bot:
        await bot.set_message_reaction(1, question, "👌")
        await bot.set_message_reaction(1, question, "👌")  # changes nothing, and counts for nothing
        await bot.send_message(1, "one")
        with pytest.raises(RetryAfter):
            await bot.set_message_reaction(1, question, "🤔")
    await anna.http.aclose()


@pytest.mark.filterwarnings(TIMEDELTA)
async def test_who_talks_too_much_has_to_wait(boot: Boot) -> None:
    limits = FloodLimits(private=Rate(0.5, 2), group=Rate(0.1, 1))
    address = (await boot(flood=limits)).address
    anna = Person(address)
    await anna.say("hello")
    async with bot_at(address) as bot:
        sent = await bot.send_message(1, "one")
        await sent.edit_text("two")
        with pytest.raises(RetryAfter) as wait:
            await bot.send_message(1, "three")
        assert wait.value.retry_after == 2
        await bot.send_message(-1001, "another chat")
    await anna.http.aclose()


@pytest.mark.filterwarnings(TIMEDELTA)
async def test_faults_happen_as_often_as_they_were_ordered(bot: Bot, anna: Person) -> None:
    await anna.fault("getMe", 429, description="Too Many Requests: retry after 7", retry_after=7)
    await anna.fault("sendMessage", 502, description="Bad Gateway", times=2)
    with pytest.raises(RetryAfter):
        await bot.get_me()
    await bot.get_me()
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(1, "x")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(1, "x")


async def test_a_fault_can_cut_the_connection(bot: Bot, anna: Person) -> None:
    await anna.fault("getMe", 0)
    with pytest.raises(NetworkError) as cut:
        await bot.get_me()
    assert isinstance(cut.value.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
    await bot.get_me()


async def _next_query(bot: Bot) -> CallbackQuery:
    updates = await bot.get_updates(offset=-1, timeout=5, allowed_updates=["callback_query"])
    query = updates[-1].callback_query
    if query is None:
        updates = await bot.get_updates(offset=updates[-1].update_id + 1, timeout=5)
        query = updates[-1].callback_query
    assert query is not None
    return query
