"""What crosses every border: frozen, plain, picklable; structured from JSON by cattrs.

Colours are RGB in 0–255, sizes are pixels of the upright image, times are seconds unless a name
says otherwise, moments are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ParameterValue = bool | int | float | str

# Datasets ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of a dataset, as one pass over its bytes found it.

    source, index : where the bytes are: `source` names a ZIP or folder (in storage the SHA-256 of the
        file's content, on the command line its path), `index` counts its entries from 0.
    sha256 : hexadecimal digest of the file's bytes; equal digests are exact duplicates.
    perceptual_hash : 16 hexadecimal digits; near duplicates differ in few bits.
    mean, std : per channel R, G, B, 0–255.
    """

    source: str
    index: int
    name: str
    label: str
    sha256: str
    bytes: int
    width: int
    height: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    perceptual_hash: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out. `reason` is an error's code, `detail` its English sentence."""

    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Spread:
    min: int
    mean: float
    max: int


@dataclass(frozen=True, slots=True)
class Sizes:
    width: Spread
    height: Spread


@dataclass(frozen=True, slots=True)
class ClassColors:
    """Mean over the class's images of their mean and standard deviation, per channel R, G, B, 0–255."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Images that are there more than once: each group of n copies counts n - 1.

    exact : by content. near : by perceptual hash, the exact ones not counted again.
    by_class : both kinds, within a class; classes without any are left out.
    across_classes : (class, other class, groups that have images in both), in order of the names.
    """

    exact: int
    near: int
    by_class: Mapping[str, int]
    across_classes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A dataset in figures. `classes` maps a name to its number of images, in order of the names."""

    images: int
    classes: Mapping[str, int]
    duplicates: Duplicates
    sizes: Sizes
    colors: Mapping[str, ClassColors]
    skipped: tuple[Skipped, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an archive gave: its records, and the description of the whole dataset with them."""

    records: tuple[ImageRecord, ...]
    description: Description


@dataclass(frozen=True, slots=True)
class Dataset:
    """A user's dataset. `version` grows by one whenever images are added.

    sheet : content hash of the last sheet of samples, where one was drawn.
    """

    id: int
    owner_id: int
    name: str
    version: int
    description: Description
    created_at: datetime
    updated_at: datetime
    sheet: str | None = None


# Recipes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """One hyperparameter, its default and what it may be.

    kind : "int", "float", "bool", "choice", or "choices" for two or more of them, joined by commas.
    low, high : a number's range, both inclusive.
    choices : the words that are allowed, for a number beside its range.
    suggestions : values worth trying, for buttons.
    """

    name: str
    kind: str
    default: ParameterValue
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    suggestions: tuple[ParameterValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """Extractor + reducer + classifier, with every hyperparameter given a checked value."""

    features: str
    reducer: str
    classifier: str
    hyperparameters: Mapping[str, ParameterValue]

    @property
    def name(self) -> str:
        return "+".join((self.features, self.reducer, self.classifier))


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How to fit. `budget_s` covers training and evaluation, not the extraction of features."""

    budget_s: float = 10.0
    curve: bool = False
    seed: int = 0


# Reports and models ------------------------------------------------------------------------------


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
    """Macro F1 against the number of training photos; scores have a row a size, a column a fold."""

    train_sizes: tuple[int, ...]
    train_scores: tuple[tuple[float, ...], ...]
    test_scores: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class TestScore:
    """Scores on a dataset that took no part in the fit: on `n` photos; `left_out` others are of classes
    that the model does not know."""

    n: int
    accuracy: float
    f1_macro: float
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class FitSeconds:
    read: float = 0.0
    features: float = 0.0
    fit: float = 0.0
    evaluate: float = 0.0


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a fit gave. All scores come from the held-out part, which training never saw.

    confusion : a row a true class, a column a predicted one, in the order of `classes`; counts.
    complete : whether all that was asked for ended within the budget: all `n_available` training
        photos, and the curve. calibration_error : expected calibration error, 0–1.
    refitted : whether the model was trained once more, on the held-out photos too, after its scores.
    kept_together : photos that went to a side of the split because a duplicate of theirs did.
    folds : of a cross-validation, where the scores come from one: then every photo was held out once,
        from a model that never saw it. 0 where one part was held out.
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
    rungs: tuple[Rung, ...] = ()
    curve: LearningCurve | None = None
    test: TestScore | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where photos of others came from: what their licence wants said."""

    name: str
    url: str
    licence: str
    citation: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Beside every ONNX file: all that is needed to use it and to know what it is worth.

    preprocessing : the extractor's name and the hyperparameters that shape its vectors.
    probabilities : whether its scores are calibrated probabilities, or only an order of classes.
    threshold : the similarity below which a photo is something else.
    origin : of the photos, where they are not the owner's.
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


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A model file that a fit left at `path` (its card beside it)."""

    path: str
    card: ModelCard


class ModelKind(StrEnum):
    BASELINE = "baseline"
    CUSTOM = "custom"


BASELINE_NAME = "baseline"
"""What everybody calls the baseline model: no model of a user's may be named so."""


@dataclass(frozen=True, slots=True)
class Model:
    """A user's model, or the baseline, which is everyone's: its id and its owner are 0.

    file : content hash of the ONNX file in storage; of the baseline, which comes with the program, "".
    """

    id: int
    owner_id: int
    name: str
    kind: ModelKind
    file: str
    card: ModelCard
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one image.

    top : the likeliest classes first, at most five; a probability is None where the model gives only
        an order. known : False where the photo looks like nothing that the model was taught.
    """

    label: str
    probability: float | None
    top: tuple[tuple[str, float | None], ...]
    known: bool
    seconds: float


# Users and jobs ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class User:
    """A Telegram user. `question` is what the bot waits for an answer to, as the chat layer's JSON."""

    id: int
    language: str
    dataset_id: int | None = None
    question: str | None = None


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class JobKind(StrEnum):
    UPLOAD = "upload"
    FIT = "fit"


@dataclass(frozen=True, slots=True)
class Job:
    """Work that a user asked for and waits for. `error` is the code of what ended it, where it failed."""

    id: int
    owner_id: int
    kind: JobKind
    state: JobState
    chat_id: int
    created_at: datetime
    ended_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is, with a fit's rungs so far: `done` of `total` in a stage ("check", "read", "features", "fit", "curve", …)."""

    stage: str
    done: int = 0
    total: int = 0
    rungs: tuple[Rung, ...] = ()
