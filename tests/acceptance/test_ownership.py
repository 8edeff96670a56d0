"""Nobody reaches what is not theirs: every command and every button, with another person's names and numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.app import ACTIONS, PRIVATE_COMMANDS
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, PEAR, ask, photos
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import train
from tests.factories import make_image

CLASSES = ("annapple", "annapear")
MODEL = "annamodel"
NUMBERS = ((), (1,), (1, 1), (1, 1, 1))
# The first makes something of the presser's own, whose pictures are shown; the second takes the message away.
NOT_PRESSED = {"sample", "answer_close"}


@pytest.fixture(scope="module")
def secretive_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path_factory.mktemp("secretive"))
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


def test_no_command_and_no_button_reaches_what_is_another_persons(
    secretive_bot: BotProcess, meet: Meet
) -> None:
    anna, boris = meet(secretive_bot), meet(secretive_bot)
    shown = _everything_of(anna)
    before = _kept(anna)
    beginning = boris.now()
    stale = boris.ask("/start", "Lukoshko")

    popups = [boris.press_data(stale, data).text for data in _buttons_for(boris, anna, shown)]
    for command in PRIVATE_COMMANDS:
        for words in (MODEL, f"1 {CLASSES[0]}"):
            boris.say(f"/{command} {words}".strip())
    boris.say("/cancel")
    boris.ask("/help", "/upload_dataset")

    heard = boris.heard(beginning)
    said = "\n".join([*popups, *(message.text for message in heard)])
    for secret in (*CLASSES, MODEL):
        # What Boris wrote himself may be quoted to him.
        assert not [line for line in said.splitlines() if secret in line and not _quotes(line)], (
            said
        )
    assert not [message for message in heard if message.is_photo]
    files = b"".join(boris.fetch(message) for message in heard if message.file_name)
    assert not [secret for secret in (*CLASSES, MODEL) if secret.encode() in files]
    assert _kept(anna) == before


def _everything_of(person: Person) -> list[Message]:
    """A dataset, a live model and a trained one, pages, an answer: with their buttons."""
    for name, kind in zip(CLASSES, (APPLE, PEAR), strict=True):
        person.send_photos(*photos(kind, 0, 1, 2, 3), caption=name)
    person.hears("I can answer now")
    ask(person, make_image(PEAR, 9))
    train(person, f"/fit hog svc name={MODEL}")
    for command, word in (
        *(("/datasets", "My things"), ("/info", "8 photos"), (f"/info {CLASSES[0]}", CLASSES[0])),
        *((f"/samples {CLASSES[0]}", CLASSES[0]), ("/models", MODEL), (f"/model {MODEL}", MODEL)),
    ):
        person.ask(command, word)
    return person.heard(0)


def _kept(person: Person) -> tuple[str, str, str]:
    """What a person has, in words."""
    return (
        person.ask("/datasets", "My things").text,
        person.ask("/models", MODEL).text,
        person.ask("/info", "8 photos").text,
    )


def _buttons_for(thief: Person, owner: Person, shown: list[Message]) -> list[str]:
    """The owner's buttons as if they were made for the thief, and each action with small numbers."""
    stolen = {
        ":".join((*data.split(":")[:-1], str(thief.user)))
        for message in shown
        for data in message.buttons.values()
        if data.split(":")[-1] == str(owner.user)
    }
    tried = {
        ":".join((action, *map(str, numbers), str(thief.user)))
        for action in ACTIONS
        for numbers in NUMBERS
    }
    return sorted(data for data in stolen | tried if data.split(":")[0] not in NOT_PRESSED)


def _quotes(line: str) -> bool:
    return any(mark in line for mark in ("“", "«", "There is no", "no model", "Did you mean"))
