"""What of the paths that a Bot API server tells is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.local_files import LongerThanAllowed, OutsideFolder, copy_inside

ROOM = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The server's folder, beside a file that is not the server's."""
    (tmp_path / "key").write_bytes(b"secret")
    documents = tmp_path / "server" / "4242:token" / "documents"
    documents.mkdir(parents=True)
    (documents / "file_0.zip").write_bytes(b"photos")
    return tmp_path / "server"


def link_to_the_key(folder: Path) -> Path:
    link = folder / "link"
    link.symlink_to(folder.parent / "key")
    return link


def file_in_a_linked_folder(folder: Path) -> Path:
    (folder / "linked").symlink_to(folder.parent)
    return folder / "linked" / "key"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def test_a_file_is_copied_and_the_servers_own_stays(folder: Path, tmp_path: Path) -> None:
    told = folder / "4242:token" / "documents" / "file_0.zip"
    copy_inside(folder, str(told), tmp_path / "out", ROOM)
    told.write_bytes(b"changed")
    assert (tmp_path / "out").read_bytes() == b"photos"


@pytest.mark.parametrize(
    "told",
    [
        lambda folder: folder.parent / "key",
        lambda folder: folder / ".." / "key",
        lambda folder: folder / "4242:token" / ".." / ".." / "key",
        lambda folder: folder.with_name("server2") / "key",
        lambda folder: folder / "4242:token",
        link_to_the_key,
        file_in_a_linked_folder,
        pipe,
    ],
)
def test_nothing_else_is_read(folder: Path, tmp_path: Path, told: Callable[[Path], Path]) -> None:
    with pytest.raises(OutsideFolder):
        copy_inside(folder, str(told(folder)), tmp_path / "out", ROOM)
    assert not (tmp_path / "out").exists()


def test_without_a_folder_nothing_is_read(folder: Path, tmp_path: Path) -> None:
    told = str(folder / "4242:token" / "documents" / "file_0.zip")
    with pytest.raises(OutsideFolder, match="not set"):
        copy_inside(None, told, tmp_path / "out", ROOM)


def test_a_file_that_is_longer_than_the_server_may_send_is_not_copied(
    folder: Path, tmp_path: Path
) -> None:
    told = str(folder / "4242:token" / "documents" / "file_0.zip")
    with pytest.raises(LongerThanAllowed):
        copy_inside(folder, told, tmp_path / "out", max_bytes=5)
