"""A server that does with each request what it is told to, and requests to it."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from telegram import InputFile
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.logs import RedactingFormatter

TOKEN = "7000000001:AAH-and_a_secret"
METHOD = f"/bot{TOKEN}/sendMessage"
FILE = f"/file/bot{TOKEN}/photos/1.jpg"
OK = b'{"ok": true, "result": true}'
# Larger than what the buffers of a connection hold.
LARGE = 16 * 2**20


class Exchange:
    """One request on the server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.head = ""
        self.body = b""

    async def read_head(self) -> None:
        self.head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")

    async def read_body(self) -> None:
        length = re.search(r"^content-length: (\d+)", self.head, re.IGNORECASE | re.MULTILINE)
        self.body = await self._reader.readexactly(int(length[1]) if length else 0)

    async def answer(self, status: str = "200 OK", body: bytes = OK, headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        await self.write(head.encode() + body)

    async def write(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()

    def cut(self) -> None:
        self._writer.transport.abort()


Behaviour = Callable[[Exchange], Awaitable[None]]


class Server:
    """A server that does with each request what it is told to."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = answered
        self.exchanges: list[Exchange] = []
        self.arrived: asyncio.Queue[Exchange] = asyncio.Queue()
        self.connections = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        with suppress(OSError, EOFError, asyncio.CancelledError):
            while not writer.is_closing():
                exchange = Exchange(reader, writer)
                await exchange.read_head()
                self.exchanges.append(exchange)
                self.arrived.put_nowait(exchange)
                await self.behaviour(exchange)
        writer.transport.abort()


async def answered(exchange: Exchange) -> None:
    await exchange.read_body()
    await exchange.answer()


async def cut_before_the_body(exchange: Exchange) -> None:
    exchange.cut()


async def cut_after_the_body(exchange: Exchange) -> None:
    await exchange.read_body()
    exchange.cut()


async def cut_in_the_answers_head(exchange: Exchange) -> None:
    await exchange.read_body()
    await exchange.write(b"HTTP/1.1 200 OK\r\nContent-")
    exchange.cut()


async def cut_in_the_answer(exchange: Exchange) -> None:
    await exchange.read_body()
    await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    exchange.cut()


async def no_http(exchange: Exchange) -> None:
    await exchange.read_body()
    await exchange.write(b"what?\r\n\r\n")
    exchange.cut()


async def silent(exchange: Exchange) -> None:
    await asyncio.Event().wait()


def data(**parameters: object) -> RequestData:
    return RequestData([RequestParameter.from_input(*item) for item in parameters.items()])


def upload(size: int = LARGE) -> RequestData:
    return data(chat_id=1, document=InputFile(bytes(size), filename="large.zip"))


async def failure(
    request: BaseRequest, url: str, sent: RequestData | None = None, **limits: float
) -> NetworkError:
    """What a request fails with. No text of it holds the token."""
    with pytest.raises(NetworkError) as raised:
        await request.post(url, sent or data(chat_id=1), **limits)
    assert TOKEN not in str(raised.value)
    info = (type(raised.value), raised.value, raised.value.__traceback__)
    record = logging.LogRecord("bot", logging.ERROR, "", 0, "failed", None, info)
    assert TOKEN not in RedactingFormatter().format(record)
    return raised.value
