"""All use cases, built on the ports that the composition root provides."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from core.entities import Limits, Model
from core.ports import Compute, StoragePorts
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


class Services:
    """The use cases, one service per subject, each made when it is first asked for. One set serves the whole
    process."""

    def __init__(
        self,
        storage: StoragePorts,
        compute: Compute,
        fit_budget_s: float,
        baseline: Model,
        baseline_file: Path,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """fit_budget_s : seconds that a fit may take.
        baseline, baseline_file : the model that everyone has, and its ONNX file.
        limits : the most that may be kept.
        """
        self._storage = storage
        self._compute = compute
        self._fit_budget_s = fit_budget_s
        self._baseline = baseline
        self._baseline_file = baseline_file
        self._limits = limits

    # What the others share ------------------------------------------------------------------------

    @cached_property
    def jobs(self) -> JobRunner:
        return JobRunner(self._storage.jobs, self._storage.files)

    @cached_property
    def shares(self) -> Shares:
        return Shares(self._limits, self._storage.accounts, self._storage.files)

    @cached_property
    def housekeeping(self) -> Housekeeping:
        storage = self._storage
        return Housekeeping(storage.files, storage.jobs, storage.suggestions, self._compute.reading)

    # People and chats -----------------------------------------------------------------------------

    @cached_property
    def users(self) -> UserService:
        return UserService(self._storage.users)

    @cached_property
    def accounts(self) -> AccountService:
        return AccountService(
            self._storage.accounts,
            self._storage.suggestions,
            self._storage.jobs,
            self.datasets,
            self.models,
            self.exports,
            self.jobs,
        )

    @cached_property
    def groups(self) -> GroupService:
        return GroupService(
            self._storage.groups,
            self._storage.chats,
            self._storage.suggestions,
            self._storage.datasets,
            self.models,
            self._live,
            self.teaching,
        )

    # Datasets -------------------------------------------------------------------------------------

    @cached_property
    def datasets(self) -> DatasetService:
        return DatasetService(
            self._storage.users,
            self._storage.datasets,
            self._storage.files,
            self._compute.reading,
            self._compute.drawing,
            self._compute.training,
            self.housekeeping,
            self.jobs,
            self.shares,
        )

    @cached_property
    def examples(self) -> ExampleService:
        return ExampleService(self._storage.examples)

    @cached_property
    def classes(self) -> ClassService:
        return ClassService(self._storage.examples, self._storage.files, self._compute.drawing)

    @cached_property
    def exports(self) -> ExportService:
        return ExportService(self._storage.jobs, self._compute.reading, self.datasets, self.jobs)

    @cached_property
    def duplicates(self) -> DuplicateService:
        return DuplicateService(
            self._storage.examples,
            self._storage.files,
            self._compute.reading,
            self._compute.drawing,
            self.datasets,
        )

    @cached_property
    def suspects(self) -> SuspectService:
        return SuspectService(
            self._storage.examples,
            self._storage.confirmations,
            self._storage.searches,
            self._storage.jobs,
            self._storage.files,
            self._compute.training,
            self.datasets,
            self.jobs,
        )

    # Teaching -------------------------------------------------------------------------------------

    @cached_property
    def teaching(self) -> TeachingService:
        return TeachingService(
            self.datasets,
            self._storage.datasets,
            self._storage.files,
            self._compute.teaching,
            self._live,
            self.models,
            self.shares,
        )

    @cached_property
    def suggestions(self) -> SuggestionService:
        return SuggestionService(
            self._storage.suggestions,
            self._storage.accounts,
            self._storage.files,
            self._compute.drawing,
            self.datasets,
            self.teaching,
            self.shares,
        )

    # Models ---------------------------------------------------------------------------------------

    @cached_property
    def models(self) -> ModelService:
        return ModelService(
            self._storage.models,
            self._storage.links,
            self._storage.chats,
            self._storage.files,
            self.housekeeping,
            self._baseline,
            self._baseline_file,
        )

    @cached_property
    def _live(self) -> LiveModels:
        return LiveModels(
            self._storage.models,
            self._storage.searches,
            self._storage.files,
            self._compute.training,
            self._compute.teaching,
            self.datasets,
        )

    @cached_property
    def fits(self) -> FitService:
        return FitService(
            self._storage.models,
            self._storage.files,
            self._compute.training,
            self.datasets,
            self.jobs,
            self._fit_budget_s,
            self.shares,
        )

    @cached_property
    def mistakes(self) -> MistakeService:
        return MistakeService(
            self._storage.examples,
            self._storage.jobs,
            self._storage.files,
            self._compute.training,
            self._compute.drawing,
            self.datasets,
            self.jobs,
        )

    @cached_property
    def links(self) -> LinkService:
        return LinkService(self._storage.links, self._storage.files, self.models, self.shares)

    @cached_property
    def take_away(self) -> TakeAwayService:
        return TakeAwayService(
            self.models,
            self.datasets,
            self._storage.files,
            self._storage.jobs,
            self._compute.training,
            self._compute.exporting,
            self.jobs,
        )

    @cached_property
    def charts(self) -> ChartService:
        return ChartService(self._storage.files, self._compute.drawing)

    # Answers --------------------------------------------------------------------------------------

    @cached_property
    def predictions(self) -> PredictionService:
        return PredictionService(
            self.models, self._live, self._storage.files, self._compute.predicting
        )

    @cached_property
    def answers(self) -> AnswerService:
        return AnswerService(self._storage.answers)

    @cached_property
    def explanations(self) -> ExplanationService:
        return ExplanationService(
            self.models, self.datasets, self._storage.files, self._compute.explaining
        )

    @cached_property
    def quizzes(self) -> QuizService:
        return QuizService(
            self._storage.quizzes,
            self._storage.examples,
            self._storage.files,
            self.models,
            self.datasets,
            self.predictions,
            self._compute.drawing,
            self._compute.predicting,
            self._compute.training,
            self._compute.teaching,
            self._compute.explaining,
            self.suspects,
        )
