"""All ports of storage, in memory."""

from __future__ import annotations

from pathlib import Path

from core import ports
from tests.memory.accounts import MemoryAccounts
from tests.memory.answers import MemoryAnswers
from tests.memory.chats import MemoryChats
from tests.memory.confirmations import MemoryConfirmations
from tests.memory.datasets import MemoryDatasets
from tests.memory.examples import MemoryExamples
from tests.memory.files import MemoryFiles
from tests.memory.folders import OwnerFolders
from tests.memory.groups import MemoryGroups
from tests.memory.jobs import MemoryJobs
from tests.memory.links import MemoryLinks
from tests.memory.models import MemoryModels
from tests.memory.quizzes import MemoryQuizzes
from tests.memory.searches import MemorySearches
from tests.memory.suggestions import MemorySuggestions
from tests.memory.tables import Tables
from tests.memory.updates import MemorySteps, MemoryUpdates
from tests.memory.users import MemoryUsers


class MemoryStorage:
    """The counterpart of `storage.Storage`; `home` holds photos, files and scratch folders alone."""

    def __init__(self, home: Path) -> None:
        tables, folders = Tables(), OwnerFolders(home)
        suggestions = MemorySuggestions(home, tables)
        self.suggestions: ports.Suggestions = suggestions
        self.accounts: ports.Accounts = MemoryAccounts(tables, folders, suggestions)
        self.users: ports.Users = MemoryUsers(tables)
        self.datasets: ports.Datasets = MemoryDatasets(tables, folders)
        self.examples: ports.Examples = MemoryExamples(tables)
        self.confirmations: ports.Confirmations = MemoryConfirmations(tables)
        self.searches: ports.Searches = MemorySearches(tables)
        self.models: ports.Models = MemoryModels(tables)
        self.links: ports.Links = MemoryLinks(tables)
        self.chats: ports.Chats = MemoryChats(tables)
        self.groups: ports.Groups = MemoryGroups(tables)
        self.answers: ports.Answers = MemoryAnswers()
        self.quizzes: ports.Quizzes = MemoryQuizzes(tables)
        self.jobs: ports.Jobs = MemoryJobs(tables)
        updates = MemoryUpdates()
        self.updates: ports.Updates = updates
        self.steps: ports.Steps = MemorySteps(updates)
        self.files: ports.Files = MemoryFiles(home, tables, folders)
