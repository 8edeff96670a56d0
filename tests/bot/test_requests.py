"""HTTP to Telegram: what arrives there, and what each failure is taken for; over real connections."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from telegram import Bot, InputFile
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot import transport
from bot.local_files import LongerThanAllowed
from bot.logs import RedactingFormatter
from bot.playground import Playground
from bot.requests import CONNECTIONS, DOWNLOADS, Request
from bot.transport import CHUNK_BYTES, NOT_SENT, AiohttpRequest
from tests.playground.people import Person, picture

TOKEN = "7000000001:AAH-and_a_secret"
METHOD = f"/bot{TOKEN}/sendMessage"
FILE = f"/file/bot{TOKEN}/photos/1.jpg"
OK = b'{"ok": true, "result": true}'
# Larger than what the buffers of a connection hold.
LARGE = 16 * 2**20
NAMES = [
    "plain.zip",
    "Яблоки и груши 🍐.zip",
    'a "quoted" name.zip',
    "semicolon; filename=other.zip",
    "line\r\nX-Header: y\r\n\r\nbody.zip",
    "100%25 %0D%0A.zip",
    "‮gpj.zip",
]


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


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is known of the environment is forgotten before and after."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    transport.proxy_for.cache_clear()
    yield
    transport.proxy_for.cache_clear()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as running:
        yield running


@pytest.fixture
async def request_() -> AsyncIterator[Request]:
    async with Request() as request:
        yield request


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


# What arrives ------------------------------------------------------------------------------------


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
async def test_files_have_the_names_that_the_library_gives_them(name: str) -> None:
    playground = Playground(flood=None)
    address = await playground.start()
    anna = Person(address)
    await anna.say("/start")
    came = []
    for request in (Request(), HTTPXRequest()):
        async with Bot(TOKEN, base_url=f"{address}/bot", request=request) as bot:
            file = InputFile(io.BytesIO(b"PK" + bytes(range(256))), filename=name)
            message = await bot.send_document(1, file, caption=name)
            assert message.document
            came.append((message.document.file_name, message.document.file_size, message.caption))
    await anna.http.aclose()
    await playground.stop()
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


# What fails --------------------------------------------------------------------------------------


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


# Proxies and certificates ------------------------------------------------------------------------


async def test_the_environments_proxy_is_asked(
    server: Server, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://anna:secret@127.0.0.1:{server.port}")
    monkeypatch.setenv("NO_PROXY", "localhost,api.example.org")
    assert await request_.post(f"http://telegram.example{METHOD}", data(chat_id=1))
    head = server.exchanges[0].head
    assert head.startswith(f"POST http://telegram.example{METHOD} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic YW5uYTpzZWNyZXQ=" in head
    assert transport.proxy_for("http", "api.example.org") is None


@pytest.mark.parametrize(
    ("variable", "scheme"),
    [("HTTP_PROXY", "http"), ("HTTPS_PROXY", "https"), ("ALL_PROXY", "https")],
)
def test_proxies_are_for_their_scheme(
    monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    monkeypatch.setenv(variable, "proxy.example:3128")
    assert transport.proxy_for(scheme, "api.telegram.org") == "http://proxy.example:3128"


async def test_a_proxy_that_refuses_has_sent_nothing(
    server: Server, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.answer("407 Proxy Authentication Required", b"")

    server.behaviour = refuse
    monkeypatch.setenv("HTTPS_PROXY", server.address)
    error = await failure(request_, f"https://telegram.example{METHOD}")
    assert isinstance(error.__cause__, NOT_SENT)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody knows, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


async def test_a_server_is_trusted_by_its_certificate(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with Server().running(tls) as server:
        url = f"https://127.0.0.1:{server.port}{METHOD}"
        async with Request() as request:
            error = await failure(request, url)
        assert isinstance(error.__cause__, NOT_SENT)
        assert not server.exchanges
        transport.tls.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with Request() as request:
            assert await request.post(url, upload())
    transport.tls.cache_clear()


async def test_a_picture_comes_back_as_it_was_sent() -> None:
    playground = Playground(flood=None)
    address = await playground.start()
    anna = Person(address)
    await anna.say("/start")
    urls = {"base_url": f"{address}/bot", "base_file_url": f"{address}/file/bot"}
    async with Bot(TOKEN, request=Request(), **urls) as bot:
        message = await bot.send_photo(1, picture(), caption="🍐")
        file = await message.photo[-1].get_file()
        assert await file.download_as_bytearray() == picture()
    await anna.http.aclose()
    await playground.stop()
