"""Measures the baseline and makes it anew: `python -m core.models.baseline DATA`.

DATA is the folder of the Grocery Store photos: train.txt, val.txt, classes.csv and the photos that
they list. Exit codes: 0 done, though a target may have been missed; 2 bad input.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.errors import BadInput
from core.features.registry import make_extractor
from core.models import modelfile
from core.models.baseline import FILE, taught
from core.models.baseline.build import COPIES, RECIPE, write_model
from core.models.baseline.measure import Measurement, measure
from core.models.baseline.photos import Shop, read_shop

DONE, BAD_INPUT = 0, 2


def main(words: list[str] | None = None) -> int:
    """Measures, rebuilds and returns the exit code."""
    arguments = _parser().parse_args(words)
    try:
        # As in the workers: with another number of threads, sums are rounded differently.
        with threadpool_limits(1):
            _build(arguments.data, arguments.out)
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.models.baseline", description="Measures the baseline and rebuilds it."
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the Grocery Store photos")
    parser.add_argument(
        "--out", type=Path, default=FILE.parent, metavar="FOLDER", help="where to write the model"
    )
    return parser


def _build(data: Path, folder: Path) -> None:
    shop = read_shop(data, RECIPE, COPIES)
    measurement = _measure(shop)
    _print_measurement(measurement, shop)
    _ship(shop, measurement, folder / FILE.name)


def _measure(shop: Shop) -> Measurement:
    """Measures on val a model of train alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE.name
        write_model(shop.train, path)
        return measure(modelfile.load(path), shop.val, shop.packages)


def _print_measurement(measurement: Measurement, shop: Shop) -> None:
    print(
        f"A model of train ({len(shop.train.examples)} photos) on val "
        f"({len(shop.val.examples)} of fruit and vegetables, {len(shop.packages.examples)} of packages):"
    )
    print(f"  accuracy            {measurement.score.accuracy:.3f}")
    print(f"  macro F1            {measurement.score.f1_macro:.3f}")
    print(f"  other cameras       {measurement.other_cameras.accuracy:.3f}")
    print(f"  mean confidence     {measurement.confidence:.3f}")
    print(f"  calibration error   {measurement.calibration_error:.3f}")
    print(f"  known               {measurement.known:.3f}")
    print(f"  packages not known  {measurement.packages_unknown:.3f}")
    print(f"  packages sure       {measurement.packages_sure:.3f}")
    print(f"  AUROC               {measurement.auroc:.3f}")
    for target in measurement.missed_targets():
        print(f"  target missed: {target}")


def _ship(shop: Shop, measurement: Measurement, path: Path) -> None:
    """Writes the model of train and val together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = _digest(path)
    photos = shop.train + shop.val
    report = write_model(photos, path, measurement.score, measurement.other_cameras).report
    taught.write(photos, make_extractor(RECIPE).key, path.with_name(taught.FILE.name))
    print(
        f"The model of train and val ({report.n_train} photos, {len(report.classes)} classes), "
        f"by cross-validation in {report.folds} folds:"
    )
    print(f"  accuracy            {report.accuracy:.3f}")
    print(f"  macro F1            {report.f1_macro:.3f}")
    print(f"  calibration error   {report.calibration_error:.3f}")
    print(f"{path}: {path.stat().st_size} bytes, SHA-256 {_digest(path)}")
    if before is not None:
        print("the same bytes as before" if before == _digest(path) else "not the bytes of before")


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
