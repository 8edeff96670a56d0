"""Makes the quantised network anew: `python -m core.features.quantised DATA`.

DATA is the folder of the Grocery Store photos. Exit codes: 0 done; 2 bad input.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import BadInput, DataNotFound
from core.features.backbone import Backbone
from core.features.efficientnet import INPUT
from core.features.networks import backbone_path, lite, weights_path
from core.features.quantised import FILE
from core.features.quantised.build import Pixels, quantise
from core.photos.images import decode

DONE, BAD_INPUT = 0, 2

SIZE = 348
PHOTOS = 64
"""Photos of the training part, evenly spread over its list, two views each."""


def main(words: list[str] | None = None) -> int:
    """Builds the file and returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m core.features.quantised", description="Makes the quantised network anew."
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the Grocery Store photos")
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="where to write it")
    arguments = parser.parse_args(words)
    try:
        photos = _photos(arguments.data)
        quantise(backbone_path("lite2"), arguments.out, INPUT, _inputs(arguments.data, photos))
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    _describe(arguments.out, photos)
    return DONE


def _photos(data: Path) -> Sequence[str]:
    """Paths below the folder."""
    listed = data / "train.txt"
    if not listed.exists():
        raise DataNotFound(path=str(listed))
    paths = [line.split(",")[0].strip() for line in listed.read_text("utf-8").splitlines()]
    return paths[:: max(1, len(paths) // PHOTOS)][:PHOTOS]


def _inputs(data: Path, photos: Sequence[str]) -> Iterator[Pixels]:
    extractor: Backbone = lite("lite2", SIZE, views=2)
    for photo in photos:
        image = decode((data / photo).read_bytes(), extractor.side)
        yield from extractor.inputs(image)


def _describe(path: Path, photos: Sequence[str]) -> None:
    described = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "weights": hashlib.sha256(weights_path("lite2").read_bytes()).hexdigest(),
        "weights_licence": "Apache-2.0",
        "photos": list(photos),
        "photos_origin": "Grocery Store Dataset, https://github.com/marcusklasson/GroceryStoreDataset",
        "photos_licence": "MIT",
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(described, indent=1) + "\n", "utf-8")
    print(f"{path}: {path.stat().st_size} bytes, SHA-256 {described['sha256']}")


if __name__ == "__main__":
    sys.exit(main())
