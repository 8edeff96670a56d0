"""The table of what happens in groups: one row per situation, each with a group of its own, by raw updates.

A row is what Telegram sends, and what the bot answers in that group: the words of each message in order, reactions, and
for topics the thread in which it is said. What comes after the last answer is seen by a /help that follows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from tests.acceptance.people import PATIENCE_S, Message, Person
from tests.acceptance.process import BotProcess
from tests.factories import make_image

Raw = Mapping[str, Any]
OLGA = {"id": 501, "is_bot": False, "first_name": "Olga", "language_code": "en"}
ANNA = {"id": 502, "is_bot": False, "first_name": "Anna", "language_code": "en"}
OTHER_BOT = {"id": 503, "is_bot": True, "first_name": "Robot", "username": "robot_bot"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
CHANNEL_USER = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
CHANNEL = {"id": -1009, "type": "channel", "title": "News"}
BOT = {"id": 7000000001, "is_bot": True, "first_name": "Lukoshko", "username": "lukoshko_bot"}
LEFT = {"status": "left", "user": BOT}
MEMBER = {"status": "member", "user": BOT}
TOPIC = 77
END = "Reply to a photo with /predict@lukoshko_bot, or send one as a reply"

_numbers = count(5000)


@dataclass(frozen=True)
class Scene:
    """A group, and a photo that Telegram knows."""

    chat_id: int
    photo: Sequence[Raw]

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.chat_id, "type": "supergroup", "title": "Garden"}

    def message(self, who: Raw = ANNA, **fields: Any) -> dict[str, Any]:
        head = {"message_id": next(_numbers), "date": 1_700_000_000}
        return {"message": head | {"chat": self.chat, "from": who} | fields}

    def says(self, text: str, who: Raw = ANNA, **fields: Any) -> dict[str, Any]:
        length = len(text.partition(" ")[0])
        entities = [{"type": "bot_command", "offset": 0, "length": length}]
        return self.message(who, text=text, entities=entities, **fields)

    def shows(self, caption: str = "", who: Raw = ANNA, **fields: Any) -> dict[str, Any]:
        return self.message(who, photo=self.photo, caption=caption, **fields)

    def sends_zip(self, caption: str) -> dict[str, Any]:
        document = {"file_id": "x", "file_unique_id": "x", "file_name": "a.zip"}
        return self.message(document=document, caption=caption)

    def begins(self, who: Raw = OLGA, **fields: Any) -> dict[str, Any]:
        return self.says("/teach_here", who, **fields)

    def replies(self, text: str, to: Raw, who: Raw = ANNA) -> dict[str, Any]:
        return self.says(text, who, reply_to_message=to["message"])

    def bots(self, old: Raw, new: Raw) -> dict[str, Any]:
        change = {"chat": self.chat, "from": OLGA, "date": 1_700_000_000}
        return {"my_chat_member": change | {"old_chat_member": old, "new_chat_member": new}}


@dataclass(frozen=True)
class Row:
    """sends : the updates. answers : the words of each message of the bot, in order, before the END. reactions : the
    emojis, in the order of the messages that have one. thread : of all answers."""

    name: str
    sends: Callable[[Scene], list[Raw]]
    answers: Sequence[str] = ()
    reactions: Sequence[str] = ()
    thread: int | None = None


BEGUN = "This group teaches me now"
ROWS = [
    Row("added", lambda s: [s.bots(LEFT, MEMBER)], ["Hi, everybody"]),
    Row(
        "added by the link that also says /start",
        lambda s: [s.bots(LEFT, MEMBER), s.says("/start@lukoshko_bot new", OLGA)],
        ["Hi, everybody"],
    ),
    Row("removed", lambda s: [s.bots(MEMBER, LEFT)]),
    Row("promoted to admin", lambda s: [s.bots(MEMBER, MEMBER)]),
    Row(
        "removed and added again: all is as it was",
        lambda s: [s.begins(), s.bots(MEMBER, LEFT), s.bots(LEFT, MEMBER)],
        [BEGUN, "The group teaches me “Garden"],
    ),
    Row(
        "a set that is there", lambda s: [s.begins(), s.begins(ANNA)], [BEGUN, "has a set already"]
    ),
    Row("no set yet", lambda s: [s.shows("/teach apple")], ["teaches me nothing yet"]),
    Row(
        "no class",
        lambda s: [s.begins(), s.shows("/teach")],
        [BEGUN, "Reply to a photo with /teach"],
    ),
    Row(
        "no photo",
        lambda s: [s.begins(), s.says("/teach apple")],
        [BEGUN, "Reply to a photo with /teach"],
    ),
    Row(
        "a caption, in any case of letters, with the bot's name",
        lambda s: [s.begins(), s.shows("/Teach@Lukoshko_Bot apple")],
        [BEGUN],
        ["👀"],
    ),
    Row(
        "a reply to a photo of somebody else",
        lambda s: [s.begins(), (photo := s.shows(who=OLGA)), s.replies("/teach apple", photo)],
        [BEGUN],
        ["👀"],
    ),
    Row(
        "the owner's own",
        lambda s: [s.begins(), s.shows("/teach apple", OLGA)],
        [BEGUN, "I know apple now"],
        ["👌"],
    ),
    Row(
        "one photo of an album",
        lambda s: [s.begins(), s.shows("/teach apple", media_group_id=str(next(_numbers)))],
        [BEGUN, "Of this album I see one photo only"],
        ["👀"],
    ),
    Row("another bot's name", lambda s: [s.begins(), s.shows("/teach@robot_bot apple")], [BEGUN]),
    Row("another bot", lambda s: [s.begins(), s.shows("/teach apple", OTHER_BOT)], [BEGUN]),
    Row(
        "forwarded with its caption",
        lambda s: [
            s.begins(),
            s.shows(
                "/teach apple",
                forward_origin={"type": "hidden_user", "date": 1, "sender_user_name": "Vera"},
            ),
        ],
        [BEGUN],
    ),
    Row(
        "a reply to a forwarded photo",
        lambda s: [
            s.begins(),
            photo := s.shows(
                forward_origin={"type": "hidden_user", "date": 1, "sender_user_name": "Vera"}
            ),
            s.replies("/teach apple", photo),
        ],
        [BEGUN],
        ["👀"],
    ),
    Row(
        "a forwarded command",
        lambda s: [
            s.says(
                "/unload",
                forward_origin={"type": "hidden_user", "date": 1, "sender_user_name": "Vera"},
            )
        ],
    ),
    Row(
        "edited",
        lambda s: [{"edited_message": s.says("/unload")["message"] | {"edit_date": 1_700_000_001}}],
    ),
    Row(
        "an anonymous admin begins no set",
        lambda s: [s.begins(ANONYMOUS, sender_chat=s.chat)],
        ["a set needs an owner"],
    ),
    Row(
        "an anonymous admin teaches nothing",
        lambda s: [s.begins(), s.shows("/teach apple", ANONYMOUS, sender_chat=s.chat)],
        [BEGUN, "To teach me, write as yourself"],
    ),
    Row(
        "an anonymous admin chooses",
        lambda s: [s.says("/unload", ANONYMOUS, sender_chat=s.chat)],
        ["an admin switched it off"],
    ),
    Row(
        "an anonymous admin has no models",
        lambda s: [s.says("/use", ANONYMOUS, sender_chat=s.chat)],
        ["has no models of its own"],
    ),
    Row(
        "a channel teaches nothing",
        lambda s: [s.begins(), s.shows("/teach apple", CHANNEL_USER, sender_chat=CHANNEL)],
        [BEGUN, "To teach me, write as yourself"],
    ),
    Row(
        "a channel's post in its discussion group",
        lambda s: [
            s.shows(
                "/predict",
                CHANNEL_USER,
                sender_chat=CHANNEL,
                is_automatic_forward=True,
                forward_origin={"type": "channel", "date": 1, "chat": CHANNEL, "message_id": 3},
            )
        ],
    ),
    Row(
        "a channel post",
        lambda s: [{"channel_post": s.says("/help")["message"] | {"chat": CHANNEL}}],
    ),
    Row(
        "in a topic",
        lambda s: [
            topical(s.begins()),
            topical(s.shows("/teach apple", OLGA)),
            topical(s.says("/classes")),
            topical(s.says("/use baseline")),
            topical(s.says("/unload")),
        ],
        [BEGUN, "I know apple now", "1 class", "Anna chose it", "Anna switched it off"],
        ["👌"],
        TOPIC,
    ),
    Row(
        "a file that is no picture, as a reply to the bot",
        lambda s: [
            s.message(
                document={"file_id": "x", "file_unique_id": "x", "file_name": "a.zip"},
                reply_to_message=s.message(BOT, text="Hi")["message"],
            )
        ],
    ),
    Row(
        "a caption in any case of letters asks",
        lambda s: [s.shows("/Predict@Lukoshko_Bot")],
        ["Here I know fruit and vegetables"],
    ),
    Row(
        "the owner of the set leaves",
        lambda s: [s.begins(), s.message(OLGA, left_chat_member=OLGA)],
        [BEGUN, "Olga left, and the set"],
    ),
    Row(
        "somebody else leaves",
        lambda s: [s.begins(), s.message(ANNA, left_chat_member=ANNA)],
        [BEGUN],
    ),
    Row("the bot leaves", lambda s: [s.message(OLGA, left_chat_member=BOT)]),
    Row(
        "the owner is removed, as an admin bot is told",
        lambda s: [
            s.begins(),
            {
                "chat_member": {
                    "chat": s.chat,
                    "from": ANNA,
                    "date": 1_700_000_000,
                    "old_chat_member": {"status": "member", "user": OLGA},
                    "new_chat_member": {"status": "kicked", "user": OLGA, "until_date": 0},
                }
            },
            s.message(ANNA, left_chat_member=OLGA),
        ],
        [BEGUN, "Olga left, and the set"],
    ),
    Row("somebody comes", lambda s: [s.message(OLGA, new_chat_members=[ANNA])]),
    Row(
        "who chose is said",
        lambda s: [s.says("/use baseline")],
        ["answers here now; Anna chose it"],
    ),
    Row("who stopped is said", lambda s: [s.says("/unload")], ["Anna switched it off"]),
    Row("no model of one's own", lambda s: [s.says("/use fruits")], ["no model"]),
    Row(
        "a set that is somebody else's",
        lambda s: [s.begins(ANNA), s.says("/teach_here mine", OLGA)],
        [BEGUN, "I can't write to you", "Anna can put another in its place"],
    ),
    Row(
        "the owner puts another set in its place",
        lambda s: [s.begins(ANNA), s.says("/teach_here"), s.says("/teach_here fruits")],
        [
            *(BEGUN, "I can't write to you", "has a set already"),
            *("The set “fruits” belongs to Anna", "I can't write to you"),
        ],
    ),
    Row(
        "a quiz without a model",
        lambda s: [s.says("/unload"), s.says("/quiz")],
        ["Anna switched it off", "or one of your own: /use@lukoshko_bot"],
    ),
    Row(
        "a ZIP as a photo",
        lambda s: [s.sends_zip("/teach apple"), s.sends_zip("/predict")],
        ["This is a ZIP, not a picture", "This is a ZIP, not a picture"],
    ),
    Row("a ZIP that nobody asks about", lambda s: [s.sends_zip("Hello")]),
    Row(
        "nothing is cancelled",
        lambda s: [s.says("/cancel")],
        ["A quiz ends by “⏹ Finish now” below it"],
    ),
    Row(
        "the owner undoes in private",
        lambda s: [s.begins(ANNA), s.says("/undo")],
        [BEGUN, "I can't write to you", "is undone by Anna in our private chat"],
    ),
    Row("nothing to undo without a set", lambda s: [s.says("/undo")], ["stay private"]),
    Row("training stays private", lambda s: [s.says("/fit")], ["stay private"]),
]


def topical(update: dict[str, Any]) -> dict[str, Any]:
    """The message in a topic of a forum."""
    message = update["message"]
    message |= {"message_thread_id": TOPIC, "is_topic_message": True}
    message["chat"] = message["chat"] | {"is_forum": True}
    return update


@pytest.fixture(scope="module")
def group_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path_factory.mktemp("groups"))
    bot.start()
    olga = Person(bot, OLGA["id"])
    olga.say("/start", name="Olga")
    olga.hears("Lukoshko")
    olga.leave()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


@pytest.fixture(scope="module")
def photo(group_bot: BotProcess) -> Sequence[Raw]:
    """A photo's sizes, as Telegram tells them."""
    person = Person(group_bot, 504)
    person.send_photos(make_image(0, 0))
    sizes = next(e["message"]["photo"] for e in person.events() if "photo" in e["message"])
    person.leave()
    return [{key: value for key, value in size.items() if key != "url"} for size in sizes]


