"""The HTTP handlers: each turns a request into one call and answers in JSON."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import mimetypes
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.web import HTTPError, RequestHandler, StaticFileHandler

from bot.playground import account, copying, editing, inline, polls, reactions, sending
from bot.playground.asking import Asking
from bot.playground.call import Call, Parts
from bot.playground.errors import ApiError, PlayError
from bot.playground.faults import ConnectionCut, Faults
from bot.playground.files import StoredFile
from bot.playground.parameters import Parameters
from bot.playground.play import Play
from bot.playground.world import World

SamplePictures = Callable[[], Awaitable[Sequence[tuple[Path, str]]]]

METHODS = {
    name.lower(): method
    for module in (account, sending, editing, copying, reactions, polls, inline)
    for name, method in module.METHODS.items()
}
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Types that a browser may show; others (HTML, SVG) could contain scripts and are downloaded.
_SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/avif"}
_log = logging.getLogger(__name__)


class LoopbackHandler(RequestHandler):
    """Answers pages and programs of this machine, and rejects foreign sites in its browser."""

    def prepare(self) -> None:
        """Raises HTTPError 403 for another host name than the loopback's and for requests of
        foreign sites; another port of this machine is one."""
        if self.request.host_name not in _LOOPBACK:
            raise HTTPError(403, "the playground answers on the loopback only")
        if not self.is_welcome():
            raise HTTPError(403, "a foreign site may not talk to the playground")

    def is_welcome(self) -> bool:
        """True for programs, for the page itself, and for what a person opens by hand."""
        headers = self.request.headers
        origin = headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != self.request.host:
            return False
        site = headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in ("same-origin", "none")
        # A browser too old to say where a request comes from.
        if not self.is_browser() or origin is not None:
            return True
        return urlsplit(headers.get("Referer", "")).netloc == self.request.host

    def is_browser(self) -> bool:
        """True for what only browsers send, and no page can leave out."""
        headers = self.request.headers
        return "Sec-Fetch-Site" in headers or "Mozilla/" in headers.get("User-Agent", "")

    def set_default_headers(self) -> None:
        """Sets headers for all answers: no stale caches, the page's own scripts only, no type
        guessing."""
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Referrer-Policy", "same-origin")

    def answer(self, body: Any, status: int = 200) -> None:
        """Finishes the request with `body` as JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(body, ensure_ascii=False))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tornado's hook for errors: {"error": sentence} instead of an HTML page."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        sentence = error.log_message if isinstance(error, HTTPError) else None
        self.answer({"error": sentence or self._reason}, status_code)

    async def send_stored(self, world: World, file: StoredFile) -> None:
        """A stored file's bytes, under a type that runs nothing."""
        shown = file.mime in _SHOWN
        self.set_header("Content-Type", file.mime if shown else "application/octet-stream")
        await self.finish(await asyncio.to_thread(world.content_path(file).read_bytes))


class BotHandler(LoopbackHandler):
    """The bot's side, for programs alone: any token is good, so no page may use it by a mere GET, such as
    that of an image."""

    def is_welcome(self) -> bool:
        """True for programs."""
        return not self.is_browser() and super().is_welcome()


class MethodHandler(BotHandler):
    """/bot<token>/<method>"""

    def initialize(self, parts: Parts, faults: Faults) -> None:
        self._parts = parts
        self._faults = faults

    async def get(self, token: str, method: str) -> None:
        """Calls the method and answers as Telegram does: {"ok", "result"} or {"ok", "error_code",
        …}."""
        try:
            self.answer({"ok": True, "result": await self._call(token, method)})
        except ConnectionCut:
            self.detach().close()
        except ApiError as error:
            self._fail(error)
        except Exception:
            _log.exception("the playground failed in %s", method)
            self._fail(ApiError(500, "Internal Server Error"))

    post = get

    async def _call(self, token: str, method: str) -> Any:
        if not re.fullmatch(r"[1-9]\d{0,15}:[\w-]+", token):
            raise ApiError(401, "Unauthorized")
        fault = self._faults.next(method)
        if fault and not fault.after:
            raise fault.error
        if method.lower() not in METHODS:
            raise ApiError(404, "Not Found")
        call = Call(self._parts, token, Parameters.of(self.request))
        result = await METHODS[method.lower()](call)
        if fault:
            raise fault.error
        return result

    def _fail(self, error: ApiError) -> None:
        body = {"ok": False, "error_code": error.code, "description": error.description}
        if error.retry_after is not None:
            body["parameters"] = {"retry_after": error.retry_after}
        self.answer(body, error.code)


