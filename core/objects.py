"""Objects in a bucket of any S3-compatible server, through obstore.

Only this module imports obstore; nothing imports it unless FILES names a bucket. Calls block, and may come from any
thread. Every object is written whole or not at all, by the server's own promise.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from core.errors import FilesAway, FilesRefused

if TYPE_CHECKING:
    from obstore.store import ObjectStore

logger = logging.getLogger(__name__)

CONNECT_LIMIT_S = 5.0
SILENCE_LIMIT_S = 20.0
"""A server that says nothing for so long is given up."""
REQUEST_LIMIT_S = 200.0
"""Of a whole request; it is 30 s otherwise, too little for 5 MB on a slow line, where others are sent beside them."""
RETRIES, RETRY_LIMIT_S = 3, 15.0

AT_ONCE = 16
"""Transfers at once. A server of one's own answers within milliseconds, Amazon's within 20 to 50."""

WAITING_AT_ONCE = 128
"""So many may wait for a server that says nothing, and others still get an answer."""

DELETED_AT_ONCE = 1000
"""The most objects that S3 deletes by one call."""

SEALED = "sealed"
"""The folder in the bucket of what is kept."""
WORK = "work"
"""The folder in the bucket of what tasks on other machines read and write."""
PROBE = "probe"
"""The object that a check writes. Where it can't be deleted it stays, and the next check deletes it."""

_CHUNK_BYTES = 1024**2
_NO_BUCKET = "NoSuchBucket"
_DETAIL = 300
# What may be set in `.env` too; obstore finds the rest, such as roles of machines, in the environment by itself.
_OPTIONS = frozenset(
    {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    }
)


@dataclass(frozen=True)
class Bucket:
    """Where objects are. url : s3://BUCKET or s3://BUCKET/PREFIX. options : the settings AWS_… by name."""

    url: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, url: str, settings: Mapping[str, str]) -> Bucket:
        """With those of the settings that obstore takes."""
        return cls(url, {name: settings[name] for name in _OPTIONS & settings.keys()})


@dataclass(frozen=True, slots=True)
class Found:
    """An object in a listing. written : seconds since the epoch, by the server's clock."""

    name: str
    size: int
    written: float


