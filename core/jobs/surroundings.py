"""The surroundings of worker processes: an environment of what they need, and no channel but their own.

The fork server and the resource tracker of `multiprocessing` start with the bare environment, so that
the bot's token, proxies and keys are neither in what a worker can read of itself nor in memory that it
inherits. All processes start by exec, with no open file of the bot's but those of the protocol.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import util
from pathlib import Path
from typing import Any

from core.backbones import BACKBONES

# What an interpreter, its libraries and the folder for what can be computed again need.
_NEEDED = re.compile(
    r"PATH|HOME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|VIRTUAL_ENV|LD_LIBRARY_PATH|DYLD_\w+"
    r"|PYTHON(PATH|HOME|HASHSEED|UTF8|WARNINGS|DONTWRITEBYTECODE|PYCACHEPREFIX|FAULTHANDLER)"
    r"|OMP_\w+|OPENBLAS_\w+|MKL_\w+|MPLCONFIGDIR|XDG_CACHE_HOME|LUKOSHKO_CACHE"
    r"|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|USERPROFILE|(LOCAL)?APPDATA|NUMBER_OF_PROCESSORS",
    re.IGNORECASE if os.name == "nt" else 0,
)
# Two BLAS threads on two busy cores took 2–6 s for a decomposition that one thread does in 0.2 s.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_STANDARD = 3  # input, output, errors


def bare_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of a worker, made from the bot's."""
    needed = {name: value for name, value in environment.items() if _NEEDED.fullmatch(name)}
    return {
        **_ONE_THREAD,
        **needed,
        # Given even where there are none: otherwise `.env` would be read for it, and the token with it.
        "BACKBONES": ",".join(f"{name}={path}" for name, path in BACKBONES.items()) or ",",
        # ONNX Runtime 1.32 keeps a database of events in the home folder and sends them away.
        "ORT_DISABLE_TELEMETRY": "1",
    }


@contextmanager
def bare_processes() -> Iterator[None]:
    """What `multiprocessing` starts by exec inside starts with the bare environment.

    It has no way to say so. To change the bot's own environment meanwhile would be seen by its other
    threads. Call it from one thread at a time. Windows takes no environment from here: there a worker clears its own.
    """
    if os.name == "nt":
        yield
        return
    usual, util.spawnv_passfds = util.spawnv_passfds, _spawn
    try:
        yield
    finally:
        util.spawnv_passfds = usual


def _spawn(path: bytes, args: Sequence[Any], passfds: Sequence[int]) -> int:
    """As `multiprocessing.util.spawnv_passfds`: starts a program that inherits these files alone."""
    # Copied onto itself, a file is inherited. Python opens no other so that it is.
    inherited = [(os.POSIX_SPAWN_DUP2, file, file) for file in passfds]
    return os.posix_spawn(path, list(args), bare_environment(), file_actions=inherited)


def keep_to_bare_environment() -> None:
    """Drops from this process's environment what a worker does not need."""
    needed = bare_environment()
    for name in set(os.environ) - set(needed):
        del os.environ[name]
    os.environ.update(needed)


def close_other_pipes(kept: Collection[int]) -> None:
    """Closes the pipes to the fork server and the resource tracker: what is written to the first ends
    it, and the second deletes what it is told to. Files of libraries stay open: they may know them by
    their numbers."""
    with suppress(OSError):
        for entry in Path("/dev/fd").iterdir():
            file = int(entry.name)
            if file >= _STANDARD and file not in kept:
                _close_pipe(file)


def _close_pipe(file: int) -> None:
    with suppress(OSError):  # the file of the listing itself is closed already
        if stat.S_ISFIFO(os.fstat(file).st_mode):
            os.close(file)
