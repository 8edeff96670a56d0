"""HTTP to Telegram over aiohttp, which takes a fraction of the CPU that the library's own client takes.

With `telegram.request.HTTPXRequest` an update costs the bot's process 5.8 ms, with this one 2.4 (measured in turns by
`tests/bench/bench_updates.py` on a busy machine; on an idle one 4.6 and 2.3).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.local_files import LongerThanAllowed

if TYPE_CHECKING:
    from telegram._utils.types import ODVInput

# The library's defaults. Those for reading and writing are for each step of it, not for the whole.
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 20.0
POOL_TIMEOUT_S = 1.0
# What is written at once of an upload.
CHUNK_BYTES = 64 * 1024
# What is written at once of a download.
PIECE_BYTES = 1024 * 1024
_LASTING = (400, 401, 403, 404, 410)
# The path of an address of Telegram's holds the token.
_PATH = re.compile(r"(https?://[^/\s]+)/\S*")


class PoolTimeout(TimeoutError):
    """All connections were in use for too long."""


# Causes of a NetworkError after which Telegram cannot have got the request.
NOT_SENT = (
    PoolTimeout,
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)


class AiohttpRequest(BaseRequest):
    """Carries requests over a number of connections, which are kept open between them.

    Proxies and certificates come from the environment, as with the library's own client. Redirects are not
    followed.
    """

    def __init__(self, connections: int, pool_timeout_s: float = POOL_TIMEOUT_S) -> None:
        """pool_timeout_s : how long a request waits for a connection."""
        self._connections = connections
        self._pool_timeout_s = pool_timeout_s
        self._free = asyncio.Semaphore(connections)
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_TIMEOUT_S

    async def initialize(self) -> None:
        """Raises OSError for a proxy of a kind that can't be used."""
        if self._session is None:
            _check_proxy()
            self._free = asyncio.Semaphore(self._connections)
            self._session = aiohttp.ClientSession(
                # The number of connections is bounded here, so that the wait for one has a limit of its own.
                connector=aiohttp.TCPConnector(limit=0, ssl=tls()),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and body of the answer. Raises TimedOut and NetworkError; the cause says whether the
        request was sent (`NOT_SENT`)."""
        limits = aiohttp.ClientTimeout(
            connect=_seconds(connect_timeout, CONNECT_TIMEOUT_S),
            sock_read=_seconds(read_timeout, READ_TIMEOUT_S),
        )
        try:
            async with self._connection(_seconds(pool_timeout, self._pool_timeout_s)):
                if request_data is None or not request_data.contains_files:
                    return await self._exchange(method, url, limits, **_json(request_data))
                write_timeout_s = _seconds(write_timeout, WRITE_TIMEOUT_S)
                return await self._upload(method, url, limits, request_data, write_timeout_s)
        except PoolTimeout as error:
            raise TimedOut("no connection was free, the request was not sent") from error
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            kind = type(error).__name__
            raise NetworkError(f"aiohttp.{kind}: {_without_path(str(error))}") from error

    async def save(self, url: str, path: Path, max_bytes: int) -> None:
        """Writes the body of the answer to a file, piece by piece: it may be larger than the memory.

        Raises LongerThanAllowed, TimedOut, NetworkError, and BadRequest where the file is not to be had.
        """
        if self._session is None:
            raise RuntimeError("the request is not initialized")
        limits = aiohttp.ClientTimeout(connect=CONNECT_TIMEOUT_S, sock_read=READ_TIMEOUT_S)
        try:
            async with (
                self._connection(self._pool_timeout_s),
                self._session.get(
                    url, timeout=limits, proxy=_proxy_of(url), allow_redirects=False
                ) as response,
            ):
                _check_status(response)
                await _write(response.content, path, max_bytes)
        except PoolTimeout as error:
            raise TimedOut("no connection was free, the request was not sent") from error
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, ConnectionError) as error:
            kind = type(error).__name__
            raise NetworkError(f"aiohttp.{kind}: {_without_path(str(error))}") from error

    @asynccontextmanager
    async def _connection(self, pool_timeout_s: float | None) -> AsyncIterator[None]:
        """The right to one of the connections. Raises PoolTimeout."""
        try:
            async with asyncio.timeout(pool_timeout_s):
                await self._free.acquire()
        except TimeoutError as error:
            raise PoolTimeout from error
        try:
            yield
        finally:
            self._free.release()

    async def _exchange(
        self, method: str, url: str, limits: aiohttp.ClientTimeout, **body: Any
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("the request is not initialized")
        async with self._session.request(
            method,
            url,
            timeout=limits,
            proxy=_proxy_of(url),
            allow_redirects=False,
            **body,
        ) as response:
            return response.status, await response.read()

    async def _upload(
        self,
        method: str,
        url: str,
        limits: aiohttp.ClientTimeout,
        request_data: RequestData,
        write_timeout_s: float | None,
    ) -> tuple[int, bytes]:
        """Telegram reads a file's name as httpx writes it, in UTF-8, and not as aiohttp does: `filename*`."""
        form = httpx.Request(
            method, url, data=request_data.json_parameters, files=request_data.multipart_data
        )
        # aiohttp has no limit for writing.
        async with asyncio.timeout(None) as deadline:
            parts = cast("Iterable[bytes]", form.stream)
            pieces = chunks(parts, deadline, write_timeout_s, limits.sock_read)
            headers = {name: form.headers[name] for name in ("Content-Type", "Content-Length")}
            return await self._exchange(method, url, limits, data=pieces, headers=headers)


async def chunks(
    parts: Iterable[bytes],
    deadline: asyncio.Timeout,
    write_timeout_s: float | None,
    read_timeout_s: float | None,
) -> AsyncIterator[memoryview]:
    """Parts of a body in pieces that a socket takes. A piece is asked for when the one before is written, which
    is when the deadline is set for it; the last one is for its answer too."""
    loop = asyncio.get_running_loop()
    for part in parts:
        for first in range(0, len(part), CHUNK_BYTES):
            if write_timeout_s is not None:
                deadline.reschedule(loop.time() + write_timeout_s)
            yield memoryview(part)[first : first + CHUNK_BYTES]
    if write_timeout_s is None or read_timeout_s is None:
        deadline.reschedule(None)
    else:
        deadline.reschedule(loop.time() + write_timeout_s + read_timeout_s)


@cache
def tls() -> SSLContext:
    """The certificates that httpx trusts; reading them takes 50 ms."""
    return httpx.create_ssl_context()


@cache
def proxy_for(scheme: str, host: str) -> str | None:
    """The address of the proxy that the environment names for a host."""
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_of(url: str) -> str | None:
    address = urlsplit(url)
    return proxy_for(address.scheme, address.hostname or "")


def _check_status(response: aiohttp.ClientResponse) -> None:
    """Raises BadRequest for what no repetition mends, NetworkError for all else but success."""
    if response.status == HTTPStatus.OK:
        return
    refusal = f"{response.status} {response.reason}"
    if response.status in _LASTING:
        raise BadRequest(refusal)
    raise NetworkError(refusal)


async def _write(content: aiohttp.StreamReader, path: Path, max_bytes: int) -> None:
    """Raises LongerThanAllowed."""
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in content.iter_chunked(PIECE_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise LongerThanAllowed
            await asyncio.to_thread(file.write, chunk)


def _check_proxy() -> None:
    proxy = proxy_for("https", "api.telegram.org") or "http://"
    kind = urlsplit(proxy).scheme
    if kind not in ("http", "https"):
        raise OSError(f"the environment names a proxy of the kind {kind}: only http can be used")


def _json(request_data: RequestData | None) -> dict[str, Any]:
    """The parameters as a body: as JSON they take a tenth of the time of a form."""
    if request_data is None:
        return {}
    return {"data": request_data.json_payload, "headers": {"Content-Type": "application/json"}}


def _seconds(given: ODVInput[float], default: float) -> float | None:
    """None for no limit."""
    return given if given is None or isinstance(given, int | float) else default


def _without_path(text: str) -> str:
    return _PATH.sub(r"\1", text)
