"""Strangers' bytes through the real workers: mutated ZIPs and pictures, archives and metadata of absurd size.

`python -m tests.faults.mutations [COUNT] [SEED]`: COUNT mutations (10 000), each with a printed seed where it
is not survived. Survived means: an answer or a BadInput, within HANG_S, in a process within its limit.
"""

from __future__ import annotations

import asyncio
import random
import struct
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, PngImagePlugin

from core.entities import LabelSource, Prediction, Reading
from core.errors import BadInput, LukoshkoError
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE as BASELINE
from core.ports import Compute
from core.sealed import Stored
from tests.factories import make_image, make_picture, make_zip, to_bytes

COUNT, SEED = 10_000, 1
# Of the mutations; the rest are pictures.
ZIP_SHARE = 0.2
PICTURES_AT_ONCE = 8
HANG_S = 5.0
# For 100 000 entries, of which each is looked at.
CROWD_S = 60.0

NAMES = (
    *(
        "груша",
        "苹果",
        "تفاح",
        "תפוח",
        "แอปเปิล",
        "सेब",
        "ლიმონი",
        "μήλο",
        "사과",
        "🍓🫐",
        "é\u0301",
        "ﬀ",
    ),
    *(
        "a\u202eb",
        "con",
        "..",
        "-rf",
        "=1+1",
        "<b>x</b>&",
        "a" * 240,
        " ",
        ".",
        "\u200d",
        "\ufeff",
        "%s",
    ),
)
NUMBERS = (b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\x00\x00\x00")


@dataclass
class Outcome:
    """What became of the mutations: how many of each kind, and what was not survived."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


def pictures() -> list[bytes]:
    """Small pictures of every kind that is read, to begin with."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 50
    text = PngImagePlugin.PngInfo()
    text.add_itxt("title", "x" * 50, zip=True)
    picture = make_picture(1, side=48)
    return [
        make_image(0, side=48),
        to_bytes(picture, "JPEG", progressive=True, exif=exif, icc_profile=b"x" * 200),
        to_bytes(picture.convert("CMYK"), "JPEG"),
        to_bytes(picture, "PNG", pnginfo=text),
        to_bytes(picture.convert("P"), "PNG"),
        to_bytes(picture.convert("I").convert("I;16"), "PNG"),
        to_bytes(picture, "WEBP"),
        to_bytes(picture, "WEBP", lossless=True),
        to_bytes(picture, "BMP"),
        to_bytes(picture, "GIF", save_all=True, append_images=[make_picture(2, side=48)]),
        to_bytes(picture, "TIFF", compression="tiff_lzw"),
    ]


def archives(folder: Path) -> list[bytes]:
    """Small ZIPs as people send them, to begin with."""
    photos = {
        f"{label}/{n}.jpg": make_image(n, side=32) for n in range(2) for label in ("fig", "kiwi")
    }
    split = {f"{part}/{name}": data for part in ("train", "test") for name, data in photos.items()}
    table = {**photos, "labels.csv": b"filename,label\n0.jpg,fig\n1.jpg,kiwi\n"}
    named = {f"{name}/1.jpg": make_image(n, side=32) for n, name in enumerate(NAMES)}
    return [
        make_zip(folder / "seed.zip", files, compression).read_bytes()
        for files in (photos, split, table, named)
        for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to eight changes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at, length = rng.randrange(len(changed) or 1), rng.choice((1, 1, 2, 4, 16, 256))
        kind = rng.randrange(6)
        if kind == 0:
            changed[at : at + length] = rng.randbytes(length)
        elif kind == 1:
            changed[at : at + 4] = rng.choice(NUMBERS)
        elif kind == 2:
            del changed[at : at + length]
        elif kind == 3:
            changed[at:at] = changed[at : at + length] * rng.choice((1, 2, 64))
        elif kind == 4 and at:
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 5 and rng.random() < 0.2:
            del changed[at:]
    return bytes(changed)


# Absurd sizes ------------------------------------------------------------------------------------


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _with_chunks(*chunks: bytes) -> bytes:
    """A PNG with these chunks behind its header."""
    png = to_bytes(make_picture(1, side=48), "PNG")
    return png[:33] + b"".join(chunks) + png[33:]


def bombs() -> Mapping[str, bytes]:
    """Pictures whose metadata or dimensions want more than they have."""
    zeros = zlib.compress(bytes(200 << 20), 9)
    many = b"".join(_chunk(b"tEXt", b"k%d\0v" % n) for n in range(100_000))
    profile = b"ICC_PROFILE\0\x01\xff" + b"x" * 60_000
    segments = b"".join(
        b"\xff\xe2" + struct.pack(">H", len(profile) + 2) + profile for _ in range(255)
    )
    jpeg = make_image(1, side=48)
    loop = struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, 0x8769, 4, 1, 8, 8)
    exif = b"\xff\xe1" + struct.pack(">H", len(loop) + 8) + b"Exif\0\0" + loop
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return {
        "a PNG text of 200 MB": _with_chunks(_chunk(b"zTXt", b"k\0\0" + zeros)),
        "a PNG profile of 200 MB": _with_chunks(_chunk(b"iCCP", b"k\0\0" + zeros)),
        "a PNG international text": _with_chunks(_chunk(b"iTXt", b"k\0\x01\0\0\0" + zeros)),
        "100 000 PNG texts": _with_chunks(many),
        "a JPEG profile in 255 parts": jpeg[:2] + segments + jpeg[2:],
        "an Exif block that names itself": jpeg[:2] + exif + jpeg[2:],
        "a PNG of 3.6 gigapixels": b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zeros),
        "64 MB of JPEG comments": jpeg[:2]
        + (b"\xff\xfe\xff\xff" + b"x" * 65_533) * 1_000
        + jpeg[2:],
    }


