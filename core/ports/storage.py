"""The ports of a storage together."""

from __future__ import annotations

from typing import Protocol

from core.ports.accounts import Accounts
from core.ports.chats import Answers, Chats, Groups
from core.ports.datasets import Datasets
from core.ports.examples import Confirmations, Examples, Searches
from core.ports.files import Files
from core.ports.jobs import Jobs
from core.ports.models import Links, Models
from core.ports.quizzes import Quizzes
from core.ports.suggestions import Suggestions
from core.ports.users import Users


class StoragePorts(Protocol):
    """What the services use of a storage."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def users(self) -> Users: ...
    @property
    def datasets(self) -> Datasets: ...
    @property
    def examples(self) -> Examples: ...
    @property
    def confirmations(self) -> Confirmations: ...
    @property
    def searches(self) -> Searches: ...
    @property
    def suggestions(self) -> Suggestions: ...
    @property
    def models(self) -> Models: ...
    @property
    def links(self) -> Links: ...
    @property
    def chats(self) -> Chats: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def quizzes(self) -> Quizzes: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def files(self) -> Files: ...
