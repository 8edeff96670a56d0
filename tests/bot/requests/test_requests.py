"""HTTP to Telegram: what arrives there, over real connections."""

from __future__ import annotations

import asyncio
import io
from functools import partial
from pathlib import Path

import pytest
from telegram import Bot, InputFile
from telegram.error import BadRequest, NetworkError
from telegram.request import BaseRequest, HTTPXRequest

from bot import transport
from bot.local_files import LongerThanAllowed
from bot.requests import CONNECTIONS, DOWNLOADS, Request
from bot.transport import CHUNK_BYTES
from tests.bot.requests.server import (
    FILE,
    LARGE,
    METHOD,
    OK,
    TOKEN,
    Exchange,
    Server,
    answered,
    data,
    failure,
    silent,
    upload,
)
from tests.playground.people import Person, picture

NAMES = [
    "plain.zip",
    "Яблоки и груши 🍐.zip",
    'a "quoted" name.zip',
    "semicolon; filename=other.zip",
    "line\r\nX-Header: y\r\n\r\nbody.zip",
    "100%25 %0D%0A.zip",
    "‮gpj.zip",
]


async def test_requests_one_after_the_other_go_over_one_connection(
    server: Server, request_: Request
) -> None:
    for _ in range(3):
        assert await request_.post(server.address + METHOD, data(chat_id=1, text="груша"))
    assert server.connections == 1
    exchange = server.exchanges[-1]
    assert exchange.head.startswith(f"POST {METHOD} HTTP/1.1\r\n")
    assert BaseRequest.USER_AGENT in exchange.head
    assert exchange.body == b'{"chat_id": "1", "text": "\\u0433\\u0440\\u0443\\u0448\\u0430"}'


async def test_no_more_connections_than_allowed(server: Server, request_: Request) -> None:
    posts = [request_.post(server.address + METHOD, data(chat_id=1)) for _ in range(100)]
    assert await asyncio.gather(*posts) == [True] * 100
    assert server.connections <= CONNECTIONS


@pytest.mark.parametrize("name", NAMES)
async def test_files_have_the_names_that_the_library_gives_them(anna: Person, name: str) -> None:
    await anna.say("/start")
    came = []
    for request in (Request(), HTTPXRequest()):
        async with Bot(TOKEN, base_url=f"{anna.address}/bot", request=request) as bot:
            file = InputFile(io.BytesIO(b"PK" + bytes(range(256))), filename=name)
            message = await bot.send_document(1, file, caption=name)
            assert message.document
            came.append((message.document.file_name, message.document.file_size, message.caption))
    assert came[0] == came[1]
    assert came[0][1] == 258


async def test_a_large_file_is_sent_as_it_is(server: Server, request_: Request) -> None:
    content = b"".join(bytes([number]) * 2**20 for number in range(LARGE // 2**20))
    sent = data(chat_id=1, document=InputFile(content, filename="large.zip"))
    assert await request_.post(server.address + METHOD, sent)
    exchange = server.exchanges[0]
    assert content in exchange.body
    assert "transfer-encoding" not in exchange.head.lower()


async def test_time_for_writing_is_given_to_each_piece() -> None:
    loop = asyncio.get_running_loop()
    parts = [b"head", bytes(2 * CHUNK_BYTES + 1), b"end"]
    sizes, ends = [], []
    async with asyncio.timeout(None) as deadline:
        async for piece in transport.chunks(parts, deadline, 20, 5):
            sizes.append(len(piece))
            ends.append(deadline.when())
            assert loop.time() <= deadline.when() <= loop.time() + 20
        deadline.reschedule(None)
    assert sizes == [4, CHUNK_BYTES, CHUNK_BYTES, 1, 3]
    assert ends == sorted(ends)


async def test_a_large_file_is_fetched_as_it_is(server: Server, request_: Request) -> None:
    content = b"".join(bytes([number]) * 2**20 for number in range(20))

    async def send(exchange: Exchange) -> None:
        await exchange.answer(body=content)

    server.behaviour = send
    assert await request_.retrieve(server.address + FILE) == content


async def test_a_file_is_saved_piece_by_piece(
    server: Server, request_: Request, tmp_path: Path
) -> None:
    content = bytes(range(256)) * (LARGE // 256)
    server.behaviour = partial(Exchange.answer, body=content)
    await request_.save(server.address + FILE, tmp_path / "file", LARGE)
    assert (tmp_path / "file").read_bytes() == content


async def test_no_more_of_a_file_is_saved_than_allowed(
    server: Server, request_: Request, tmp_path: Path
) -> None:
    server.behaviour = partial(Exchange.answer, body=bytes(LARGE))
    with pytest.raises(LongerThanAllowed):
        await request_.save(server.address + FILE, tmp_path / "file", LARGE - 1)


@pytest.mark.parametrize(
    ("status", "error"), [("404 Not Found", BadRequest), ("502 Bad Gateway", NetworkError)]
)
async def test_a_file_that_is_not_handed_over_is_not_saved(
    server: Server, request_: Request, tmp_path: Path, status: str, error: type[Exception]
) -> None:
    server.behaviour = partial(Exchange.answer, status=status)
    with pytest.raises(error) as caught:
        await request_.save(server.address + FILE, tmp_path / "file", LARGE)
    assert type(caught.value) is error
    assert not (tmp_path / "file").exists()


async def test_files_that_are_fetched_delay_no_message(server: Server, request_: Request) -> None:
    async def hold_files(exchange: Exchange) -> None:
        await (silent if exchange.head.startswith("GET") else answered)(exchange)

    server.behaviour = hold_files
    fetching = [
        asyncio.create_task(request_.retrieve(server.address + FILE)) for _ in range(2 * DOWNLOADS)
    ]
    for _ in range(DOWNLOADS):
        await server.arrived.get()
    assert await request_.post(server.address + METHOD, data(chat_id=1))
    for task in fetching:
        task.cancel()
    await asyncio.gather(*fetching, return_exceptions=True)
    server.behaviour = answered
    assert await request_.retrieve(server.address + FILE) == OK


async def test_an_address_that_moved_is_not_followed(server: Server, request_: Request) -> None:
    async def elsewhere(exchange: Exchange) -> None:
        await exchange.read_body()
        await exchange.answer("302 Found", b"", f"Location: {server.address}/elsewhere\r\n")

    server.behaviour = elsewhere
    assert (await request_.do_request(server.address + METHOD, "POST"))[0] == 302
    assert len(server.exchanges) == 1


async def test_an_answer_that_comes_before_the_file_was_read_is_heard(
    server: Server, request_: Request
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.answer("413 Request Entity Too Large", b'{"description": "too large"}')
        await exchange.read_body()

    server.behaviour = refuse
    error = await failure(request_, server.address + METHOD, upload())
    assert error.message == "too large"


async def test_a_picture_comes_back_as_it_was_sent(anna: Person) -> None:
    await anna.say("/start")
    urls = {"base_url": f"{anna.address}/bot", "base_file_url": f"{anna.address}/file/bot"}
    async with Bot(TOKEN, request=Request(), **urls) as bot:
        message = await bot.send_photo(1, picture(), caption="🍐")
        file = await message.photo[-1].get_file()
        assert await file.download_as_bytearray() == picture()
