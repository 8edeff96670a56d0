"""The composition root: settings → storage → workers → services → application."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telegram import Bot
from telegram.error import Conflict, InvalidToken, TelegramError

from bot import metrics
from bot.api_server import BESIDE, TELEGRAM, ApiServer, local_server
from bot.app import make_application, serving
from bot.heartbeat import beat, heartbeat_of
from bot.housekeeping import keep_tidy
from bot.logs import set_up_logging
from bot.monitoring import Sources, monitoring
from bot.playground.server import Playground
from bot.policy import Policy
from bot.retries import until_reached
from bot.settings import SettingInvalid, Settings, bucket_of, load_settings
from bot.webhook import Door, WebhookRefused, open_door
from core import backbones
from core.entities import Job, JobState
from core.errors import LukoshkoError
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.jobs.runners import Kept, Site, make_runner, with_files
from core.models.baseline import FILE as BASELINE_FILE
from core.models.baseline import baseline_model
from core.objects import SEALED, Objects, widen_default_executor
from core.ports import Compute, Drawing
from core.services.services import Services
from storage.keyfile import KeySettings
from storage.storage import Storage

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

logger = logging.getLogger("bot")

# The playground accepts any token of Telegram's form. Its number is the bot's id, and must not be a
# person's.
PLAYGROUND_TOKEN = "7000000001:playground"  # noqa: S105
SAMPLE_PICTURES = 12
# Files are written for their user alone: 0600, and folders 0700; by workers too, which inherit it.
PRIVATE_UMASK = 0o077
# `docker stop` kills after ten seconds.
STOP_LIMIT_S = 8.5


async def run(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Raises what the arrival of updates ends with, if it ends by itself."""
    stop = _stop_event()
    async with AsyncExitStack() as stack:
        door = _open_door(settings, stack)
        storage = await _open_storage(settings, stack)
        site = _site(settings, storage)
        runner = _start_workers(site, settings.cluster, stack)
        compute = make_compute(with_files(runner, site))
        token, base_url = await _bot_api(settings, compute.drawing, stack)
        services = _make_services(settings, storage, compute)
        _begin(keep_tidy(services.housekeeping), stack)
        application = make_application(
            token,
            services,
            storage.updates,
            storage.steps,
            base_url,
            policy=_policy(settings),
            door=door,
            server=_server(settings),
        )
        if not await _is_reached(application.bot, stop):
            return
        arrivals = await stack.enter_async_context(serving(application, services, storage.jobs))
        heartbeat = heartbeat_of(settings.data_dir)
        _begin(beat(heartbeat, arrivals, storage.updates), stack)
        sources = Sources(
            settings.data_dir,
            heartbeat,
            arrivals,
            application.update_queue.qsize,
            services.jobs.unended,
            runner.loads,
        )
        await _start_monitoring(settings, sources, stack)
        print(_ready(settings, base_url, application.bot.username), flush=True)
        await arrivals.until(stop)
        logger.info("stopping")
        _leave_in_time()


def _open_door(settings: Settings, stack: AsyncExitStack) -> Door | None:
    """Before all else: where another program listens already, nothing is begun."""
    if not settings.webhook_url:
        return None
    return stack.enter_context(
        open_door(
            settings.webhook_url,
            settings.webhook_listen,
            settings.webhook_port,
            settings.webhook_secret,
        )
    )


