"""Runs every script of this folder in full, each in a process of its own: `python -m tests.faults [NAME…]`.

`make test` runs the short form of each.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NOT_SCRIPTS = ("test_", "_")


def main() -> int:
    """The number of scripts that failed."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    scripts = sys.argv[1:] or [name for name in found if not name.startswith(NOT_SCRIPTS)]
    failed = 0
    for name in scripts:
        print(f"== {name}", flush=True)
        failed += (
            subprocess.run([sys.executable, "-m", f"tests.faults.{name}"], check=False).returncode
            != 0
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
