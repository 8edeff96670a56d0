"""Work whose node dies in the middle is done by the other node, and its result is whole: each kind of work is
held up at a file that it reads, and then its node is killed."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.datasets.listing import read_listing
from core.datasets.reading import read_archive
from core.entities import Example, FitOptions, LabelSource, Learned, Prediction, Reading
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs import tasks
from core.jobs.compute import make_compute
from core.models.baseline import FILE
from core.models.modelfile import load
from core.photos.store import PhotoStore
from core.photos.thumbnails import Thumbnails
from core.ports import Compute, DatasetFiles
from core.sealed import Key, Stored, new_key
from tests.core.learning import CLASSICAL, ignore
from tests.factories import make_dataset, make_image
from tests.ray_nodes import LIMIT_S, host_reading, kill_node, living

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


class Gate:
    """Holds up a task that reads this file, which is a pipe until the gate is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.rename(path.with_name(f"{path.name}-behind-the-gate"))
        os.mkfifo(path)
        self._writer: int | None = None

    async def reached(self) -> None:
        """Returns when a task reads."""
        self._writer = await asyncio.to_thread(os.open, self.path, os.O_WRONLY)

    def open(self) -> None:
        """Later readers get the file. Who reads already waits on."""
        self._file.replace(self.path)

    def close(self) -> None:
        """Lets go of who waits, and of `reached`."""
        if self._writer is None:
            self._writer = os.open(self.path, os.O_RDWR)
        os.close(self._writer)


@dataclass(frozen=True)
class Place:
    """What work is made of."""

    compute: Compute
    files: DatasetFiles
    folder: Path

    @property
    def examples(self) -> tuple[Example, ...]:
        return read_listing(Path(self.files.listing), self.files.key)

    @property
    def digest(self) -> str:
        return self.examples[-1].photo.sha256

    @property
    def photos(self) -> Stored:
        return Stored(Path(self.files.photos), self.files.key)

    @property
    def photo(self) -> Path:
        return PhotoStore(self.photos.path, self.photos.key).path(self.digest)

    @property
    def features(self) -> Path:
        return Path(self.files.cache) / "features" / make_extractor(CLASSICAL).key

    def picture(self, name: str, seed: int) -> Path:
        path = self.folder / name
        path.write_bytes(make_image(seed=seed))
        return path


@pytest.fixture
def place(clustered: ClusterRunner, tmp_path: Path) -> Place:
    """With drawn pictures, sealed, that have their features."""
    key, archive = new_key(), make_dataset(tmp_path / "drawn.zip", classes=3, photos=12)
    reading = read_archive(archive, (), tmp_path / "drawn", ignore, key=key)
    files = DatasetFiles(reading.examples, reading.photos, reading.cache, key=key)
    tasks.extract(ignore, files, tasks.missing(ignore, files, CLASSICAL), CLASSICAL)
    return Place(make_compute(clustered), files, tmp_path)


Work = AsyncGenerator[Path, None]
"""Yields the file that a task of its kind reads; then it does the work, and checks the result."""


async def fit(place: Place) -> Work:
    yield Path(place.files.listing)
    out = place.folder / "model.onnx"
    fitted = await place.compute.training.fit(
        place.files, CLASSICAL, FitOptions(budget_s=30), ("x", 1), out, ignore
    )
    assert fitted.card.report.complete
    assert load(out).card == fitted.card
    assert not list(place.folder.glob("*.rungs"))


async def extract(place: Place) -> Work:
    shutil.rmtree(place.features)
    yield place.photo
    await place.compute.training.extract(place.files, CLASSICAL, ignore)
    digests = [example.photo.sha256 for example in place.examples]
    assert FeatureCache(place.features, place.files.key).missing(digests) == []


async def predict(place: Place) -> Work:
    pictures = [place.picture(f"{seed}", seed) for seed in range(2)]
    yield pictures[-1]
    answers = await place.compute.predicting.predict(Stored(FILE), pictures)
    assert [type(answer) for answer in answers] == [Prediction, Prediction]


async def draw(place: Place) -> Work:
    yield place.photo
    out = place.folder / "photo.jpg"
    await place.compute.drawing.draw_photo(place.photos, place.digest, out)
    with Image.open(out) as photo:
        assert photo.format == "JPEG"


async def read(place: Place) -> Work:
    archive, out = make_dataset(place.folder / "more.zip", 2, 5, seed=9), place.folder / "reading"
    yield Path(place.files.listing)
    reading = await place.compute.reading.read_archive(
        archive, LabelSource.FOLDERS, place.files, out, ignore, place.files.key
    )
    assert reading.classes == {"apple": 5, "pear": 5}
    assert photos_in(reading, place.files.key) == 10


async def learn(place: Place) -> Work:
    pictures = [place.picture(f"{seed}", seed) for seed in (98, 99)]
    yield pictures[-1]
    lesson = await place.compute.teaching.learn(
        pictures, ["a", "b"], "apple", place.files, None, place.folder / "lesson"
    )
    assert [type(photo) for photo in lesson.photos] == [Learned, Learned]
    assert lesson.reading
    assert photos_in(lesson.reading, place.files.key) == 2


async def forget(place: Place) -> Work:
    (keys,) = place.features.glob("*.keys.npy")
    yield keys
    cache = Stored(Path(place.files.cache), place.files.key)
    await place.compute.reading.forget(cache, [place.digest])
    digests = [example.photo.sha256 for example in place.examples]
    assert FeatureCache(place.features, cache.key).missing(digests) == [place.digest]
    with Thumbnails(cache.path, cache.key) as thumbnails:
        assert thumbnails.get(digests[0])
        with pytest.raises(KeyError):
            thumbnails.get(place.digest)


def photos_in(reading: Reading, key: Key | None) -> int:
    """How many photos there are, each readable, with its thumbnail, and no more than are listed."""
    store = PhotoStore(Path(reading.photos), key)
    digests = {e.photo.sha256 for e in read_listing(Path(reading.examples), key)}
    assert all(store.read(digest) for digest in digests)
    with Thumbnails(Path(reading.cache), key) as thumbnails:
        assert all(thumbnails.get(digest) for digest in digests)
    assert len(list(Path(reading.photos).glob("??/*"))) == len(digests)
    assert len(list(Path(reading.cache).glob("thumbnails-*"))) == 1
    return len(digests)


@pytest.mark.parametrize("kind", [fit, extract, predict, draw, read, learn, forget])
async def test_work_whose_node_dies_is_done_by_the_other_one(
    clustered: ClusterRunner, place: Place, kind: Callable[[Place], Work]
) -> None:
    work = kind(place)
    with closing(Gate(await anext(work))) as gate:
        doing = asyncio.create_task(end(work))
        async with asyncio.timeout(LIMIT_S):
            await gate.reached()
            host = host_reading(clustered, gate.path)
            gate.open()
            killed = kill_node(host)
            await doing
    assert not living(killed)
    assert len(clustered.nodes) == 1


async def end(work: Work) -> None:
    assert [path async for path in work] == []
