"""The progress message, sent by the real python-telegram-bot to a real playground."""

from __future__ import annotations

import pytest
from telegram import Bot, Message

from bot import progress
from bot.commands.follow import time_left
from bot.keyboards import Buttons, keyboard
from bot.progress import ProgressMessage, Timing
from bot.texts import texts_in
from core.entities import Progress
from tests.playground.people import Person

STOP = keyboard([Buttons(1)("Stop", "cancel", "fit")])


class Work:
    """Work whose progress a test sets, and the message reads."""

    def __init__(self) -> None:
        self.progress = Progress("start")

    async def show(self, reply_to: Message, instead: Message | None = None) -> ProgressMessage:
        return await ProgressMessage.show(reply_to, instead, lambda: self.progress, render, STOP)


@pytest.fixture
async def asked(anna: Person, bot: Bot) -> Message:
    """The user's request, as the bot got it."""
    await anna.say("/fit")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message is not None
    return update.message


def render(progress_: Progress, _: Timing) -> str:
    return f"{progress_.stage} {progress_.done}"


async def shown(anna: Person) -> list[tuple[str, str, bool]]:
    """(message or edit, text, has buttons) of all that the bot has shown."""
    return [
        (event["type"], event["message"]["text"], "reply_markup" in event["message"])
        for event in (await anna.events())["events"]
        if event["type"] in ("message", "edit") and event["message"]["from"]["is_bot"]
    ]


async def test_a_thousand_steps_are_one_message_and_one_edit(anna: Person, asked: Message) -> None:
    work = Work()
    async with await work.show(asked) as message:
        for done in range(1000):
            work.progress = Progress("read", done)
        await message.become("done")
    assert await shown(anna) == [("message", "start 0", True), ("edit", "done", False)]


async def test_steps_are_shown_at_intervals_and_only_what_is_new(
    anna: Person, asked: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EDIT_INTERVAL_S", 0.05)
    work = Work()
    async with await work.show(asked) as message:
        work.progress = Progress("read", 7)
        seen = (await anna.events())["seq"]
        await anna.events(after=seen, wait=5)
        assert await shown(anna) == [("message", "start 0", True), ("edit", "read 7", True)]
        await anna.events(after=seen + 1, wait=0.3)
        await message.become("done")
    assert len(await shown(anna)) == 3


async def test_a_question_becomes_the_progress(anna: Person, asked: Message) -> None:
    question = await asked.reply_text("Which?", reply_markup=STOP)
    async with await Work().show(asked, question) as message:
        await message.become("done", STOP)
    assert [text for _, text, _ in await shown(anna)] == ["Which?", "start 0", "done"]


async def test_a_result_whose_message_was_deleted_is_sent_anew(
    anna: Person, asked: Message
) -> None:
    async with await Work().show(asked) as message:
        shown_first = (await anna.events())["events"][-1]["message"]
        await asked.get_bot().delete_message(asked.chat_id, shown_first["message_id"])
        await message.become("done")
    assert (await shown_texts(anna))[-1] == "done"


async def shown_texts(anna: Person) -> list[str]:
    return [text for _, text, _ in await shown(anna)]


def test_the_time_left_comes_from_the_rate_that_was_seen() -> None:
    timing = Timing()
    assert timing.since("read") is None
    timing.see(Progress("read", 10, 100))
    assert timing.left(Progress("read", 10, 100)) is None
    timing._stages["read"] = (timing.began - 5, 10)
    left = timing.left(Progress("read", 60, 100))
    assert left is not None
    assert 3.9 < left < 4.5


def test_the_time_left_never_rises() -> None:
    timing = Timing()
    timing.see(Progress("read", 0, 100))
    timing._stages["read"] = (timing.began - 10, 0)
    early = timing.left(Progress("read", 50, 100))
    assert early is not None
    timing._stages["read"] = (timing.began - 40, 0)
    assert timing.left(Progress("read", 60, 100)) == early
    late = timing.left(Progress("read", 90, 100))
    assert late is not None
    assert late < early


def test_the_time_never_stands_still() -> None:
    timing, stuck = Timing(), Progress("read", 10, 100)
    timing.see(stuck)
    early = time_left(stuck, timing, texts_in("en"))
    timing.began -= 12
    assert time_left(stuck, timing, texts_in("en")) != early
