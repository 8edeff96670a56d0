"""One pass over an archive: each image's bytes are read once and decoded once."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import names
from core.datasets.listing import write_listing
from core.datasets.twins import group_twins, write_twins
from core.entities import (
    Example,
    ExampleOrigin,
    LabelSource,
    Note,
    NoteCode,
    Photo,
    Progress,
    Reading,
    Skipped,
)
from core.errors import (
    AlreadySorted,
    AlreadyThere,
    BadInput,
    EntryInNoFolder,
    EntryWithoutClass,
    NoClassFolders,
    NoImages,
    NothingNew,
)
from core.photos.archive import Entry, Source, left_out, open_source
from core.photos.duplicates import LAYOUT_SIDE
from core.photos.images import Picture, decode_picture
from core.photos.layout import MAX_NOTED, alike
from core.photos.store import PhotoStore
from core.photos.thumbnails import new_pack, shrink, to_jpeg
from core.sealed import Key

SIDE = 128
"""Larger pictures are reduced to this many pixels of the shorter side, or somewhat more: what a thumbnail needs."""

PROGRESS_INTERVAL_S = 0.2

_BATCH = 64
"""Images under way at a time. The threads hold the bytes of one each, the batch only thumbnails."""

_TURN = 8
"""Images that a thread takes at a time, as handing over one by one takes the threads' time."""

Levels = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Found:
    example: Example
    thumbnail: bytes


def read_archive(
    path: Path,
    known: Sequence[Example],
    out: Path,
    report: Callable[[Progress], None],
    labels: LabelSource = LabelSource.FOLDERS,
    key: Key | None = None,
) -> Reading:
    """Reads a ZIP or a folder of class folders into files in the folder `out`.

    The photos are written there as a store, their thumbnails as a cache.

    known : the examples of the dataset that images are added to. An image that it has already in the
        same class is left out, and so is one whose class was given by hand: that class stays.
    labels : where the classes are taken from. key : what is written is sealed with it.

    Raises DataNotFound, the errors of `zipguard` for a ZIP that is not taken, the refusals of
    `layout` (ClassesUnclear, OnlyParts, TableMissing, TooManyClasses) for a tree that tells no classes,
    NoImages if all files were left out, NoClassFolders if the images, or none at all, lie in no folder.
    """
    started = time.monotonic()
    report(Progress("check"))
    store = PhotoStore(out / "photos", key)
    examples: list[Example] = []
    with open_source(path, labels) as archive, new_pack(out / "cache", key) as thumbnails:
        if archive.refusal:
            raise archive.refusal
        skipped = list(archive.skipped)
        look = partial(_look, archive, store, _Known.of(known), labels)
        for seen in _reported(_side_by_side(look, archive.entries), len(archive.entries), report):
            if isinstance(seen, Skipped):
                skipped.append(seen)
            else:
                examples.append(seen.example)
                thumbnails.add(seen.example.photo.sha256, seen.thumbnail)
        if not examples:
            raise _nothing(skipped)
        notes = archive.notes + _unreadable_classes(archive.entries, [*known, *examples])
        notes += _alike_with_known(known, examples)
    report(Progress("compare"))
    reading = write_reading(examples, known, out, key)
    seconds = time.monotonic() - started
    return replace(reading, skipped=tuple(skipped), notes=notes, seconds=seconds)


def _unreadable_classes(entries: Sequence[Entry], examples: Sequence[Example]) -> tuple[Note, ...]:
    """A note of the classes none of whose images could be read."""
    empty = {entry.label for entry in entries} - {example.label for example in examples} - {""}
    return (Note(NoteCode.CLASS_EMPTY, tuple(sorted(empty))),) if empty else ()


def _alike_with_known(known: Sequence[Example], examples: Sequence[Example]) -> tuple[Note, ...]:
    """Notes of new classes with nearly the name of one that the dataset has."""
    old = {example.label for example in known}
    new = {example.label for example in examples} - old
    groups = alike(sorted(old | new)) if old else ()
    mixed = [group for group in groups if old & set(group) and new & set(group)]
    return tuple(Note(NoteCode.CLASSES_ALIKE, group) for group in mixed[:MAX_NOTED])


