"""The bot as its operator starts it: a process of its own, with its data in a folder."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.storage.factories import open_database

ROOT = Path(__file__).parents[2]
# What is waited for in a log comes within seconds; many on a busy machine.
LOG_PATIENCE_S, LOG_PAUSE_S = 120, 0.1
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class BotProcess:
    """`python -m bot` without a token, on a free port; it may be stopped, killed and started again."""

    def __init__(
        self, home: Path, *, module: str = "bot", code: Path = ROOT, **settings: str
    ) -> None:
        """`settings` go to the environment, as FIT_BUDGET_S="1". code : the folder of the program."""
        self._home = home
        self._module = module
        self._code = code
        self._settings = {"DATA_DIR": str(home / "data"), "PLAYGROUND_PORT": "0"} | settings
        self.folder = Path(self._settings["DATA_DIR"])
        self._process: subprocess.Popen[str] | None = None
        self.address = ""
        self._log_begins = 0

    def start(self, *, own_session: bool = False) -> None:
        """Starts the bot and waits until it has printed its address. own_session : as in `begin`."""
        self.begin(own_session=own_session)
        self.answers()

    def begin(self, *, own_session: bool = False) -> None:
        """Starts the bot.

        own_session : True where all its processes are to be known by their session. Whatever ends a
            test by a signal to its group then misses them.
        """
        with self._log_file.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                cwd=self._code,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=own_session,
            )

    def answers(self) -> None:
        """Waits until it has printed its address."""
        assert self._process is not None
        assert self._process.stdout is not None
        told = ADDRESS.search(self._process.stdout.readline())
        assert told, f"the bot did not start:\n{self.log}"
        self.address = told.group()

    def ends(self) -> int:
        """Waits until it ends by itself; the exit code."""
        assert self._process is not None
        process, self._process = self._process, None
        process.communicate(timeout=30)
        return process.returncode

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def session(self) -> int:
        """The session of its processes, started with `own_session`."""
        assert self._process is not None
        return os.getsid(self._process.pid)

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Another program is in the middle of a write."""
        with closing(self.open_database()) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Neither the database nor its log can grow; the playground's files, which are smaller, can."""
        log = self.database.with_name(f"{self.database.name}-wal")
        with self._largest_file(max(log.stat().st_size, self.database.stat().st_size)):
            yield

    @contextmanager
    def read_only_disk(self) -> Iterator[None]:
        """The bot can write nothing into any file, as where a disk fails; its playground is a process of its
        own. Linux makes no mounted folder read-only by a command while files in it are open."""
        with self._largest_file(0):
            yield

    @contextmanager
    def _largest_file(self, size: int) -> Iterator[None]:
        assert self._process is not None
        process = self._process.pid
        before = resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        yield
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)

    def open_database(self) -> sqlite3.Connection:
        """For the operator to look into, or to break."""
        return open_database(self.database.parent)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The numbers of its workers and of the process that makes them (Linux)."""
        assert self._process is not None
        parents = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                parents[int(status.parent.name)] = int(
                    status.read_text().rsplit(")")[-1].split()[1]
                )
        found = {self._process.pid}
        while new := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= new
        return sorted(found - {self._process.pid})

    @property
    def database(self) -> Path:
        return self.folder / "lukoshko.db"

    @property
    def heartbeat(self) -> Path:
        return self.folder / "heartbeat"

    def is_healthy(self) -> bool:
        """What the image's health check says."""
        check = [sys.executable, "-m", "bot.heartbeat"]
        return (
            subprocess.run(check, cwd=self._code, env=self._environment, check=False).returncode
            == 0
        )

    def try_to_start(self) -> subprocess.CompletedProcess[str]:
        """Starts the bot where the start is expected to fail."""
        return subprocess.run(
            [sys.executable, "-m", self._module],
            cwd=self._code,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def stop(self) -> int:
        """Stops the bot as `docker stop` does; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Kills the bot, as a power cut does."""
        return self._end(signal.SIGKILL)

    def lose_files(self) -> None:
        """Deletes all that is kept beside the database, as a failing disk does."""
        for folder in ("sealed",):
            shutil.rmtree(self.folder / folder)

    def restart(self) -> None:
        assert self.stop() == 0
        self.start()

    def crash_and_restart(self) -> None:
        self.kill()
        self.start()

    @property
    def log(self) -> str:
        """Everything that the bot wrote to stderr since its first start, or since `clear_log`."""
        return self._log_file.read_text()[self._log_begins :]

    def logs(self, words: str) -> None:
        """Waits until it has written this to stderr."""
        deadline = time.monotonic() + LOG_PATIENCE_S
        while words not in self.log:
            assert time.monotonic() < deadline, self.log
            time.sleep(LOG_PAUSE_S)

    def clear_log(self) -> None:
        self._log_begins = len(self._log_file.read_text())

    @property
    def _environment(self) -> dict[str, str]:
        return os.environ | {"TELEGRAM_BOT_TOKEN": ""} | self._settings

    @property
    def _log_file(self) -> Path:
        return self._home / "log"

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return process.returncode
