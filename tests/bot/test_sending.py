"""Sending: in turn, until Telegram has it, each message once; by the real library to a real playground."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from telegram import Bot, InputMediaPhoto, Message
from telegram.error import Forbidden
from telegram.ext import ExtBot

from bot import retries
from bot.keyboards import Buttons, keyboard
from bot.pace import Pace
from bot.requests import Request
from bot.sending import Sender, passing
from core.ports import Origin, origin
from storage.storage import Storage
from tests.playground.people import TOKEN, Person, picture

ANNA, BORIS, GROUP = 1, 2, -1001
STOP = keyboard([Buttons(ANNA)("Stop", "cancel", "fit")])
UPDATE = 5
CUT = 0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(retries, "LONGEST_PAUSE_S", 0.05)


@pytest.fixture
async def storage(storage: Storage) -> Storage:
    await storage.updates.receive({UPDATE: "{}"})
    return storage


@pytest.fixture
async def anna(anna: Person) -> Person:
    await anna.say("/start")
    return anna


@pytest.fixture
async def boris(anna: Person) -> AsyncIterator[Person]:
    person = Person(anna.address, BORIS)
    await person.say("/start")
    yield person
    await person.http.aclose()


@pytest.fixture
async def bot(anna: Person, storage: Storage) -> AsyncIterator[Bot]:
    async with bot_of(anna, storage) as client:
        yield client


def bot_of(anna: Person, storage: Storage) -> ExtBot[int]:
    """The bot of a process that has just started."""
    sender = Sender(storage.steps, Pace(None))
    return ExtBot(TOKEN, base_url=f"{anna.address}/bot", request=Request(), rate_limiter=sender)


async def handled_again(storage: Storage) -> Origin:
    """The update after a crash, with what was done for it before."""
    steps = {step.name: step for step in await storage.steps.of(UPDATE)}
    return Origin(UPDATE, is_replay=True, steps=steps)


async def heard(person: Person) -> list[str]:
    """What the bot has said, edits included."""
    events = (await person.events())["events"]
    said = [event["message"] for event in events if event["type"] in ("message", "edit")]
    return [
        str(message.get("text") or message.get("caption") or "📷")
        for message in said
        if message["from"]["is_bot"]
    ]


@pytest.mark.parametrize("error_code", [500, CUT])
async def test_a_message_is_tried_until_telegram_has_it(
    anna: Person, bot: Bot, error_code: int
) -> None:
    await anna.fault("sendMessage", error_code, times=5)
    await bot.send_message(ANNA, "hello")
    assert await heard(anna) == ["hello"]


@pytest.mark.parametrize("markup", [None, STOP])
async def test_a_message_whose_answer_was_cut_is_found(
    anna: Person, bot: Bot, markup: object
) -> None:
    await bot.send_message(ANNA, "before")
    await anna.fault("sendMessage", CUT, after=True)
    sent = await bot.send_message(ANNA, "<b>hello</b>", parse_mode="HTML", reply_markup=markup)
    assert await heard(anna) == ["before", "hello"]
    await sent.edit_text("changed")
    assert (await heard(anna))[-1] == "changed"


async def test_pictures_and_albums_whose_answers_were_cut_are_found(anna: Person, bot: Bot) -> None:
    await anna.fault("sendPhoto", CUT, after=True)
    await anna.fault("sendMediaGroup", CUT, after=True)
    await bot.send_photo(ANNA, picture(), caption="a photo", reply_markup=STOP)
    album = await bot.send_media_group(ANNA, [InputMediaPhoto(picture()) for _ in range(3)])
    assert await heard(anna) == ["a photo", "📷", "📷", "📷"]
    assert len(album) == 3


async def test_no_other_message_is_taken_for_one_that_was_cut(
    anna: Person, boris: Person, bot: Bot
) -> None:
    await anna.fault("sendMessage", CUT)
    others = [bot.send_message(BORIS, f"to Boris {number}") for number in range(3)]
    await asyncio.gather(bot.send_message(ANNA, "to Anna"), *others)
    assert await heard(anna) == ["to Anna"]
    assert len(await heard(boris)) == 3


async def test_an_edit_whose_answer_was_cut_was_done(anna: Person, bot: Bot) -> None:
    message = await bot.send_message(ANNA, "hello")
    await anna.fault("editMessageText", CUT, after=True)
    await message.edit_text("changed")
    assert await heard(anna) == ["hello", "changed"]


async def test_what_is_soon_out_of_date_is_tried_once(anna: Person, bot: Bot) -> None:
    message = await bot.send_message(ANNA, "hello")
    await anna.fault("editMessageText", 500)
    with passing(), pytest.raises(Exception, match="Internal Server Error"):
        await message.edit_text("one second")
    assert await heard(anna) == ["hello"]


@pytest.mark.filterwarnings("ignore:.*retry_after")
async def test_one_chats_429_delays_no_other_and_its_order_is_kept(
    anna: Person, boris: Person, bot: Bot
) -> None:
    await anna.fault("sendMessage", 429, retry_after=1)
    told: list[str] = []

    async def tell(chat_id: int, text: str) -> None:
        await bot.send_message(chat_id, text)
        told.append(text)

    to_anna = [asyncio.create_task(tell(ANNA, f"to Anna {n}")) for n in range(3)]
    await asyncio.sleep(0.1)
    await asyncio.gather(tell(BORIS, "to Boris"), *to_anna)
    assert told == ["to Boris", "to Anna 0", "to Anna 1", "to Anna 2"]


async def test_who_has_blocked_the_bot_ends_what_is_queued_for_them(
    anna: Person, boris: Person, bot: Bot
) -> None:
    await anna.fault("sendMessage", 403, description="Forbidden: bot was blocked by the user")
    sent = await asyncio.gather(
        *(bot.send_message(ANNA, str(number)) for number in range(5)),
        bot.send_message(BORIS, "hello"),
        return_exceptions=True,
    )
    assert [type(one) for one in sent] == [Forbidden] * 5 + [Message]
    await bot.send_message(ANNA, "unblocked")
    assert await heard(anna) == ["unblocked"]


async def test_a_group_hears_twenty_messages_beside_any_number_of_actions(
    anna: Person, storage: Storage
) -> None:
    pace = Pace()
    async with ExtBot(
        TOKEN, base_url=f"{anna.address}/bot", rate_limiter=Sender(storage.steps, pace)
    ) as bot:
        async with asyncio.timeout(20):
            for number in range(20):
                await bot.send_chat_action(GROUP, "typing")
                await bot.send_message(GROUP, str(number))
        async with pace.turn(GROUP) as chat:
            assert chat.limiter is not None
            assert not chat.limiter.has_capacity()


# After a crash -----------------------------------------------------------------------------------


async def test_what_was_sent_before_a_crash_is_not_sent_again(
    anna: Person, boris: Person, storage: Storage
) -> None:
    ids = []
    for after_crash in (False, True):
        origin.set(await handled_again(storage) if after_crash else Origin(UPDATE))
        async with bot_of(anna, storage) as bot:
            messages = [await bot.send_message(ANNA, text) for text in ("one", "two")]
            messages.append(await bot.send_message(BORIS, "three"))
        ids.append([message.message_id for message in messages])
    assert ids[0] == ids[1]
    assert await heard(anna) == ["one", "two"]


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_message_in_the_middle_of_which_the_process_died_is_there_once(
    anna: Person, boris: Person, storage: Storage, arrived: bool
) -> None:
    origin.set(Origin(UPDATE))
    async with bot_of(anna, storage) as bot:
        await bot.send_message(ANNA, "before")
        await anna.fault("sendMessage", CUT, after=arrived)
        killed = asyncio.create_task(bot.send_message(ANNA, "hello", reply_markup=STOP))
        await becomes(lambda: killed.done(), storage)
        killed.cancel()
        await asyncio.wait([killed])
    await boris.say("something else")
    origin.set(await handled_again(storage))
    async with bot_of(anna, storage) as bot:
        await bot.send_message(ANNA, "before")
        message = await bot.send_message(ANNA, "hello", reply_markup=STOP)
        assert await heard(anna) == ["before", "hello"]
        await message.edit_text("changed")
    assert await heard(anna) == ["before", "hello", "changed"]


async def becomes(holds: Callable[[], bool], storage: Storage) -> None:
    """The intent to send the second message is on record, and the connection was cut."""
    while len(await storage.steps.of(UPDATE)) < 2 and not holds():  # noqa: ASYNC110
        await asyncio.sleep(0)
