"""Deep features: a neural network's output for a picture, computed by ONNX Runtime."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

RECENT_SESSIONS = 4
# The least standard deviation of the Gaussian weights, in cells of the map: no division by zero.
NARROWEST = 1e-3


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
    """

    size: int
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    scale: float = 255.0
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    output: str = ""
    focus: float = 0.0
    power: float = 0.5

    def __post_init__(self) -> None:
        """Raises ValueError if a number is out of its range."""
        if not (0 <= self.focus <= 1 and 0 < self.power <= 1):
            raise ValueError(f"focus {self.focus} (0–1) or power {self.power} (above 0, up to 1)")


@dataclass(frozen=True)
class Backbone:
    """Extracts a network's output for the whole picture, which is squeezed into a square. The
    output is pooled, raised to a power with its signs kept, and normalised to length 1.

    path : the ONNX file; it must not change while a process runs.
    """

    key: str
    path: Path
    preprocessing: Preprocessing

    @property
    def side(self) -> int:
        return self.preprocessing.size

    @property
    def dimension(self) -> int:
        """The length of a vector, found by running the network on a black picture."""
        _, dimension = self.extract([Image.new("RGB", (self.side, self.side))]).shape
        return int(dimension)

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        # One by one: a batch of eight is no faster on two cores and takes eight times the memory.
        """Unit vectors, float32 (n, dimension), of upright RGB images."""
        outputs = np.concatenate([self._run(self._pixels(image)) for image in images])
        return _normalise(outputs, self.preprocessing.power)

    def _run(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        session, wanted = _session(self.path), self.preprocessing
        target = wanted.output or session.get_outputs()[0].name
        output: NDArray[Any] = session.run([target], {session.get_inputs()[0].name: pixels})[0]
        if output.ndim < 4:
            return output
        pooled: NDArray[Any] = np.tensordot(
            output, _gaussian_weights(output.shape[2:], wanted.focus)
        )
        return pooled

    def _pixels(self, image: Image.Image) -> NDArray[np.float32]:
        """float32 (1, 3, size, size), or (1, size, size, 3)."""
        wanted = self.preprocessing
        squeezed = image.resize((wanted.size, wanted.size), Image.Resampling.BICUBIC)
        # Channel by channel and in place: with the resizing 3 ms, against 6 on (height, width, 3).
        planes = np.asarray(squeezed).transpose(2, 0, 1).astype(np.float32, order="C")
        for plane, mean, std in zip(planes, wanted.mean, wanted.std, strict=True):
            plane *= 1 / (wanted.scale * std)
            plane -= mean / std
        batch = planes[None]
        return batch if wanted.layout == "NCHW" else batch.transpose(0, 2, 3, 1).copy()


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
def _gaussian_weights(shape: tuple[int, int], focus: float) -> NDArray[np.float32]:
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
    raised = np.sign(vectors) * np.abs(vectors) ** power
    lengths = np.linalg.norm(raised, axis=1, keepdims=True)
    return np.asarray(raised / np.maximum(lengths, 1e-12), np.float32)
