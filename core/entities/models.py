"""Reports, models and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.entities.recipes import ParameterValue, Recipe


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Scores of one class on the held-out part, each 0–1; `support` is its number of photos there."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Rung:
    """A fit on `n` training photos, scored on the held-out part; both took `seconds`."""

    n: int
    seconds: float
    accuracy: float
    f1_macro: float


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Macro F1 against the number of training photos; scores have one row per size and one
    column per fold."""

    train_sizes: tuple[int, ...]
    train_scores: tuple[tuple[float, ...], ...]
    test_scores: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class TestScore:
    """Scores on a dataset that took no part in the fit: on `n` photos; `left_out` others are of classes
    that the model does not know. `f1_macro` is the mean over the `classes` of the model that these
    photos have; 0 of them in cards from before that was counted."""

    n: int
    accuracy: float
    f1_macro: float
    left_out: int = 0
    classes: int = 0


class Certainty(StrEnum):
    """A model's certainty of what it names. UNKNOWN: the photo is like nothing that it was taught;
    PROBABLE: it is like what was taught, and other classes are likely too."""

    SURE = "sure"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """`n` held-out photos whose answers had about the same probability: its mean, and the share of these
    answers that was right, each 0–1."""

    n: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class CertaintyScore:
    """The `n` held-out photos whose answers were of this certainty; of `right` the class was the right one."""

    answer: Certainty
    n: int
    right: int


@dataclass(frozen=True, slots=True)
class FitSeconds:
    """Seconds of the parts of a fit: reading images, extracting features, training, evaluating."""

    read: float = 0.0
    features: float = 0.0
    fit: float = 0.0
    evaluate: float = 0.0


@dataclass(frozen=True, slots=True)
class FitReport:
    """The result of a fit. All scores come from the held-out part, which training never saw.

    confusion : counts, one row per true class and one column per predicted class, in the order of
        `classes`.
    complete : True if all that was asked for ended within the budget: the training on all
        `n_available` photos, and the curve. calibration_error : expected calibration error, 0–1.
    refitted : True if the model was trained once more after scoring, on the held-out photos too.
    kept_together : number of photos that have a duplicate, with which they stay on one side of the
        split.
    folds : number of folds, where the scores come from a cross-validation: then every photo was held
        out once, from a model that never saw it. 0 where one part was held out.
    too_few : the classes that have too few photos for a score, near duplicates counted once: theirs is
        a rough guess.
    other_cameras : the score on copies of the test's photos that were changed as by another phone,
        another light or another place.
    reliability, certainties : of the held-out part's answers, the bins by ascending probability; empty
        where there are no probabilities, too few photos, or in cards from before they were kept.
    """

    recipe: Recipe
    classes: tuple[str, ...]
    n_train: int
    n_test: int
    accuracy: float
    f1_macro: float
    class_scores: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    seconds: FitSeconds
    budget_s: float
    complete: bool
    refitted: bool = False
    n_available: int = 0
    calibration_error: float | None = None
    kept_together: int = 0
    folds: int = 0
    too_few: tuple[str, ...] = ()
    rungs: tuple[Rung, ...] = ()
    curve: LearningCurve | None = None
    test: TestScore | None = None
    other_cameras: TestScore | None = None
    reliability: tuple[CalibrationBin, ...] = ()
    certainties: tuple[CertaintyScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of photos by others, with what their licence wants to be credited."""

    name: str
    url: str
    licence: str
    citation: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card of an ONNX file: all that is needed to use the model, and its scores.

    preprocessing : the extractor's name and the hyperparameters that shape its vectors.
    probabilities : True if the model's scores are calibrated probabilities, False if they only order
        the classes.
    threshold : the similarity below which a photo is something else. sure_threshold : the similarity
        below which an answer is not sure, whatever its probability; None in cards from before there
        was one.
    origin : the source of the photos, where they are not the owner's.
    """

    format: int
    classes: tuple[str, ...]
    recipe: Recipe
    preprocessing: Mapping[str, ParameterValue]
    probabilities: bool
    threshold: float
    report: FitReport
    dataset: str
    dataset_version: int
    created_at: datetime
    origin: Origin | None = None
    sure_threshold: float | None = None


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A model file that a fit wrote to `path`, with its card beside it."""

    path: str
    card: ModelCard


class ModelKind(StrEnum):
    """BASELINE comes with the program and belongs to everyone; CUSTOM models are their owners'."""

    BASELINE = "baseline"
    CUSTOM = "custom"


BASELINE_NAME = "baseline"
"""The name of the baseline model; no user's model may have it."""


@dataclass(frozen=True, slots=True)
class Model:
    """A user's model, or the baseline, which is everyone's: its id and its owner are 0.

    file : content hash of the ONNX file in storage; of the baseline, which comes with the program, "".
    number : the owner's own, from 1, each given once; the baseline's is 0.
    dataset_id : of the dataset that it learned from, None where that is gone. is_live : True for the
    model that follows its dataset's edits. is_copy : True where it was copied from somebody's shared model.
    """

    id: int
    owner_id: int
    name: str
    kind: ModelKind
    file: str
    card: ModelCard
    created_at: datetime
    number: int = 0
    dataset_id: int | None = None
    is_live: bool = False
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer for one image.

    top : the likeliest classes first, at most five; a probability is None where the model gives only
        an order. answer : never PROBABLE where it gives only an order.
    """

    label: str
    probability: float | None
    top: tuple[tuple[str, float | None], ...]
    answer: Certainty
    seconds: float

    @property
    def known(self) -> bool:
        """False where the photo is like nothing that the model was taught."""
        return self.answer is not Certainty.UNKNOWN
