"""What is kept of a person is theirs: asked for, shown, given out and deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, CAN_ANSWER, ONE_MORE, PEAR, photos, taught, teach
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.factories import make_image

ASKED = "may I?"
NO_DATASETS = "No datasets yet"


@pytest.fixture(scope="module")
def asking_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    """A bot that asks before it keeps a photo, as one that serves Telegram."""
    bot = BotProcess(
        tmp_path_factory.mktemp("asking"),
        CONSENT="ask",
        OPERATOR_CONTACT="data@example.org",
        RETENTION_DAYS="365",
    )
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


@pytest.fixture
def vera(asking_bot: BotProcess, meet: Meet) -> Person:
    return meet(asking_bot)


def test_nothing_is_kept_before_the_person_agrees_and_what_waited_is_then_learned(
    vera: Person,
) -> None:
    vera.send_photos(*photos(APPLE, 0, 1, 2), caption="apple")
    question = vera.hears(ASKED)
    vera.send_photos(*photos(PEAR, 0, 1, 2), caption="pear")
    vera.ask("/datasets", NO_DATASETS)
    vera.press(question, "✓ Keep my photos")
    vera.hears(CAN_ANSWER, "apple ▮▮▮ 3", "pear ▮▮▮ 3")


def test_who_refuses_is_asked_again_and_answered_meanwhile(vera: Person) -> None:
    teach(vera, "apple", APPLE, 0)
    vera.press(vera.hears(ASKED), "No, thanks")
    vera.hears("I kept nothing")
    vera.ask("/datasets", NO_DATASETS)
    vera.send_photos(make_image(PEAR, 9))
    vera.sees(lambda message: "Other…" in message.buttons)
    teach(vera, "apple", APPLE, 1)
    vera.press(vera.hears(ASKED), "✓ Keep my photos")
    vera.hears(ONE_MORE, "apple ▮ 1")


def test_an_agreement_can_be_taken_back(vera: Person) -> None:
    teach(vera, "apple", APPLE, 0)
    vera.press(vera.hears(ASKED), "✓ Keep my photos")
    vera.hears(ONE_MORE)
    vera.press(
        vera.ask("/privacy", "What I keep", "data@example.org", "365 days"),
        "Take back my agreement",
    )
    vera.hears("Taken back")
    teach(vera, "pear", PEAR, 0)
    vera.hears(ASKED)


def test_on_ones_own_machine_nobody_is_asked(anna: Person) -> None:
    taught(anna)
    assert not any(ASKED in message.text for message in anna.heard())


def test_everything_is_given_out(anna: Person) -> None:
    taught(anna)
    anna.say("/export_my_data")
    anna.hears("That is everything")
    files = {message.file_name: message for message in anna.heard() if message.file_name}
    assert {name.rsplit(".")[-1] for name in files} == {"json", "onnx", "zip"}
    record = json.loads(anna.fetch(files["lukoshko.json"]))
    assert {row["label"] for row in record["examples"]} == {"apple", "pear"}


def test_after_the_deletion_a_search_finds_nothing(own_bot: BotProcess, meet: Meet) -> None:
    person = Person(own_bot, 987_654_321)
    taught(person)
    person.press(person.ask("/delete_my_data", "can't be undone"), "Yes, delete everything")
    person.hears("I keep nothing about you")
    own_bot.stop()  # what was handled leaves the journal once Telegram has confirmed it
    person.leave()
    kept = [
        path
        for path in (own_bot.database.parent).rglob("*")
        if path.is_file() and "playground" not in path.parts
    ]
    content = b"".join(path.read_bytes() for path in kept)
    for trace in (b"987654321", b"apple", b"pear"):
        assert trace not in content
    assert not any("987654321" in str(path) for path in kept)
    assert "987654321" not in own_bot.log


def test_who_changes_their_mind_keeps_everything(anna: Person) -> None:
    taught(anna)
    anna.press(anna.ask("/delete_my_data", "6 photos, 1 dataset"), "No, keep")
    anna.hears("Nothing was deleted")
    anna.ask("/info apple", "apple")
