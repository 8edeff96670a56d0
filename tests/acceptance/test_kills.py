"""The process is killed in the middle of a burst, again and again: no update is lost, no answer doubled.

`KILLS=50 PEOPLE=25` in the environment runs the long form, bursts of a hundred updates.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess

KILLS = int(os.environ.get("KILLS", "2"))
PEOPLE, EACH = int(os.environ.get("PEOPLE", "6")), 4
LONGEST_LIFE_S = 3.0
SEED = 7
PATIENCE_S = 180
BASKET = baskets.drawn(classes=2, photos=5)
# Of an upload that three processes did not survive.
INTERRUPTED = "restarted while I read your ZIP"
PHOTO = BASKET.taught[0]


@dataclass
class Talk:
    """What a person has asked for, and how many messages that makes."""

    person: Person
    greeting: Message
    expected: list[str] = field(default_factory=list)

    def ask(self, rnd: Random, number: int) -> None:
        kinds: Sequence[Callable[[int], None]] = (
            self.command,
            self.refusal,
            self.press,
            self.photo,
            self.album,
            self.zip,
            self.lesson,
        )
        kinds[rnd.randrange(len(kinds))](number)

    def command(self, number: int) -> None:
        self.person.say("/help")
        self.expected.append("/upload_dataset")

    def refusal(self, number: int) -> None:
        self.person.say(f"/model none{number}")
        self.expected.append(f"none{number}")

    def press(self, number: int) -> None:
        self.person.press_unanswered(self.greeting, "How to send a ZIP")
        self.expected.append("a folder")

    def photo(self, number: int) -> None:
        self.person.send_photos(PHOTO)
        self.expected.append("")

    def album(self, number: int) -> None:
        self.person.send_photos(PHOTO, PHOTO)
        self.expected.append("2 photos")

    def zip(self, number: int) -> None:
        if any(word == BASKET.name for word in self.expected):
            self.command(number)
            return
        self.person.send_file(f"{BASKET.name}.zip", BASKET.zipped)
        self.expected.append(BASKET.name)

    def lesson(self, number: int) -> None:
        """Ended at once: until then photos are lessons, which have no answers of their own."""
        self.person.say("/teach")
        self.person.say("/done")
        self.expected += ["", "Send a photo without a name"]


def test_nothing_is_lost_or_doubled_by_kills_in_a_burst(tmp_path: Path, meet: Meet) -> None:
    rnd = Random(SEED)
    bot = BotProcess(tmp_path)
    bot.start()
    people = [meet(bot) for _ in range(PEOPLE)]
    talks = [Talk(person, person.ask("/start", "Lukoshko")) for person in people]
    beginnings = [person.now() for person in people]
    for kill in range(KILLS):
        for number in range(EACH):
            for talk in talks:
                talk.ask(rnd, 10 * kill + number)
        time.sleep(rnd.uniform(0, LONGEST_LIFE_S))
        bot.crash_and_restart()
        # A burst that meets three kills in a row is set aside.
        settle(bot)
    try:
        for talk, beginning in zip(talks, beginnings, strict=True):
            check(talk, talk.person.heard(since=beginning))
        assert "Traceback" not in bot.log, bot.log
        uploads = sum(talk.expected.count(BASKET.name) for talk in talks)
        done = "SELECT count(*) FROM jobs WHERE kind = 'upload' AND state = 'done'"
        # Who had a dataset is asked what to do with the ZIP.
        assert count(bot, "SELECT count(*) FROM jobs WHERE kind = 'upload'") <= uploads
        assert count(bot, "SELECT count(*) FROM edits WHERE skipped IS NOT NULL") == count(
            bot, done
        )
        assert count(bot, "SELECT count(*) FROM unreadable_updates") == 0
    finally:
        bot.stop()


def check(talk: Talk, heard: Sequence[Message]) -> None:
    said = [message.text for message in heard]
    assert len(said) == len(talk.expected), (talk.expected, said)
    for words in talk.expected:
        asked, answered = talk.expected.count(words), sum(words in text for text in said)
        if words == BASKET.name:
            answered += sum(INTERRUPTED in text for text in said)
        assert not words or answered >= asked, (words, said)


def settle(bot: BotProcess) -> None:
    """Returns when all is handled."""
    deadline = time.monotonic() + PATIENCE_S
    while unhandled(bot):
        assert time.monotonic() < deadline, f"seed {SEED}"
        time.sleep(0.5)


def unhandled(bot: BotProcess) -> int:
    return count(bot, "SELECT count(*) FROM updates WHERE handled = 0")


def count(bot: BotProcess, sql: str) -> int:
    with closing(bot.open_database()) as database:
        return int(database.execute(sql).fetchone()[0])
