"""What the services need from the outside: storage and the workers fulfil these."""

from __future__ import annotations

from core.ports.compute import ChartTexts, Compute, DatasetFiles, OnCheckpoint, OnProgress
from core.ports.storage import Chats, Datasets, Files, Jobs, Models, Updates, Users

__all__ = [
    "ChartTexts",
    "Chats",
    "Compute",
    "DatasetFiles",
    "Datasets",
    "Files",
    "Jobs",
    "Models",
    "OnCheckpoint",
    "OnProgress",
    "Updates",
    "Users",
]
