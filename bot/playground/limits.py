"""Telegram's limits (core.telegram.org/bots/api, /bots/faq), and the flood control."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_DATA_BYTES = 64
MAX_COPY_TEXT = 256
MAX_CALLBACK_ANSWER = 200
MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8
MAX_KEYS = 300
MAX_KEYS_IN_ROW = 12
MAX_PLACEHOLDER = 64
MIN_ALBUM, MAX_ALBUM = 2, 10
MAX_COMMANDS = 100
MAX_PHOTO_BYTES = 10 * 2**20
MAX_PHOTO_SIDES = 10_000
MAX_PHOTO_RATIO = 20
CALLBACK_LIFETIME_S = 150.0
MAX_SECRET_TOKEN = 256
MAX_WEBHOOK_CONNECTIONS = 100
DEFAULT_WEBHOOK_CONNECTIONS = 40
WEBHOOK_PORTS = (80, 88, 443, 8443)
MAX_MESSAGES_AT_ONCE = 100
MAX_QUESTION = 300
MAX_OPTIONS = 12
MAX_OPTION = 100
MAX_EXPLANATION = 200
MAX_EXPLANATION_LINE_FEEDS = 2
MAX_RESULTS = 50
MAX_RESULT_ID_BYTES = 64
MAX_OFFSET_BYTES = 64
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
MIN_POLL_S, MAX_POLL_S = 5, 2_628_000


def is_photo_shape(width: int, height: int) -> bool:
    """Return whether Telegram accepts a picture of this size, in pixels, as a photo."""
    shorter, longer = sorted((width, height))
    return width + height <= MAX_PHOTO_SIDES and longer <= MAX_PHOTO_RATIO * shorter


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What a server does with files.

    download_bytes, upload_bytes : the largest file that it hands over to a bot, and that it takes from one.
    body_bytes : the largest request. A person may send a larger file than a bot may fetch; the bot has to handle that.
    is_local : True where getFile tells the path on this machine, and not one to fetch the file from.
    """

    download_bytes: int = 20 * 2**20
    upload_bytes: int = 50 * 2**20
    body_bytes: int = 256 * 2**20
    is_local: bool = False


TELEGRAM_FILES = FileLimits()
# Of a Bot API server with --local; a download has no limit there, so it is that of what people send.
LOCAL_FILES = FileLimits(4000 * 2**20, 2000 * 2**20, 4096 * 2**20, is_local=True)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: `per_second` messages in the long run, and up to `burst` at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """The rates of a bot's messages: in one private chat, in one group, and in all chats together."""

    private: Rate = Rate(1.0, 30)
    group: Rate = Rate(20 / 60, 20)
    overall: Rate = Rate(30.0, 60)


class TokenBucket:
    """A token bucket: at most `burst` tokens, `per_second` are added."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._filled_at = time.monotonic()

    def wait(self, cost: int) -> int:
        """Seconds, rounded up, until `cost` messages may go; an album larger than the burst needs a full one."""
        now = time.monotonic()
        gained = (now - self._filled_at) * self._rate.per_second
        self._tokens = min(self._rate.burst, self._tokens + gained)
        self._filled_at = now
        missing = min(cost, self._rate.burst) - self._tokens
        return math.ceil(missing / self._rate.per_second) if missing > 0 else 0

    def take(self, cost: int) -> None:
        """Spends `cost` tokens; call it after `wait` gave 0. A large album makes the count
        negative."""
        self._tokens -= cost


class FloodControl:
    """Counts the messages that a bot sends to each chat."""

    def __init__(self, limits: FloodLimits | None) -> None:
        """limits : None switches the control off."""
        self._limits = limits
        self._overall = TokenBucket(limits.overall) if limits else None
        self._chats: dict[int, TokenBucket] = {}

    def spend(self, chat_id: int, cost: int = 1) -> int:
        """Seconds to wait before trying again; 0 means that `cost` messages were counted."""
        buckets = self._buckets(chat_id)
        wait = max((bucket.wait(cost) for bucket in buckets), default=0)
        if not wait:
            for bucket in buckets:
                bucket.take(cost)
        return wait

    def _buckets(self, chat_id: int) -> Sequence[TokenBucket]:
        if self._limits is None or self._overall is None:
            return ()
        if chat_id not in self._chats:
            rate = self._limits.private if chat_id > 0 else self._limits.group
            self._chats[chat_id] = TokenBucket(rate)
        return self._chats[chat_id], self._overall
