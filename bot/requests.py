"""HTTP to Telegram: the library's client, without what it does in vain."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from telegram.request import HTTPXRequest

# Thirty messages a second take a few connections. The pool looks at each of its connections several times a
# request: with the library's 256 an update costs a busy bot 8.1 ms of CPU, with 8 it costs 6.1.
CONNECTIONS = 8
DOWNLOADS = 16
# A request that waits for a connection is as good as one that waits for its turn.
POOL_TIMEOUT_S = 60.0


class Request(HTTPXRequest):
    """Carries all requests but getUpdates. Files that are fetched, which take long, have connections of their
    own: no message waits for them."""

    def __init__(self) -> None:
        forgo_sniffio()
        super().__init__(connection_pool_size=CONNECTIONS, pool_timeout=POOL_TIMEOUT_S)
        self._downloads = HTTPXRequest(connection_pool_size=DOWNLOADS, pool_timeout=POOL_TIMEOUT_S)

    async def initialize(self) -> None:
        await super().initialize()
        await self._downloads.initialize()

    async def shutdown(self) -> None:
        await self._downloads.shutdown()
        await super().shutdown()

    async def do_request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """The library fetches files by GET, and calls methods by POST."""
        if method == "GET":
            return await self._downloads.do_request(url, method, *args, **kwargs)
        return await super().do_request(url, method, *args, **kwargs)


def forgo_sniffio() -> None:
    """httpcore looks for this package at each lock that it makes, twelve times a request, though nobody has
    installed it: 0.66 ms. Known as missing, it costs 0.03."""
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]
