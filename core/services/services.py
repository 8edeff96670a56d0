"""All use cases, built on the ports that the composition root provides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.entities import Limits, Model
from core.ports import (
    Accounts,
    Answers,
    Chats,
    Compute,
    Confirmations,
    Datasets,
    Examples,
    Files,
    Groups,
    Jobs,
    Links,
    Models,
    Quizzes,
    Searches,
    Suggestions,
    Users,
)
from core.services.accounts import AccountService
from core.services.answers import AnswerService
from core.services.charts import ChartService
from core.services.classes import ClassService
from core.services.datasets import DatasetService
from core.services.duplicates import DuplicateService
from core.services.examples import ExampleService
from core.services.explanations import ExplanationService
from core.services.exports import ExportService
from core.services.fits import FitService
from core.services.groups import GroupService
from core.services.housekeeping import Housekeeping
from core.services.jobs import JobRunner
from core.services.limits import Shares
from core.services.links import LinkService
from core.services.live import LiveModels
from core.services.mistakes import MistakeService
from core.services.models import ModelService
from core.services.predictions import PredictionService
from core.services.quizzes import QuizService
from core.services.suggestions import SuggestionService
from core.services.suspects import SuspectService
from core.services.takeaway import TakeAwayService
from core.services.teaching import TeachingService
from core.services.users import UserService

DEFAULT_LIMITS = Limits()


class StoragePorts(Protocol):
    """The storage ports that the services use."""

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


@dataclass(frozen=True)
class Services:
    """The use cases, one service per subject. One set serves the whole process."""

    accounts: AccountService
    users: UserService
    shares: Shares
    datasets: DatasetService
    examples: ExampleService
    classes: ClassService
    duplicates: DuplicateService
    exports: ExportService
    fits: FitService
    suspects: SuspectService
    mistakes: MistakeService
    models: ModelService
    links: LinkService
    predictions: PredictionService
    answers: AnswerService
    quizzes: QuizService
    explanations: ExplanationService
    take_away: TakeAwayService
    charts: ChartService
    teaching: TeachingService
    suggestions: SuggestionService
    groups: GroupService
    housekeeping: Housekeeping
    jobs: JobRunner


def make_services(
    storage: StoragePorts,
    compute: Compute,
    fit_budget_s: float,
    baseline: Model,
    baseline_file: Path,
    limits: Limits = DEFAULT_LIMITS,
) -> Services:
    """Builds the services.

    fit_budget_s : seconds that a fit may take.
    baseline, baseline_file : the model that everyone has, and its ONNX file.
    limits : the most that may be kept.
    """
    files = storage.files
    runner = JobRunner(storage.jobs, files)
    housekeeping = Housekeeping(files, storage.jobs, storage.suggestions, compute.reading)
    shares = Shares(limits, storage.accounts, files)
    datasets = DatasetService(
        storage.users,
        storage.datasets,
        files,
        compute.reading,
        compute.drawing,
        compute.training,
        housekeeping,
        runner,
        shares,
    )
    models = ModelService(
        storage.models, storage.links, storage.chats, files, housekeeping, baseline, baseline_file
    )
    exports = ExportService(storage.jobs, compute.reading, datasets, runner)
    live = LiveModels(
        storage.models, storage.searches, files, compute.training, compute.teaching, datasets
    )
    predictions = PredictionService(models, live, files, compute.predicting)
    teaching = TeachingService(
        datasets, storage.datasets, files, compute.teaching, live, models, shares
    )
    suggestions = SuggestionService(
        storage.suggestions, storage.accounts, files, compute.drawing, datasets, teaching, shares
    )
    return Services(
        accounts=AccountService(
            storage.accounts,
            storage.suggestions,
            storage.jobs,
            datasets,
            models,
            exports,
            runner,
        ),
        users=UserService(storage.users),
        shares=shares,
        datasets=datasets,
        examples=ExampleService(storage.examples),
        classes=ClassService(storage.examples, files, compute.drawing),
        duplicates=DuplicateService(
            storage.examples, files, compute.reading, compute.drawing, datasets
        ),
        exports=exports,
        fits=FitService(
            storage.models, files, compute.training, datasets, runner, fit_budget_s, shares
        ),
        suspects=SuspectService(
            storage.examples,
            storage.confirmations,
            storage.searches,
            storage.jobs,
            files,
            compute.training,
            datasets,
            runner,
        ),
        mistakes=MistakeService(
            storage.examples,
            storage.jobs,
            files,
            compute.training,
            compute.drawing,
            datasets,
            runner,
        ),
        models=models,
        predictions=predictions,
        links=LinkService(storage.links, files, models, shares),
        answers=AnswerService(storage.answers),
        quizzes=QuizService(
            storage.quizzes,
            storage.examples,
            files,
            models,
            datasets,
            predictions,
            compute.drawing,
            compute.predicting,
            compute.training,
            compute.teaching,
            compute.explaining,
        ),
        explanations=ExplanationService(models, datasets, files, compute.explaining),
        take_away=TakeAwayService(
            models, datasets, files, storage.jobs, compute.training, compute.exporting, runner
        ),
        charts=ChartService(files, compute.drawing),
        teaching=teaching,
        suggestions=suggestions,
        groups=GroupService(
            storage.groups,
            storage.chats,
            storage.suggestions,
            storage.datasets,
            models,
            live,
            teaching,
        ),
        housekeeping=housekeeping,
        jobs=runner,
    )
