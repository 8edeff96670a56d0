"""Runs every benchmark: `python -m tests.bench`; one alone: `python -m tests.bench.bench_fit`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path


def main() -> None:
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"— {path.stem.removeprefix('bench_')}", flush=True)
        import_module(f"{__package__}.{path.stem}").main()


if __name__ == "__main__":
    main()
