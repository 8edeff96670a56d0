"""Tasks that draw: charts, sheets of examples, the sample dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from core.charts import page, sheet
from core.charts.registry import draw_chart
from core.datasets import sample
from core.datasets.choice import sample_by_class
from core.entities import ChartRequest
from core.jobs.tasks.files import Report, examples_of
from core.photos.images import decode
from core.photos.store import PhotoStore
from core.photos.thumbnails import SIDE, Thumbnails, shrink
from core.ports import DatasetFiles
from core.sealed import Stored

SHEET_COLUMNS = 5
# Telegram scales photos down to this.
PHOTO_SIDE = 1280


def draw(
    report: Report, requests: Sequence[ChartRequest], out: Path
) -> tuple[tuple[Path, Mapping[str, str]], ...]:
    """Draws charts as PNG files into a folder, in the order of the requests; with each, the names that no
    font can draw by the numbers in their place."""
    out.mkdir(parents=True, exist_ok=True)
    charts = [out / f"{number}-{request.name}.png" for number, request in enumerate(requests)]
    return tuple(
        (chart, draw_chart(request, chart)) for request, chart in zip(requests, charts, strict=True)
    )


def draw_sheet(report: Report, files: DatasetFiles, seed: int, out: Path) -> None:
    """Draws a sheet of examples, one row per class, as a PNG file."""
    chosen = sample_by_class(examples_of(files), SHEET_COLUMNS, seed)
    store = PhotoStore(Path(files.photos), files.key)
    with Thumbnails(Path(files.cache), files.key) as thumbnails:
        shown = (digest for digests in chosen.values() for digest in digests)
        store.need(digest for digest in shown if digest not in thumbnails)
        rows = [
            (label, [_thumbnail(thumbnails, store, digest) for digest in digests])
            for label, digests in chosen.items()
        ]
    sheet.draw_sheet(rows, out, columns=SHEET_COLUMNS)


def draw_page(
    report: Report, photos: Stored, digests: Sequence[str], first: int | None, out: Path
) -> None:
    """Draws photos in a grid as a JPEG file, numbered from `first` on, or not at all. Raises PhotoMissing."""
    store = PhotoStore(photos.path, photos.key)
    store.need(digests)
    page.draw_page([decode(store.read(digest), page.SIDE) for digest in digests], first, out)


def draw_photo(report: Report, photos: Stored, digest: str, out: Path) -> None:
    """Writes a photo as a JPEG file of at most PHOTO_SIDE × PHOTO_SIDE pixels. Raises PhotoMissing."""
    photo = decode(PhotoStore(photos.path, photos.key).read(digest), PHOTO_SIDE)
    photo.thumbnail((PHOTO_SIDE, PHOTO_SIDE), Image.Resampling.LANCZOS)
    page.pad(photo).save(out, "JPEG", quality=page.QUALITY)


def draw_sample_dataset(report: Report, out: Path, seed: int, labels: Mapping[str, str]) -> None:
    """Writes the emoji dataset as a ZIP."""
    sample.write_sample_dataset(out, seed, report, labels)


def draw_sample_pictures(
    report: Report, out: Path, count: int, seed: int
) -> tuple[tuple[Path, str], ...]:
    """Draws emoji pictures into a folder: (path, class name) each."""
    return sample.draw_sample_pictures(out, count, seed)


def _thumbnail(thumbnails: Thumbnails, store: PhotoStore, digest: str) -> Image.Image:
    """The kept one; a cache may be lost, the photos are not."""
    try:
        return thumbnails.get(digest)
    except KeyError:
        return shrink(decode(store.read(digest), SIDE))
