"""The webhook: Telegram calls, and a call is answered with 200 once its update is in the journal.

The library's own server answers first, and parses before anything is kept. Here a call goes the way of a poll's
updates: inbox, then queue. TLS is the business of a reverse proxy before it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from socket import socket
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot, Update, WebhookInfo
from telegram.error import BadRequest, NetworkError, RetryAfter
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from bot.inbox import MAX_UPDATE_ID, Inbox, NotJournaled
from bot.retries import until_reached
from bot.rivals import Rivals

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
# The largest update by far, a message of 4096 characters with its entities that replies to another one, is 100 KB.
MAX_BODY_BYTES = 2**20
BODY_S = 30.0
# How many updates Telegram sends at once. Those of one chat come one by one, so more of them mix up nobody's.
MAX_CONNECTIONS = 40
# Between two looks whether updates can arrive, and how long one may take.
LOOK_S = 10.0
ANSWER_S = 5.0
# Two looks of the rival, and one to be sure.
LOOKS_IN_PEACE = 3
# Calls that are being taken when the stop comes have so long. Telegram repeats those that were cut off.
STOP_S = 2.0


class WebhookRefused(Exception):
    """Telegram does not take the address of the webhook."""


@dataclass(frozen=True)
class Door:
    """Where Telegram calls. url : the address that it is told. secret : what shows that it is Telegram.
    sockets : where the calls arrive in the end."""

    url: str
    secret: str
    sockets: Sequence[socket]

    def __repr__(self) -> str:
        return f"Door({self.url})"


@contextmanager
def open_door(url: str, listen: str, port: int, secret: str = "") -> Iterator[Door]:
    """Listens for the length of the block; calls that come before they can be taken wait. secret : made
    where there is none. Raises OSError."""
    try:
        sockets = bind_sockets(port, listen)
    except OSError as error:
        raise OSError(
            f"{listen}:{port} (WEBHOOK_LISTEN, WEBHOOK_PORT) can't be listened at: {error.strerror}"
        ) from error
    try:
        yield Door(url, secret or secrets.token_urlsafe(32), sockets)
    finally:
        for listening in sockets:
            listening.close()


class Webhook:
    """The webhook of an application while it serves. Fulfils `bot.arrivals.Arrivals`."""

    def __init__(
        self,
        bot: Bot,
        queue: asyncio.Queue[object],
        inbox: Inbox,
        door: Door,
        look_s: float = LOOK_S,
    ) -> None:
        self._bot = bot
        self._queue = queue
        self._inbox = inbox
        self._door = door
        self._look_s = look_s
        self._rivals = Rivals(LOOKS_IN_PEACE * look_s)
        self._server = HTTPServer(
            self._application(), max_body_size=MAX_BODY_BYTES, body_timeout=BODY_S
        )
        self._watching: asyncio.Task[None] | None = None
        self._allowed_updates: Sequence[str] = ()
        self._is_open = False
        self._taking: set[asyncio.Task[Any]] = set()
        # One above the largest number that was taken and may come again.
        self._unconfirmed = 0
        self._taken_at = time.time()
        self._failed_at = 0.0
        self._failure = ""
        self.asked = 0

    @property
    def trouble(self) -> str:
        """Why Telegram could not deliver an update, where none has come since."""
        return self._failure if self._failed_at > self._taken_at else ""

    async def start(self, allowed_updates: Sequence[str]) -> None:
        """Raises WebhookRefused. Where Telegram can't be reached it waits."""
        self._allowed_updates = allowed_updates
        await self._forget_earlier_ones()
        self._is_open = True
        self._server.add_sockets(self._door.sockets)
        await self._set()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """The webhook stays set: Telegram keeps what comes until the next start."""
        self._is_open = False
        if self._watching:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        self._server.stop()
        if self._taking:
            await asyncio.wait(self._taking, timeout=STOP_S)
        await self._server.close_all_connections()

    async def until(self, stop: asyncio.Event) -> None:
        """Raises what the looks end with, as InvalidToken."""
        if self._watching is None:
            raise RuntimeError("the webhook is not started")
        await self._rivals.until(stop, self._watching)

    async def take(self, update: Any) -> None:
        """Returns when the update, as Telegram sent it, is in the journal and has its turn in the queue. Raises
        NotJournaled."""
        if not self._is_open:
            raise NotJournaled("the bot stops")
        current = asyncio.current_task()
        if current:
            self._taking.add(current)
            current.add_done_callback(self._taking.discard)
        for sealed in await self._inbox.take([update]):
            self._unconfirmed = max(self._unconfirmed, sealed["update_id"] + 1)
            await self._queue.put(Update.de_json(sealed, self._bot))
        self._taken_at = time.time()

    # Looks ---------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(self._look_s)

    async def _look(self) -> None:
        """Looks whether calls are answered here, and asks Telegram whether it calls here, and how it fares."""
        if not await self._answers():
            logger.warning("the webhook's own port does not answer")
            return
        self.asked += 1
        confirmed = self._unconfirmed
        try:
            async with asyncio.timeout(self._look_s):
                info = await self._bot.get_webhook_info()
        except (NetworkError, RetryAfter, TimeoutError) as error:
            logger.warning("Telegram could not be asked about the webhook: %r", error)
            return
        if _parts(info.url) != _parts(self._door.url):
            logger.warning("another program has changed the webhook: it is set again")
            self._rivals.meet()
            if not self._rivals.have_won:
                await self._set()
            return
        self._note_failure(info)
        if not info.pending_update_count:
            await self._forget(confirmed)

    async def _answers(self) -> bool:
        host, port = self._door.sockets[0].getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (any becomes this one)
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_connection(host, port)
                try:
                    writer.write(b"GET / HTTP/1.0\r\n\r\n")
                    return (await reader.readline()).startswith(b"HTTP/")
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False

    def _note_failure(self, info: WebhookInfo) -> None:
        if not info.pending_update_count:
            self._failure = ""
            return
        failed_at = info.last_error_date.timestamp() if info.last_error_date else 0.0
        if failed_at <= self._failed_at:
            return
        self._failed_at, self._failure = failed_at, info.last_error_message or "no reason given"
        if self.trouble:
            logger.warning("Telegram could not deliver an update: %s", self._failure)

    # What Telegram may send again ----------------------------------------------------------------

    async def _forget_earlier_ones(self) -> None:
        """Nothing is taken yet: where nothing waits at Telegram, all in the journal is confirmed."""
        info = await until_reached(self._bot.get_webhook_info)
        if not info.pending_update_count:
            await self._forget(MAX_UPDATE_ID)

    async def _forget(self, confirmed: int) -> None:
        """Forgets what was handled and has a number below `confirmed`.

        A call whose answer got lost comes again, within a day, and other updates with larger numbers come
        meanwhile: no number that comes confirms a lower one. But an update counts as pending with
        Telegram until it has the answer. Where none is pending, all that were taken before Telegram was
        asked are confirmed; those taken since may not be, and have larger numbers.
        """
        if not confirmed:
            return
        with suppress(NotJournaled):
            await self._inbox.take([], confirmed)
            if self._unconfirmed == confirmed:
                self._unconfirmed = 0

    # The server ----------------------------------------------------------------------------------

    async def _set(self) -> None:
        try:
            await until_reached(
                partial(
                    self._bot.set_webhook,
                    self._door.url,
                    max_connections=MAX_CONNECTIONS,
                    allowed_updates=self._allowed_updates,
                    drop_pending_updates=False,
                    secret_token=self._door.secret,
                )
            )
        except BadRequest as error:
            raise WebhookRefused(error.message) from error

    def _application(self) -> Application:
        path = re.escape(urlsplit(self._door.url).path or "/")
        facts = {"webhook": self, "secret": self._door.secret}
        return Application([(path, _Call, facts)], log_function=lambda _: None)


class _Call(RequestHandler):
    """A call of Telegram's."""

    SUPPORTED_METHODS = ("POST",)

    def initialize(self, webhook: Webhook, secret: str) -> None:
        self._webhook = webhook
        self._secret = secret

    def prepare(self) -> None:
        given = self.request.headers.get(SECRET_HEADER, "")
        if not secrets.compare_digest(given.encode(), self._secret.encode()):
            logger.debug("a call without the secret is refused")
            raise HTTPError(HTTPStatus.FORBIDDEN)

    async def post(self) -> None:
        try:
            update = json.loads(self.request.body)
        except (ValueError, RecursionError) as error:
            raise HTTPError(HTTPStatus.BAD_REQUEST) from error
        try:
            await self._webhook.take(update)
        except NotJournaled as error:
            logger.warning("an update stays with Telegram: %s", error)
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from error

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(self._reason)


def _parts(url: str) -> tuple[object, ...]:
    """What makes an address another one, however it is written."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or 443, parts.path or "/"
