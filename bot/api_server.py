"""The Bot API server that the bot talks to: Telegram's own, or one beside the bot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from telegram import Bot

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ApiServer:
    """What a server lets a bot do with files.

    max_download_megabytes, max_upload_megabytes : the largest file that it hands over, and that it takes.
    fetch_timeout_s, send_timeout_s : how long it may take to answer getFile, and a file that was sent. One beside the
        bot answers when it has the whole file from Telegram, or Telegram has it.
    folder : where a server in local mode keeps files, on this machine; None for a server that hands them over by HTTP.
    """

    max_download_megabytes: int
    max_upload_megabytes: int
    fetch_timeout_s: float
    send_timeout_s: float
    folder: Path | None = None

    @property
    def max_download_bytes(self) -> int:
        return self.max_download_megabytes * MEGABYTE

    @property
    def part_bytes(self) -> int:
        """The largest part of an export: one that can be sent here again."""
        return min(self.max_download_megabytes, self.max_upload_megabytes) * MEGABYTE


# Telegram's documentation says "20 MB" and "50 MB" and means these. It answers getFile at once.
TELEGRAM = ApiServer(20, 50, fetch_timeout_s=5.0, send_timeout_s=5.0)
# Without --local.
BESIDE = replace(TELEGRAM, fetch_timeout_s=60.0, send_timeout_s=60.0)


def local_server(folder: Path) -> ApiServer:
    """A server that runs with --local and keeps its files in this folder. It has no limit for downloads; people who
    pay Telegram may send 4000 MB, all others 2000, and more than that a bot can't send back."""
    return ApiServer(2000, 2000, fetch_timeout_s=3600.0, send_timeout_s=3600.0, folder=folder)


def server_of(bot: Bot) -> ApiServer:
    """The server that the bot's requests go to."""
    server: ApiServer = getattr(bot.request, "server", TELEGRAM)
    return server
