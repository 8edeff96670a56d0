"""A lesson: pictures that are taught under one class's name, each decoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from core.datasets.listing import read_listing
from core.datasets.reading import photo_of, write_reading
from core.entities import Example, ExampleOrigin, Reading
from core.photos.images import decode_picture
from core.photos.store import PhotoStore
from core.photos.thumbnails import Pack, new_pack, shrink, to_jpeg
from core.sealed import Key


class LessonWriter:
    """Takes pictures one by one; made by `writing`."""

    def __init__(self, label: str, store: PhotoStore, thumbnails: Pack) -> None:
        self._label = label
        self._store = store
        self._thumbnails = thumbnails
        self.examples: dict[str, Example] = {}

    def add(self, data: bytes, name: str, side: int) -> tuple[str, Image.Image]:
        """Adds a picture: its digest, and the upright RGB image.

        name : the example's. side : see `decode`; at least that of a thumbnail.
        Raises what `decode` raises; then the picture is left out.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        picture = decode_picture(data, side)
        thumbnail = shrink(picture.image)
        photo = photo_of(sha256, len(data), picture, thumbnail)
        self._store.write(sha256, data)
        self._thumbnails.add(sha256, to_jpeg(thumbnail))
        self.examples[sha256] = Example(0, photo, self._label, name, ExampleOrigin.HAND)
        return sha256, picture.image


@contextmanager
def writing(label: str, out: Path, key: Key | None = None) -> Iterator[LessonWriter]:
    """A writer of a lesson's photos and thumbnails into the folder `out`, sealed where there is a key."""
    with new_pack(out / "cache", key) as thumbnails:
        yield LessonWriter(label, PhotoStore(out / "photos", key), thumbnails)


def finished(
    writer: LessonWriter, known: Sequence[Example], out: Path, key: Key | None = None
) -> tuple[Reading | None, int]:
    """The reading of what was written, None where there is nothing, and how many different pictures it
    has, near duplicates counted once. known : the examples of the dataset that is taught."""
    if not writer.examples:
        return None, 0
    reading = write_reading(list(writer.examples.values()), known, out, key)
    listed = read_listing(Path(reading.examples), key)
    return reading, len({example.photo.twins for example in listed})