class Objects:
    """The objects of one store. url : what the operator calls it. folder : all names are those in this folder.
    sends_to : the same store with other limits, for what is sent there.
    """

    def __init__(
        self, store: ObjectStore, url: str, folder: str = "", sends_to: ObjectStore | None = None
    ) -> None:
        self._store = store
        self._sends_to = sends_to or store
        self.url = url
        self._folder = f"{folder}/" if folder else ""

    def within(self, folder: str) -> Objects:
        """Those in a folder."""
        return Objects(self._store, self.url, f"{self._folder}{folder}", self._sends_to)

    @classmethod
    def of(cls, bucket: Bucket) -> Objects:
        """Connects to nothing yet. Raises FilesRefused for what is no address of a bucket."""
        from obstore.exceptions import BaseError

        try:
            store = _s3(bucket, SILENCE_LIMIT_S)
            # The server is silent for as long as it is sent something, and that may last.
            sends_to = _s3(bucket, REQUEST_LIMIT_S)
        except (BaseError, ValueError) as error:
            raise FilesRefused(files=bucket.url, detail=_said(error)) from error
        return cls(store, bucket.url, sends_to=sends_to)

    def check(self) -> None:
        """Raises FilesRefused unless objects can be written, listed, read and deleted."""
        import obstore
        from obstore.exceptions import BaseError

        probe = self._folder + PROBE
        try:
            obstore.put(self._store, probe, b"")
            for _ in obstore.list(self._store, probe):
                pass
            obstore.get(self._store, probe).bytes()
            obstore.delete(self._store, probe)
        except (BaseError, FileNotFoundError) as error:
            raise FilesRefused(files=self.url, detail=_reason(error)) from error

    def put(self, name: str, content: Path | bytes) -> None:
        """Keeps a file, or bytes, under this name. Raises FilesAway, OSError."""
        import obstore

        with self._errors():
            obstore.put(self._sends_to, self._folder + name, content)

    def read(self, name: str) -> bytes:
        """The bytes of a small object. Raises FileNotFoundError, FilesAway."""
        import obstore

        with self._errors():
            return bytes(obstore.get(self._store, self._folder + name).bytes())

    def get(self, name: str, path: Path) -> int:
        """Writes an object to a file, which is there whole or not at all; its bytes.

        Raises FileNotFoundError, FilesAway, OSError.
        """
        import obstore

        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{uuid4().hex}.part")
        try:
            with self._errors():
                chunks = obstore.get(self._store, self._folder + name).stream(
                    min_chunk_size=_CHUNK_BYTES
                )
                with unfinished.open("wb") as file:
                    size = sum(file.write(chunk) for chunk in chunks)
                    file.flush()
                    os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return size

    def found(self, prefix: str = "") -> Iterator[Found]:
        """The objects in a folder, "" for all; in no order. Raises FilesAway."""
        import obstore

        with self._errors():
            for batch in obstore.list(self._store, self._folder + prefix):
                for meta in batch:
                    name = meta["path"].removeprefix(self._folder)
                    yield Found(name, meta["size"], meta["last_modified"].timestamp())

    def folders(self) -> list[str]:
        """The first parts of the names of objects that have more than one. Raises FilesAway."""
        import obstore

        with self._errors():
            found = obstore.list_with_delimiter(self._store, self._folder)["common_prefixes"]
        return [name.removeprefix(self._folder) for name in found]

    def delete(self, names: Sequence[str]) -> None:
        """Deletes objects, there or not. Raises FilesAway."""
        import obstore

        with self._errors():
            for start in range(0, len(names), DELETED_AT_ONCE):
                batch = names[start : start + DELETED_AT_ONCE]
                try:
                    obstore.delete(self._store, [self._folder + name for name in batch])
                except FileNotFoundError:  # no server says so, but a folder does, and stops there
                    for name in batch:
                        self._delete_one(name)

    def _delete_one(self, name: str) -> None:
        import obstore

        try:
            obstore.delete(self._store, self._folder + name)
        except FileNotFoundError:
            return

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raises FilesAway, with a line in the log, for what the server says or does not say."""
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            if _NO_BUCKET not in str(error):
                raise
            raise _away(_reason(error)) from error
        except BaseError as error:
            raise _away(_reason(error)) from error


def _s3(bucket: Bucket, silence_limit_s: float) -> ObjectStore:
    """The store in a bucket. Raises ValueError, and obstore's errors."""
    from obstore.store import S3Store

    return S3Store.from_url(
        bucket.url,
        config={name.lower(): value for name, value in bucket.options.items()},  # type: ignore[arg-type]
        client_options={
            "allow_http": True,  # where the operator's AWS_ENDPOINT_URL says so
            "connect_timeout": timedelta(seconds=CONNECT_LIMIT_S),
            "read_timeout": timedelta(seconds=silence_limit_s),
            "timeout": timedelta(seconds=REQUEST_LIMIT_S),
        },
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_LIMIT_S),
        },
    )


def widen_default_executor(loop: AbstractEventLoop) -> None:
    """Sets the loop's default executor to WAITING_AT_ONCE threads; asyncio's own has the number of cores plus four."""
    loop.set_default_executor(ThreadPoolExecutor(WAITING_AT_ONCE))


def all_at_once(do: Callable[[Any], Any], things: Iterable[Any]) -> list[Any]:
    """What the function returns for each of the things, AT_ONCE at once. Raises the first error, once nothing runs
    any more."""
    chosen = list(things)
    if len(chosen) < 2:
        return [do(thing) for thing in chosen]
    with ThreadPoolExecutor(min(AT_ONCE, len(chosen))) as threads:
        work = [threads.submit(do, thing) for thing in chosen]
        try:
            return [one.result() for one in work]
        finally:
            for one in work:
                one.cancel()


def _away(reason: str) -> FilesAway:
    reference = secrets.token_hex(3)
    logger.warning("the files can't be reached, reference %s: %s", reference, reason)
    return FilesAway(reference)


def _reason(error: BaseException) -> str:
    """What is wrong, in the operator's words where it is one of the usual things."""
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    text = str(error)
    if _NO_BUCKET in text:
        return "there is no such bucket"
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or "AccessDenied" in text:
        return f"the server does not take the credentials ({_code(text)})"
    return _said(error)


def _code(text: str) -> str:
    """S3's own word for what is wrong."""
    found = re.search(r"<Code>(\w+)</Code>", text)
    return found[1] if found else "access denied"


def _said(error: BaseException) -> str:
    """The first line, which names the call and the address; the others repeat it as Rust's own structures."""
    return (str(error).splitlines() or [type(error).__name__])[0][:_DETAIL]
