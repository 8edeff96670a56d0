"""What a file is by its first bytes and its suffix, without decoding anything."""

from __future__ import annotations

from posixpath import splitext

HEAD_BYTES = 512
"""As many of a file's first bytes as the functions here look at."""

# fmt: off
IMAGE_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".tif", ".tiff",
    ".avif", ".heic", ".heif", ".hif",
})
OTHER_SUFFIXES = frozenset({
    ".txt", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".md", ".html", ".htm", ".css", ".js", ".py",
    ".ipynb", ".yaml", ".yml", ".ini", ".cfg", ".log", ".lnk", ".url", ".db", ".sqlite", ".exe", ".bat", ".sh",
    ".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".tm", ".pdf", ".doc", ".docx",
    ".xls", ".xlsx", ".ppt", ".pptx", ".rtf", ".odt", ".ods", ".mp3", ".wav", ".ogg", ".oga", ".m4a", ".flac",
    ".mp4", ".mov", ".avi", ".mkv", ".webm", ".3gp", ".m4v", ".mts", ".wmv", ".tgs", ".aae", ".xmp",
    ".svg", ".eps", ".ai", ".psd", ".npy", ".npz", ".pkl", ".h5", ".pt", ".pth", ".onnx", ".mat",
    ".parquet", ".tfrecord", ".bin", ".dat",
})
# fmt: on
"""Files that are no photos; those with neither kind of suffix are judged by their first bytes."""

JUNK_NAMES = frozenset({"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir"})
"""What systems leave beside photos, in lower case."""

_HEIF_BRANDS = (b"hei", b"hev", b"mif1", b"msf1", b"avif", b"avis")
_BMP_HEADER_BYTES = {12, 16, 40, 52, 56, 64, 108, 124}
_ARCHIVES = (
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gzip (.gz, .tar.gz)"),
    (0, b"BZh", "bzip2 (.bz2, .tar.bz2)"),
    (0, b"\xfd7zXZ\x00", "xz (.xz, .tar.xz)"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard (.zst)"),
    (0, b"MSCF", "CAB"),
    (257, b"ustar", "tar"),
)


def suffix_of(name: str) -> str:
    """The suffix in lower case, with its dot; "" without one. "1.jpg_large" has ".jpg_large"."""
    return splitext(name)[1].lower()


def looks_like_image(head: bytes) -> bool:
    """True if these first bytes begin a picture in a format that `images` decodes."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")):
        return True
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12].startswith(_HEIF_BRANDS)
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_BYTES


def archive_kind(head: bytes) -> str | None:
    """The kind of archive, other than ZIP, that begins with these bytes."""
    for offset, magic, kind in _ARCHIVES:
        if head.startswith(magic, offset):
            return kind
    return None
