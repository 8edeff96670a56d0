"""The tests' participants: a person in the chat, the real python-telegram-bot, and pictures."""

from __future__ import annotations

import io
import ssl
from typing import Any

import httpx
from PIL import Image
from telegram import Bot
from telegram.request import HTTPXRequest

TOKEN = "4242:playground-token"
# Reading the certificates takes 50 ms, and each client would do it for a server without TLS.
TLS = ssl.create_default_context()


class Person:
    """Someone in the chat, over the user side of the playground."""

    def __init__(self, address: str, user: int = 1, chat: str = "private") -> None:
        self.address = address
        self.user = user
        self.chat = chat
        self.http = httpx.AsyncClient(base_url=address, timeout=20, verify=TLS)

    async def try_to_send(self, files: Any = None, **fields: Any) -> httpx.Response:
        data = {"user": str(self.user), "chat": self.chat} | fields
        return await self.http.post("/play/send", data=data, files=files)

    async def send(self, files: Any = None, **fields: Any) -> list[int]:
        answer = await self.try_to_send(files, **fields)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["message_ids"])

    async def say(self, text: str, **fields: Any) -> int:
        return (await self.send(text=text, **fields))[0]

    async def press(self, message_id: int, data: str) -> httpx.Response:
        session = {"user": self.user, "chat": self.chat}
        return await self.http.post(
            "/play/press", json=session | {"message_id": message_id, "data": data}
        )

    async def vote(self, message_id: int, *options: int) -> httpx.Response:
        ballot = {"message_id": message_id, "options": options}
        session = {"user": self.user, "chat": self.chat}
        return await self.http.post("/play/vote", json=session | ballot)

    async def history(self) -> dict[str, Any]:
        session = {"user": self.user, "chat": self.chat}
        return dict((await self.http.get("/play/history", params=session)).json())

    async def events(self, after: int = 0, wait: float = 0) -> dict[str, Any]:
        session = {"user": self.user, "chat": self.chat}
        query = session | {"after": after, "wait": wait}
        return dict((await self.http.get("/play/events", params=query)).json())

    async def fault(self, method: str, error_code: int, **facts: Any) -> None:
        order = {"method": method, "error_code": error_code} | facts
        assert (await self.http.post("/play/faults", json=order)).status_code == 200


def picture(width: int = 64, height: int = 48, color: str = "tomato", kind: str = "JPEG") -> bytes:
    """An encoded picture of one colour."""
    content = io.BytesIO()
    Image.new("RGB", (width, height), color).save(content, kind)
    return content.getvalue()


def bot_at(address: str, token: str = TOKEN) -> Bot:
    requests = [HTTPXRequest(httpx_kwargs={"verify": TLS}) for _ in range(2)]
    urls = {"base_url": f"{address}/bot", "base_file_url": f"{address}/file/bot"}
    return Bot(token, request=requests[0], get_updates_request=requests[1], **urls)
