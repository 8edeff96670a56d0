from __future__ import annotations

import logging
import os
import signal
import tempfile
from pathlib import Path

# A folder for the log at DEBUG of what runs in the tests' own processes, as the bot writes it
# (`tests.faults.token_search`).
LOGS = "TEST_LOGS"


def pytest_configure() -> None:
    """A job in the background of a shell ignores Ctrl-C, and so would the processes that tests start
    and interrupt; with a handler here they have the default again."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Data folders of tests have their keys here, and not among their user's own.
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="lukoshko-keys-")
    if folder := os.environ.get(LOGS):
        _log_to(Path(folder) / f"{os.getpid()}.log")


def _log_to(path: Path) -> None:
    from bot.logs import set_up_logging

    set_up_logging("DEBUG")
    (written,) = logging.getLogger().handlers
    assert isinstance(written, logging.StreamHandler)
    written.setStream(path.open("w"))
