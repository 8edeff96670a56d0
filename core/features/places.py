"""The share that each place of a picture has in the picture's vector.

With m_kp channel k of a network's map at place p, w_p the place's weight, v_k = Σ_p w_p m_kp and Z the length
of the vector of sign(v_k) |v_k|^power, the vector's number k is Σ_p w_p m_kp |v_k|^(power − 1) / Z: a sum over
places. Views are averaged and outputs are put side by side, so that it stays a sum; what divides it by a
length divides the shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.features.backbone import CROP_FOCUS, Backbone, Box, gaussian_weights, middle_box

Floats = NDArray[np.float64]

_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_LEAST_LENGTH = 1e-12


@dataclass(frozen=True)
class PlacesOfView:
    """The places of one view of a picture.

    box : left, top, right and bottom of the view, as shares of the picture's width and height.
    shares : float64 (rows, columns, dimension), those of the view's places in the picture's vector.
        Over all places of all views their sum is the vector.
    """

    box: Box
    shares: Floats


def places_of(backbone: Backbone, image: Image.Image) -> list[PlacesOfView]:
    """The places of each view of an upright RGB image; none if an output of the network is no map."""
    crops = backbone.preprocessing.crops
    boxes = [_WHOLE, *(middle_box((1, 1), share) for share in crops)]
    foci = [backbone.preprocessing.focus, *(CROP_FOCUS for _ in crops)]
    views = []
    for pixels, focus in zip(backbone.inputs(image), foci, strict=True):
        outputs = backbone.outputs(pixels)
        if any(output.ndim != 4 for output in outputs):
            return []
        maps = [np.asarray(output[0], np.float64) for output in outputs]
        parts = [_shares(channels, focus, backbone.preprocessing.power) for channels in maps]
        views.append(_of_unit_sum(np.concatenate(parts, axis=-1)))
    length = _length(np.sum([view.sum((0, 1)) for view in views], axis=0))
    return [PlacesOfView(box, view / length) for box, view in zip(boxes, views, strict=True)]


def _shares(channels: Floats, focus: float, power: float) -> Floats:
    """Shares of a map's places in its vector of length 1, (rows, columns, channels).

    channels : (channels, rows, columns).
    """
    rows, columns = channels.shape[1:]
    weighted = channels.transpose(1, 2, 0) * gaussian_weights((rows, columns), focus)[:, :, None]
    pooled = np.abs(weighted.sum((0, 1)))
    factors = np.power(pooled, power - 1, out=np.zeros_like(pooled), where=pooled > 0)
    return _of_unit_sum(weighted * factors)


def _of_unit_sum(shares: Floats) -> Floats:
    """The shares divided by the length of their sum over all places."""
    divided: Floats = shares / _length(shares.sum((0, 1)))
    return divided


def _length(vector: Floats) -> float:
    return max(float(np.linalg.norm(vector)), _LEAST_LENGTH)
