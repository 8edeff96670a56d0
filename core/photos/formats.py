"""Names what a file is that is no photo, from its first bytes."""

from __future__ import annotations

import re

_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"8BPS", "PSD"),
    (b"gimp xcf", "XCF"),
    (b"%!PS", "EPS"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"\0\0\1\0", "ICO"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"FUJIFILMCCD-RAW", "RAW"),
    (b"IIU\0", "RAW"),
    (b"IIRO", "RAW"),
    (b"IIRS", "RAW"),
    (b"II*\0\x10\0\0\0CR", "RAW"),
    (b"\x1aE\xdf\xa3", "MKV"),
)
_XML_HEAD = 4096
_SVG = re.compile(rb"\s*<(\?xml|!--|!DOCTYPE svg|svg)", re.IGNORECASE)
_HTML = re.compile(rb"\s*<(!DOCTYPE html|html|head|body)\b", re.IGNORECASE)
_PHOTO_BRANDS = frozenset(b"heic heix heim heis hevc hevx mif1 msf1 avif avis".split())


def name_of(data: bytes) -> str | None:
    """The name of a well-known format that is none of those read, such as "PDF"; None for any other."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    return _name_of_video(data) or _name_of_text(data)


def _name_of_video(data: bytes) -> str | None:
    """MP4 and QuickTime (also the film of a Live Photo), AVI; Canon's CR3 is built like them."""
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return "AVI"
    if data[4:8] in (b"moov", b"mdat", b"wide"):
        return "MOV"
    brand = data[8:12]
    if data[4:8] != b"ftyp" or brand in _PHOTO_BRANDS:
        return None
    return {b"crx ": "RAW", b"qt  ": "MOV"}.get(brand, "MP4")


def _name_of_text(data: bytes) -> str | None:
    head = data[:_XML_HEAD].removeprefix(b"\xef\xbb\xbf")
    if _SVG.match(head) and b"<svg" in head.lower():
        return "SVG"
    return "HTML" if _HTML.match(head) else None
