"""What encryption costs: an upload of 2 640 photos, a fit from kept features, one answer.

`python -m tests.bench.bench_sealed FOLDER` compares with the code in FOLDER, a checkout of 0.3.0, in turns and
each in processes of its own. Without FOLDER it tells today's times alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.data import bench_folder, grocery_archive, photos_are_missing
from tests.core.learning import GROCERY

ROUNDS = 4
HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]


def once(code: Path, archive: Path) -> dict[str, float]:
    photo = next((GROCERY / "val").rglob("*.jpg"))
    with TemporaryDirectory() as keys:
        environment = os.environ | {"PYTHONPATH": str(code), "XDG_CONFIG_HOME": keys}
        done = subprocess.run(
            [sys.executable, str(HERE.with_name("sealed_once.py")), str(archive), str(photo)],
            cwd=code,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


def main(before: Path | None = None) -> None:
    if photos_are_missing():
        return
    codes = [ROOT] if before is None else [before, ROOT]
    with bench_folder() as folder:
        archive = grocery_archive(folder, "train")
        rounds = [[once(code, archive) for code in codes] for _ in range(ROUNDS)]
    print(
        "| fastest of seconds | " + " | ".join(["plain", "encrypted", "ratio"][-len(codes) or 1 :])
    )
    for step in ("upload", "fit", "answer"):
        fastest = [min(turn[number][step] for turn in rounds) for number in range(len(codes))]
        cells = [f"{seconds:.3f}" for seconds in fastest]
        if before is not None:
            cells.append(f"{fastest[1] / fastest[0]:.2f}")
        print(f"| {step} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
