"""The playground's state: people, chats, messages, files, updates, settings.

Every change is a transaction of records in the journal, and the state in memory is made by applying
them, so a restart replays the journal.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from telegram.constants import ChatID
from tornado.locks import Condition

from bot.playground.files import StoredFile, store
from bot.playground.journal import Journal, Record
from bot.playground.parameters import Upload

Json = dict[str, Any]

GROUP_ID = -1001
BOT_USERNAME = "lukoshko_bot"
_NAMES = {1: "Anna", 2: "Boris", 3: "Clara"}
_GROUP = {"id": GROUP_ID, "type": "supergroup", "title": "Lukoshko"}
OWNER_ID = 1


def person(user_id: int, language: str) -> Json:
    """A user, as the Bot API describes one."""
    name = _NAMES.get(user_id, f"User {user_id}")
    return {"id": user_id, "is_bot": False, "first_name": name, "language_code": language}


def anonymous_admin() -> Json:
    """The user who stands for an admin that writes as the group."""
    name = {"first_name": "Group", "username": "GroupAnonymousBot"}
    return {"id": int(ChatID.ANONYMOUS_ADMIN), "is_bot": True} | name


def event(kind: str, chat_id: int, **content: Any) -> Record:
    """The record of an event that a chat's members see; kind : "message", "edit", "delete",
    "reaction" or "action"."""
    return {"record": "event", "type": kind, "chat_id": chat_id, "message": None, **content}


class World:
    """The state. Reads come from memory; each write is one transaction of the journal, announced
    after it."""

    def __init__(self, home: Path) -> None:
        """Replays the journal in `home`; an empty folder gives a new state."""
        self._folder = home / "files"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.changed = Condition()
        self._closed = False
        self.seq = 0
        self.settings: dict[str, Any] = {}
        self.updates: dict[int, Json] = {}
        self.users: dict[int, Json] = {id_: person(id_, "en") for id_ in _NAMES}
        self._events: defaultdict[int, list[Json]] = defaultdict(list)
        self._messages: defaultdict[int, dict[int, Json]] = defaultdict(dict)
        self._raw_messages: defaultdict[int, dict[int, Json]] = defaultdict(dict)
        self._reactions: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._votes: defaultdict[str, dict[int, list[int]]] = defaultdict(dict)
        self._chats: dict[int, Json] = {}
        self._files: dict[str, StoredFile] = {}
        self._last_message_id = self._last_update_id = 0
        self._journal = Journal(home / "journal.jsonl")
        for record in self._journal.replay():
            self._apply(record)
        self._message_ids = itertools.count(self._last_message_id + 1)
        self._file_numbers = itertools.count(len(self._files) + 1)

    @property
    def is_closed(self) -> bool:
        """True once `close` was called."""
        return self._closed

    def close(self) -> None:
        """Ends all waiting."""
        self._closed = True
        self.changed.notify_all()
        self._journal.close()

    async def wait_for(self, ready: Callable[[], bool], wait_s: float) -> None:
        """Returns when `ready()` holds, after `wait_s` seconds, or when the world closes."""
        deadline = time.monotonic() + wait_s
        while not (ready() or self._closed) and (left := deadline - time.monotonic()) > 0:
            await self.changed.wait(timedelta(seconds=left))

    # Chats and messages

    def chat(self, chat_id: int) -> Json | None:
        """The group, the private chat of someone who has written to the bot, or a raw update's chat."""
        if chat_id == GROUP_ID:
            return dict(_GROUP)
        if chat_id in self._chats:
            return dict(self._chats[chat_id])
        if chat_id not in self._messages:
            return None
        return {"id": chat_id, "type": "private", "first_name": self.users[chat_id]["first_name"]}

    def message(self, chat_id: int, message_id: int) -> Json | None:
        """A message of the chat as it is now, or one of a raw update; None if it never was there or
        is deleted."""
        played = self._messages.get(chat_id, {}).get(message_id)
        return played or self._raw_messages.get(chat_id, {}).get(message_id)

    def has_written(self, user_id: int) -> bool:
        """Return whether the user has written in any chat."""
        messages = (one for chat in self._messages.values() for one in chat.values())
        return any(message["from"]["id"] == user_id for message in messages)

    def has_topic(self, chat_id: int, thread_id: int) -> bool:
        """Return whether somebody has written in this topic of the chat."""
        kept = (self._messages.get(chat_id, {}), self._raw_messages.get(chat_id, {}))
        return any(
            message.get("message_thread_id") == thread_id
            for messages in kept
            for message in messages.values()
        )

    def messages(self, chat_id: int) -> list[Json]:
        """A chat as it is now, oldest first."""
        return list(self._messages.get(chat_id, {}).values())

    def reactions(self, chat_id: int) -> dict[int, str]:
        """The emoji of the bot's reaction by message id."""
        return dict(self._reactions.get(chat_id, {}))

    def votes(self, poll_id: str) -> dict[int, list[int]]:
        """The numbers of the chosen options by the voter's id."""
        return dict(self._votes.get(poll_id, {}))

    def open_polls(self) -> list[Json]:
        """The messages whose poll is not closed."""
        messages = (message for chat in self._messages.values() for message in chat.values())
        return [m for m in messages if "poll" in m and not m["poll"]["is_closed"]]

    def events(self, chat_id: int, after: int) -> list[Json]:
        """A chat's events after number `after`."""
        seen = self._events.get(chat_id, [])
        return list(itertools.dropwhile(lambda happened: happened["seq"] <= after, seen))

    def draft(self, chat: Json, sender: Json, content: Json) -> Json:
        """A message with its own id; nobody sees it before it is published."""
        head = {"message_id": next(self._message_ids), "from": sender, "chat": chat}
        return head | {"date": int(time.time())} | content

    def publish(
        self,
        events: Sequence[Record],
        updates: Sequence[Json] = (),
        votes: Sequence[Record] = (),
    ) -> None:
        """Shows events to the chats, hands updates (without their ids) to the bot and counts votes,
        at once."""
        numbered = enumerate(updates, self._last_update_id + 1)
        self._commit(
            *votes,
            *({**record, "seq": seq} for seq, record in enumerate(events, self.seq + 1)),
            *({"record": "update", "update": {"update_id": n} | update} for n, update in numbered),
        )

    # Updates, files, settings

    def hand_over(self, updates: Sequence[Json], messages: Sequence[Json]) -> None:
        """Hands raw updates to the bot, as they are but for their ids, which go on from the last one;
        the bot may then speak in the chats of `messages`, reply to them and react to them."""
        chats = (message["chat"] for message in messages)
        unknown = (chat for chat in chats if self.chat(chat["id"]) is None)
        numbered = enumerate(updates, self._last_update_id + 1)
        self._commit(
            *({"record": "chat", "chat": chat} for chat in unknown),
            *({"record": "raw_message", "message": message} for message in messages),
            *({"record": "update", "update": update | {"update_id": n}} for n, update in numbered),
        )

    def confirm_updates(self, before: int) -> None:
        """Forgets the updates that the bot has received."""
        if any(update_id < before for update_id in self.updates):
            self._commit({"record": "confirmed", "before": before})

    def confirm_update(self, update_id: int) -> None:
        """Forgets one update, which the bot has received."""
        if update_id in self.updates:
            self._commit({"record": "delivered", "update_id": update_id})

    def file(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def file_at(self, path: str) -> StoredFile | None:
        """The file with this path of the Bot API's getFile."""
        return next((file for file in self._files.values() if file.path == path), None)

    def content_path(self, file: StoredFile) -> Path:
        """The path of a sent file's bytes."""
        return self._folder / file.digest

    async def add_file(self, upload: Upload, kind: str) -> StoredFile:
        """Stores an upload; kind : "photo" or "document"."""
        file = await store(self._folder, upload, kind, next(self._file_numbers))
        self._commit({"record": "file", "file": asdict(file)})
        return file

    def set(self, key: str, value: Any) -> None:
        """A setting of the bot (its commands, its name); None removes it."""
        self._commit({"record": "setting", "key": key, "value": value})

    # The journal

    def _commit(self, *records: Record) -> None:
        self._journal.append(*records)
        for record in records:
            self._apply(record)
        self.changed.notify_all()

    def _apply(self, record: Record) -> None:
        match record["record"]:
            case "event":
                self._apply_event({key: record[key] for key in record if key != "record"})
            case "update":
                self._last_update_id = record["update"]["update_id"]
                self.updates[self._last_update_id] = record["update"]
            case "confirmed":
                waiting = self.updates.items()
                self.updates = {n: update for n, update in waiting if n >= record["before"]}
            case "delivered":
                self.updates.pop(record["update_id"], None)
            case "chat":
                self._chats[record["chat"]["id"]] = record["chat"]
            case "raw_message":
                message = record["message"]
                self._raw_messages[message["chat"]["id"]][message["message_id"]] = message
            case "vote":
                self._apply_vote(record)
            case "file":
                file = StoredFile(**record["file"])
                self._files[file.file_id] = file
            case "setting":
                self.settings[record["key"]] = record["value"]

    def _apply_event(self, happened: Json) -> None:
        chat_id, message = happened.pop("chat_id"), happened["message"]
        self.seq = happened["seq"]
        self._events[chat_id].append(happened)
        match happened["type"]:
            case "message" | "edit":
                self._messages[chat_id][message["message_id"]] = message
                self._last_message_id = max(self._last_message_id, message["message_id"])
                if not message["from"]["is_bot"]:
                    self.users[message["from"]["id"]] = message["from"]
            case "reaction":
                self._reactions[chat_id].pop(message["message_id"], None)
                if happened["emoji"]:
                    self._reactions[chat_id][message["message_id"]] = happened["emoji"]
            case "delete":
                for kept in (self._messages, self._raw_messages, self._reactions):
                    kept[chat_id].pop(message["message_id"], None)

    def _apply_vote(self, record: Record) -> None:
        votes = self._votes[record["poll_id"]]
        votes.pop(record["user_id"], None)
        if record["options"]:
            votes[record["user_id"]] = record["options"]
