"""Logging without tokens."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"\d+:[\w-]{30,}")
_REDACTED = "<token>"


class RedactingFormatter(logging.Formatter):
    """Replaces bot tokens in whole records, tracebacks included: httpx and `repr(bot)` show them."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted record, with "<token>" in place of each token."""
        return _TOKEN.sub(_REDACTED, super().format(record))


def set_up_logging(level: str) -> None:
    """Logs to stderr from this level on; chatty libraries only from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "tornado.access", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
