"""Logging without tokens."""

from __future__ import annotations

import logging
import re
import sys
import threading
from types import TracebackType

from pythonjsonlogger.json import JsonFormatter

# A bot's number and its secret, in a URL too; the playground's is shorter than Telegram's.
_TOKEN = re.compile(r"\d{5,}(?::|%3A)[\w-]{10,}", re.IGNORECASE)
_REDACTED = "<token>"
# The library logs the parameters of every call at DEBUG.
_SECRET = re.compile(r"""(secret_token["']?\s*[:=]\s*["']?)[\w-]+""")


class RedactingFormatter(logging.Formatter):
    """Replaces bot tokens in whole records, tracebacks included: errors of aiohttp and `repr(bot)` show them."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted record, with "<token>" in place of each token."""
        return _redacted(super().format(record))


class RedactingJsonFormatter(JsonFormatter):
    """One JSON object a record: time, level, logger, message, exc_info, and what the record has beside
    these, as the `reference` of an apology."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted record, with "<token>" in place of each token."""
        return _redacted(super().format(record))


def set_up_logging(level: str, style: str = "text") -> None:
    """Logs to stderr from this level on; chatty libraries only from WARNING on.

    style : "text", or "json".
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(style))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # What nobody catches is told by the log too: a traceback may hold a URL with the token.
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda raised: _log_uncaught(
        raised.exc_type, raised.exc_value or raised.exc_type(), raised.exc_traceback
    )
    for chatty in ("httpx", "httpcore", "tornado.access", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _redacted(text: str) -> str:
    return _SECRET.sub(rf"\1{_REDACTED}", _TOKEN.sub(_REDACTED, text))


def _formatter(style: str) -> logging.Formatter:
    if style == "json":
        return RedactingJsonFormatter(
            ["asctime", "levelname", "name", "message"],
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    return RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    logging.getLogger("bot").critical("an error ended it", exc_info=(kind, error, traceback))
