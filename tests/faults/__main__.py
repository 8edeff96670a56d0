"""Runs every script of faults in full: `python -m tests.faults`; one alone: `python -m tests.faults.kill_writes`.

`make test` runs the short form of each.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path


def main() -> None:
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        print(f"\n## {path.stem}\n", flush=True)
        import_module(f"{__package__}.{path.stem}").main()


if __name__ == "__main__":
    main()
