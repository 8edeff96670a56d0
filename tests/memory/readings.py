"""Readings to store, small and complete: made without an archive."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from core.datasets.listing import write_listing
from core.entities import (
    Example,
    ExampleOrigin,
    Note,
    NoteCode,
    Photo,
    Reading,
    Skipped,
    photo_path,
)

NOTES = (Note(NoteCode.CLASS_EMPTY, ("plum",), 1),)
SKIPPED = (Skipped("apple/readme.txt", "entry_not_image", "This is not an image."),)


def content_of(number: int) -> bytes:
    return f"photo {number}".encode()


def digest_of(number: int) -> str:
    return hashlib.sha256(content_of(number)).hexdigest()


def make_photo(number: int, twins: int | None = None) -> Photo:
    """twins : the number of the photo that names its group, by default its own."""
    return Photo(
        sha256=digest_of(number),
        bytes=len(content_of(number)),
        width=640,
        height=480,
        mean=(1.0, 2.5, 255.0),
        std=(0.0, 0.1, 0.2),
        perceptual_hash=f"{number:016x}",
        colours="00ff",
        twins=digest_of(number if twins is None else twins),
    )


def make_reading(
    folder: Path,
    photos: Mapping[int, str],
    *,
    test: Sequence[int] = (),
    regrouped: Mapping[int, int] | None = None,
    origin: ExampleOrigin = ExampleOrigin.ARCHIVE,
) -> Reading:
    """What reading an archive gave, as files in the folder.

    photos : class by the photo's number. test : those of the test part.
    regrouped : known photos, with the number of the photo that names their group from now on.
    """
    out = folder / uuid4().hex
    for number in photos:
        path = out / "photos" / photo_path(digest_of(number))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content_of(number))
    (out / "cache").mkdir(parents=True)
    (out / "cache" / f"{uuid4().hex}.zip").write_bytes(b"thumbnails")
    examples = [
        Example(0, make_photo(number), label, f"{label}/{number}.jpg", origin, number in test)
        for number, label in photos.items()
    ]
    write_listing(examples, out / "examples")
    groups = [(digest_of(one), digest_of(other)) for one, other in (regrouped or {}).items()]
    (out / "regrouped").write_text("".join(f"{json.dumps(pair)}\n" for pair in groups))
    labels = sorted(photos.values())
    return Reading(
        examples=str(out / "examples"),
        photos=str(out / "photos"),
        cache=str(out / "cache"),
        regrouped=str(out / "regrouped"),
        classes={label: labels.count(label) for label in labels},
        test_images=len(test),
        skipped=SKIPPED,
        notes=NOTES,
        seconds=0.25,
    )
