"""Whatever keeps one update from being taken, the bot hears everybody again, or is seen not to."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.apart import telegram
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import wait_for_room_kept

NOT_WRITTEN = "the journal can't be written"
ANNA = {"id": 12, "is_bot": False, "first_name": "Anna", "language_code": "en"}
PRIVATE = {"id": 12, "type": "private", "first_name": "Anna"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Group"}
OPTION_WITHOUT_ID = {"text": "a", "voter_count": 0}
LACKS_A_FIELD = {
    **{"message_id": 5, "date": 1_700_000_000, "chat": PRIVATE, "from": ANNA},
    "poll": {
        **{"id": "1", "question": "q", "options": [OPTION_WITHOUT_ID], "total_voter_count": 0},
        **{"is_closed": False, "is_anonymous": True, "type": "regular"},
        "allows_multiple_answers": False,
    },
}
PINNED = {
    **{"message_id": 5, "date": 1_700_000_000, "chat": GROUP, "from": ANNA},
    "pinned_message": {"message_id": 3, "date": 0, "chat": GROUP},
}


@pytest.fixture
def anna(own_bot: BotProcess, meet: Meet) -> Person:
    return meet(own_bot)


@pytest.fixture
def boris(own_bot: BotProcess, meet: Meet) -> Person:
    return meet(own_bot)


def test_what_arrives_while_nothing_can_be_written_is_answered_after_it(
    own_bot: BotProcess, anna: Person, boris: Person
) -> None:
    boris.ask("/start", "Lukoshko")
    becomes(lambda: not rows(own_bot, "updates"))
    with own_bot.locked_database():
        over = threading.Event()
        threading.Timer(14, over.set).start()
        anna.say("/help")
        boris.say("/models")
        over.wait()
    anna.hears("/upload_dataset")
    boris.hears("No models of your own yet")
    assert NOT_WRITTEN in own_bot.log
    own_bot.restart()
    anna.ask("/models", "No models of your own yet")


def test_on_a_full_disk_everybody_is_answered_by_the_room_that_was_kept(
    own_bot: BotProcess, anna: Person, boris: Person
) -> None:
    boris.ask("/start", "Lukoshko")
    wait_for_room_kept(own_bot)
    with own_bot.full_disk():
        for _ in range(20):
            anna.ask("/help", "/upload_dataset")
            boris.ask("/models", "No models of your own yet")
    own_bot.restart()
    anna.ask("/models", "No models of your own yet")
    assert NOT_WRITTEN not in own_bot.log


def test_where_nothing_can_be_written_everybody_is_told_once_and_answered_after_it(
    tmp_path: Path, meet: Meet
) -> None:
    with telegram(tmp_path / "telegram") as address:
        bot = BotProcess(tmp_path, module="tests.acceptance.apart", TELEGRAM=address)
        bot.start()
        try:
            anna, boris, vera = meet(bot), meet(bot), meet(bot)
            anna.ask("/start", "Lukoshko")
            beginning = anna.now()
            with bot.read_only_disk():
                for person in (anna, boris):
                    person.ask("/help", "Your message is not lost")
                anna.say("/models")
                boris.say("/usage")
                # Told by a poll that brings what Anna said second, too.
                vera.ask("/help", "Your message is not lost")
            anna.hears("No models of your own yet")
            boris.hears("photos:")
            said = [m.text for m in anna.heard(beginning)]
            assert sum("not lost" in text for text in said) == 1
            assert sum("/upload_dataset" in text for text in said) == 1
        finally:
            bot.stop()


def test_an_update_that_cannot_be_read_costs_nobody_else_anything(
    own_bot: BotProcess, anna: Person
) -> None:
    anna.send_raw({"update_id": 1, "message": LACKS_A_FIELD})
    anna.ask("/help", "/upload_dataset")
    own_bot.restart()
    anna.ask("/models", "No models of your own yet")
    assert own_bot.log.count("an update is skipped") == 1
    (kept,) = rows(own_bot, "unreadable_updates")
    assert json.loads(kept)["message"] == LACKS_A_FIELD


def test_a_message_that_the_library_cannot_write_is_skipped(
    mortal_bot: BotProcess, meet: Meet
) -> None:
    anna = meet(mortal_bot)
    anna.send_raw({"message": PINNED}, {"message": PINNED | {"message_id": 6}})
    anna.ask("/help", "/upload_dataset")
    mortal_bot.restart()
    anna.ask("/models", "No models of your own yet")
    assert mortal_bot.log.count("is skipped: a service message") == 2


def test_a_row_of_the_journal_that_cannot_be_read_does_not_keep_the_bot_from_starting(
    own_bot: BotProcess, anna: Person
) -> None:
    body = "{"
    own_bot.stop()
    with closing(own_bot.open_database()) as database:
        database.execute("INSERT INTO updates (id, body) VALUES (7, ?)", (body,))
    own_bot.start()
    anna.ask("/help", "/upload_dataset")
    assert own_bot.log.count("an update is skipped") == 1
    assert rows(own_bot, "unreadable_updates") == [body]


def test_a_process_that_may_not_poll_any_more_ends(tmp_path: Path, meet: Meet) -> None:
    bot = BotProcess(tmp_path)
    bot.start()
    meet(bot).order_fault("getUpdates", 401, description="Unauthorized", times=5)
    assert bot.ends() == 2
    assert "not a token that Telegram knows" in bot.log


def test_the_health_check_fails_while_nothing_can_be_received(mortal_bot: BotProcess) -> None:
    becomes(mortal_bot.is_healthy)
    with mortal_bot.locked_database():
        becomes(lambda: "no update could be received" in mortal_bot.log)
        an_hour_ago = time.time() - 3600
        os.utime(mortal_bot.heartbeat, (an_hour_ago, an_hour_ago))
        assert not mortal_bot.is_healthy()
    becomes(mortal_bot.is_healthy)


def rows(bot: BotProcess, table: str) -> list[str]:
    """The bodies of the updates in a table."""
    with closing(bot.open_database()) as database:
        return [body for (body,) in database.execute(f"SELECT body FROM {table}")]


def becomes(holds: Callable[[], bool], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
