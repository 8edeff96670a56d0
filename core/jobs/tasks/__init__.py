"""What a worker does: one function per task, on plain data.

The first argument of each, `report`, sends a message to the caller; `core.jobs.runner.bind` takes the
others. Here tasks stand by their names: what calls one finds it in its module then, in the worker.
So the process that talks to Telegram starts without waiting for what tasks import (scikit-learn,
matplotlib, ONNX Runtime), and takes none of its memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

READING = f"{__name__}.reading"
DRAWING = f"{__name__}.drawing"
PREDICTING = f"{__name__}.predicting"
TEACHING = f"{__name__}.teaching"
EXPLAINING = f"{__name__}.explaining"
MODULES = (
    *(READING, DRAWING, PREDICTING, TEACHING, EXPLAINING),
    *(f"{__name__}.training", f"{__name__}.warm"),
)
"""What a process imports that may be given any task."""

if TYPE_CHECKING:
    from core.jobs.tasks.drawing import (
        draw,
        draw_page,
        draw_photo,
        draw_sample_dataset,
        draw_sample_pictures,
        draw_sheet,
    )
    from core.jobs.tasks.explaining import explain
    from core.jobs.tasks.predicting import predict
    from core.jobs.tasks.reading import (
        describe,
        forget,
        read_archive,
        twins,
        write_part,
        write_table,
    )
    from core.jobs.tasks.teaching import fit_live, learn
    from core.jobs.tasks.training import extract, finish, fit, missing, mistakes, suspects

__all__ = [
    "describe",
    "draw",
    "draw_page",
    "draw_photo",
    "draw_sample_dataset",
    "draw_sample_pictures",
    "draw_sheet",
    "explain",
    "extract",
    "finish",
    "fit",
    "fit_live",
    "forget",
    "learn",
    "missing",
    "mistakes",
    "predict",
    "read_archive",
    "suspects",
    "twins",
    "write_part",
    "write_table",
]

_MODULE_OF: Mapping[str, str] = {
    **dict.fromkeys(
        ("describe", "forget", "read_archive", "twins", "write_part", "write_table"), "reading"
    ),
    **dict.fromkeys(
        (
            *("draw", "draw_page", "draw_photo"),
            *("draw_sample_dataset", "draw_sample_pictures", "draw_sheet"),
        ),
        "drawing",
    ),
    **dict.fromkeys(("extract", "finish", "fit", "missing", "mistakes", "suspects"), "training"),
    **dict.fromkeys(("fit_live", "learn"), "teaching"),
    "predict": "predicting",
    "explain": "explaining",
}


@dataclass(frozen=True)
class TaskByName:
    """A task that is looked up where it is called."""

    name: str

    def __call__(self, *arguments: object) -> Any:
        module = import_module(f"{__name__}.{_MODULE_OF[self.name]}")
        return getattr(module, self.name)(*arguments)


def __getattr__(name: str) -> TaskByName:
    if name not in _MODULE_OF:
        raise AttributeError(name)
    return TaskByName(name)
