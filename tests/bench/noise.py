"""A large dataset that was never drawn: real files and rows, features of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.entities import Reading
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.recipes import make_recipe
from tests.bench.growth import CLASSES
from tests.factories import make_label
from tests.storage.factories import make_example, make_reading

EXTRACTOR = "hog"
# As many as a worker's extraction keeps in one (`core.jobs.tasks.training`).
IMAGES_PER_SHARD = 256


def noise_reading(folder: Path, examples: int) -> Reading:
    """What reading an archive of this many photos leaves in a folder, and their features in its cache.

    The photos are files of some bytes, which nothing decodes; the vectors tell nothing.
    """
    made = [make_example(number, make_label(number % CLASSES)) for number in range(examples)]
    reading = make_reading(folder, made)
    extractor = make_extractor(make_recipe(EXTRACTOR))
    cache = FeatureCache(Path(reading.cache) / "features" / extractor.key)
    random = np.random.default_rng(0)
    for start in range(0, examples, IMAGES_PER_SHARD):
        digests = [example.photo.sha256 for example in made[start : start + IMAGES_PER_SHARD]]
        vectors = random.normal(size=(len(digests), extractor.dimension))
        cache.append(digests, vectors.astype(np.float32))
    return reading
