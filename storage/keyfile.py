"""Where the master key comes from: a setting, or a key file outside the data folder.

The data folder names its key: the file `key-id` holds a random identity and the key's fingerprint, so that a
missing or wrong key is told from a damaged database, and nothing is written with the wrong one.
"""

from __future__ import annotations

import base64
import binascii
import logging
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import KeyInvalid, KeyMissing, KeyNotWritten, KeyWrong
from core.sealed import new_key
from storage.keys import MasterKey
from storage.photos import sync_folder

KEY_BYTES = 32
KEY_ID_FILE = "key-id"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeySettings:
    """What the operator says about the key.

    text : LUKOSHKO_KEY, the key in base64. file : KEY_FILE, the path of a file that holds the same. Where both are
    empty, the file is in the user's configuration folder.
    """

    text: str = field(default="", repr=False)
    file: str = ""

    def path(self, identity: str) -> Path:
        """The path of the key file of the data folder with this identity."""
        if self.file:
            return Path(self.file)
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(base) / "lukoshko" / f"{identity}.key"


def find_key(home: Path, settings: KeySettings) -> MasterKey:
    """The key of a data folder that has one. Raises KeyMissing, KeyWrong, KeyInvalid."""
    identity, fingerprint = _read_identity(home)
    source = "LUKOSHKO_KEY" if settings.text else str(settings.path(identity))
    key = _given(settings, identity)
    if key is None:
        raise KeyMissing(folder=str(home), place=source)
    if fingerprint != key.fingerprint(identity):
        raise KeyWrong(folder=str(home), source=source)
    return key


def find_or_make_key(home: Path, settings: KeySettings) -> MasterKey:
    """The key of a data folder, which gets one where it has none; a new key file's place is logged.

    Raises KeyMissing, KeyWrong, KeyInvalid, KeyNotWritten.
    """
    if (home / KEY_ID_FILE).exists():
        return find_key(home, settings)
    identity = secrets.token_hex(8)
    key = _given(settings, identity) or _made(settings.path(identity))
    write_whole(home / KEY_ID_FILE, f"{identity} {key.fingerprint(identity)}\n")
    return key


def write_whole(path: Path, text: str) -> None:
    """Writes a file that is there whole or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def _read_identity(home: Path) -> tuple[str, str]:
    try:
        identity, fingerprint = (home / KEY_ID_FILE).read_text().split()
    except (FileNotFoundError, ValueError):
        raise KeyMissing(folder=str(home), place=str(home / KEY_ID_FILE)) from None
    return identity, fingerprint


def _given(settings: KeySettings, identity: str) -> MasterKey | None:
    """The key that the settings name, None where its file is not there."""
    if settings.text:
        return _decoded(settings.text, "LUKOSHKO_KEY")
    path = settings.path(identity)
    try:
        return _decoded(path.read_text(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise KeyInvalid(source=str(path)) from None


def _decoded(text: str, source: str) -> MasterKey:
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise KeyInvalid(source=source) from None
    if len(secret) != KEY_BYTES:
        raise KeyInvalid(source=source)
    return MasterKey(secret)


def _made(path: Path) -> MasterKey:
    try:
        return _make(path)
    except OSError as error:
        raise KeyNotWritten(place=str(path), detail=error.strerror or str(error)) from error


def _make(path: Path) -> MasterKey:
    """Writes a new key to a file that only its user can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = new_key()
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secret) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)
    logger.warning(
        "the key of the data is in %s: keep a copy of it elsewhere, without it nothing can be read",
        path,
    )
    return MasterKey(secret)
