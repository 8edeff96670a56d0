"""Requests to Telegram: methods, and the files that are fetched, apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.api_server import TELEGRAM, ApiServer
from bot.transport import AiohttpRequest

# Thirty messages a second take a few connections.
CONNECTIONS = 16
DOWNLOADS = 16
# A request that waits for a connection is as good as one that waits for its turn.
POOL_TIMEOUT_S = 60.0


class Request(AiohttpRequest):
    """Carries all requests but getUpdates. Files that are fetched, which take long, have connections of their
    own: no message waits for them.

    server : the Bot API server that they go to.
    """

    def __init__(self, server: ApiServer = TELEGRAM) -> None:
        super().__init__(CONNECTIONS, POOL_TIMEOUT_S)
        self.server = server
        self._downloads = AiohttpRequest(DOWNLOADS, POOL_TIMEOUT_S)

    async def initialize(self) -> None:
        await super().initialize()
        await self._downloads.initialize()

    async def shutdown(self) -> None:
        await self._downloads.shutdown()
        await super().shutdown()

    async def do_request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """The library fetches files by GET, and calls methods by POST. A server in local mode has fetched the whole
        file itself when it answers getFile."""
        if method == "GET" or url.endswith("/getFile"):
            return await self._downloads.do_request(url, method, *args, **kwargs)
        return await super().do_request(url, method, *args, **kwargs)

    async def save(self, url: str, path: Path, max_bytes: int) -> None:
        await self._downloads.save(url, path, max_bytes)
