"""Files that can be read only with their key.

A sealed file is MAGIC, a random salt of SALT_BYTES, and the content in chunks of CHUNK_BYTES, each
encrypted with AES-256-GCM and followed by its tag. Every file has a key of its own, derived from the
owner's key and the salt, so that the nonces can count the chunks; the nonce of the last chunk is marked.
So chunks can't be exchanged, left out or cut off, within a file or between two. The file's name is the
associated data: a file that was renamed can't be read.

Where `key` is None, files are read and written as they are: those of the command line.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import SealBroken

Key = bytes
"""32 random bytes."""

MAGIC = b"LUK\x01"
SALT_BYTES = 16
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
_HEAD_BYTES = len(MAGIC) + SALT_BYTES
_SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class Stored:
    """A file or folder, and the key of what is in it; None where it is not sealed."""

    path: Path
    key: Key | None = field(default=None, repr=False)

    def __truediv__(self, name: str) -> Stored:
        return Stored(self.path / name, self.key)


def new_key() -> Key:
    """A random key."""
    return os.urandom(32)


def derived(key: Key, purpose: bytes) -> Key:
    """The key for one purpose: of several that are derived from one key none tells another."""
    return hmac.digest(key, purpose, "sha256")


def name_of(sha256: str, key: Key | None) -> str:
    """The name on the disk of the content with this digest, 64 hexadecimal digits: without the key nobody
    can tell whether a known photo is there."""
    return sha256 if key is None else derived(key, b"name:" + sha256.encode()).hex()


def digest_of(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def seal(data: bytes, key: Key | None, name: str) -> bytes:
    """The bytes of the sealed file of this name."""
    if key is None:
        return data
    salt, content = os.urandom(SALT_BYTES), memoryview(data)
    cipher = _Cipher(key, salt, name)
    last = max(0, len(data) - 1) // CHUNK_BYTES
    chunks = (
        cipher.encrypt(
            number,
            content[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES],
            is_last=number == last,
        )
        for number in range(last + 1)
    )
    return b"".join((MAGIC, salt, *chunks))


def unseal(sealed: bytes, key: Key | None, name: str) -> bytes:
    """The content of the sealed file of this name. Raises SealBroken."""
    if key is None:
        return sealed
    cipher, chunks = _Cipher.of(sealed[:_HEAD_BYTES], key, name), memoryview(sealed)[_HEAD_BYTES:]
    last = _count(len(chunks), name) - 1
    return b"".join(
        cipher.decrypt(
            number,
            chunks[number * _SEALED_CHUNK : (number + 1) * _SEALED_CHUNK],
            is_last=number == last,
        )
        for number in range(last + 1)
    )


def read(path: Path, key: Key | None) -> bytes:
    """The content of a file. Raises SealBroken, OSError."""
    return unseal(path.read_bytes(), key, path.name)


def write(path: Path, data: bytes, key: Key | None) -> None:
    """Writes a file in place; it is not on the disk yet."""
    path.write_bytes(seal(data, key, path.name))


@contextmanager
def writing(file: BinaryIO, key: Key | None, name: str) -> Iterator[BinaryIO]:
    """What is written in the block, piece by piece, becomes the content of the file of this name."""
    if key is None:
        yield file
        return
    writer = _Writer(file, key, name)
    yield cast(BinaryIO, writer)  # of which `zipfile` needs `write` and `flush` alone
    writer.finish()


def reader(path: Path, key: Key | None) -> BinaryIO:
    """A file to read at any place, as a ZIP is read. Raises SealBroken, also in `read`, and OSError."""
    file = path.open("rb")
    if key is None:
        return file
    try:
        return io.BufferedReader(_Reader(file, key, path.name), CHUNK_BYTES)
    except BaseException:
        file.close()
        raise


class _Cipher:
    """Encrypts and decrypts the chunks of one file."""

    def __init__(self, key: Key, salt: bytes, name: str) -> None:
        self._aead = AESGCM(derived(key, b"file:" + salt))
        self._name = name

    @classmethod
    def of(cls, head: bytes, key: Key, name: str) -> _Cipher:
        """That of the file which begins so. Raises SealBroken."""
        if len(head) < _HEAD_BYTES or not head.startswith(MAGIC):
            raise SealBroken(file=name)
        return cls(key, head[len(MAGIC) :], name)

    def encrypt(self, number: int, chunk: bytes | memoryview, *, is_last: bool) -> bytes:
        return self._aead.encrypt(_nonce(number, is_last), chunk, self._name.encode())

    def decrypt(self, number: int, chunk: bytes | memoryview, *, is_last: bool) -> bytes:
        try:
            return self._aead.decrypt(_nonce(number, is_last), chunk, self._name.encode())
        except InvalidTag:
            raise SealBroken(file=self._name) from None


class _Writer:
    """Holds the last chunk back until it is known to be the last."""

    def __init__(self, file: BinaryIO, key: Key, name: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._file = file
        self._cipher = _Cipher(key, salt, name)
        self._rest = bytearray()
        self._number = 0
        file.write(MAGIC + salt)

    def write(self, data: bytes, /) -> int:
        self._rest += data
        start = 0
        while len(self._rest) - start > CHUNK_BYTES:
            self._put(bytes(self._rest[start : start + CHUNK_BYTES]), is_last=False)
            start += CHUNK_BYTES
        del self._rest[:start]
        return len(data)

    def flush(self) -> None:
        """A chunk that is not full is not written before its time."""

    def finish(self) -> None:
        self._put(bytes(self._rest), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(self._number, chunk, is_last=is_last))
        self._number += 1


class _Reader(io.RawIOBase):
    """Decrypts the chunk that is asked for."""

    def __init__(self, file: BinaryIO, key: Key, name: str) -> None:
        self._file = file
        self._cipher = _Cipher.of(file.read(_HEAD_BYTES), key, name)
        sealed_bytes = file.seek(0, os.SEEK_END) - _HEAD_BYTES
        self._chunks = _count(sealed_bytes, name)
        self._size = sealed_bytes - self._chunks * TAG_BYTES
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._place = max(0, offset + {0: 0, 1: self._place, 2: self._size}[whence])
        return self._place

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        number, skipped = divmod(self._place, CHUNK_BYTES)
        if self._place >= self._size:
            return 0
        self._file.seek(_HEAD_BYTES + number * _SEALED_CHUNK)
        sealed = self._file.read(_SEALED_CHUNK)
        chunk = self._cipher.decrypt(number, sealed, is_last=number == self._chunks - 1)
        part = chunk[skipped : skipped + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()


def _count(sealed_bytes: int, name: str) -> int:
    """How many chunks there are in so many bytes; an empty file has one."""
    if sealed_bytes < TAG_BYTES:
        raise SealBroken(file=name)
    return -(-sealed_bytes // _SEALED_CHUNK)


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
