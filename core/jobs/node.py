"""Starts this machine's part of a cluster: `python -m core.jobs.node --head` or `--join HOST:PORT`.

It runs until it is stopped, or until the cluster is gone.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

DEFAULT_PORT = 6379
STORE_BYTES = 100 * 1024**2
"""Of Ray's object store, which nothing is put into; the least that it takes is 75 MB."""

FOLDER = "LUKOSHKO_NODE_DIR"
"""The variable that says where nodes have their folders, which is among the temporary files else."""

SETTINGS: Mapping[str, str] = {
    # Ray would end the process that hosts a node's lanes where a task takes the machine's memory. Tasks have
    # limits of their own.
    "RAY_memory_monitor_refresh_ms": "0",
    # And the system would end it first.
    "RAY_worker_oom_score_adjustment": "0",
    # A machine that is gone is known after 5 s, not 12.
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Of Ray, through the environment."""

_ADDRESS = re.compile(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")


def ray_arguments(arguments: argparse.Namespace) -> list[str]:
    """The arguments of `ray start`."""
    common = ["start", "--block", f"--object-store-memory={STORE_BYTES}"]
    if arguments.host:
        common.append(f"--node-ip-address={arguments.host}")
    if arguments.head:
        # No task runs beside the bot.
        head = ["--head", f"--port={arguments.port}", "--num-cpus=0", "--include-dashboard=false"]
        return common + head
    return [*common, f"--address={arguments.join}", f"--num-cpus={arguments.cores}"]


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Becomes Ray's process. Exit codes: Ray's own, 2 wrong arguments or no Ray."""
    parser = _parser()
    arguments = parser.parse_args(words)
    if find_spec("ray") is None:
        parser.error("a cluster needs Ray: pip install -r requirements-cluster.txt")
    # Processes on this node find the program here, whatever their working folder is.
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    environment = {**SETTINGS, **os.environ, "PYTHONPATH": path}
    if arguments.dir:
        environment[FOLDER] = str(arguments.dir.absolute())
    command = [sys.executable, "-m", "ray.scripts.scripts", *ray_arguments(arguments)]
    os.execve(sys.executable, command, environment)  # noqa: S606 (this interpreter, these arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.jobs.node", description=__doc__)
    part = parser.add_mutually_exclusive_group(required=True)
    part.add_argument(
        "--head", action="store_true", help="on the bot's machine, which then computes nothing"
    )
    part.add_argument("--join", metavar="HOST:PORT", type=_address, help="on each other machine")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="of the head (default %(default)s)"
    )
    parser.add_argument(
        "--cores",
        type=_cores,
        default=os.cpu_count() or 1,
        help="tasks of a kind at once (default %(default)s)",
    )
    parser.add_argument(
        "--dir",
        type=Path,
        help="where the node has its folder, if FILES names a bucket (default: among temporary files)",
    )
    parser.add_argument("--host", help="the address by which the others reach this machine")
    return parser


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text


def _cores(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


if __name__ == "__main__":
    main()
