"""The entities that all layers share: frozen, plain and picklable; structured from JSON by cattrs.

Colours are RGB in 0–255, sizes are pixels of the upright image, times are seconds unless a name
says otherwise, points in time are aware datetimes in UTC.
"""

from __future__ import annotations

from core.entities.archives import LabelSource, Note, NoteCode, Reading, Skipped
from core.entities.charts import Chart, ChartRequest
from core.entities.datasets import (
    ClassColors,
    Dataset,
    Description,
    Duplicates,
    Edit,
    EditKind,
    LastEdit,
    Sizes,
    Spread,
)
from core.entities.explanations import Explanation, NoMap, NoNearest, Words
from core.entities.exports import PYTHON, ExportFormat, ExportNames
from core.entities.jobs import Job, JobKind, JobState, Progress
from core.entities.lessons import Learned, Lesson, LiveFit
from core.entities.models import (
    BASELINE_NAME,
    Certainty,
    ClassScore,
    FitReport,
    FitSeconds,
    FittedModel,
    LearningCurve,
    Model,
    ModelCard,
    ModelKind,
    Origin,
    Prediction,
    Rung,
    TestScore,
)
from core.entities.photos import Example, ExampleOrigin, Photo, photo_path
from core.entities.recipes import FitOptions, Parameter, ParameterValue, Recipe
from core.entities.suspects import Mistake, Search, Suspect
from core.entities.users import Consent, Limits, Usage, User

__all__ = [
    "BASELINE_NAME",
    "PYTHON",
    "Certainty",
    "Chart",
    "ChartRequest",
    "ClassColors",
    "ClassScore",
    "Consent",
    "Dataset",
    "Description",
    "Duplicates",
    "Edit",
    "EditKind",
    "Example",
    "ExampleOrigin",
    "Explanation",
    "ExportFormat",
    "ExportNames",
    "FitOptions",
    "FitReport",
    "FitSeconds",
    "FittedModel",
    "Job",
    "JobKind",
    "JobState",
    "LabelSource",
    "LastEdit",
    "Learned",
    "LearningCurve",
    "Lesson",
    "Limits",
    "LiveFit",
    "Mistake",
    "Model",
    "ModelCard",
    "ModelKind",
    "NoMap",
    "NoNearest",
    "Note",
    "NoteCode",
    "Origin",
    "Parameter",
    "ParameterValue",
    "Photo",
    "Prediction",
    "Progress",
    "Reading",
    "Recipe",
    "Rung",
    "Search",
    "Sizes",
    "Skipped",
    "Spread",
    "Suspect",
    "TestScore",
    "Usage",
    "User",
    "Words",
    "photo_path",
]
