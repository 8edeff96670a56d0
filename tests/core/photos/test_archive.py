from __future__ import annotations

import os
import struct
import tracemalloc
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest

from core.entities import Note, NoteCode
from core.errors import (
    ArchiveEncrypted,
    ArchiveKindUnsupported,
    ArchiveMethodUnsupported,
    ArchiveOverlaps,
    ArchiveTooLarge,
    ArchiveTooManyEntries,
    ArchiveUnreadable,
    DataNotFound,
    EntryDamaged,
)
from core.photos import archive, zipguard
from core.photos.archive import open_source
from tests.factories import make_image, make_zip

PHOTO = b"stands for a photo: archives do not look inside"


def labels(path: Path) -> dict[str, str]:
    with open_source(path) as source:
        return {entry.name: entry.label for entry in source.entries}


def reasons(path: Path) -> dict[str, str]:
    with open_source(path) as source:
        return {file.name: file.reason for file in source.skipped}


def patch(path: Path, old: bytes, new: bytes) -> Path:
    """Changes bytes of a ZIP that is already written."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def test_the_class_is_the_folder_that_the_whole_tree_makes_one(tmp_path: Path) -> None:
    names = ["fruit/pear/1.jpg", "fruit/apple/red/2.PNG", "3.webp"]
    zipped = make_zip(tmp_path / "a.zip", dict.fromkeys(names, PHOTO))
    assert labels(zipped) == {names[0]: "pear", names[1]: "apple", names[2]: ""}


def test_a_folder_reads_as_the_zip_of_it(tmp_path: Path) -> None:
    files = {f"data/{name}": PHOTO for name in ("b/2.jpg", "a/deep/1.jpg", "a/x.txt", "a/.hidden")}
    zipped = make_zip(tmp_path / "a.zip", files)
    with zipfile.ZipFile(zipped) as unpacked:
        unpacked.extractall(tmp_path)
    folder = tmp_path / "data"
    assert labels(folder) == {"a/deep/1.jpg": "a", "b/2.jpg": "b"}
    assert reasons(folder) == {"a/x.txt": "entry_not_image"}
    with open_source(folder) as source:
        assert source.read(source.entries[0].index) == PHOTO


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(PHOTO)
    folder = tmp_path / "data" / "a"
    folder.mkdir(parents=True)
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "pipe.jpg")
    assert labels(tmp_path / "data") == {}
    assert set(reasons(tmp_path / "data").values()) == {"entry_name_odd"}
    assert len(reasons(tmp_path / "data")) == 3


def test_junk_is_left_out_silently(tmp_path: Path) -> None:
    junk = ["__MACOSX/a/._1.jpg", "a/.DS_Store", "a/Thumbs.db", "a/desktop.ini", ".git/1.jpg", "b/"]
    zipped = make_zip(tmp_path / "a.zip", dict.fromkeys([*junk, "a/1.jpg"], PHOTO))
    assert labels(zipped) == {"a/1.jpg": "a"}
    assert reasons(zipped) == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a/1.jpg", "entry_name_odd"),
        ("/a/1.jpg", "entry_name_odd"),
        ("C:/a/1.jpg", "entry_name_odd"),
        ("..\\a\\1.jpg", "entry_name_odd"),
        ("a/" + "x" * 300 + ".jpg", "entry_name_odd"),
        ("a/notes.txt", "entry_not_image"),
        ("a/inner.zip", "entry_not_image"),
    ],
)
def test_what_is_left_out_is_reported_with_its_reason(
    name: str, reason: str, tmp_path: Path
) -> None:
    zipped = make_zip(tmp_path / "a.zip", {name: PHOTO, "b/1.jpg": PHOTO})
    assert labels(zipped) == {"b/1.jpg": "b"}
    assert list(reasons(zipped).values()) == [reason]


def test_an_image_is_judged_by_its_bytes_where_its_suffix_says_nothing(tmp_path: Path) -> None:
    image = make_image()
    names = ["a/1", "a/2.jpg_large", "a/3.jpg!d", "a/4.jpg:large", "a/5.dat2"]
    files = {**dict.fromkeys(names, image), "a/README": b"no image", "a/scan.txt": image}
    zipped = make_zip(tmp_path / "a.zip", files)
    assert set(labels(zipped)) == set(names)
    assert reasons(zipped) == {"a/README": "entry_not_image", "a/scan.txt": "entry_not_image"}


def test_looking_at_an_unknown_file_inflates_no_more_than_its_beginning(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"a/bomb": bytes(90_000_000)})
    tracemalloc.start()
    try:
        assert reasons(zipped) == {"a/bomb": "entry_not_image"}
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"Rar!\x1a\x07\x01\x00", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"BZh9", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (bytes(257) + b"ustar\x0000", "tar"),
    ],
)
def test_another_kind_of_archive_is_named(beginning: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(beginning + bytes(1000))
    with pytest.raises(ArchiveKindUnsupported, match=kind):
        open_source(path)


def test_what_joins_letters_stays_and_what_misleads_is_replaced(tmp_path: Path) -> None:
    names = ["👩\u200d🌾🍋", "سیب\u200cزمینی", "green\xa0apple"]
    files = {f"{name}/1.jpg": PHOTO for name in (*names, "a\u202eb")}
    read = set(labels(make_zip(tmp_path / "a.zip", files)).values())
    assert read == {*names, "a\N{REPLACEMENT CHARACTER}b"}


def unicode_path(raw: bytes, name: str, crc: int | None = None) -> bytes:
    """Info-ZIP's extra field for a name whose raw bytes are in another charset."""
    field = struct.pack("<BL", 1, zlib.crc32(raw) if crc is None else crc) + name.encode()
    return struct.pack("<2H", 0x7075, len(field)) + field


