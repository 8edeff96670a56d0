"""Steps that several stories share."""

from __future__ import annotations

import re
import time

from storage.database import KEPT_PAGES
from tests.acceptance.baskets import Basket
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess

UNKNOWN = "This does not look like anything I was taught"
PROBABLE = "🤔 Probably "
NO_MISTAKE = "Not one mistake"


def upload(person: Person, basket: Basket) -> Message:
    """Uploads a first ZIP; returns the summary."""
    person.send_file(f"{basket.name}.zip", basket.zipped)
    return person.hears(basket.name, f"{len(basket.to_teach):,} photos")


def train(person: Person, command: str = "/fit") -> Message:
    """Trains, by buttons if the command has no arguments; returns the report after its charts have
    come."""
    if command == "/fit":
        person.press(person.ask("/fit", "Train on"), "▶️ Train")
    else:
        person.say(command)
    report = person.hears("is ready", "Right on")
    person.sees(lambda message: message.is_photo or NO_MISTAKE in message.text)
    return report


def teach(person: Person, basket: Basket, command: str = "/fit") -> Message:
    """Uploads, trains and uses a model; returns the report."""
    upload(person, basket)
    report = train(person, command)
    person.press(report, "Use it")
    person.hears("answers here now")
    return report


def nearest_class(answer: Message) -> str:
    """The class that an answer names for a photo, or names as the nearest one."""
    if UNKNOWN in answer.text:
        return answer.text.split("The nearest: ")[1].split("\n")[0]
    assert "%" in answer.text, answer.text
    assert "█" in answer.text, answer.text
    first = answer.text.split("\n")[0]
    if first.startswith(PROBABLE):
        return re.split(", (?:or|but) ", first.removeprefix(PROBABLE))[0]
    return first.split(" – ")[0]


def model_number(report: Message) -> str:
    """The model's number as the bot shows it: “#12”."""
    return report.text.split("(#")[1].split(")")[0]


def wait_for_room_kept(bot: BotProcess) -> None:
    """Returns when the bot keeps room in its database, as it does soon after its start."""
    deadline = time.monotonic() + 60
    log = bot.database.with_name(f"{bot.database.name}-wal")
    while log.stat().st_size < KEPT_PAGES * 4096:
        assert time.monotonic() < deadline
        time.sleep(0.1)