def crowds(folder: Path) -> Iterator[tuple[str, Path]]:
    """Archives of very many entries."""
    photo = make_image(1, side=16)
    for name, count, entry in (
        ("100 000 entries", 100_000, lambda n: (f"{n % 50}/{n}.jpg", b"")),
        ("100 000 texts", 100_000, lambda n: (f"{n}.txt", b"x")),
        ("5 000 classes of one photo", 5_000, lambda n: (f"{n}/1.jpg", photo)),
        ("20 000 folders", 20_000, lambda n: (f"{'d/' * (n % 60)}{n}/", b"")),
    ):
        path = folder / "crowd.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(count):
                archive.writestr(*entry(number))
        yield name, path


# The runs ----------------------------------------------------------------------------------------


class Trial:
    """Sends bytes through the workers and keeps what became of them."""

    def __init__(self, compute: Compute, folder: Path, hang_s: float) -> None:
        self._compute = compute
        self._folder = folder
        self._hang_s = hang_s
        self.outcome = Outcome()

    async def read(self, name: str, archive: Path, most_s: float | None = None) -> None:
        """Reads an archive as an upload."""
        async with self._watched(name, most_s or self._hang_s) as kinds:
            with tempfile.TemporaryDirectory(dir=self._folder) as out:
                reading = await self._compute.reading.read_archive(
                    archive, LabelSource.FOLDERS, None, Path(out) / "reading", lambda progress: None
                )
                assert type(reading) is Reading
            kinds.append("read")

    async def predict(self, name: str, data: list[bytes]) -> None:
        """Asks the baseline about pictures, as photos in a chat."""
        paths = [self._folder / f"{abs(hash(name))}-{n}" for n in range(len(data))]
        for path, content in zip(paths, data, strict=True):
            path.write_bytes(content)
        async with self._watched(name, self._hang_s * len(data)) as kinds:
            answers = await self._compute.predicting.predict(Stored(BASELINE), paths)
            assert len(answers) == len(paths)
            for answer in answers:
                assert isinstance(answer, Prediction | BadInput)
                kinds.append("answered" if isinstance(answer, Prediction) else answer.code)
        for path in paths:
            path.unlink()

    @asynccontextmanager
    async def _watched(self, name: str, most_s: float) -> AsyncIterator[list[str]]:
        kinds: list[str] = []
        began = time.monotonic()
        try:
            yield kinds
        except BadInput as error:
            kinds.append(error.code)
        except LukoshkoError as error:
            self.outcome.failures.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
        took = time.monotonic() - began
        if took > most_s:
            self.outcome.failures.append(f"{name}: {took:.1f} s")
        self.outcome.slowest_s = max(self.outcome.slowest_s, took)
        self.outcome.counts.update(kinds)


async def run(
    count: int,
    seed: int,
    *,
    absurd: bool = True,
    hang_s: float = HANG_S,
    say: Callable[[str], object] = print,
) -> Outcome:
    """So many mutations from this seed on, and where wanted the absurd sizes."""
    runner = LocalRunner(quick_processes=2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trial = Trial(make_compute(runner), folder, hang_s)
        try:
            await runner.start()
            if absurd:
                for what, data in bombs().items():
                    await trial.predict(what, [data])
                for what, path in crowds(folder):
                    await trial.read(what, path, CROWD_S)
                say(
                    f"absurd sizes: {dict(trial.outcome.counts)}, slowest {trial.outcome.slowest_s:.1f} s"
                )
            await _mutations(trial, folder, count, seed, say)
        finally:
            await runner.close()
    return trial.outcome


async def _mutations(
    trial: Trial, folder: Path, count: int, seed: int, say: Callable[[str], object]
) -> None:
    zips, photos = archives(folder), pictures()
    n_zips = int(count * ZIP_SHARE)

    async def read(number: int) -> None:
        rng = random.Random(number)
        path = folder / f"{number}.zip"
        path.write_bytes(mutated(rng.choice(zips), rng))
        await trial.read(f"ZIP, seed {number}", path)
        path.unlink()

    async def predict(numbers: range) -> None:
        data = [mutated(rng.choice(photos), rng) for rng in map(random.Random, numbers)]
        await trial.predict(f"pictures, seeds {numbers.start}–{numbers.stop - 1}", data)

    for number in range(seed, seed + n_zips, 2):
        await asyncio.gather(*(read(n) for n in range(number, min(number + 2, seed + n_zips))))
        if (number - seed) % 400 == 0:
            say(f"{number - seed} ZIPs, failures {len(trial.outcome.failures)}")
    last = seed + count
    for first in range(seed + n_zips, last, 2 * PICTURES_AT_ONCE):
        starts = (first, first + PICTURES_AT_ONCE)
        parts = [range(s, min(s + PICTURES_AT_ONCE, last)) for s in starts if s < last]
        await asyncio.gather(*map(predict, parts))
        if (first - seed - n_zips) % (100 * PICTURES_AT_ONCE) == 0:
            say(f"{first - seed - n_zips} pictures, failures {len(trial.outcome.failures)}")


def main() -> int:
    count, seed = ([int(word) for word in sys.argv[1:]] + [COUNT, SEED][len(sys.argv) - 1 :])[:2]
    outcome = asyncio.run(run(count, seed, say=lambda text: print(text, flush=True)))
    for failure in outcome.failures[:50]:
        print(failure)
    print(
        f"{count} mutations from seed {seed}: {sum(outcome.counts.values())} survived,"
        f" {dict(outcome.counts.most_common())}, slowest {outcome.slowest_s:.1f} s, failures"
        f" {len(outcome.failures)}"
    )
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
