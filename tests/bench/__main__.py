"""Runs every benchmark: `python -m tests.bench [--full]`; one alone: `python -m tests.bench.bench_plain`.

`--full` adds the dataset of 36 960 photos. In LUKOSHKO_BENCH_DIR datasets and their features stay for
the next run; without it they are made in a temporary folder.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from tests.bench.data import FOLDER, bench_folder


def main() -> None:
    with bench_folder() as folder:
        os.environ[FOLDER] = str(folder)
        for path in sorted(Path(__file__).parent.glob("bench_*.py")):
            print(f"\n## {path.stem.removeprefix('bench_')}\n", flush=True)
            import_module(f"{__package__}.{path.stem}").main()


if __name__ == "__main__":
    main()
