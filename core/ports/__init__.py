"""The interfaces that the services need: storage and the workers implement them.

Every method of a table that belongs to users takes the owner first and touches only the owner's rows.
A row that does not exist and a row of somebody else raise the same error.
"""

from __future__ import annotations

from core.ports.accounts import Accounts
from core.ports.chats import Answers, Chats, Groups
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
from core.ports.dataset_files import DatasetFiles, OnProgress
from core.ports.datasets import Datasets
from core.ports.examples import Confirmations, Examples, Searches
from core.ports.files import Files, Tidied
from core.ports.jobs import Asked, Jobs
from core.ports.journal import ACT, Origin, Step, Steps, Updates, Waiting, origin
from core.ports.models import Links, Models
from core.ports.quizzes import Quizzes
from core.ports.storage import StoragePorts
from core.ports.suggestions import Suggestions
from core.ports.users import Users

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
    "StoragePorts",
    "Suggestions",
    "Teaching",
    "Tidied",
    "Training",
    "Updates",
    "Users",
    "Waiting",
    "origin",
]
