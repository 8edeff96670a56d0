"""kill -9 in commits and file writes, 200 times: no acknowledged row is lost, and `storage check` is clean.

`python -m tests.faults.kill_writes [KILLS] [SEED]`
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.storage.crashing_editor import Editors
from tests.storage.test_kills import check

KILLS = 200


async def kill_often(home: Path, kills: int, seed: int) -> Counter[str]:
    """How often each step was killed. After each kill the folder is opened and checked."""
    random, killed_in = Random(seed), Counter[str]()
    state: dict[str, Any] = {}
    with Editors() as editors:
        for _ in range(kills):
            heard = await asyncio.to_thread(editors.kill_one, home, random)
            killed_in[heard.begun] += 1
            state = await check(home, heard, state)
    return killed_in


def main() -> None:
    given = [int(text) for text in sys.argv[1:3]]
    kills, seed = (*given, *(KILLS, 1)[len(given) :])
    with TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        killed_in = asyncio.run(kill_often(Path(folder) / "home", kills, seed))
    steps = {step or "between steps": times for step, times in killed_in.most_common()}
    print(f"{kills} kills, seed {seed}: nothing lost, check clean after each; killed in {steps}")


if __name__ == "__main__":
    main()
