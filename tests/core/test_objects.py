"""Objects on a server of which only the limits matter."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest

from core import objects
from core.objects import Bucket, Objects

SIZE = 300_000
SECONDS = 3.0
"""So long a server takes for so many bytes."""


@pytest.fixture
def slow_address() -> Iterator[str]:
    """A server that takes one object, slowly and without a pause."""
    pytest.importorskip("obstore", reason="needs requirements-dev.txt")
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        serving = Thread(target=take_slowly, args=(listening,), daemon=True)
        serving.start()
        yield "http://{}:{}".format(*listening.getsockname())
    serving.join()


def take_slowly(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with closing(connection), connection.makefile("rb") as request:
        headers = b"".join(iter(request.readline, b"\r\n"))
        (length,) = re.findall(rb"(?i)content-length: (\d+)", headers)
        left = int(length)
        while left and (some := request.read1(min(left, 4096))):
            left -= len(some)
            time.sleep(len(some) * SECONDS / SIZE)
        if not left:
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "it"\r\nContent-Length: 0\r\n\r\n')


def test_a_line_may_be_so_slow_that_the_server_is_silent_for_long(
    slow_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "SILENCE_LIMIT_S", SECONDS / 3)
    monkeypatch.setattr(objects, "RETRIES", 0)
    settings = {
        "AWS_ENDPOINT_URL": slow_address,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "tests",
    }
    Objects.of(Bucket.of("s3://bucket/prefix", settings)).put("name", bytes(SIZE))
