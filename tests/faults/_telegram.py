"""Telegram, played in this process for a bot in a process of its own; what is said is timed here."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.playground import Playground
from tests.acceptance.process import BotProcess

TICK_S = 0.01
PATIENCE_S = 600.0
APART = "tests.acceptance.apart"


@dataclass(frozen=True)
class Said:
    """A message of the bot's as it was sent or changed, with the moment by `time.monotonic`.

    kind : "message" or "edit".
    """

    at: float
    kind: str
    content: Mapping[str, Any]

    @property
    def text(self) -> str:
        return str(self.content.get("text") or self.content.get("caption") or "")

    @property
    def answers(self) -> int | None:
        """The number of the message that it quotes."""
        number: int | None = self.content.get("reply_to_message", {}).get("message_id")
        return number


@dataclass
class Telegram:
    """The user side of the playground, for many people at once.

    said : what the bot has said, by chat, in order.
    """

    address: str
    http: httpx.AsyncClient
    said: defaultdict[int, list[Said]] = field(default_factory=lambda: defaultdict(list))

    async def send(self, user: int, files: Any = None, **fields: Any) -> list[int]:
        """Sends as a person in their private chat; returns the numbers of the messages."""
        data = {"user": str(user), "chat": "private"} | fields
        answer = await self.http.post("/play/send", data=data, files=files)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["message_ids"])

    async def hand_over(self, updates: list[dict[str, Any]]) -> None:
        """Hands updates to the bot."""
        await self.send(1, raw=json.dumps(updates))

    async def hears(self, user: int, looks_right: Callable[[Said], bool], since: float = 0) -> Said:
        """Waits for what the bot says to a person, from a moment on."""
        return await self.until(
            lambda: next((s for s in self.said[user] if s.at >= since and looks_right(s)), None)
        )

    async def until(self, found: Callable[[], Any]) -> Any:
        """Waits until something is found, and returns it."""
        async with asyncio.timeout(PATIENCE_S):
            while not (result := found()):  # noqa: ASYNC110 (what is followed comes from a file)
                await asyncio.sleep(5 * TICK_S)
        return result

    async def follow(self, journal: Path) -> None:
        """Reads what happens as it is written, until it is cancelled."""
        with journal.open() as lines:
            part = ""
            while True:
                part += lines.readline()
                if part.endswith("\n"):
                    self._see(part)
                    part = ""
                else:
                    await asyncio.sleep(TICK_S)

    def _see(self, line: str) -> None:
        now = time.monotonic()
        for record in json.loads(line) if '"event"' in line else ():
            if record.get("type") in ("message", "edit") and record["message"]["from"]["is_bot"]:
                said = Said(now, record["type"], record["message"])
                self.said[record["chat_id"]].append(said)


@asynccontextmanager
async def played(home: Path, **settings: str) -> AsyncIterator[tuple[Telegram, BotProcess]]:
    """Telegram with its limits, and a bot that serves it, with these settings, for the length of the block."""
    playground = Playground(home=home / "telegram")
    address = await playground.start()
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        telegram = Telegram(address, http)
        following = asyncio.create_task(telegram.follow(home / "telegram" / "journal.jsonl"))
        bot = BotProcess(home, module=APART, TELEGRAM=address, **settings)
        try:
            await asyncio.to_thread(bot.start)
            yield telegram, bot
        finally:
            await asyncio.to_thread(bot.stop)
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            await playground.stop()


def command(user: int, number: int, text: str) -> dict[str, Any]:
    """The update of a command with words behind it; number : the message's, which is to be new."""
    person = {"id": user, "is_bot": False, "first_name": "Anna", "language_code": "en"}
    message = {
        **{"message_id": number, "date": int(time.time()), "from": person},
        "chat": {"id": user, "type": "private", "first_name": "Anna"},
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}],
    }
    return {"message": message}
