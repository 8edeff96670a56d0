"""An S3 server for tests: moto in a process of its own, which can be away for a while and comes back with all that
it had.

`python -m tests.s3_server PORT` serves; a line "stop" or "start" on its standard input makes it so, and is
answered by the same line.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.request import Request, urlopen

import pytest

from core.objects import Bucket, Objects

BUCKET = "lukoshko"


@dataclass(frozen=True)
class S3Server:
    """A server that runs. settings : what a bot needs to use it."""

    process: subprocess.Popen[str]
    address: str

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "a secret of tests",
            "AWS_REGION": "us-east-1",
        }

    def bucket(self, prefix: str, bucket: str = BUCKET) -> Bucket:
        return Bucket.of(f"s3://{bucket}/{prefix}", self.settings)

    def objects(self, prefix: str, bucket: str = BUCKET) -> Objects:
        return Objects.of(self.bucket(prefix, bucket))

    def contents(self, prefix: str) -> dict[str, bytes]:
        """All objects below a prefix of the bucket, by name."""
        objects = self.objects(prefix)
        return {found.name: objects.read(found.name) for found in objects.found()}

    def stop(self) -> None:
        """Nobody answers on its port any more."""
        self._tell("stop")

    def start(self) -> None:
        """It answers again, with all that it had."""
        self._tell("start")

    def _tell(self, word: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(word, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline().strip() == word


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """A server with an empty bucket. Skips where moto or obstore is missing."""
    for module in ("moto", "flask_cors", "obstore"):
        pytest.importorskip(module, reason="needs requirements-dev.txt")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.s3_server", str(port)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        server = S3Server(process, f"http://127.0.0.1:{port}")
        server.start()
        with urlopen(Request(f"{server.address}/{BUCKET}", method="PUT")) as answer:
            answer.read()
        yield server
    finally:
        process.kill()
        process.communicate()


def serve(port: int, lines: IO[str]) -> None:
    """Does what the lines say, until there are no more."""
    from moto.server import ThreadedMotoServer

    server: ThreadedMotoServer | None = None
    for line in lines:
        if server:
            server.stop()
            server = None
        if line.strip() == "start":
            server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
            server.start()
        print(line.strip(), flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.stdin)