async def _is_reached(bot: Bot, stop: asyncio.Event) -> bool:
    """Waits until Telegram answers, as a machine may start before its network; False where the process is to
    stop before. Raises InvalidToken."""
    reaching = asyncio.create_task(until_reached(bot.initialize))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((reaching, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    reaching.cancel()
    await asyncio.wait([reaching])
    is_reached = not reaching.cancelled() and reaching.exception() is None
    if not is_reached:
        await bot.shutdown()
    if not reaching.cancelled():
        reaching.result()
    return is_reached


async def _open_storage(settings: Settings, stack: AsyncExitStack) -> Storage:
    if settings.files:
        widen_default_executor(asyncio.get_running_loop())
    storage = await Storage.open(
        settings.data_dir,
        KeySettings(settings.lukoshko_key, settings.key_file),
        Path(settings.scratch_dir) / "lukoshko" if settings.scratch_dir else None,
        Objects.of(bucket) if (bucket := bucket_of(settings)) else None,
        settings.files_cache_megabytes * 1_000_000,
    )
    stack.push_async_callback(storage.close)
    return storage


def _site(settings: Settings, storage: Storage) -> Site:
    home = settings.data_dir.absolute()
    # Networks that workers build are kept in the data folder, like everything else.
    os.environ.setdefault("LUKOSHKO_CACHE", str(home / "cache"))
    pictures = _sample_pictures(home)
    pictures.mkdir(parents=True, exist_ok=True)
    scratch, staging = (folder.absolute() for folder in storage.work_folders)
    bucket, mirror = bucket_of(settings), storage.mirror
    return Site(
        folders={
            SEALED: home / SEALED,
            "scratch": scratch,
            "staging": staging,
            "pictures": pictures,
        },
        shared=(home / "cache", scratch, staging),
        kept=Kept(bucket, mirror) if bucket and mirror else None,
    )


def _start_workers(
    site: Site, cluster: str | None, stack: AsyncExitStack
) -> LocalRunner | ClusterRunner:
    """Nobody waits for them: what comes before they are ready waits for its turn."""
    runner = make_runner(site, cluster)
    stack.push_async_callback(runner.close)
    _begin(runner.start(), stack).add_done_callback(log_failed_start)
    return runner


def _make_services(settings: Settings, storage: Storage, compute: Compute) -> Services:
    services = Services(
        storage,
        compute,
        settings.fit_budget_s,
        baseline_model(),
        BASELINE_FILE,
        settings.limits,
    )
    services.jobs.watch(_count_job)
    return services


async def _start_monitoring(settings: Settings, sources: Sources, stack: AsyncExitStack) -> None:
    if settings.metrics_port:
        await stack.enter_async_context(monitoring(settings.metrics_port, sources))


def _begin(work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> asyncio.Task[None]:
    """Does the work beside everything else, until the stack is closed."""
    task = asyncio.create_task(work)
    stack.callback(task.cancel)
    return task


def _ready(settings: Settings, base_url: str | None, username: str) -> str:
    if not settings.telegram_bot_token:
        return f"Lukoshko's playground: {base_url}"
    through = f" through {base_url}" if base_url else ""
    return f"Lukoshko serves Telegram as @{username}{through}"


def _server(settings: Settings) -> ApiServer:
    if settings.bot_api_dir:
        return local_server(Path(settings.bot_api_dir))
    return BESIDE if settings.bot_api_url else TELEGRAM


def _policy(settings: Settings) -> Policy:
    return Policy(
        settings.asks_consent,
        settings.operator_contact,
        settings.retention_days,
        settings.allowed_users,
        settings.admins,
        settings.guest_mode == "on",
    )


def _count_job(job: Job, state: JobState, seconds: float) -> None:
    metrics.JOBS.labels(job.kind, state).observe(seconds)


def _sample_pictures(home: Path) -> Path:
    return home / "playground" / "sample_pictures"


async def _bot_api(
    settings: Settings, drawing: Drawing, stack: AsyncExitStack
) -> tuple[str, str | None]:
    """The bot's token and the address of its Bot API server, None for Telegram's own: without a token, those of a
    playground that is started here."""
    if settings.telegram_bot_token:
        return settings.telegram_bot_token, settings.bot_api_url.rstrip("/") or None
    return PLAYGROUND_TOKEN, await _start_playground(settings, drawing, stack)


async def _start_playground(settings: Settings, drawing: Drawing, stack: AsyncExitStack) -> str:
    drawn = _sample_pictures(settings.data_dir.absolute())

    async def sample_pictures() -> Sequence[tuple[Path, str]]:
        return await drawing.draw_sample_pictures(drawn, SAMPLE_PICTURES)

    playground = Playground(
        settings.playground_port,
        home=settings.data_dir / "playground",
        sample_pictures=sample_pictures,
    )
    address = await playground.start()
    stack.push_async_callback(playground.stop)
    return address


def log_failed_start(warming: asyncio.Task[None]) -> None:
    """Logs a failed start of the workers. Nothing awaits it, so only the first task would show it."""
    if not warming.cancelled() and (error := warming.exception()):
        logger.error("the workers could not be started", exc_info=error)


def _leave_in_time() -> None:
    """A stop that takes too long, as on a machine that is busy with starting workers, ends like a power cut,
    which costs nothing: the next process goes on where this one was."""

    def leave() -> None:
        logger.warning("the stop took too long: the next start goes on with what is left")
        logging.shutdown()
        os._exit(0)

    leaving = threading.Timer(STOP_LIMIT_S, leave)
    leaving.daemon = True
    leaving.start()


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # On Windows the loop has no signal handlers: there Ctrl-C ends asyncio.run.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


# Why a start failed: the exit code, and the sentence for the operator. The first that fits holds.
_FAILED_STARTS: Mapping[type[Exception], tuple[int, str]] = {
    InvalidToken: (
        2,
        "TELEGRAM_BOT_TOKEN is not a token that Telegram knows: ask @BotFather for it.",
    ),
    Conflict: (
        3,
        "Another process serves this bot's token: stop that one, or give this one a token of its own.",
    ),
    WebhookRefused: (1, "Telegram does not take WEBHOOK_URL: {error}"),
    TelegramError: (1, "Telegram can't be reached: {kind}. Check the network and start again."),
    LukoshkoError: (1, "The start failed: {error}"),
    OSError: (1, "The start failed: {error}"),
}


def main() -> int:
    """Runs the bot. Exit codes: 0 stopped, 1 failed start, 2 bad setting or token, 3 another process serves
    this token, 130 Ctrl-C."""
    os.umask(PRIVATE_UMASK)
    try:
        settings = load_settings()
    except SettingInvalid as error:
        return _fail(2, str(error))
    if lacking := _lacking(settings):
        return _fail(2, lacking)
    # Workers inherit the environment, and have no use for the key of everything.
    os.environ.pop("LUKOSHKO_KEY", None)
    set_up_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(run(settings))
    except KeyboardInterrupt:
        return 130
    except tuple(_FAILED_STARTS) as error:
        return _fail(*_explained(error))
    return 0


def _lacking(settings: Settings) -> str | None:
    """What these settings need and this installation does not have; None where nothing is lacking."""
    if settings.cluster and find_spec("ray") is None:
        return "COMPUTE names a cluster, which needs Ray: pip install -r requirements-cluster.txt"
    if settings.files and find_spec("obstore") is None:
        return "FILES names a bucket, which needs obstore: pip install -r requirements-s3.txt"
    return backbones.PROBLEM


def _explained(error: Exception) -> tuple[int, str]:
    code, sentence = next(said for kind, said in _FAILED_STARTS.items() if isinstance(error, kind))
    return code, sentence.format(error=error, kind=type(error).__name__)


def _fail(code: int, sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
