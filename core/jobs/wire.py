"""What travels over the pipe to a worker and back: frames, and values pickled apart from them.

The parent sends one frame a task. The worker answers with STARTED, any number of MESSAGE frames and
one RESULT or ERROR; all but STARTED are followed by a frame that holds the pickled value. So what
does not unpickle spoils that value alone and never the order of the frames.
"""

from __future__ import annotations

import pickle
from typing import Any

from core.errors import ResultUnreadable

STARTED, MESSAGE, RESULT, ERROR = b"started", b"message", b"result", b"error"


def pack(value: object) -> bytes:
    """Raises ResultUnreadable if the value does not pickle."""
    try:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(_detail(error)) from error


def unpack(data: bytes) -> Any:
    """Raises ResultUnreadable if the bytes do not unpickle; only for what our own workers sent."""
    try:
        return pickle.loads(data)  # noqa: S301
    except MemoryError:
        raise
    except Exception as error:
        raise ResultUnreadable(_detail(error)) from error


def _detail(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
