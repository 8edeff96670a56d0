"""Files' names → classes: "cat.0.jpg", "cat_12.jpg" and "cat (3).jpg" show a cat.

The class is what stands before the number that counts the photos; names that cameras, messengers and
exports give ("IMG_2041", "photo_2023-05-01", "0007") tell none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from core.photos.folder_words import part_of, plain, words_of

MIN_PHOTOS = 2
"""Classes have so many photos each on average where names tell them."""

# fmt: off
_GIVEN_BY_DEVICES = frozenset(map(plain, ["img", "imge", "dsc", "dscn", "dscf", "dcim", "pxl", "mvimg", "dji", "gopr", "gp", "vid", "p", "pict", "cimg", "sam", "hpim", "kif", "imag", "mov", "screenshot", "screen", "shot", "shots", "snapshot", "whatsapp", "wa", "telegram", "signal", "viber", "fb", "received", "at", "am", "pm", "copy", "copie", "kopie", "untitled", "unnamed", "noname", "unknown", "scan", "frame", "capture", "crop", "cam", "webcam", "wp", "win", "line", "burst", "cover", "portrait", "pano", "hdr", "night", "bokeh", "edited", "edit", "rotated", "collage", "instagram", "insta", "twitter", "messenger", "inshot", "facetune", "снимок", "экрана", "скриншот", "копия", "кадр", "без", "названия", "изображение", "новый", "рисунок", "фото", "bildschirmfoto", "captura", "capture", "screenshots", "tmp", "temp", "x", "id", "no", "n", "nr", "num", "number"]))
# fmt: on
_SYNSET = re.compile(r"(n\d{8})_\d+")
_EXPORTED = re.compile(r"[._](jpe?g|png|webp|bmp)\.rf\.[0-9a-f]+$", re.IGNORECASE)
_COPY = re.compile(r"([ _-]+(copy|copie|kopie|копия))?( ?\(\d+\))?$", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{12,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COUNTED = re.compile(r"(?:\d+[\s._-]+)?(\D*?)[\s._#№-]*(?:\(?\d.*)?")
_TM_SAMPLE = re.compile(r"(.+)-!-\d+\.\w+")


def class_in_name(name: str) -> str:
    """The class that a file's name tells, "" if none: "train/cat.0.jpg" tells "cat"."""
    stem = PurePosixPath(name).name
    stem = stem[: -len(PurePosixPath(stem).suffix)] if _has_suffix(stem) else stem
    stem = _EXPORTED.sub("", stem)
    if synset := _SYNSET.match(stem):
        return synset[1]
    stem = _COPY.sub("", stem)
    counted = _COUNTED.fullmatch(stem)
    label = counted[1].strip(" ._-") if counted else ""
    words = words_of(label.casefold())
    if not words or _DIGEST.fullmatch(stem) or words <= _GIVEN_BY_DEVICES or part_of(words):
        return ""
    return label if not words & {"img", "dsc", "whatsapp", "screenshot"} else ""


def offered_classes(names: Sequence[str]) -> tuple[str, ...]:
    """The classes that these names tell, the commonest first, if they tell enough to be offered:
    two or more, of half the photos or more, MIN_PHOTOS photos each on average."""
    counts = Counter(filter(None, map(class_in_name, names)))
    named = counts.total()
    if len(counts) < 2 or named * 2 < len(names) or named < MIN_PHOTOS * len(counts):
        return ()
    return tuple(label for label, _ in counts.most_common())


def class_of_sample(name: str) -> str:
    """The class of a sample in Teachable Machine's project file: "Class 1-!-0.jpg" is of "Class 1"."""
    match = _TM_SAMPLE.fullmatch(name)
    return match[1].strip("/") if match else ""


def _has_suffix(name: str) -> bool:
    suffix = PurePosixPath(name).suffix
    return bool(suffix) and not suffix[1:].isdecimal() and len(suffix) < 12
