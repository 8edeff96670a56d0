"""The interfaces that the services need: storage and the workers implement them."""

from __future__ import annotations

from core.ports.compute import (
    ArchiveReading,
    Compute,
    Drawing,
    Explaining,
    Predicting,
    Teaching,
    Training,
)
from core.ports.datasets import DatasetFiles, OnProgress
from core.ports.storage import (
    Accounts,
    Answers,
    Chats,
    Confirmations,
    Datasets,
    Examples,
    Files,
    Jobs,
    Models,
    Searches,
    Tidied,
    Updates,
    Users,
)

__all__ = [
    "Accounts",
    "Answers",
    "ArchiveReading",
    "Chats",
    "Compute",
    "Confirmations",
    "DatasetFiles",
    "Datasets",
    "Drawing",
    "Examples",
    "Explaining",
    "Files",
    "Jobs",
    "Models",
    "OnProgress",
    "Predicting",
    "Searches",
    "Teaching",
    "Tidied",
    "Training",
    "Updates",
    "Users",
]
