"""One bot for all tests that share it, and new people for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.acceptance.lessons import named
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess

Meet = Callable[..., Person]
MakeGroup = Callable[[BotProcess], str]

# Three are in the group from the start; everybody here is new.
_user_ids = count(100)
_group_ids = count(-2001, -1)


@pytest.fixture(scope="session")
def shared_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path_factory.mktemp("shared"))
    bot.start()
    yield bot
    assert bot.stop() == 0


@pytest.fixture
def bot(shared_bot: BotProcess) -> Iterator[BotProcess]:
    """The shared bot; a test fails if something unexpected comes into the log."""
    before = len(shared_bot.log)
    yield shared_bot
    assert "Traceback" not in shared_bot.log[before:], shared_bot.log[before:]


@pytest.fixture(scope="session")
def killed_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path_factory.mktemp("mortal"))
    yield bot
    bot.stop()


@pytest.fixture
def mortal_bot(killed_bot: BotProcess) -> Iterator[BotProcess]:
    """A bot that the test may kill, with the data of others whom it does not know: a start with a folder
    of its own takes some seconds of processor time."""
    if not killed_bot.is_running:
        killed_bot.start()
    killed_bot.clear_log()
    yield killed_bot
    assert "Traceback" not in killed_bot.log, killed_bot.log


@pytest.fixture
def own_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    """A bot that the test may kill, for tests that look at all its data or change the group's."""
    bot = BotProcess(tmp_path_factory.mktemp("own"))
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


@pytest.fixture
def meet() -> Iterator[Meet]:
    """Makes people whom the bot has never met."""
    met: list[Person] = []

    def make(bot: BotProcess, language: str = "en", group: str = "group") -> Person:
        met.append(Person(bot, next(_user_ids), language=language, group=group))
        return met[-1]

    yield make
    for person in met:
        person.leave()


@pytest.fixture
def anna(bot: BotProcess, meet: Meet) -> Person:
    return meet(bot)


@pytest.fixture
def boris(bot: BotProcess, meet: Meet) -> Person:
    return meet(bot)


@pytest.fixture
def make_group(meet: Meet) -> MakeGroup:
    """Makes groups "Lukoshko" that no other test knows; a bot may say twenty things a minute in each."""

    def make(bot: BotProcess) -> str:
        member = meet(bot)
        chat = {"id": next(_group_ids), "type": "supergroup", "title": "Lukoshko"}
        sender = {"id": member.user, "is_bot": False, "first_name": "Someone"}
        head = {"message_id": 1, "date": 1_700_000_000, "chat": chat, "from": sender}
        member.send_raw({"message": head | {"text": "Hello"}})
        return str(chat["id"])

    return make


@pytest.fixture
def group(bot: BotProcess, make_group: MakeGroup) -> str:
    """The number of a group of the shared bot's, for this test alone."""
    return make_group(bot)


@pytest.fixture
def olga(bot: BotProcess, meet: Meet, group: str) -> Person:
    """Somebody in the group whom the bot knows."""
    return named(meet(bot, group=group), "Olga")
