"""People in the chat: they send, press, and look at what the bot says, over the playground alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.acceptance.process import BotProcess

PATIENCE_S = 120.0


@dataclass(frozen=True)
class Message:
    """A message as the Bot API describes it, as it looks now, and the reply keyboard that came with it."""

    content: Mapping[str, Any]
    reply_keyboard: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return int(self.content["message_id"])

    @property
    def text(self) -> str:
        return str(self.content.get("text") or self.content.get("caption") or "")

    def has(self, *words: str) -> bool:
        """True if all these words are in the text."""
        return all(word in self.text for word in words)

    @property
    def buttons(self) -> dict[str, str]:
        """The data of each button by the button's text."""
        return {
            button["text"]: button["callback_data"]
            for button in self._keyboard
            if "callback_data" in button
        }

    @property
    def copied(self) -> list[str]:
        """What the buttons that copy a text put into the clipboard."""
        return [button["copy_text"]["text"] for button in self._keyboard if "copy_text" in button]

    @property
    def _keyboard(self) -> list[Mapping[str, Any]]:
        rows = self.content.get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    @property
    def options(self) -> list[str]:
        """The options of a poll."""
        return [option["text"] for option in self.content["poll"]["options"]]

    @property
    def right_option(self) -> int:
        """The number of the right option of a quiz, from 0."""
        return int(self.content["poll"]["correct_option_ids"][0])

    @property
    def is_open(self) -> bool:
        """True for a poll that takes votes."""
        return not self.content.get("poll", {"is_closed": True})["is_closed"]

    @property
    def keys(self) -> list[str]:
        """The words on a reply keyboard."""
        rows = self.reply_keyboard.get("keyboard", [])
        return [key["text"] for row in rows for key in row]

    @property
    def is_photo(self) -> bool:
        return "photo" in self.content

    @property
    def album(self) -> str | None:
        group: str | None = self.content.get("media_group_id")
        return group

    @property
    def file_name(self) -> str | None:
        name: str | None = self.content.get("document", {}).get("file_name")
        return name

    @property
    def answers(self) -> int | None:
        """The message that this one replies to."""
        replied: int | None = self.content.get("reply_to_message", {}).get("message_id")
        return replied

    @property
    def _file_url(self) -> str:
        file = self.content["photo"][-1] if self.is_photo else self.content["document"]
        return str(file["url"])


@dataclass(frozen=True)
class Popup:
    """The bot's callback answer to a pressed button."""

    text: str
    is_alert: bool


