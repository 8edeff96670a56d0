"""The interfaces that the services need: storage and the workers implement them."""

from __future__ import annotations

from core.ports.compute import (
    ArchiveReading,
    Compute,
    Drawing,
    Explaining,
    Exporting,
    Predicting,
    Teaching,
    Training,
)
from core.ports.datasets import DatasetFiles, OnProgress
from core.ports.journal import ACT, Origin, Step, Steps, Updates, Waiting, origin
from core.ports.quizzes import Quizzes
from core.ports.storage import (
    Accounts,
    Answers,
    Asked,
    Chats,
    Confirmations,
    Datasets,
    Examples,
    Files,
    Groups,
    Jobs,
    Links,
    Models,
    Searches,
    Suggestions,
    Tidied,
    Users,
)

__all__ = [
    "ACT",
    "Accounts",
    "Answers",
    "ArchiveReading",
    "Asked",
    "Chats",
    "Compute",
    "Confirmations",
    "DatasetFiles",
    "Datasets",
    "Drawing",
    "Examples",
    "Explaining",
    "Exporting",
    "Files",
    "Groups",
    "Jobs",
    "Links",
    "Models",
    "OnProgress",
    "Origin",
    "Predicting",
    "Quizzes",
    "Searches",
    "Step",
    "Steps",
    "Suggestions",
    "Teaching",
    "Tidied",
    "Training",
    "Updates",
    "Users",
    "Waiting",
    "origin",
]
