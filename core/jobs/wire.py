"""The protocol of the pipe to a worker: frames, and values pickled apart from them.

The parent sends one frame per task. The worker answers with STARTED, any number of MESSAGE frames and
one RESULT or ERROR; all but STARTED are followed by a frame that holds the pickled value. So a
value that does not unpickle is lost alone, and the order of the frames stays intact.
"""

from __future__ import annotations

import pickle
from typing import Any

from core.errors import ResultUnreadable

STARTED, MESSAGE, RESULT, ERROR = b"started", b"message", b"result", b"error"


def pack(value: object) -> bytes:
    """Pickles a value. Raises ResultUnreadable if that fails."""
    try:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(_detail(error)) from error


def unpack(data: bytes) -> Any:
    """Unpickles a value; only for what our own workers sent. Raises ResultUnreadable if that
    fails."""
    try:
        return pickle.loads(data)  # noqa: S301
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(_detail(error)) from error


def _detail(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
