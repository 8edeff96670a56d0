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
from core.entities.exports import FOLDER, PYTHON, ExportFormat, ExportNames, FolderScore
from core.entities.groups import Group, GroupSet
from core.entities.jobs import Job, JobKind, JobState, Progress
from core.entities.lessons import Learned, Lesson, LiveFit
from core.entities.links import Link, LinkKind, Loan, Lost
from core.entities.models import (
    BASELINE_NAME,
    CalibrationBin,
    Certainty,
    CertaintyScore,
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
from core.entities.quizzes import BOT_PLAYER, PlayerScore, Question, Vote
from core.entities.recipes import FitOptions, Parameter, ParameterValue, Recipe
from core.entities.suggestions import (
    Contribution,
    NewPhoto,
    Pending,
    Person,
    Place,
    SuggestedPhoto,
    Suggestion,
    SuggestionLimits,
    messages_of,
)
from core.entities.suspects import Mistake, Search, Suspect
from core.entities.users import Consent, Limits, Usage, User

__all__ = [
    "BASELINE_NAME",
    "BOT_PLAYER",
    "FOLDER",
    "PYTHON",
    "CalibrationBin",
    "Certainty",
    "CertaintyScore",
    "Chart",
    "ChartRequest",
    "ClassColors",
    "ClassScore",
    "Consent",
    "Contribution",
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
    "FolderScore",
    "Group",
    "GroupSet",
    "Job",
    "JobKind",
    "JobState",
    "LabelSource",
    "LastEdit",
    "Learned",
    "LearningCurve",
    "Lesson",
    "Limits",
    "Link",
    "LinkKind",
    "LiveFit",
    "Loan",
    "Lost",
    "Mistake",
    "Model",
    "ModelCard",
    "ModelKind",
    "NewPhoto",
    "NoMap",
    "NoNearest",
    "Note",
    "NoteCode",
    "Origin",
    "Parameter",
    "ParameterValue",
    "Pending",
    "Person",
    "Photo",
    "Place",
    "PlayerScore",
    "Prediction",
    "Progress",
    "Question",
    "Reading",
    "Recipe",
    "Rung",
    "Search",
    "Sizes",
    "Skipped",
    "Spread",
    "SuggestedPhoto",
    "Suggestion",
    "SuggestionLimits",
    "Suspect",
    "TestScore",
    "Usage",
    "User",
    "Vote",
    "Words",
    "messages_of",
    "photo_path",
]
