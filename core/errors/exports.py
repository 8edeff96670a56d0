"""Models that are taken away as a file."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import BadInput


@dataclass(eq=False)
class NotExportable(BadInput):
    """A model with the features {features} can't be put into one file: train with other features, and take that
    model away."""

    features: str


@dataclass(eq=False)
class FolderNeedsPhotos(BadInput):
    """A folder for Teachable Machine is learned from the model's photos, and none of {name} are here: give --data
    DATA, the dataset that the model learned from."""

    name: str


@dataclass(eq=False)
class PhotosOfOtherClasses(BadInput):
    """A folder for Teachable Machine is learned from the model's photos, and those here are of other classes than
    {name} knows: give it the dataset that the model learned from."""

    name: str


@dataclass(eq=False)
class ExportTooLarge(BadInput):
    """The file has {megabytes} MB, and {most} MB can be sent: train with a smaller network, and take that model away."""

    megabytes: int
    most: int


@dataclass(eq=False)
class PageTooLarge(BadInput):
    """The page would have {megabytes} MB, and {most} MB is the limit: take the ONNX file, or train with a smaller
    network."""

    megabytes: int
    most: int


@dataclass(eq=False)
class WebRuntimeMissing(BadInput):
    """This installation has no web runtime, which a page needs: run `make web` once (it needs npm), or use
    the Docker image, which has it."""
