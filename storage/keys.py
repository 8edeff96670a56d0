"""Keys: the operator's master key, and the owners' keys, which it wraps.

The database is encrypted with a key that is derived from the master key, and holds the owners' keys,
encrypted once more: without the master key neither the folder nor a backup can be read. Once an owner's key is
deleted, nobody can read that owner's files any more, wherever there are copies of them.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.sealed import Key, derived, new_key
from storage.database import Database

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class MasterKey:
    """secret : 32 random bytes."""

    secret: Key = field(repr=False)

    @property
    def database(self) -> Key:
        """The key of the database."""
        return derived(self.secret, b"database")

    def fingerprint(self, identity: str) -> str:
        """Tells whether a key is the one that a folder was made with, and nothing about the key."""
        return derived(self.secret, f"fingerprint:{identity}".encode()).hex()[:16]

    def folder_of(self, owner_id: int) -> str:
        """The name of an owner's folder, which does not tell whose it is."""
        return derived(self.secret, f"folder:{owner_id}".encode()).hex()[:32]

    def wrap(self, owner_id: int, key: Key) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, str(owner_id).encode())

    def unwrap(self, owner_id: int, wrapped: bytes) -> Key:
        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        return self._wrapping.decrypt(nonce, sealed, str(owner_id).encode())

    @property
    def _wrapping(self) -> AESGCM:
        return AESGCM(derived(self.secret, b"wrapping"))


class OwnerKeys:
    """The keys of the owners' files."""

    def __init__(self, database: Database, master: MasterKey) -> None:
        self._database = database
        self._master = master

    async def of(self, owner_id: int) -> Key:
        """The owner's key, which is made where there is none yet."""
        key = await self.find(owner_id)
        if key is None:
            await self._database.execute(
                "INSERT OR IGNORE INTO owner_keys (owner_id, wrapped) VALUES (?, ?)",
                (owner_id, self._master.wrap(owner_id, new_key())),
            )
            key = await self.find(owner_id)
            assert key is not None  # noqa: S101 (the row was there after the INSERT)
        return key

    async def find(self, owner_id: int) -> Key | None:
        """The owner's key, None where there is none."""
        found = await self._database.fetch(
            self._key, "SELECT * FROM owner_keys WHERE owner_id = ?", (owner_id,)
        )
        return found[0][1] if found else None

    async def delete(self, owner_id: int) -> None:
        """Nobody can read the owner's files any more."""
        await self._database.execute("DELETE FROM owner_keys WHERE owner_id = ?", (owner_id,))

    async def all(self) -> Mapping[int, Key]:
        """The keys by owner."""
        return dict(await self._database.fetch(self._key, "SELECT * FROM owner_keys"))

    def _key(self, row: sqlite3.Row) -> tuple[int, Key]:
        return row["owner_id"], self._master.unwrap(row["owner_id"], row["wrapped"])
