"""Groups that get a new id, and people who write as a group or a channel: raw updates tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess

OLD_ID, NEW_ID = -5, -1001
OLD = {"id": OLD_ID, "type": "group", "title": "Group"}
NEW = {"id": NEW_ID, "type": "supergroup", "title": "Group"}
ANNA = {"id": 12, "is_bot": False, "first_name": "Anna", "language_code": "en"}
ANONYMOUS = {
    **{"id": 1087968824, "is_bot": True, "first_name": "Group"},
    "username": "GroupAnonymousBot",
}
TO = {"chat": OLD, "migrate_to_chat_id": NEW_ID}
FROM = {"chat": NEW, "migrate_from_chat_id": OLD_ID}
OWNER = 1


def message(**fields: Any) -> Mapping[str, Any]:
    return {"message": {"message_id": 7, "date": 1_700_000_000, "from": ANNA} | fields}


def command(text: str, **fields: Any) -> Mapping[str, Any]:
    length = len(text.partition(" ")[0])
    entity = {"type": "bot_command", "offset": 0, "length": length}
    return message(text=text, entities=[entity], **fields)


def anonymously(text: str) -> Mapping[str, Any]:
    return command(text, chat=NEW, sender_chat=NEW, **{"from": ANONYMOUS})


@pytest.mark.parametrize("told", [[TO, FROM], [FROM, TO], [TO], [FROM]])
def test_the_choice_of_a_model_moves_with_the_group(
    mortal_bot: BotProcess, meet: Meet, told: list[Mapping[str, Any]]
) -> None:
    anna = meet(mortal_bot).in_group()
    anna.send_raw(*(command("/use@lukoshko_bot baseline", chat=chat) for chat in (OLD, NEW)))
    anna.hears("answers here now")
    anna.send_raw(command("/unload@lukoshko_bot", chat=OLD), *(message(**t) for t in told))
    anna.send_raw(command("/unload@lukoshko_bot", chat=NEW))
    anna.hears("No model is in use")


def test_nothing_is_kept_for_people_who_write_as_a_group(
    mortal_bot: BotProcess, meet: Meet
) -> None:
    anna = meet(mortal_bot).in_group()
    anna.send_raw(anonymously("/language ru"))
    anna.hears("You write as the group here")
    anna.send_raw(anonymously("/help"))
    anna.hears("Reply to a photo with /predict")
    with closing(mortal_bot.open_database()) as database:
        assert database.execute("SELECT id FROM users WHERE id = 1087968824").fetchall() == []


def test_an_anonymous_admins_buttons_are_the_admins(mortal_bot: BotProcess, meet: Meet) -> None:
    owner, member = Person(mortal_bot, OWNER, "group"), meet(mortal_bot).in_group()
    owner.ask("/use@lukoshko_bot baseline", "answers here now")
    owner.ask("/unload@lukoshko_bot", "No model answers here now")
    owner.send_raw(anonymously("/use"))
    question = owner.hears("Which model shall answer here?")
    (baseline,) = question.buttons
    popup = member.press(question, baseline)
    assert "made for the admins" in popup.text
    assert popup.is_alert
    owner.press(question, baseline)
    owner.hears("answers here now")
    owner.leave()
