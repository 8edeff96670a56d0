"""Whatever fails, the log at DEBUG does not show the token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from socket import create_server

import pytest

from bot.__main__ import PLAYGROUND_TOKEN
from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import train, upload

# As in a URL, and with its colon escaped; wherever its number is followed by anything of it.
SHOWN = re.compile(re.escape(PLAYGROUND_TOKEN).replace(":", "(:|%3A)"), re.IGNORECASE)
PHOTO = baskets.drawn().taught[0]


@pytest.fixture
def loud_bot(tmp_path: Path) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path, LOG_LEVEL="DEBUG")
    bot.start()
    yield bot
    bot.stop()


def test_a_journey_on_which_everything_fails(loud_bot: BotProcess, meet: Meet) -> None:
    bot, anna = loud_bot, meet(loud_bot)
    for method in ("getUpdates", "sendMessage", "editMessageText", "getFile", "sendPhoto"):
        for error_code in (500, 0, 429):
            anna.order_fault(method, error_code, retry_after=1)
    anna.order_fault("sendChatAction", 0)
    anna.order_fault("answerCallbackQuery", 401, description="Unauthorized")
    anna.order_fault("setMyCommands", 401, description="Unauthorized")
    greeting = anna.ask("/start", "Lukoshko")
    anna.press_unanswered(greeting, "How to send a ZIP")
    anna.hears("a folder")
    upload(anna, baskets.drawn())
    train(anna)
    anna.send_photos(PHOTO)
    anna.sees(lambda message: "%" in message.text or "nearest" in message.text)
    anna.order_fault("getFile", 401, description="Unauthorized", times=9)
    anna.order_fault("sendMessage", 401, description="Unauthorized")
    anna.send_photos(PHOTO)
    anna.ask("/models", "#1")
    bot.crash_and_restart()
    anna = meet(bot)
    anna.order_fault("getUpdates", 401, description="Unauthorized", times=9)
    assert bot.ends() == 2
    assert "DEBUG" in bot.log
    assert "Unauthorized" in bot.log
    assert not SHOWN.search(bot.log)


def test_a_telegram_that_does_not_answer(tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        bot = BotProcess(
            tmp_path, module="tests.acceptance.apart", LOG_LEVEL="DEBUG", TELEGRAM=address
        )
        bot.begin()
        bot.logs("Telegram did not take a request, next try in")
        assert bot.stop() == 0
    assert not SHOWN.search(bot.log)
