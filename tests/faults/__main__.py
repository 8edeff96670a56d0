"""Everything that must hold when things go wrong, in full: `python -m tests.faults [NAME…]`.

Each is a script of this folder, or tests that `make test` runs too, some of them in a short form. Each runs in a
process of its own and prints one line of result, and more where it failed. `make faults` takes an hour or two.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NOT_SCRIPTS = ("test_", "_")


@dataclass(frozen=True)
class Run:
    """A program to run. settings : of its environment, beside this one's."""

    command: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)


def tests(*paths: str, **settings: str) -> Run:
    """Tests to run by pytest."""
    return Run(("pytest", "-q", *(f"tests/{path}" for path in paths)), settings)


TESTS: Mapping[str, Run] = {
    "kill_bursts": tests("acceptance/test_kills.py", KILLS="50", PEOPLE="25"),
    "restarts": tests("acceptance/test_restart.py", "acceptance/test_bursts.py"),
    "fair_turns": tests("bot/test_fairness.py", "acceptance/test_order.py"),
    "cut_sends": tests("bot/test_sending.py", "acceptance/test_faults.py"),
    "ownership": tests("acceptance/test_ownership.py", "memory/test_contract_ownership.py"),
    "privacy": tests("acceptance/test_privacy.py", "acceptance/test_at_rest.py"),
    "tampered": tests("acceptance/test_tampered.py", "acceptance/test_hostile.py"),
    "backup": tests("storage/test_backup.py"),
    "broken_start": tests("acceptance/test_broken_start.py", "acceptance/test_start.py"),
    "never_deaf": tests("acceptance/test_never_deaf.py"),
}


def main() -> int:
    """The number of those that failed."""
    here = [path.stem for path in Path(__file__).parent.glob("*.py")]
    scripts = {
        name: Run((f"tests.faults.{name}",)) for name in here if not name.startswith(NOT_SCRIPTS)
    }
    runs = dict(sorted({**scripts, **TESTS}.items()))
    return sum(not holds(name, runs[name]) for name in sys.argv[1:] or runs)


def holds(name: str, run: Run) -> bool:
    """Runs one, prints its last line, or all that it wrote where it failed; True where it did not."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *run.command],
        env=os.environ | run.settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines() or [""]
    if done.returncode:
        print(*lines[:-1], sep="\n")
    verdict = "FAILED" if done.returncode else "ok"
    print(f"{name}: {verdict} in {time.monotonic() - began:.0f} s: {lines[-1]}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
