"""What a worker does: one function per task, on plain data.

The first argument of each, `report`, sends a message to the caller; `core.jobs.runner.bind` takes the
others. Here tasks stand by their names: what calls one finds it in its module then, in the worker.
So the process that talks to Telegram starts without waiting for what tasks import (scikit-learn,
matplotlib, ONNX Runtime), and takes none of its memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from core.entities import (
    Description,
    Explanation,
    FittedModel,
    FolderScore,
    Lesson,
    LiveFit,
    Mistake,
    Prediction,
    Progress,
    Reading,
    Recipe,
    Suspect,
)
from core.errors import BadInput
from core.jobs.answers import Promise

READING = f"{__name__}.reading"
DRAWING = f"{__name__}.drawing"
PREDICTING = f"{__name__}.predicting"
TEACHING = f"{__name__}.teaching"
TRAINING = f"{__name__}.training"
EXPLAINING = f"{__name__}.explaining"
EXPORTING = f"{__name__}.exporting"
MODULES = (
    *(READING, DRAWING, PREDICTING, TEACHING, EXPLAINING, EXPORTING),
    *(TRAINING, f"{__name__}.warm"),
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
    from core.jobs.tasks.exporting import export, export_folder, recipe
    from core.jobs.tasks.predicting import predict
    from core.jobs.tasks.reading import (
        describe,
        forget,
        read_archive,
        twins,
        write_part,
        write_table,
    )
    from core.jobs.tasks.teaching import fit_live, fit_without, learn
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
    "export",
    "export_folder",
    "extract",
    "finish",
    "fit",
    "fit_live",
    "fit_without",
    "forget",
    "learn",
    "missing",
    "mistakes",
    "predict",
    "read_archive",
    "recipe",
    "suspects",
    "twins",
    "write_part",
    "write_table",
]


@dataclass(frozen=True)
class _Task:
    """The module of a task, and the types of what it returns and reports, as its annotations say: the
    process that reads them does not import the module.

    reads_cache : how the names begin of what it reads in the cache of a dataset, "" for all, None for nothing.
        changes_cache : True if it writes there.
    """

    module: str
    result: Any
    message: Any = Progress
    reads_cache: str | None = None
    changes_cache: bool = False


_FEATURES = "features"
_THUMBNAILS = "thumbnails-"

_TASKS: Mapping[str, _Task] = {
    "describe": _Task(READING, Description),
    "draw": _Task(DRAWING, tuple[tuple[Path, Mapping[str, str]], ...]),
    "draw_page": _Task(DRAWING, NoneType),
    "draw_photo": _Task(DRAWING, NoneType),
    "draw_sample_dataset": _Task(DRAWING, NoneType),
    "draw_sample_pictures": _Task(DRAWING, tuple[tuple[Path, str], ...]),
    "draw_sheet": _Task(DRAWING, NoneType, reads_cache=_THUMBNAILS),
    "explain": _Task(EXPLAINING, Explanation, reads_cache=_FEATURES),
    "export": _Task(EXPORTING, NoneType),
    "export_folder": _Task(EXPORTING, FolderScore, reads_cache=_FEATURES),
    "extract": _Task(TRAINING, NoneType, changes_cache=True),
    "finish": _Task(TRAINING, FittedModel, reads_cache=_FEATURES),
    "fit": _Task(TRAINING, FittedModel, Progress | FittedModel, reads_cache=_FEATURES),
    "fit_live": _Task(TEACHING, LiveFit, reads_cache=_FEATURES),
    "fit_without": _Task(TEACHING, FittedModel | None, reads_cache=_FEATURES),
    "forget": _Task(READING, NoneType, reads_cache="", changes_cache=True),
    "learn": _Task(TEACHING, Lesson),
    "missing": _Task(TRAINING, tuple[str, ...], reads_cache="", changes_cache=True),
    "mistakes": _Task(TRAINING, tuple[Mistake, ...], reads_cache=_FEATURES),
    "predict": _Task(PREDICTING, tuple[Prediction | BadInput, ...]),
    "read_archive": _Task(READING, Reading),
    "recipe": _Task(EXPORTING, Recipe),
    "suspects": _Task(TRAINING, tuple[Suspect, ...], reads_cache=_FEATURES),
    "twins": _Task(READING, tuple[tuple[int, ...], ...]),
    "write_part": _Task(READING, int),
    "write_table": _Task(READING, NoneType),
}


@dataclass(frozen=True)
class TaskByName:
    """A task that is looked up where it is called."""

    name: str

    def __call__(self, *arguments: object) -> Any:
        return self.function(*arguments)

    @property
    def function(self) -> Callable[..., Any]:
        """The task itself; its module is imported."""
        found: Callable[..., Any] = getattr(import_module(_TASKS[self.name].module), self.name)
        return found

    @property
    def reads_cache(self) -> str | None:
        """How the names begin of what it reads in the cache of a dataset, "" for all; None for nothing."""
        return _TASKS[self.name].reads_cache

    @property
    def changes_cache(self) -> bool:
        """True if it writes into the cache of a dataset."""
        return _TASKS[self.name].changes_cache

    @property
    def rewrites_cache(self) -> bool:
        """True if it replaces what is in the cache of a dataset by other files."""
        return self.changes_cache and self.reads_cache is not None

    @property
    def promise(self) -> Promise:
        """The types of what it returns and reports."""
        task = _TASKS[self.name]
        return Promise(task.result, task.message)


def __getattr__(name: str) -> TaskByName:
    if name not in _TASKS:
        raise AttributeError(name)
    return TaskByName(name)
