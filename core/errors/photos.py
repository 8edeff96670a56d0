"""Single photos and files."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import BadInput, LukoshkoError


@dataclass(eq=False)
class ImageUnreadable(BadInput):
    """This picture can't be read: it is damaged, cut off or not a picture. Send it again, as JPEG or PNG."""


@dataclass(eq=False)
class ImageFormatUnsupported(ImageUnreadable):
    """{format} files can't be read: save the picture as JPEG or PNG, or take a screenshot of it."""

    format: str


@dataclass(eq=False)
class ImageTooLarge(BadInput):
    """This picture has {width}×{height} pixels, at most {max_megapixels} megapixels are read: make it smaller."""

    width: int
    height: int
    max_megapixels: int


@dataclass(eq=False)
class ImageTooSmall(BadInput):
    """This picture has only {width}×{height} pixels: send one of at least {min_side} a side."""

    width: int
    height: int
    min_side: int


@dataclass(eq=False)
class FileTooLarge(BadInput):
    """This file has {megabytes} MB, and at most {max_megabytes} MB can be taken: use smaller photos or
    split it into several ZIPs."""

    megabytes: int
    max_megabytes: int


@dataclass(eq=False)
class FileNotFetched(LukoshkoError):
    """This file could not be fetched from Telegram: try again in a moment, or send it anew."""


@dataclass(eq=False)
class PhotoMissing(LukoshkoError):
    """The bytes of the photo {sha256} are not in the store."""

    sha256: str
    #: Photos that the same task wants and does not have either.
    others: tuple[str, ...] = ()