def write_reading(
    examples: Sequence[Example], known: Sequence[Example], out: Path, key: Key | None
) -> Reading:
    """The reading of examples whose photos are in the folder `out`, its files on the disk; what is said of
    an archive is still to come.

    known : the examples of the dataset that they are added to. key : see `read_archive`.
    """
    known_photos = {example.photo.sha256: example.photo for example in known}
    new_photos = {example.photo.sha256: example.photo for example in examples}
    added = [photo for digest, photo in new_photos.items() if digest not in known_photos]
    twins = group_twins(list(known_photos.values()), added)
    listing, regrouped = out / "examples", out / "regrouped"
    write_listing((_with_twins(example, twins) for example in examples), listing, key)
    write_twins(
        {d: twins[d] for d, photo in known_photos.items() if photo.twins != twins[d]},
        regrouped,
        key,
    )
    PhotoStore(out / "photos", key).sync(new_photos)
    return Reading(
        examples=str(listing),
        photos=str(out / "photos"),
        cache=str(out / "cache"),
        regrouped=str(regrouped),
        classes=_counted(examples),
        test_images=sum(example.is_test for example in examples),
        skipped=(),
        notes=(),
        seconds=0.0,
        is_sealed=key is not None,
    )


def _with_twins(example: Example, twins: Mapping[str, str]) -> Example:
    return replace(example, photo=replace(example.photo, twins=twins[example.photo.sha256]))


def channel_levels(image: Image.Image) -> tuple[Levels, Levels]:
    """Mean and standard deviation of R, G, B over an RGB image's pixels, 0–255.

    From the histogram: for 348 × 348 pixels ImageStat takes three times as long, and numpy thirty times.
    """
    counts = np.array(image.histogram(), dtype=np.float64).reshape(3, 256)
    shares = counts / (image.width * image.height)
    levels = np.arange(256.0)
    mean = shares @ levels
    variance = (shares * (levels - mean[:, None]) ** 2).sum(axis=1)
    return _levels(mean), _levels(np.sqrt(variance))


def colour_layout(image: Image.Image) -> str:
    """64 hexadecimal digits: which colours of an RGB image lie where; near duplicates have like ones.

    The bytes of Cb and Cr, 0–255 and 128 for grey, of 4 × 4 cells, row by row: a colour layout as in
    MPEG-7 (ISO/IEC 15938-3), without its cosine transform and without the lightness, which the hash has.
    """
    # The conversion is linear, so it gives the same after the mean, in a third of the time.
    small = image.resize((LAYOUT_SIDE, LAYOUT_SIDE), Image.Resampling.BOX).convert("YCbCr")
    return np.asarray(small)[:, :, 1:].tobytes().hex()


def perceptual_hash(image: Image.Image) -> str:
    """16 hexadecimal digits; of near duplicates at most `duplicates.MAX_BITS` of the 64 bits differ.

    The difference hash: is each pixel of a 9 × 8 grey reduction darker than its right neighbour?
    Measured on the 2 640 Grocery Store photos, copies within a distance and pairs of different
    photos (of 3.5 million) within it:

    | bits                                   | ≤ 4    | ≤ 5    | ≤ 6    | ≤ 8    |
    | JPEG quality 50, or resized to 2/3     | 100 %  | 100 %  | 100 %  | 100 %  |
    | brightness × 1.15                      | 99.9 % | 100 %  | 100 %  | 100 %  |
    | cropped by 1 % a side                  | 94.5 % | 98.2 % | 99.6 % | 100 %  |
    | cropped by 2 % a side                  | 53.1 % | 71.0 % | 83.3 % | 96.2 % |
    | different photos (all of one burst to 5) | 5    | 7      | 9      | 33     |

    It is blind to colour, so `core.photos.duplicates` compares means and `colour_layout` too. Copies of the
    same photos that are found, with ≤ 5 bits:

    | copy                                             | by the hash | and means | and colours |
    | JPEG quality 50, or resized to 2/3 or 1/3        | 100 %       | 100 %     | 100 %       |
    | brightness × 1.15                                | 100 %       | 100 %     | 100 %       |
    | brightness × 0.8                                 | 100 %       | 99.96 %   | 99.96 %     |
    | turned, and turned back by its EXIF orientation  | 100 %       | 100 %     | 100 %       |
    | mirrored                                         | 99.85 %     | 99.85 %   | 99.85 %     |
    | red × 1.08 and blue × 0.9; red × 0.92, blue × 1.08 | 100 %     | 100 %     | 100 %       |
    | saturation × 0.75                                | 100 %       | 100 %     | 100 %       |
    | saturation × 1.3; a filter (warmer, saturation × 1.2, contrast × 1.1) | 99.96 % | 99.96 % | 99.96 % |
    | cropped by 1 %, by 2 % a side                    | 98 %, 71 %  | the same  | the same    |

    And pairs of different pictures that are joined, those of different classes in brackets, with the groups
    that then hold several classes; the emoji are drawn as in `sample`, 33 600 pictures of 30 seeds:

    | pictures      | by the hash  | and means   | and colours | groups of several classes |
    | Grocery Store | 7 (0)        | 7 (0)       | 7 (0)       | none                      |
    | emoji         | 15 924 (104) | 10 511 (33) | 745 (0)     | with means 12, now 0      |

    Tomatoes were joined to tangerines, coconuts and strawberries. With red and blue exchanged, 2 % of the
    Grocery Store photos are still taken for themselves: those with hardly any colour.

    imagehash's phash found no more of the copies, confused as many photos (7, 7, 27, 45), took
    longer and needs scipy.
    """
    return np.packbits(imagehash.dhash(image).hash).tobytes().hex()


