"""Deep features: photos a second for a dataset, reading and network apart, and one warm prediction."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

from core.datasets.images import decode
from core.features.extractor import Extractor
from core.features.registry import make_extractor
from core.recipes import make_recipe
from tests.core.learning import GROCERY
from tests.factories import make_image

PHOTOS = 200
WARM_UP = 10
SETTINGS = (("lite0", 224), ("lite0", 320), ("lite2", 256), ("lite2", 288), ("lite2", 320))


def photos() -> list[bytes]:
    """Shop photos of 348 × 348 pixels and more, or drawn ones where those are missing."""
    found = sorted((GROCERY / "val").rglob("*.jpg"))
    if found:
        return [path.read_bytes() for path in islice(cycle(found), PHOTOS)]
    return [make_image(kind % 12, seed=kind, side=348) for kind in range(PHOTOS)]


def median_ms(call: Callable[[bytes], object], inputs: Sequence[bytes]) -> float:
    seconds = []
    for content in inputs:
        began = time.perf_counter()
        call(content)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[WARM_UP:]) * 1e3


def photos_per_second(extractor: Extractor, contents: Sequence[bytes]) -> float:
    """As the task does it: threads decode while the network runs."""
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        for image in threads.map(lambda content: decode(content, extractor.side), contents):
            extractor.extract([image])
    return len(contents) / (time.perf_counter() - began)


def bench(name: str, size: int, contents: Sequence[bytes], large: bytes) -> None:
    extractor = make_extractor(make_recipe(name, settings={"size": str(size)}))
    image = decode(contents[0], size)
    read_ms = median_ms(lambda content: decode(content, size), contents)
    network_ms = median_ms(lambda _: extractor.extract([image]), contents)
    predict_ms = median_ms(
        lambda content: extractor.extract([decode(content, size)]), [large] * (PHOTOS // 4)
    )
    rate = photos_per_second(extractor, contents)
    print(
        f"{name} {size}: read {read_ms:5.1f} ms, network {network_ms:5.1f} ms, "
        f"{rate:5.1f} photos/s; one of 1280 px {predict_ms:5.1f} ms",
        flush=True,
    )


def main() -> None:
    contents, large = photos(), make_image(side=1280, quality=90)
    print(f"{os.cpu_count()} cores, {PHOTOS} photos, medians")
    for name, size in SETTINGS:
        bench(name, size, contents, large)


if __name__ == "__main__":
    main()
