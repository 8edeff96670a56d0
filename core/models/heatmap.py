"""The places of a photo that speak for one class rather than for another.

A place's number is its share of the photo's vector (`core.features.places`) times the gradient of the
model's preference (`core.models.preference`) at the photo. Of a linear model this is exact: the numbers and
the preference at the vector 0 add up to the preference at the photo. Of a kernel it is an approximation.
The product is a derivative along the share, so it is taken as a difference of two preferences: exact for a
linear function, and in place of 1 280 partial derivatives there are as many as places, 242 for two views.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from core.features.backbone import Box
from core.features.places import PlacesOfView
from core.models.preference import Floats, Preference

# How far from the photo's vector, whose length is 1, a preference is asked. A linear one is the more precise
# the farther; that of a kernel is curved, and its float32 numbers differ by 1e-6.
_LINEAR_STEP = 1.0
_CURVED_STEP = 0.02
_LEAST_LENGTH = 1e-12
# Standard deviation, in places of the whole view. A place sees far more than its cell, and without a blur the
# edges of a crop look like edges of something in the photo.
_BLUR = 0.35


@dataclass(frozen=True)
class Layer:
    """The numbers of one view's places, float64 (rows, columns). box : of the view, as in
    PlacesOfView."""

    box: Box
    values: Floats


@dataclass(frozen=True)
class HeatMap:
    """bias : the preference at the vector 0, which no place adds. is_exact : True if `bias` and all values
    add up to the preference at the photo."""

    layers: tuple[Layer, ...]
    bias: float
    is_exact: bool

    @property
    def total(self) -> float:
        """The sum of all places of all views."""
        return float(sum(layer.values.sum() for layer in self.layers))

    def density(self, width: int, height: int) -> NDArray[np.float32]:
        """The layers on top of each other, float32 (height, width): the mean over the picture is `total`
        up to rounding at the views' borders."""
        density = np.zeros((height, width), np.float32)
        for layer in self.layers:
            left, top, right, bottom = (
                round(share * side)
                for share, side in zip(layer.box, (width, height) * 2, strict=True)
            )
            values = Image.fromarray(layer.values.astype(np.float32))
            spread = values.resize((right - left, bottom - top), Image.Resampling.BICUBIC)
            area = (right - left) * (bottom - top) / (width * height)
            density[top:bottom, left:right] += np.asarray(spread) * layer.values.size / area
        rows, columns = self.layers[0].values.shape
        blur = (_BLUR * height / rows, _BLUR * width / columns)
        smooth: NDArray[np.float32] = gaussian_filter(density, blur)
        return smooth


def heat_map(preference: Preference, views: Sequence[PlacesOfView]) -> HeatMap:
    """The numbers of all places of a photo's views."""
    shares = np.concatenate([view.shares.reshape(-1, view.shares.shape[-1]) for view in views])
    values = _derivatives(preference, shares)
    ends = np.cumsum([view.shares[..., 0].size for view in views])
    layers = tuple(
        Layer(view.box, part.reshape(view.shares.shape[:2]))
        for view, part in zip(views, np.split(values, ends[:-1]), strict=True)
    )
    (bias,) = preference(np.zeros((1, shares.shape[1])))
    return HeatMap(layers, float(bias), preference.is_linear)


def _derivatives(preference: Preference, shares: Floats) -> Floats:
    """The preference's derivative along each share, (places,), at the sum of all. shares : (places, d)."""
    lengths = np.maximum(np.linalg.norm(shares, axis=1), _LEAST_LENGTH)
    step = _LINEAR_STEP if preference.is_linear else _CURVED_STEP
    steps = shares * (step / lengths)[:, None]
    vector = shares.sum(0)
    differences = preference(vector + steps) - preference(vector - steps)
    derivatives: Floats = differences * lengths / (2 * step)
    return derivatives
