"""Sealed files: readable with their key alone, and as they were written or not at all."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from core import sealed
from core.errors import SealBroken

KEY, OTHER = bytes(range(32)), bytes(32)
CHUNK = sealed.CHUNK_BYTES
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7)


def content(size: int) -> bytes:
    return (b"a ripe tomato, " * (size // 15 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_read_as_it_was_written(tmp_path: Path, size: int) -> None:
    path = tmp_path / "photo"
    sealed.write(path, content(size), KEY)
    assert b"tomato" not in path.read_bytes()
    assert sealed.read(path, KEY) == content(size)
    with sealed.reader(path, KEY) as file:
        assert file.read() == content(size)


@pytest.mark.parametrize("size", SIZES)
def test_no_changed_file_is_read(size: int) -> None:
    whole = sealed.seal(content(size), KEY, "photo")
    for place in {0, 3, 4, 19, 20, len(whole) // 2, len(whole) - 1}:
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            sealed.unseal(bytes(changed), KEY, "photo")


@pytest.mark.parametrize("size", SIZES)
def test_no_file_is_cut_off_or_made_longer(size: int) -> None:
    whole = sealed.seal(content(size), KEY, "photo")
    step = CHUNK + sealed.TAG_BYTES
    for length in {0, 10, 20, 30, len(whole) - 1, *range(20 + step, len(whole), step)}:
        with pytest.raises(SealBroken):
            sealed.unseal(whole[:length], KEY, "photo")
    with pytest.raises(SealBroken):
        sealed.unseal(whole + b"x", KEY, "photo")


def test_chunks_can_not_be_exchanged() -> None:
    head, step = 20, CHUNK + sealed.TAG_BYTES
    whole = sealed.seal(content(3 * CHUNK), KEY, "photo")
    first, second, rest = whole[head : head + step], whole[head + step :][:step], whole[head:]
    exchanged = whole[:head] + second + first + rest[2 * step :]
    with pytest.raises(SealBroken):
        sealed.unseal(exchanged, KEY, "photo")


def test_another_key_or_name_reads_nothing() -> None:
    whole = sealed.seal(b"a ripe tomato", KEY, "photo")
    for key, name in ((OTHER, "photo"), (KEY, "another")):
        with pytest.raises(SealBroken, match=name):
            sealed.unseal(whole, key, name)


def test_the_same_content_looks_different_each_time() -> None:
    assert sealed.seal(b"tomato", KEY, "photo") != sealed.seal(b"tomato", KEY, "photo")


def test_a_zip_is_written_piece_by_piece_and_read_at_any_place(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    with (
        path.open("wb") as file,
        sealed.writing(file, KEY, path.name) as writer,
        zipfile.ZipFile(writer, "w") as archive,
    ):
        for number in range(300):
            archive.writestr(f"{number}.jpg", content(number * 10))
    with sealed.reader(path, KEY) as file, zipfile.ZipFile(file) as archive:
        for number in (299, 0, 150):
            assert archive.read(f"{number}.jpg") == content(number * 10)


def test_a_file_that_is_read_at_any_place_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    sealed.write(path, content(3 * CHUNK), KEY)
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    with sealed.reader(path, KEY) as file:
        assert file.read(10) == content(10)
        file.seek(-5, io.SEEK_END)
        with pytest.raises(SealBroken):
            file.read(1)
    path.write_bytes(whole[:7])
    with pytest.raises(SealBroken):
        sealed.reader(path, KEY)


def test_without_a_key_a_file_is_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    sealed.write(path, b"tomato", None)
    assert path.read_bytes() == sealed.read(path, None) == b"tomato"
    assert sealed.name_of("ab" * 32, None) == "ab" * 32


def test_a_name_tells_the_content_only_to_the_key() -> None:
    digest = sealed.digest_of(b"a known photo")
    assert len({digest, sealed.name_of(digest, KEY), sealed.name_of(digest, OTHER)}) == 3
    assert sealed.name_of(digest, KEY) == sealed.name_of(digest, KEY)


def test_a_key_is_not_printed() -> None:
    assert "key" not in repr(sealed.Stored(Path("photos"), KEY))