@pytest.mark.parametrize(("crc", "label"), [(None, "梨"), (1, "pear")])
def test_the_unicode_path_counts_while_its_checksum_is_that_of_the_name(
    crc: int | None, label: str, tmp_path: Path
) -> None:
    entry = zipfile.ZipInfo("pear/1.jpg")
    entry.extra = unicode_path(b"pear/1.jpg", "梨/1.jpg", crc)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as writing:
        writing.writestr(entry, PHOTO)
    assert list(labels(tmp_path / "a.zip").values()) == [label]


def test_an_empty_class_folder_is_noted_in_a_zip_and_in_a_folder(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"data/apple/1.jpg": PHOTO, "data/plum/": b""})
    with zipfile.ZipFile(zipped) as unpacked:
        unpacked.extractall(tmp_path)
    for path in (zipped, tmp_path / "data"):
        with open_source(path) as source:
            assert source.notes == (Note(NoteCode.CLASS_EMPTY, ("plum",), 1),)


def test_a_link_in_a_zip_is_reported(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a/link.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as writing:
        writing.writestr(link, "/etc/passwd")
    assert reasons(tmp_path / "a.zip") == {"a/link.jpg": "entry_name_odd"}


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ("Кошки".encode("cp866"), "Кошки"),
        ("Кошки".encode(), "Кошки"),
        ("Türkei".encode("cp437"), "Türkei"),
        (unicodedata.normalize("NFD", "Йогурт").encode(), "Йогурт"),
        (b"back\\slash", "slash"),
        (b"bell\a", "bell�"),
    ],
)
def test_names_without_the_utf8_flag_read_as_they_were_meant(
    raw: bytes, label: str, tmp_path: Path
) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"?" * len(raw) + "/1.jpg": PHOTO})
    assert list(labels(patch(zipped, b"?" * len(raw), raw)).values()) == [label]


def test_two_entries_of_one_name_are_both_read(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"a/1.jpg": b"one", "a/2.jpg": b"other"})
    with open_source(patch(zipped, b"a/2.jpg", b"a/1.jpg")) as source:
        assert [source.read(entry.index) for entry in source.entries] == [b"one", b"other"]


def test_a_damaged_entry_costs_only_itself(tmp_path: Path) -> None:
    files = {"a/1.jpg": b"good", "a/2.jpg": b"changed"}
    zipped = make_zip(tmp_path / "a.zip", files, zipfile.ZIP_STORED)
    with open_source(patch(zipped, b"changed", b"CHANGED")) as source:
        good, damaged = source.entries
        assert source.read(good.index) == b"good"
        with pytest.raises(EntryDamaged):
            source.read(damaged.index)


def test_an_entry_that_unpacks_to_more_than_it_states_is_damaged(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"a/1.jpg": bytes(5_000_000)})
    patch(zipped, struct.pack("<L", 5_000_000), struct.pack("<L", 10))
    with open_source(zipped) as source, pytest.raises(EntryDamaged):
        source.read(0)


def test_a_huge_entry_is_left_out_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRY_MB", 1)
    zipped = make_zip(tmp_path / "a.zip", {"a/1.jpg": bytes(2_000_000)})
    assert reasons(zipped) == {"a/1.jpg": "entry_too_large"}


def test_a_zip_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipguard, "MAX_UNPACKED_MB", 1)
    with pytest.raises(ArchiveTooLarge):
        open_source(make_zip(tmp_path / "a.zip", {"a/1.jpg": bytes(2_000_000)}))


@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_too_many_entries_are_refused_whatever_the_zip_says_of_their_number(
    comment: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipguard, "MAX_ENTRIES", 3)
    zipped = make_zip(tmp_path / "a.zip", {f"a/{number}.jpg": PHOTO for number in range(4)})
    with zipfile.ZipFile(zipped, "a") as writing:
        writing.comment = comment
    patch(zipped, struct.pack("<2H", 4, 4), struct.pack("<2H", 1, 1))
    with pytest.raises(ArchiveTooManyEntries):
        open_source(zipped)


def test_a_zip64_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    zipped = make_zip(tmp_path / "a.zip", {"a/1.jpg": PHOTO, "a/2.jpg": PHOTO})
    assert b"PK\x06\x06" in zipped.read_bytes()
    assert len(labels(zipped)) == 2


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_stored_and_deflated_entries_are_read(method: int, tmp_path: Path) -> None:
    with pytest.raises(ArchiveMethodUnsupported):
        open_source(make_zip(tmp_path / "a.zip", {"a/1.jpg": PHOTO}, method))


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"a/1.jpg": PHOTO})
    data = bytearray(zipped.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    zipped.write_bytes(data)
    with pytest.raises(ArchiveEncrypted):
        open_source(zipped)


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"a/1.jpg": PHOTO, "a/2.jpg": PHOTO}, zipfile.ZIP_STORED)
    data = bytearray(zipped.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 10)
    zipped.write_bytes(data)
    with pytest.raises(ArchiveOverlaps):
        open_source(zipped)


def test_every_truncation_of_a_zip_is_refused(tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "a.zip", {"a/1.jpg": make_image()}).read_bytes()
    for length in range(0, len(whole), 97):
        (tmp_path / "cut.zip").write_bytes(whole[:length])
        with pytest.raises(ArchiveUnreadable):
            open_source(tmp_path / "cut.zip")


def test_a_path_without_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match="nowhere"):
        open_source(tmp_path / "nowhere")
