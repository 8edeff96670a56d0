"""The process that talks to Telegram never computes, and does not import what computes."""

from __future__ import annotations

import subprocess
import sys

COMPUTES = (
    "numpy",
    "scipy",
    "sklearn",
    "skimage",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "cv2",
    "ray",
    "obstore",
)


def test_the_bot_starts_without_anything_that_computes() -> None:
    code = f"import sys, bot.__main__; print([m for m in {COMPUTES} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
