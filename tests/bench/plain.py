"""The plain pipeline that ours is measured against: each step the obvious way, one process.

Pillow, scikit-image and scikit-learn as their tutorials use them, neither slowed down nor tuned. The
recipe is `hog+pca+svc` with its defaults: HOG of 64 × 64 pixels channel by channel, PCA to 60 % of
the variance, an SVC with probabilities.
"""

from __future__ import annotations

import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.feature import hog
from sklearn.decomposition import PCA
from sklearn.metrics import f1_score
from sklearn.model_selection import learning_curve, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from core.models.evaluation import CURVE_SHARES, FOLDS, TEST_SHARE

SIDE = 64
SEED = 0

# Version 1.9 of scikit-learn deprecates the argument that this pipeline is known by.
warnings.filterwarnings("ignore", category=FutureWarning, message=".*probability.*")

Level = NDArray[np.float64]


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Unpacks a ZIP of class folders and returns the photos' paths."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return sorted(folder.rglob("*.jpg"))


def measure_sizes(paths: Sequence[Path]) -> dict[str, tuple[int, float, int]]:
    """Least, mean and greatest width and height, pixels."""
    sizes = []
    for path in paths:
        with Image.open(path) as image:
            sizes.append(image.size)
    by_axis = zip(("width", "height"), zip(*sizes, strict=True), strict=True)
    return {axis: (min(found), sum(found) / len(found), max(found)) for axis, found in by_axis}


def measure_colours(paths: Sequence[Path]) -> Mapping[str, tuple[Level, Level]]:
    """Mean and standard deviation of R, G and B, 0–255, of each class."""
    by_label: dict[str, list[tuple[Level, Level]]] = {}
    for path in paths:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        levels = pixels.mean((0, 1)), pixels.std((0, 1))
        by_label.setdefault(label_of(path), []).append(levels)
    return {
        label: (np.mean([mean for mean, _ in levels], 0), np.mean([std for _, std in levels], 0))
        for label, levels in by_label.items()
    }


def count_duplicates(paths: Sequence[Path]) -> int:
    """Photos whose difference hash another one has, each group but for one."""
    hashes: Counter[str] = Counter()
    for path in paths:
        with Image.open(path) as image:
            hashes[str(imagehash.dhash(image))] += 1
    return hashes.total() - len(hashes)


def resize(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Writes the photos again, 64 × 64 pixels, and returns their new paths."""
    resized = []
    for path in paths:
        target = folder / label_of(path) / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(path) as image:
            image.convert("RGB").resize((SIDE, SIDE)).save(target)
        resized.append(target)
    return resized


def fit(paths: Sequence[Path], C: float = 10.0) -> float:  # noqa: N803
    """Trains on four fifths and returns the macro F1 on the rest."""
    train, test = train_test_split(
        paths, test_size=TEST_SHARE, stratify=labels_of(paths), random_state=SEED
    )
    model = make_pipeline(C).fit(train, labels_of(train))
    return float(f1_score(labels_of(test), model.predict(test), average="macro"))


def curve(paths: Sequence[Path]) -> NDArray[np.float64]:
    """Macro F1 on the folds that training did not see: (sizes, folds)."""
    _, _, scores = learning_curve(
        make_pipeline(),
        paths,
        labels_of(paths),
        train_sizes=CURVE_SHARES,
        cv=FOLDS,
        scoring="f1_macro",
        shuffle=True,
        random_state=SEED,
    )
    return scores


def make_pipeline(C: float = 10.0) -> Pipeline:  # noqa: N803
    """From the paths of resized photos to their labels."""
    return Pipeline(
        [
            ("hog", FunctionTransformer(hog_of_files)),
            ("pca", PCA(0.6, random_state=SEED)),
            ("svc", SVC(C=C, probability=True, random_state=SEED)),
        ]
    )


def hog_of_files(paths: Iterable[Path]) -> NDArray[np.float64]:
    """float64 (n, 900)."""
    return np.array([_hog_of_file(path) for path in paths])


def _hog_of_file(path: Path) -> NDArray[np.float64]:
    with Image.open(path) as image:
        pixels = np.asarray(image)
    channels = (
        hog(pixels[..., channel], orientations=3, pixels_per_cell=(10, 10), cells_per_block=(2, 2))
        for channel in range(3)
    )
    return np.concatenate(list(channels))


def labels_of(paths: Iterable[Path]) -> list[str]:
    return [label_of(path) for path in paths]


def label_of(path: Path) -> str:
    return path.parent.name
