"""Deep features: a neural network's output for a picture, computed by ONNX Runtime."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

Box = tuple[float, float, float, float]

RECENT_SESSIONS = 4
MIN_SIDE = 8
# The least standard deviation of the Gaussian weights, in cells of the map: no division by zero.
NARROWEST = 1e-3
CROP_FOCUS = 0.45
"""The focus of a crop, which is near the middle as a whole already."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a network's input is made from a picture, and how a vector is made from its output.

    size : side of the square input, pixels.
    mean, std, scale : the value v of each channel, 0–255, becomes (v / scale − mean) / std.
    layout : order of the input's axes. output : the output's name; "" for the first one.
    focus : an output that is a map, (n, channels, height, width), is averaged with Gaussian weights
        around the middle, where people hold what they photograph. This is the standard deviation as
        a share of the map's side, 0–1; 0 weights all cells alike.
    power : exponent for the vector's numbers, above 0 and up to 1, their signs kept. It tames the few
        channels that fire strongly (Arandjelović and Zisserman, 2012, with 0.5).
    beside : name of another output that is a map, whose vector is put beside that of `output`.
    crops : views beside the whole picture: crops of its middle, of these shares of each side, 0–1. The
        vectors of all views are averaged.
    """

    size: int
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    scale: float = 255.0
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    output: str = ""
    focus: float = 0.0
    power: float = 0.5
    beside: str = ""
    crops: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError if a number is out of its range."""
        if not (0 <= self.focus <= 1 and 0 < self.power <= 1):
            raise ValueError(f"focus {self.focus} (0–1) or power {self.power} (above 0, up to 1)")
        if not all(0 < share < 1 for share in self.crops):
            raise ValueError(f"crops {self.crops} (above 0, below 1)")


@dataclass(frozen=True)
class Backbone:
    """Extracts a network's output for the views of a picture, each squeezed into a square. An output is
    pooled, raised to a power with its signs kept, and normalised to length 1.

    path : the ONNX file; it must not change while a process runs.
    """

    key: str
    path: Path
    preprocessing: Preprocessing

    @property
    def side(self) -> int:
        """Enough that the smallest crop still has `size` pixels."""
        wanted = self.preprocessing
        return math.ceil(wanted.size / min(wanted.crops, default=1))

    @property
    def dimension(self) -> int:
        """The length of a vector, found by running the network on a black picture."""
        _, dimension = self.extract([Image.new("RGB", (MIN_SIDE, MIN_SIDE))]).shape
        return int(dimension)

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Unit vectors, float32 (n, dimension), of upright RGB images.

        The views of a single image are computed in parallel, since a user waits for it: 20 ms instead of 38 on two
        free cores. Many images are computed by one thread: other processes use the other cores.
        """
        if len(images) == 1 and self.preprocessing.crops:
            # Before the threads, which would both load and open: Pillow's loading is one thread's.
            images[0].load()
            _session(self.path)
            with ThreadPoolExecutor(1 + len(self.preprocessing.crops)) as threads:
                return self._vector(images[0], threads.map)
        # One by one: a batch of eight is no faster on two cores and takes eight times the memory.
        return np.concatenate([self._vector(image, map) for image in images])

    def _vector(
        self, image: Image.Image, each: Callable[..., Iterable[NDArray[np.float32]]]
    ) -> NDArray[np.float32]:
        """float32 (1, dimension). each : `map`, or one that works in threads."""
        boxes = self._boxes(image)
        foci = [self.preprocessing.focus, *(CROP_FOCUS for _ in boxes[1:])]
        whole, *crops = each(
            lambda box, focus: self._view(self._pixels(image, box), focus), boxes, foci
        )
        return _unit(whole + np.sum(crops, axis=0)) if crops else whole

    def inputs(self, image: Image.Image) -> list[NDArray[np.float32]]:
        """The network's input for each view of the picture."""
        return [self._pixels(image, box) for box in self._boxes(image)]

    def _boxes(self, image: Image.Image) -> list[Box | None]:
        """The box of each view; None for the whole picture."""
        return [None, *(middle_box(image.size, share) for share in self.preprocessing.crops)]

    def outputs(self, pixels: NDArray[np.float32]) -> list[NDArray[Any]]:
        """The network's output, and the one beside it if there is one, for one view's input: maps, (1,
        channels, height, width), or vectors, (1, channels)."""
        session, wanted = _session(self.path), self.preprocessing
        names = [wanted.output or session.get_outputs()[0].name]
        if wanted.beside:
            names.append(wanted.beside)
        return list(session.run(names, {session.get_inputs()[0].name: pixels}))

    def _view(self, pixels: NDArray[np.float32], focus: float) -> NDArray[np.float32]:
        wanted, outputs = self.preprocessing, self.outputs(pixels)
        vectors = [_normalise(_pooled(output, focus), wanted.power) for output in outputs]
        return _unit(np.hstack(vectors)) if wanted.beside else vectors[0]

    def _pixels(self, image: Image.Image, box: Box | None) -> NDArray[np.float32]:
        """float32 (1, 3, size, size), or (1, size, size, 3), of a box of the picture or all of it."""
        wanted = self.preprocessing
        size = (wanted.size, wanted.size)
        # Crops need more pixels than the whole does, which is halved and so on first: 4 ms for 1 280 × 960
        # instead of 9.
        gap = 1.0 if wanted.crops else None
        squeezed = image.resize(size, Image.Resampling.BICUBIC, box, gap)
        # Channel by channel and in place: with the resizing 3 ms, against 6 on (height, width, 3).
        planes = np.asarray(squeezed).transpose(2, 0, 1).astype(np.float32, order="C")
        for plane, mean, std in zip(planes, wanted.mean, wanted.std, strict=True):
            plane *= 1 / (wanted.scale * std)
            plane -= mean / std
        batch = planes[None]
        return batch if wanted.layout == "NCHW" else batch.transpose(0, 2, 3, 1).copy()


