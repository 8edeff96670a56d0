"""Files that strangers will send: one sentence each, and the bot goes on."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance import baskets
from tests.acceptance.baskets import SHARED, zipped
from tests.acceptance.people import Person
from tests.acceptance.steps import UNKNOWN, teach
from tests.factories import make_image

PICTURE = make_image()

# A file of ../shared/hostile/zips → words of the bot's answer.
SHARED_ZIPS = {
    "ok.zip": ("2 photos, 2 classes", "cats", "dogs"),
    "cp866.zip": ("Кошки",),
    "junk.zip": ("1 photo, 1 class", "cats"),
    "dupes.zip": ("1 photo", "Left out: 1 file", "a/x.jpg"),
    "slip_dotdot.zip": ("1 photo", "cats", "odd file name"),
    "slip_abs.zip": ("1 photo", "cats", "odd file name"),
    "symlink.zip": ("no new pictures",),
    "nested.zip": ("no new pictures",),
    "bomb1_300M.zip": ("no new pictures",),
    "overlap_quoted.zip": ("overlap",),
    "bz2.zip": ("packed with the method bzip2",),
    "lzma_300M.zip": ("packed with the method LZMA",),
    "deflate64.zip": ("packed with the method",),
    "encrypted.zip": ("protected with a password",),
    "crc.zip": ("no new pictures",),
    "trunc.zip": ("not a readable ZIP",),
    "notzip.zip": ("not a readable ZIP",),
    "zero.zip": ("not a readable ZIP",),
    "zip64.zip": ("no class folders",),
    "longname.zip": (),
    "fileasdir.zip": ("no new pictures",),
}


def _cut_off() -> bytes:
    whole = zipped({"cats/1.jpg": PICTURE})
    return whole[: len(whole) // 2]


def _with_a_password() -> bytes:
    """The flag alone: what asks for the password."""
    content = bytearray(zipped({"cats/1.jpg": PICTURE}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _by_another_method() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_LZMA) as out:
        out.writestr("cats/1.jpg", PICTURE)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: b"no ZIP at all", ("not a readable ZIP",)),
        (_cut_off, ("not a readable ZIP",)),
        (_with_a_password, ("protected with a password",)),
        (_by_another_method, ("packed with the method",)),
        (lambda: zipped({}), ("no class folders",)),
        (lambda: zipped({"1.jpg": PICTURE}), ("no class folders",)),
        (lambda: zipped({"cats/1.jpg": b"no picture"}), ("no new pictures", "left out: 1")),
        (
            lambda: zipped({"cats/1.jpg": PICTURE, "../../evil.jpg": PICTURE}),
            ("1 photo, 1 class", "odd file name"),
        ),
        (
            lambda: zipped({"cats/1.jpg": PICTURE, "cats/.DS_Store": b"", "__MACOSX/x": b""}),
            ("1 photo, 1 class",),
        ),
    ],
)
def test_a_hostile_zip_gets_one_sentence(
    anna: Person, make: Callable[[], bytes], words: tuple[str, ...]
) -> None:
    anna.send_file("photos.zip", make())
    anna.sees(lambda message: "✋ Stop" not in message.buttons)
    anna.hears(*words)


@pytest.mark.parametrize("name", SHARED_ZIPS)
def test_a_shared_hostile_zip_gets_one_sentence(anna: Person, name: str) -> None:
    content = (_shared("zips") / name).read_bytes()
    anna.send_file(name, content or b" ")  # an empty file can't be sent
    anna.sees(lambda message: "✋ Stop" not in message.buttons)
    anna.hears(*SHARED_ZIPS[name])
    assert len(anna.heard()) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.jpg", PICTURE[: len(PICTURE) // 2], ("can't read this picture",)),
        ("text.jpg", b"no picture", ("can't read this picture",)),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", ("can't read",)),
        ("dot.png", make_image(side=1, encoding="PNG"), ("only 1×1 pixels",)),
        ("fine.webp", make_image(seed=10_000, encoding="WEBP"), ("%", "█")),
    ],
)
def test_a_picture_as_a_file_is_answered_or_refused(
    anna: Person, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    teach(anna, baskets.drawn(classes=2, photos=6), baskets.QUICK_FIT)
    anna.send_file(name, content)
    anna.hears(*words)


def test_the_shared_hostile_pictures_are_answered_or_refused(anna: Person) -> None:
    folder = _shared("images")
    refused = {"text.jpg", "x.svg", "trunc.jpg", "bomb_13kx13k_8bit.png"}
    teach(anna, baskets.drawn(classes=2, photos=6), baskets.QUICK_FIT)
    for path in sorted(folder.iterdir()):
        if path.stat().st_size == 0:
            continue  # an empty file can't be sent
        sent = anna.send_file(path.name, path.read_bytes())
        answer = anna.sees(lambda message, sent=sent: message.answers == sent)
        is_answered = "█" in answer.text or UNKNOWN in answer.text
        assert is_answered == (path.name not in refused) or path.name in (
            "corrupt_mid.jpg",
            "jpeg_9400_lie.jpg",
        ), f"{path.name}: {answer.text}"


def _shared(kind: str) -> Path:
    folder = SHARED / "hostile" / kind
    if not folder.is_dir():
        pytest.skip("the hostile files are not beside the repository")
    return folder
