"""The file that a command writes, checked before the work whose result it is to hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

from core.errors import DataNotFound, OutputIsInput, OutputNotAFile, OutputNotWritable


def check_output(out: Path, *inputs: Path) -> None:
    """Checks that `out` can be written, and the card of a model beside it, and is none of the inputs.

    Raises DataNotFound if the folder is missing, OutputNotAFile, OutputIsInput, OutputNotWritable.
    """
    try:
        _check_names(out, inputs)
        if not out.parent.exists():
            raise DataNotFound(path=str(out.parent))
        # Tried, as permissions alone tell nothing of a read-only or a full disk. It has no name there.
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise OutputNotWritable(path=str(out), detail=error.strerror or str(error)) from error


def _check_names(out: Path, inputs: tuple[Path, ...]) -> None:
    for path in (out, Path(f"{out}.json")):
        if path.exists() and not path.is_file():
            raise OutputNotAFile(path=str(path))
    if out.exists() and any(path.exists() and out.samefile(path) for path in inputs):
        raise OutputIsInput(path=str(out))