def middle_box(size: tuple[int, int], share: float) -> Box:
    """The box of the middle of a picture, `share` of each side."""
    (width, height), margin = size, (1 - share) / 2
    return width * margin, height * margin, width * (1 - margin), height * (1 - margin)


def _pooled(output: NDArray[Any], focus: float) -> NDArray[Any]:
    """(n, channels): an output that is a map is averaged, any other is a vector already."""
    if output.ndim < 4:
        return output
    pooled: NDArray[Any] = np.tensordot(output, gaussian_weights(output.shape[2:], focus))
    return pooled


@lru_cache(RECENT_SESSIONS)
def _session(path: Path) -> onnxruntime.InferenceSession:
    """Opens the network at its first use: a session from before a fork has no threads in the
    child."""
    options = onnxruntime.SessionOptions()
    # Processes work side by side: two of one thread each gave 65 photos/s, of two threads each 57
    # (lite2 at 320, two cores).
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@lru_cache
def gaussian_weights(shape: tuple[int, int], focus: float) -> NDArray[np.float32]:
    """The weight of each cell of a map, float32 (height, width); the sum is 1."""
    if not focus:
        return np.full(shape, 1 / math.prod(shape), np.float32)
    rows, columns = (_gaussian_along(n, focus) for n in shape)
    weights = np.outer(rows, columns)
    return np.asarray(weights / weights.sum(), np.float32)


def _gaussian_along(n: int, focus: float) -> NDArray[np.float64]:
    """Weights along one axis, float64 (n,), the largest of them 1. Distances are measured from the
    cells nearest to the middle, so even the narrowest Gaussian keeps these."""
    distances = np.abs(np.arange(n) - (n - 1) / 2)
    squares = distances**2 - distances.min() ** 2
    heights: NDArray[np.float64] = np.exp(-squares / (2 * max(focus * n, NARROWEST) ** 2))
    return heights


def _normalise(vectors: NDArray[Any], power: float) -> NDArray[np.float32]:
    return _unit(np.sign(vectors) * np.abs(vectors) ** power)


def _unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
