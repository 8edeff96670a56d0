"""Buttons with tampered data, and a log at DEBUG that shows no token."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from bot.__main__ import PLAYGROUND_TOKEN
from bot.routes import ACTIONS
from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import teach

NUMBERS = (
    "0",
    "1",
    "2",
    str(2**31),
    str(2**62),
    str(2**63 - 1),
    str(2**63),
    "-1",
    "x",
    "",
    "9" * 40,
)
PRESSES, PRESSES_OF_EACH = 60, 4


@pytest.fixture(scope="module")
def loud_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    """A bot of the most talkative kind."""
    bot = BotProcess(tmp_path_factory.mktemp("loud"), LOG_LEVEL="DEBUG")
    bot.start()
    yield bot
    bot.stop()


def test_tampered_buttons_do_nothing_and_no_token_is_logged(
    loud_bot: BotProcess, meet: Meet
) -> None:
    anna = meet(loud_bot)
    report = teach(anna, baskets.drawn(), baskets.QUICK_FIT)
    shown = sorted(data for message in anna.heard(0) for data in message.buttons.values())
    rng = random.Random(1)
    for _ in range(PRESSES):
        anna.press_data(report, _tampered(rng.choice(shown), rng))
    for action in ACTIONS.keys() - {"answer_close"}:  # which takes the message away
        for _ in range(PRESSES_OF_EACH):
            parts = rng.choices(NUMBERS, k=rng.randint(0, 4))
            anna.press_data(report, ":".join((action, *parts, str(anna.user)))[:64])
    anna.ask("/help", "/fit")
    assert "DEBUG" in loud_bot.log
    assert "Traceback" not in loud_bot.log, loud_bot.log[loud_bot.log.index("Traceback") :][:3_000]
    assert PLAYGROUND_TOKEN not in loud_bot.log
    assert not re.search(r"\d{8,}:[\w-]{10,}", loud_bot.log)


def _tampered(data: str, rng: random.Random) -> str:
    """The data with one part replaced, but for the one that says whose button it is."""
    action, *parts, owner = data.split(":")
    if parts and rng.random() < 0.9:
        parts[rng.randrange(len(parts))] = rng.choice(NUMBERS)
    else:
        parts.append(rng.choice(NUMBERS))
    changed = ":".join((action, *parts, owner))
    return changed[:64] or "x"
