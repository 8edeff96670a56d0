"""The command line, as a shell runs it, and data for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from tests.core.command_line.run import CLASSICAL, LIMIT_S, OK, ROOT, Core, Run
from tests.factories import make_dataset, make_zip, to_bytes


@pytest.fixture(scope="session")
def environment(cache: Path) -> Mapping[str, str]:
    return {**os.environ, "LUKOSHKO_CACHE": str(cache)}


@pytest.fixture(scope="session")
def shell(environment: Mapping[str, str]) -> Core:
    """Each command, exit code and stream once as a shell has them; a process imports everything anew,
    which takes some seconds."""

    def core(*words: object) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "core", *map(str, words)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT_S,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return core


@pytest.fixture
def core(
    environment: Mapping[str, str],
    fork_server: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Core:
    """The same in this process, whose fork server is there already."""
    monkeypatch.setenv("LUKOSHKO_CACHE", environment["LUKOSHKO_CACHE"])

    def core(*words: object) -> Run:
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(str(end.code))
        return Run(code, *capsys.readouterr())

    return core


@pytest.fixture(scope="session")
def fruits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("data") / "fruits.zip", classes=3, photos=12)


@pytest.fixture(scope="session")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes that can't be told apart, with enough photos for a first rung that does not end."""
    random = np.random.default_rng(0)
    files = {
        f"{'ab'[n % 2]}/{n}.png": to_bytes(
            Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8)), "PNG"
        )
        for n in range(1000)
    }
    return make_zip(tmp_path_factory.mktemp("noise") / "noise.zip", files)


@pytest.fixture(scope="session")
def model(shell: Core, fruits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model; on the way it checks what `fit` prints for people."""
    out = tmp_path_factory.mktemp("model") / "model.onnx"
    run = shell("fit", fruits, *CLASSICAL, "--out", out)
    assert (run.code, run.err) == (OK, "")
    assert run.out.startswith("hog+pca+svc, ")
    assert run.out.endswith(f"model: {out}\n")
    return out