class Person:
    """Someone in their private chat with the bot, or in the group.

    `hears` and `heard` look at what the bot has said since the person's last action.
    group : the number of the group that they are in, or "group" for the playground's own.
    """

    def __init__(
        self,
        bot: BotProcess,
        user: int,
        chat: str = "private",
        language: str = "en",
        http: httpx.Client | None = None,
        group: str = "group",
    ) -> None:
        self._bot = bot
        self.user = user
        self._group = group
        self._session = {"user": user, "chat": chat}
        self._language = language
        self._http = http or httpx.Client(timeout=PATIENCE_S)
        self._last_action = 0

    def in_group(self) -> Person:
        """The same person in the group."""
        return Person(self._bot, self.user, self._group, self._language, self._http)

    def alone(self) -> Person:
        """The same person in their private chat."""
        return Person(self._bot, self.user, "private", self._language, self._http)

    def leave(self) -> None:
        self._http.close()

    # Actions

    def say(self, text: str, reply_to: int | None = None, **fields: Any) -> int:
        """Sends a text and returns its id. fields : those of the playground, as `thread`."""
        return self._send(text=text, reply_to=reply_to, **fields)[0]

    def send_photos(
        self,
        *photos: bytes,
        caption: str = "",
        reply_to: int | None = None,
        forward: bool | None = None,
        **fields: Any,
    ) -> list[int]:
        """Sends a photo, or several as an album; returns the ids. fields : those of the playground, as `thread`."""
        files = [("photo", (f"{n}.jpg", photo)) for n, photo in enumerate(photos)]
        return self._send(files, caption=caption, reply_to=reply_to, forward=forward, **fields)

    def forward_photo(self, photo: bytes, caption: str = "") -> None:
        """Sends a photo as a forward of somebody else's message."""
        self._send([("photo", ("0.jpg", photo))], caption=caption, forward=True)

    def edit_caption(self, message_id: int, caption: str) -> None:
        """Replaces the caption of a photo of one's own."""
        self._send(edit=message_id, caption=caption)

    def edit_text(self, message_id: int, text: str) -> None:
        """Replaces a text of one's own."""
        self._send(edit=message_id, text=text)

    def send_file(self, name: str, content: bytes, caption: str = "") -> int:
        return self._send([("document", (name, content))], caption=caption)[0]

    def send_files(self, files: Mapping[str, bytes]) -> list[int]:
        """Sends files as one album, in this order; returns the ids."""
        return self._send([("document", file) for file in files.items()])

    def press(self, message: Message, label: str) -> Popup:
        """Presses the button with these words on it."""
        return self.press_data(message, _data(message, label))

    def press_twice(self, message: Message, label: str) -> list[Popup]:
        """Presses a button two times, one after the other. What the bot says counts from the first."""
        beginning = self.now()
        popups = [self.press(message, label) for _ in range(2)]
        self._last_action = beginning
        return popups

    def vote(self, poll: Message, *options: int) -> None:
        """Answers a poll."""
        ballot = self._session | {"message_id": poll.id, "options": options}
        answer = self._http.post(f"{self._bot.address}/play/vote", json=ballot)
        assert answer.status_code == 200, answer.text

    def type_inline(self, query: str = "", offset: str = "") -> dict[str, Any]:
        """Types the bot's name and a query into the chat; the bot's results."""
        typed = self._session | {"language": self._language, "query": query, "offset": offset}
        answer = self._http.post(f"{self._bot.address}/play/inline", json=typed)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def choose(self, answered: Mapping[str, Any], result_id: str) -> int:
        """Sends a result to the chat; the message's id."""
        chosen = {"query_id": answered["query_id"], "result_id": result_id}
        answer = self._http.post(f"{self._bot.address}/play/choose", json=self._session | chosen)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["message_ids"][0])

    def ask_as_guest(self, photo: bytes | None = None) -> httpx.Response:
        """Mentions the bot in a chat where it is no member, as a reply to a photo or alone."""
        files = [("photo", ("0.jpg", photo))] if photo else None
        asked = {"user": str(self.user), "language": self._language}
        return self._http.post(f"{self._bot.address}/play/guest", data=asked, files=files)

    def press_data(self, message: Message, data: str) -> Popup:
        answer = self._press(message, data, PATIENCE_S)
        assert answer.status_code == 200, answer.text
        return Popup(answer.json()["text"], answer.json()["show_alert"])

    def press_unanswered(self, message: Message, label: str) -> None:
        """Presses a button and does not wait for the answer that will not come."""
        with suppress(httpx.ReadTimeout):
            self._press(message, _data(message, label), wait_s=0.2)

    def send_raw(self, *updates: Mapping[str, Any]) -> None:
        """Hands updates to the bot that no chat of the playground gives rise to."""
        self._send(raw=json.dumps(updates))

    def is_now(self, status: str, **fields: Any) -> None:
        """Becomes a member of the group, an administrator, or leaves ("left"); with `bot`, the bot does."""
        change = {"user": self.user, "status": status} | fields
        answer = self._http.post(f"{self._bot.address}/play/member", json=change)
        assert answer.status_code == 200, answer.text

    def order_fault(self, method: str, error_code: int, **facts: Any) -> None:
        """Makes the bot's next calls of the method fail."""
        fault = {"method": method, "error_code": error_code} | facts
        answer = self._http.post(f"{self._bot.address}/play/faults", json=fault)
        assert answer.status_code == 200, answer.text

    # Answers

    def ask(self, text: str, *words: str) -> Message:
        """Says something, and waits for a new message with these words: a status from before may change late,
        and has many words."""
        said = self.say(text)
        return self.sees(lambda message: message.id > said and message.has(*words), *words)

    def hears(self, *words: str) -> Message:
        """Waits for a message of the bot's that has all these words."""
        return self.sees(lambda message: message.has(*words), *words)

    def sees(self, looks_right: Callable[[Message], bool], *expected: str) -> Message:
        """Waits for a message of the bot's, new or changed."""
        deadline = time.monotonic() + PATIENCE_S
        after = self._last_action
        while (left := deadline - time.monotonic()) > 0:
            page = self._events(after, left)
            for message in _by_the_bot(page["events"]):
                if looks_right(message):
                    return message
            after = page["seq"]
        heard = [message.text for message in self.heard()]
        raise AssertionError(f"waited for {expected or looks_right}, but heard {heard}")

    def heard(self, since: int | None = None) -> list[Message]:
        """All the bot's messages, as they are now, that came or changed."""
        events = self._events(self._last_action if since is None else since)["events"]
        return list({message.id: message for message in _by_the_bot(events)}.values())

    def sees_reaction(self, message_id: int, wanted: str | None = None) -> str:
        """Waits for the bot's reaction to a message. wanted : None for any; "None" for none any more."""
        deadline = time.monotonic() + PATIENCE_S
        after = 0
        while (left := deadline - time.monotonic()) > 0:
            page = self._events(after, left)
            for event in page["events"]:
                is_it = event["type"] == "reaction" and event["message_id"] == message_id
                if is_it and wanted in (None, str(event["emoji"])):
                    return str(event["emoji"])
            after = page["seq"]
        raise AssertionError(f"waited in vain for a reaction to {message_id}")

    def sees_no_more(self, message: Message) -> bool:
        """Return whether the message was deleted by the time that the last press was answered."""
        events = self._events(0)["events"]
        gone = {one["message"]["message_id"] for one in events if one["type"] == "delete"}
        return message.id in gone

    @property
    def menu(self) -> dict[str, str]:
        """What the menu says of each command, in the person's language."""
        asked = self._session | {"language": self._language}
        answer = self._http.get(f"{self._bot.address}/play/about", params=asked)
        return {one["command"]: one["description"] for one in answer.json()["commands"]}

    def fetch(self, message: Message) -> bytes:
        """The file or photo of a message."""
        answer = self._http.get(self._bot.address + message._file_url)
        assert answer.status_code == 200
        return answer.content

    def _press(self, message: Message, data: str, wait_s: float) -> httpx.Response:
        self._last_action = self.now()
        order = self._session | {"message_id": message.id, "data": data}
        return self._http.post(f"{self._bot.address}/play/press", json=order, timeout=wait_s)

    def _send(self, files: Any = None, **fields: Any) -> list[int]:
        self._last_action = self.now()
        data = self._session | {"language": self._language} | fields
        given = {name: str(value) for name, value in data.items() if value is not None}
        answer = self._http.post(f"{self._bot.address}/play/send", data=given, files=files)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["message_ids"])

    def now(self) -> int:
        """The number of the chat's latest event."""
        return int(self._events(self._last_action)["seq"])

    def events(self, after: int = 0, wait_s: float = 0) -> list[dict[str, Any]]:
        """What has happened in the chat."""
        return list(self._events(after, wait_s)["events"])

    def _events(self, after: int, wait_s: float = 0) -> dict[str, Any]:
        query = self._session | {"after": after, "wait": wait_s}
        answer = self._http.get(
            f"{self._bot.address}/play/events", params=query, timeout=wait_s + PATIENCE_S
        )
        return dict(json.loads(answer.content))


def _data(message: Message, label: str) -> str:
    found = [data for text, data in message.buttons.items() if label in text]
    assert found, f"no button “{label}” among {list(message.buttons)} under “{message.text}”"
    return found[0]


def _by_the_bot(events: list[dict[str, Any]]) -> list[Message]:
    messages = [
        Message(event["message"], event.get("reply_keyboard") or {})
        for event in events
        if event["type"] in ("message", "edit")
    ]
    return [
        message
        for message in messages
        if message.content["from"]["is_bot"] and "sender_chat" not in message.content
    ]
