"""HTTP to Telegram: what each failure is taken for, and that none shows the token."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress

import pytest
from telegram.error import NetworkError, TimedOut

from bot.requests import Request
from bot.transport import NOT_SENT, AiohttpRequest
from tests.bot.requests.server import (
    FILE,
    LARGE,
    METHOD,
    TOKEN,
    Behaviour,
    Server,
    answered,
    cut_after_the_body,
    cut_before_the_body,
    cut_in_the_answer,
    cut_in_the_answers_head,
    data,
    failure,
    no_http,
    silent,
    upload,
)


@pytest.mark.parametrize(
    "behaviour",
    [cut_before_the_body, cut_after_the_body, cut_in_the_answers_head, cut_in_the_answer, no_http],
)
@pytest.mark.parametrize("size", [0, LARGE])
async def test_a_request_that_was_cut_may_have_arrived(
    server: Server, request_: Request, behaviour: Behaviour, size: int
) -> None:
    server.behaviour = behaviour
    error = await failure(request_, server.address + METHOD, upload(size) if size else None)
    assert not isinstance(error.__cause__, NOT_SENT)
    assert len(server.exchanges) == 1, "it was sent again"
    server.behaviour = answered
    assert await request_.post(server.address + METHOD, data(chat_id=1))


async def test_a_request_that_is_not_answered_in_time_may_have_arrived(
    server: Server, request_: Request
) -> None:
    server.behaviour = silent
    error = await failure(request_, server.address + METHOD, read_timeout=0.05)
    assert isinstance(error, TimedOut)
    assert not isinstance(error.__cause__, NOT_SENT)


async def test_a_file_that_is_not_read_in_time_may_have_arrived(
    server: Server, request_: Request
) -> None:
    server.behaviour = silent
    error = await failure(request_, server.address + METHOD, upload(), write_timeout=0.2)
    assert isinstance(error, TimedOut)
    assert not isinstance(error.__cause__, NOT_SENT)


async def test_what_found_no_server_was_not_sent(request_: Request) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        error = await failure(request_, address + METHOD)
    assert isinstance(error.__cause__, NOT_SENT)


async def test_what_found_no_name_was_not_sent(request_: Request) -> None:
    error = await failure(request_, f"http://nowhere.invalid{METHOD}")
    assert isinstance(error.__cause__, NOT_SENT)


async def test_what_is_not_connected_in_time_was_not_sent(request_: Request) -> None:
    """A server with a full queue answers nothing."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(address)
        url = f"http://127.0.0.1:{address[1]}{METHOD}"
        error = await failure(request_, url, connect_timeout=0.2)
        for client in waiting:
            client.close()
    assert isinstance(error, TimedOut)
    assert isinstance(error.__cause__, NOT_SENT)


async def test_what_got_no_connection_was_not_sent(server: Server) -> None:
    server.behaviour = silent
    async with AiohttpRequest(connections=1) as request:
        held = asyncio.create_task(request.post(server.address + METHOD, data(chat_id=1)))
        await server.arrived.get()
        error = await failure(request, server.address + METHOD, pool_timeout=0.05)
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)
        server.behaviour = answered
        assert await request.post(server.address + METHOD, data(chat_id=1), pool_timeout=5)
    assert isinstance(error, TimedOut)
    assert isinstance(error.__cause__, NOT_SENT)
    assert len(server.exchanges) == 2


async def test_a_request_begins_and_ends_as_often_as_asked(server: Server) -> None:
    request = Request()
    with pytest.raises(RuntimeError, match="not initialized"):
        await request.do_request(server.address + METHOD, "POST")
    for _ in range(2):
        await request.initialize()
        await request.initialize()
        assert await request.post(server.address + METHOD, data(chat_id=1))
        await request.shutdown()
        await request.shutdown()
    with pytest.raises(RuntimeError, match="not initialized"):
        await request.do_request(server.address + METHOD, "POST")


async def test_no_log_shows_the_token(
    server: Server, request_: Request, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiohttp").setLevel(logging.NOTSET)
    for behaviour in (answered, cut_before_the_body, cut_in_the_answer, no_http):
        server.behaviour = behaviour
        with suppress(NetworkError):
            await request_.post(server.address + METHOD, data(chat_id=1))
        with suppress(NetworkError):
            await request_.retrieve(server.address + FILE)
    ours = [record for record in caplog.records if not record.name.startswith("telegram")]
    assert not [record for record in ours if TOKEN in record.getMessage()]