_chats = count(-2000, -1)


@pytest.fixture
def scene(photo: Sequence[Raw]) -> Scene:
    return Scene(next(_chats), photo)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_situation(group_bot: BotProcess, scene: Scene, row: Row) -> None:
    with closing(Group(group_bot, scene)) as group:
        for update in row.sends(scene):
            group.takes(update)
        group.waits_for(row)
        answers, reactions = group.answers(), group.reactions()
    for message, words in zip(answers, row.answers, strict=True):
        assert words in message.text
        assert message.content.get("message_thread_id") == row.thread
    assert reactions == list(row.reactions)


class Group:
    """The group as it is seen from outside."""

    def __init__(self, bot: BotProcess, scene: Scene) -> None:
        self._person = Person(bot, OLGA["id"], str(scene.chat_id))
        self._scene = scene
        self._helps = 0

    def close(self) -> None:
        self._person.leave()

    def takes(self, update: Raw) -> None:
        """Hands it to the bot, and a /help of the same sender, whose answer shows that it was handled."""
        (content,) = update.values()
        who = ANNA if content["from"] == OTHER_BOT else content["from"]
        said_as = {key: content[key] for key in ("sender_chat",) if key in content}
        self._person.send_raw(update, self._scene.says("/help", who, **said_as))
        self._helps += 1
        deadline = time.monotonic() + PATIENCE_S
        while sum(one.text.startswith(END) for one in self._said()) < self._helps:
            assert time.monotonic() < deadline, [one.text for one in self._said()]
            self._person.events(self._person.now(), 0.5)

    def sends(self, updates: Sequence[Raw]) -> None:
        """Hands all to the bot at once."""
        self._person.send_raw(*updates)

    def kinds(self) -> set[str]:
        """The kinds of what has happened; "action" would be "typing…"."""
        return {str(event["type"]) for event in self._person.events()}

    def waits_for(self, row: Row) -> None:
        """What an album begins goes on beside."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._has(row) and time.monotonic() < deadline:
            self._person.events(self._person.now(), 0.5)

    def answers(self) -> list[Message]:
        return [message for message in self._said() if not message.text.startswith(END)]

    def reactions(self) -> list[str]:
        events = self._person.events()
        return [event["emoji"] for event in events if event["type"] == "reaction"]

    def _has(self, row: Row) -> bool:
        are_there = len(self.answers()) >= len(row.answers)
        return are_there and len(self.reactions()) >= len(row.reactions)

    def _said(self) -> list[Message]:
        events = self._person.events()
        return [Message(event["message"]) for event in events if event["type"] == "message"]


def test_all_moves_with_a_group_that_becomes_a_supergroup(
    group_bot: BotProcess, scene: Scene
) -> None:
    """Its set, who chooses, what waits, whom the owner trusts, and the model that was switched off."""
    new = Scene(next(_chats), scene.photo)
    olga = Person(group_bot, OLGA["id"])
    with closing(Group(group_bot, scene)) as before:
        for update in (scene.begins(), scene.shows("/teach fig"), scene.says("/unload")):
            before.takes(update)
    asked = olga.hears("Anna", "suggests 1 photo for fig")
    told = scene.message(OLGA, migrate_to_chat_id=new.chat_id)
    also_told = new.message(OLGA, migrate_from_chat_id=scene.chat_id)
    with closing(Group(group_bot, new)) as after:
        for update in (told, also_told, new.says("/unload")):
            after.takes(update)
        olga.press(asked, "Trust Anna")
        olga.hears("Added to fig")
        for update in (new.says("/classes"), new.shows("/teach fig"), new.says("/start")):
            after.takes(update)
        said, reactions = [message.text for message in after.answers()], after.reactions()
    assert "No model is in use" in said[0]
    assert "fig – 1 photo: Anna 1" in said[1]
    assert "The group teaches me “Garden" in said[2]
    assert "👌" in reactions
    olga.leave()


def test_twenty_people_teach_at_once(group_bot: BotProcess, scene: Scene) -> None:
    """Nobody waits for messages of which a group takes twenty a minute: each sees a reaction."""
    with closing(Group(group_bot, scene)) as group:
        group.takes(scene.begins())
        people = [ANNA | {"id": 600 + n, "first_name": f"Person {n}"} for n in range(20)]
        shown = [scene.shows(f"/teach kind {n}", who) for n, who in enumerate(people)]
        group.sends(shown)
        group.waits_for(Row("all", lambda s: [], [BEGUN], ["👀"] * 20))
        assert len(group.answers()) == 1
        assert group.kinds() == {"message", "reaction"}
