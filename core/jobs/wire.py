"""The protocol of the pipe to a worker.

The parent sends one frame per task, pickled: what it sends is trusted. The worker answers with STARTED,
any number of MESSAGE frames and one RESULT or ERROR; all but STARTED are followed by a frame that
`core.jobs.answers` wrote. The parent unpickles nothing that a worker sent: a worker decodes strangers'
files, and a fault of a decoder may have made it somebody else's.
"""

from __future__ import annotations

import pickle
from typing import Any

from core.errors import ResultUnreadable

STARTED, MESSAGE, RESULT, ERROR = b"started", b"message", b"result", b"error"

MAX_KIND_BYTES = max(map(len, (STARTED, MESSAGE, RESULT, ERROR)))


def pack(request: object) -> bytes:
    """Pickles a request. Raises ResultUnreadable if that fails."""
    try:
        return pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(_detail(error)) from error


def unpack(request: bytes) -> Any:
    """Unpickles a request, in the worker. Raises ResultUnreadable if that fails."""
    try:
        return pickle.loads(request)  # noqa: S301 (the parent wrote it)
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(_detail(error)) from error


def _detail(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
