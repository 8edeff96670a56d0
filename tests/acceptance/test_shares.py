"""What each person may keep, who is served, and what the operator's admins may do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.lessons import APPLE, photos, taught, teach
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess

ADMIN, GUEST, ANOTHER, STRANGER = 9001, 9002, 9003, 9004


@pytest.fixture(scope="module")
def strict_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    """A bot with small shares, for named people."""
    bot = BotProcess(
        tmp_path_factory.mktemp("strict"),
        MAX_PHOTOS="6",
        MAX_QUEUED_FITS="1",
        ADMINS=str(ADMIN),
        ALLOWED_USERS=f"{GUEST},{ANOTHER}",
    )
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


@pytest.fixture
def person(strict_bot: BotProcess) -> Iterator[Person]:
    guest = Person(strict_bot, GUEST)
    yield guest
    guest.leave()


def test_a_full_share_is_named_and_a_deletion_makes_room(person: Person) -> None:
    taught(person)
    person.ask("/usage", "photos: 6 of 6", "datasets: 1 of 20", "To free some")
    teach(person, "apple", APPLE, 7)
    person.hears("photos: 6 of 6", "delete some first")
    person.say("/samples apple")
    sheet = person.sees(lambda message: message.is_photo and "1" in message.buttons)
    person.press(sheet, "1")
    photo = person.hears("Photo 1 of apple")
    person.press(photo, next(words for words in photo.buttons if "Delete" in words))
    person.sees(lambda message: any("Undo" in words for words in message.buttons))
    teach(person, "apple", APPLE, 7)
    person.hears("apple ▮▮▮ 3")


def test_only_named_people_are_served(strict_bot: BotProcess) -> None:
    stranger = Person(strict_bot, STRANGER)
    stranger.ask("/start", "not open to everyone")
    beginning = stranger.now()
    stranger.send_photos(*photos(APPLE, 0))
    stranger.ask("/help", "not open to everyone")
    assert len(stranger.heard(beginning)) == 1, "a photo gets silence"
    stranger.leave()


def test_admins_look_after_the_bot_and_nobody_else_does(
    strict_bot: BotProcess, person: Person
) -> None:
    admin, other = Person(strict_bot, ADMIN), Person(strict_bot, ANOTHER)
    for command in ("/stats", "/health", "/ban 1", "/unban 1", "/broadcast hello"):
        other.ask(command, "/help")
    admin.ask("/stats", "People: ")
    admin.ask("/health", "Free disk")
    admin.ask("/ban", "Whom?")
    admin.ask(f"/ban {ADMIN}", "can't be banned")
    admin.ask(f"/ban {ANOTHER}", "not answered any more")
    other.ask("/help", "not open to everyone")
    admin.ask(f"/unban {ANOTHER}", "answered again")
    other.ask("/help", "/teach")
    asked = admin.ask("/broadcast Back at <noon>", "Send this to everyone")
    admin.press(asked, "📣 Send it")
    other.hears("Back at <noon>")
    admin.hears("Reached: ")
    for someone in (admin, other):
        someone.leave()