class DownloadHandler(BotHandler):
    """/file/bot<token>/<path>"""

    def initialize(self, world: World) -> None:
        self._world = world

    async def get(self, token: str, path: str) -> None:
        """Sends the file with this path of getFile; 404 if there is none."""
        file = self._world.file_at(path)
        if file is None:
            raise HTTPError(404)
        await self.send_stored(self._world, file)


class PlayHandler(LoopbackHandler):
    """/play/…: the action that its route names, with the request's parameters."""

    def initialize(self, action: Callable[[Parameters], Any]) -> None:
        self._action = action

    async def act(self) -> None:
        """Runs the action; a bad request is answered by {"error": sentence} and its status."""
        try:
            result = self._action(Parameters.of(self.request))
            self.answer(await result if isinstance(result, Awaitable) else result)
        except PlayError as error:
            self.answer({"error": error.sentence}, error.status)
        except ApiError as error:
            self.answer({"error": f"{error.description}."}, error.code)


class LookHandler(PlayHandler):
    """The GET routes, which change nothing."""

    get = PlayHandler.act


class ActionHandler(PlayHandler):
    """The POST routes."""

    post = PlayHandler.act


class PlayFileHandler(LoopbackHandler):
    """/play/file/<file_id>"""

    def initialize(self, world: World) -> None:
        self._world = world

    async def get(self, file_id: str) -> None:
        """Sends the file with this id; 404 if there is none."""
        file = self._world.file(file_id)
        if file is None:
            raise HTTPError(404)
        await self.send_stored(self._world, file)


class PageHandler(LoopbackHandler, StaticFileHandler):
    """The page's own files. A link to the page may stand anywhere; it is shown in no frame."""

    def is_welcome(self) -> bool:
        """True for whoever opens the page, and for what it loads."""
        headers = self.request.headers
        is_opened = headers.get("Sec-Fetch-Dest", "document") == "document"
        return super().is_welcome() or (self.request.path == "/" and is_opened)


def sample_pictures_of(
    sample_pictures: SamplePictures,
) -> Callable[[Parameters], Awaitable[dict[str, Any]]]:
    """Pictures to try, drawn anew at each call, with their content in their `url`."""

    async def draw(_: Parameters) -> dict[str, Any]:
        return {"pictures": [_picture(path, label) for path, label in await sample_pictures()]}

    return draw


def _picture(path: Path, label: str) -> dict[str, str]:
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = base64.b64encode(path.read_bytes()).decode()
    return {"label": label, "name": path.name, "url": f"data:{mime};base64,{content}"}


def play_routes(
    play: Play, asking: Asking, faults: Faults, sample_pictures: SamplePictures
) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """The user side's routes."""
    looks = {
        "events": play.events,
        "history": play.history,
        "about": play.about,
        "sample_pictures": sample_pictures_of(sample_pictures),
    }
    actions: dict[str, Any] = {
        "send": play.send,
        "press": play.press,
        "vote": play.vote,
        "inline": asking.inline,
        "choose": asking.choose,
        "guest": asking.guest,
        "member": play.member,
        "faults": _done(faults.order),
    }
    return [
        *((f"/play/{name}", LookHandler, {"action": action}) for name, action in looks.items()),
        *((f"/play/{name}", ActionHandler, {"action": action}) for name, action in actions.items()),
    ]


def _done(order: Callable[[Parameters], None]) -> Callable[[Parameters], dict[str, bool]]:
    def ordered(parameters: Parameters) -> dict[str, bool]:
        order(parameters)
        return {"ok": True}

    return ordered