def _levels(values: NDArray[np.float64]) -> Levels:
    red, green, blue = values.tolist()
    return red, green, blue


@dataclass(frozen=True, slots=True)
class _Known:
    """What a dataset has already: pairs of digest and class, and the classes that were given by hand."""

    labels: frozenset[tuple[str, str]]
    by_hand: Mapping[str, str]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> _Known:
        return cls(
            frozenset((example.photo.sha256, example.label) for example in examples),
            {e.photo.sha256: e.label for e in examples if e.origin is ExampleOrigin.HAND},
        )

    def check(self, sha256: str, label: str) -> None:
        """Raises AlreadyThere, AlreadySorted."""
        if (sha256, label) in self.labels:
            raise AlreadyThere
        if sha256 in self.by_hand:
            raise AlreadySorted(self.by_hand[sha256])


def _look(
    archive: Source, store: PhotoStore, known: _Known, labels: LabelSource, entry: Entry
) -> _Found | Skipped:
    """All that one opening of an image gives, or why it was left out.

    An error is turned into its report here, as its traceback would keep the image's bytes alive.
    """
    try:
        data = archive.read(entry.index)
        sha256 = hashlib.sha256(data).hexdigest()
        known.check(sha256, entry.label)
        picture = decode_picture(data, SIDE)
        if not entry.label:
            raise EntryInNoFolder if labels is LabelSource.FOLDERS else EntryWithoutClass
    except BadInput as error:
        return left_out(entry.name, error)
    # One that the dataset has under another class too: it may be removed before this is stored.
    store.write(sha256, data)
    thumbnail = shrink(picture.image)
    photo = photo_of(sha256, len(data), picture, thumbnail)
    return _Found(
        Example(0, photo, entry.label, entry.name, is_test=entry.is_test), to_jpeg(thumbnail)
    )


def photo_of(sha256: str, size: int, picture: Picture, thumbnail: Image.Image) -> Photo:
    """What is kept of a picture. size : bytes of its file. thumbnail : by `thumbnails.shrink`."""
    mean, std = channel_levels(picture.image)
    return Photo(
        sha256=sha256,
        bytes=size,
        width=picture.width,
        height=picture.height,
        mean=mean,
        std=std,
        perceptual_hash=perceptual_hash(thumbnail),
        colours=colour_layout(thumbnail),
    )


def _side_by_side(
    look: Callable[[Entry], _Found | Skipped], entries: Sequence[Entry]
) -> Iterator[_Found | Skipped]:
    """In the entries' order; in threads, as reading, digests and decoding release the GIL."""

    def take_turn(start: int) -> list[_Found | Skipped]:
        return [look(entry) for entry in entries[start : start + _TURN]]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(entries), _BATCH):
            stop = min(len(entries), start + _BATCH)
            yield from chain.from_iterable(pool.map(take_turn, range(start, stop, _TURN)))


def _reported(
    looks: Iterable[_Found | Skipped], total: int, report: Callable[[Progress], None]
) -> Iterator[_Found | Skipped]:
    """The looks, with a report of how many there were now and then, and at the end."""
    reported = time.monotonic()
    for done, look in enumerate(looks, 1):
        yield look
        now = time.monotonic()
        if done == total or now - reported >= PROGRESS_INTERVAL_S:
            reported = now
            report(Progress("read", done, total))


def _nothing(skipped: Sequence[Skipped]) -> BadInput:
    """Why there is nothing to keep: images in no folder, no files at all, known ones, or no readable
    ones."""
    unlabelled = (EntryInNoFolder.code, EntryWithoutClass.code)
    if not skipped or any(image.reason in unlabelled for image in skipped):
        return NoClassFolders()
    if all(image.reason in (AlreadyThere.code, AlreadySorted.code) for image in skipped):
        return NothingNew(len(skipped))
    first = skipped[0]
    return NoImages(len(skipped), f"{first.name}: {first.detail.rstrip('.')}")


def _counted(examples: Iterable[Example]) -> dict[str, int]:
    """Numbers of photos by class, in the order of the classes' names."""
    counts = Counter(example.label for example in examples)
    return {label: counts[label] for label in sorted(counts, key=names.order)}
