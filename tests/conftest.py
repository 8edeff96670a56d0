from __future__ import annotations

import os
import signal
import tempfile


def pytest_configure() -> None:
    """A job in the background of a shell ignores Ctrl-C, and so would the processes that tests start
    and interrupt; with a handler here they have the default again."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Data folders of tests have their keys here, and not among their user's own.
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="lukoshko-keys-")
