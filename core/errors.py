"""The one family of errors.

One class per cause. Its docstring is the English sentence for people (what is wrong, what to do),
filled from its fields; `code` is what the chat's catalogues look the sentence up by. Every error
travels between processes, so all errors can be pickled.
"""

from __future__ import annotations

import errno
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

# The most things that an error lists by name.
MAX_NAMED = 5


@dataclass(eq=False)
class LukoshkoError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def facts(self) -> dict[str, Any]:
        """The fields by name, to fill in a sentence in another language."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return " ".join(inspect.cleandoc(type(self).__doc__ or "").format(**self.facts).split())

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.facts)


def _rebuild(kind: type[LukoshkoError], facts: dict[str, Any]) -> LukoshkoError:
    return kind(**facts)


# Bad input: the user can correct it --------------------------------------------------------------


@dataclass(eq=False)
class BadInput(LukoshkoError):
    """The input can't be used."""


@dataclass(eq=False)
class DataNotFound(BadInput):
    """There is no file or folder {path}: check the name."""

    path: str


@dataclass(eq=False)
class UnknownExportFormat(BadInput):
    """{path} does not say what to write: end the name with one of {known}."""

    path: str
    known: str


@dataclass(eq=False)
class WebRuntimeMissing(BadInput):
    """This installation has no web runtime, which a page needs: run `make web` once (it needs npm), or use
    the Docker image, which has it."""


@dataclass(eq=False)
class PageTooLarge(BadInput):
    """The page would have {megabytes} MB, and {most} MB is the limit: take the ONNX file, or train with a smaller
    network."""

    megabytes: int
    most: int


@dataclass(eq=False)
class OutputNotAFile(BadInput):
    """{path} is a folder or a device: give --out the name of a file."""

    path: str


@dataclass(eq=False)
class OutputIsInput(BadInput):
    """{path} is read here, so it can't be written: give --out another name."""

    path: str


@dataclass(eq=False)
class OutputNotWritable(BadInput):
    """{path} can't be written ({detail}): give --out another name or folder."""

    path: str
    detail: str


@dataclass(eq=False)
class ArchiveUnreadable(BadInput):
    """This is not a readable ZIP: it is damaged, cut off or something else. Pack it again and retry."""


@dataclass(eq=False)
class ArchiveKindUnsupported(BadInput):
    """This is a {kind} archive, and only ZIPs are read: unpack it, then pack the folders as a ZIP
    (on Windows "Compress to ZIP file", on a Mac "Compress")."""

    kind: str


@dataclass(eq=False)
class ArchiveEncrypted(BadInput):
    """This ZIP is protected with a password: pack it again without one."""


@dataclass(eq=False)
class ArchiveMethodUnsupported(BadInput):
    """This ZIP is packed with the method {method}, which is not read: pack it as an ordinary ZIP (deflate)."""

    method: str


@dataclass(eq=False)
class ArchiveOverlaps(BadInput):
    """The entries of this ZIP overlap, as in a ZIP bomb: pack it again with an ordinary program."""


@dataclass(eq=False)
class ArchiveTooManyEntries(BadInput):
    """This ZIP has {entries} entries, at most {max_entries} are read: split it."""

    entries: int
    max_entries: int


@dataclass(eq=False)
class ArchiveTooLarge(BadInput):
    """This ZIP unpacks to {megabytes} MB, at most {max_megabytes} MB are read: split it or use smaller photos."""

    megabytes: int
    max_megabytes: int


@dataclass(eq=False)
class EntryDamaged(BadInput):
    """This entry of the ZIP is damaged."""


@dataclass(eq=False)
class EntryTooLarge(BadInput):
    """This file has {megabytes} MB, at most {max_megabytes} MB are read."""

    megabytes: int
    max_megabytes: int


@dataclass(eq=False)
class EntryNameOdd(BadInput):
    """This name leads out of the archive, is a link or is too long."""


@dataclass(eq=False)
class EntryNotImage(BadInput):
    """This is not an image."""


@dataclass(eq=False)
class EntryInNoFolder(BadInput):
    """This image is in no class folder."""


@dataclass(eq=False)
class EntryWithoutClass(BadInput):
    """Neither its name nor a table tells this image's class."""


@dataclass(eq=False)
class AlreadyThere(BadInput):
    """This photo is in the dataset already."""


@dataclass(eq=False)
class AlreadySorted(BadInput):
    """This photo is in the dataset under a class that was given by hand ({label}), which stays."""

    label: str


@dataclass(eq=False)
class PhotoMissing(LukoshkoError):
    """The bytes of the photo {sha256} are not in the store.

    others : photos that the same task wants and does not have either.
    """

    sha256: str
    others: tuple[str, ...] = ()


@dataclass(eq=False)
class NoImages(BadInput):
    """There are no images that can be read in it ({skipped} files left out, the first: {first}). Put
    photos into one folder per class and retry."""

    skipped: int
    first: str


@dataclass(eq=False)
class NothingNew(BadInput):
    """All the images in it are in the dataset already ({skipped} files)."""

    skipped: int


@dataclass(eq=False)
class NoClassFolders(BadInput):
    """There are no class folders: put the photos of each class into a folder with the class's name
    (apple/1.jpg, pear/1.jpg) and pack the folders."""


@dataclass(eq=False)
class OnlyParts(BadInput):
    """The folders in it ({parts}) are parts of a dataset, not classes: put the photos of each class
    into a folder with the class's name inside them (train/apple/1.jpg, test/apple/2.jpg)."""

    parts: str


@dataclass(eq=False)
class ClassesUnclear(BadInput):
    """There are no class folders in it, but the classes can be taken {choices}."""

    # Values of LabelSource; the table that names classes, "" without one; the first classes by the
    # files' names.
    offers: tuple[str, ...]
    table: str
    classes: tuple[str, ...]
    choices: str

    @classmethod
    def of(cls, *, table: str = "", classes: tuple[str, ...] = ()) -> ClassesUnclear:
        """Offers the table, the names, or both, with the command line's option for each."""
        ways = {}
        if table:
            ways["table"] = f"from {table} (--classes table)"
        if classes:
            named = ", ".join(classes[:MAX_NAMED])
            ways["names"] = f"from the files' names, such as {named} (--classes names)"
        return cls(tuple(ways), table, classes[:MAX_NAMED], " or ".join(ways.values()))


@dataclass(eq=False)
class TableMissing(BadInput):
    """There is no table in it that names the classes of its photos: put a labels.csv with the columns
    filename and label beside them."""


@dataclass(eq=False)
class TooManyClasses(BadInput):
    """There are {classes} classes in it, at most {max_classes} are taken: is each photo in a folder of
    its own?"""

    classes: int
    max_classes: int


@dataclass(eq=False)
class ImageUnreadable(BadInput):
    """This picture can't be read: it is damaged, cut off or not a picture. Send it again, as JPEG or PNG."""


@dataclass(eq=False)
class ImageFormatUnsupported(ImageUnreadable):
    """{format} files can't be read: save the picture as JPEG or PNG, or take a screenshot of it."""

    format: str


@dataclass(eq=False)
class ImageTooLarge(BadInput):
    """This picture has {width}×{height} pixels, at most {max_megapixels} megapixels are read: make it smaller."""

    width: int
    height: int
    max_megapixels: int


@dataclass(eq=False)
class ImageTooSmall(BadInput):
    """This picture has only {width}×{height} pixels: send one of at least {min_side} a side."""

    width: int
    height: int
    min_side: int


@dataclass(eq=False)
class FileTooLarge(BadInput):
    """This file has {megabytes} MB, and at most {max_megabytes} MB can be taken: use smaller photos or
    split it into several ZIPs."""

    megabytes: int
    max_megabytes: int


@dataclass(eq=False)
class FileNotFetched(LukoshkoError):
    """This file could not be fetched from Telegram: try again in a moment, or send it anew."""


@dataclass(eq=False)
class NumbersTooLarge(BadInput):
    """These settings make numbers too large to compute with: try a smaller {parameters}."""

    parameters: str


@dataclass(eq=False)
class UnknownExtractor(BadInput):
    """There are no features named {name}; there are: {known}."""

    name: str
    known: str


@dataclass(eq=False)
class BackboneUnusable(BadInput):
    """The network {name} of BACKBONES can't be used: {detail}"""

    name: str
    detail: str


@dataclass(eq=False)
class NotExportable(BadInput):
    """A model with the features {features} can't be put into one file: train with other features, and take that
    model away."""

    features: str


@dataclass(eq=False)
class ExportTooLarge(BadInput):
    """The file has {megabytes} MB, and {most} MB can be sent: train with a smaller network, and take that model away."""

    megabytes: int
    most: int


@dataclass(eq=False)
class UnknownClassifier(BadInput):
    """There is no classifier named {name}; there are: {known}."""

    name: str
    known: str


@dataclass(eq=False)
class ClassifierNotInstalled(BadInput):
    """{name} is not installed here: choose another classifier, or install Lukoshko with its extra "boosting"."""

    name: str


@dataclass(eq=False)
class UnknownParameter(BadInput):
    """There is no parameter {name} here; there are: {known}."""

    name: str
    known: str


@dataclass(eq=False)
class UnknownSetting(BadInput):
    """There is no setting {setting}: did you mean {guess}?"""

    setting: str
    guess: str


@dataclass(eq=False)
class UnknownWord(BadInput):
    """The word {word} is not known: did you mean {guess}? A model's name is given as name={word}."""

    word: str
    guess: str


@dataclass(eq=False)
class UnexpectedWord(BadInput):
    """The word {word} is not known: a model's name comes first, or is given as name={word}."""

    word: str


@dataclass(eq=False)
class SeveralSteps(BadInput):
    """A recipe has one of these: {names}."""

    names: str


@dataclass(eq=False)
class SettingUnclear(BadInput):
    """A setting is one word, without spaces: {example}"""

    example: str


@dataclass(eq=False)
class ParameterOutOfRange(BadInput):
    """{name} can't be {value}: allowed is {allowed}."""

    name: str
    value: str
    allowed: str


@dataclass(eq=False)
class DatasetEmpty(BadInput):
    """There are no photos in {name} yet."""

    name: str


@dataclass(eq=False)
class TooFewClasses(BadInput):
    """There is only one class ({label}): a model needs at least two to tell apart."""

    label: str


@dataclass(eq=False)
class TooFewPhotos(BadInput):
    """Too few different photos to train: {labels}. Each class needs at least {needed}."""

    labels: str
    needed: int

    @classmethod
    def of(cls, counts: Mapping[str, int], needed: int) -> TooFewPhotos:
        """Names the first few of these classes with their numbers of photos."""
        return cls(labels=name_counts(counts), needed=needed)


def name_counts(counts: Mapping[str, int]) -> str:
    """The first few of these, "apple (3), pear (4), … (+2)"."""
    named = [f"{label} ({count})" for label, count in counts.items()]
    more = f", … (+{len(named) - MAX_NAMED})" if len(named) > MAX_NAMED else ""
    return ", ".join(named[:MAX_NAMED]) + more


@dataclass(eq=False)
class PhotosInSeveralClasses(BadInput):
    """Too few different photos to train: {labels}. {label} shares {shared} of its {photos} photos with other
    classes, such as {other}, and the same photo counts once. Each class needs at least {needed} of its
    own: keep each photo in one class."""

    labels: str
    needed: int
    label: str
    photos: int
    shared: int
    other: str


@dataclass(eq=False)
class ClassesUnknownToModel(BadInput):
    """None of the test photos belongs to a class of the model."""


@dataclass(eq=False)
class ModelUnreadable(BadInput):
    """{path} is not a model that `fit` wrote: choose an .onnx file of its making, or train it again."""

    path: str


@dataclass(eq=False)
class QuizWithoutPhotos(BadInput):
    """The model here did not learn from photos that are kept: a quiz needs a model taught from photos."""


@dataclass(eq=False)
class QuizTooFewClasses(BadInput):
    """A quiz needs photos of at least two classes."""


# Missing, or somebody else's ---------------------------------------------------------------------


@dataclass(eq=False)
class DatasetNotFound(LukoshkoError):
    """There is no such dataset."""


@dataclass(eq=False)
class ModelNotFound(LukoshkoError):
    """There is no such model: {name}."""

    name: str


@dataclass(eq=False)
class ModelGone(ModelNotFound):
    """This model is not there any more."""

    name: str = ""


@dataclass(eq=False)
class NameTaken(LukoshkoError):
    """The name {name} is taken: choose another one."""

    name: str


@dataclass(eq=False)
class NameInvalid(LukoshkoError):
    """A name has 1 to {max_length} characters on one line."""

    max_length: int


@dataclass(eq=False)
class NoDataset(LukoshkoError):
    """There is no dataset yet: send a ZIP of class folders."""


@dataclass(eq=False)
class NoActiveModel(LukoshkoError):
    """No model is in use here: choose one with /models."""


@dataclass(eq=False)
class BaselineNotRemovable(LukoshkoError):
    """The baseline model is everyone's and can't be removed."""


@dataclass(eq=False)
class LabelInvalid(LukoshkoError):
    """The name of a class has 1 to {max_length} characters on one line."""

    max_length: int


@dataclass(eq=False)
class NothingToChange(LukoshkoError):
    """There is nothing to change: these photos are gone, or are so already."""


@dataclass(eq=False)
class AlreadyUndone(LukoshkoError):
    """What this was to take back is taken back."""


@dataclass(eq=False)
class NothingToUndo(LukoshkoError):
    """There is nothing that can be taken back."""


# Limits ------------------------------------------------------------------------------------------


@dataclass(eq=False)
class EditNotLast(LukoshkoError):
    """This is not the last change any more: only the last one can be undone."""


@dataclass(eq=False)
class DatasetChanged(LukoshkoError):
    """{name} has changed since this model was trained: train again."""

    name: str


@dataclass(eq=False)
class AlreadyRunning(LukoshkoError):
    """Your {kind} still runs: wait for it or /cancel it."""

    kind: str


@dataclass(eq=False)
class LinkIncomplete(LukoshkoError):
    """This link is not complete: open it again as it was sent to you, or ask for a new one."""


@dataclass(eq=False)
class LinkGone(LukoshkoError):
    """This link does not work any more: the model is not shared now, or was deleted. Ask the person who sent it."""


@dataclass(eq=False)
class LinkIsOwn(LukoshkoError):
    """This is a link to your own model “{name}”: send it to others. You have the model in /models."""

    name: str


@dataclass(eq=False)
class LinkNotForCopies(LukoshkoError):
    """This link lets you use the model, not copy it: ask the person who sent it for a link to copy."""


@dataclass(eq=False)
class QuotaExceeded(LukoshkoError):
    """You have {have} {what}, and {limit} is the most: remove some first."""

    what: str
    have: int
    limit: int


@dataclass(eq=False)
class SuggestionGone(LukoshkoError):
    """These photos do not wait any more: they were added or refused, or waited too long."""


@dataclass(eq=False)
class TooManySuggested(LukoshkoError):
    """At most {limit} photos may wait for the owner's answer."""

    limit: int


@dataclass(eq=False)
class SuggestionRefused(LukoshkoError):
    """The owner of this dataset can't take any photos now."""


@dataclass(eq=False)
class NoRoom(LukoshkoError):
    """There is no room for anything new now: the disk is nearly full. What you have is safe."""


@dataclass(eq=False)
class NothingKept(LukoshkoError):
    """Nothing can be kept now: the disk takes no changes. What you have is safe: try again later."""


@dataclass(eq=False)
class FilesAway(LukoshkoError):
    """The place where photos and models are kept can't be reached now: nothing is lost, try again later
    (reference {reference})."""

    reference: str


_FULL = (errno.ENOSPC, errno.EDQUOT)


def error_of_disk(error: BaseException) -> LukoshkoError | None:
    """The error that says what is wrong with the disk, where that is what the system complains of; itself
    where it is one."""
    if isinstance(error, (NoRoom, NothingKept)):
        return error
    number = error.errno if isinstance(error, OSError) else None
    if number in _FULL:
        return NoRoom()
    return NothingKept() if number == errno.EROFS else None


@dataclass(eq=False)
class QueueFull(LukoshkoError):
    """{waiting} fits of yours wait already: try again when one has ended."""

    waiting: int


@dataclass(eq=False)
class QuizRunning(LukoshkoError):
    """A quiz is running here: answer that one first."""


@dataclass(eq=False)
class QuizTooOften(LukoshkoError):
    """{limit} quizzes an hour are enough: try again later."""

    limit: int


@dataclass(eq=False)
class ServiceBusy(LukoshkoError):
    """Too many jobs are waiting: try again in a minute."""


@dataclass(eq=False)
class TimeLimitExceeded(LukoshkoError):
    """It did not end within {limit_s:g} s."""

    limit_s: float


class BudgetExceeded(TimeLimitExceeded):
    """Not even the first step of the training ended within {limit_s:g} s."""


@dataclass(eq=False)
class MemoryLimitExceeded(LukoshkoError):
    """It needed more memory than a task may take."""


@dataclass(eq=False)
class JobCancelled(LukoshkoError):
    """Cancelled."""


# Storage, at a start: the operator can correct it ------------------------------------------------


@dataclass(eq=False)
class DatabaseTooNew(LukoshkoError):
    """The database is at version {version}, this program knows {known}: start the newer program again."""

    version: int
    known: int


@dataclass(eq=False)
class StorageInUse(LukoshkoError):
    """Another process works in {folder}: stop it first, or choose another DATA_DIR."""

    folder: str


@dataclass(eq=False)
class FolderNotUsable(LukoshkoError):
    """{folder} can't be written by the user {user} ({detail}): give the folder to that user, make room on its
    disk, or choose another DATA_DIR."""

    folder: str
    detail: str
    user: str


@dataclass(eq=False)
class DatabaseBroken(LukoshkoError):
    """{database} is damaged ({detail}) and was left as it is: put it and its folder away, and restore a
    backup with python -m storage restore."""

    database: str
    detail: str


@dataclass(eq=False)
class DatabaseLost(LukoshkoError):
    """{folder} holds files, and their database is not there or empty; nothing was changed: put
    lukoshko.db back, or put the folder away and restore a backup with python -m storage restore."""

    folder: str


@dataclass(eq=False)
class DatabaseForeign(LukoshkoError):
    """The database in {folder} is not the one that the files beside it belong to; nothing was changed: put
    the right lukoshko.db back, or put the folder away and restore a backup with python -m storage restore."""

    folder: str


@dataclass(eq=False)
class FilesRefused(LukoshkoError):
    """FILES={files} can't be used ({detail}); nothing was changed: look at the bucket's name and at the settings
    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL."""

    files: str
    detail: str


@dataclass(eq=False)
class FilesForeign(LukoshkoError):
    """{files} holds the files of another data folder than {folder}; nothing was changed: choose another prefix
    in FILES, or the DATA_DIR that belongs to it."""

    files: str
    folder: str


@dataclass(eq=False)
class FilesElsewhere(LukoshkoError):
    """The files of {folder} are in {files}; nothing was changed: set FILES to it."""

    folder: str
    files: str


@dataclass(eq=False)
class KeyMissing(LukoshkoError):
    """The key of {folder} is not at {place}; nothing was changed: put the key file back there, or say where
    it is by KEY_FILE."""

    folder: str
    place: str


@dataclass(eq=False)
class KeyWrong(LukoshkoError):
    """The key in {source} is not the one that {folder} is encrypted with; nothing was changed: set KEY_FILE or
    LUKOSHKO_KEY to the right one."""

    folder: str
    source: str


@dataclass(eq=False)
class KeyInvalid(LukoshkoError):
    """The key in {source} can't be used: it must be 32 bytes in base64, which are 44 characters."""

    source: str


@dataclass(eq=False)
class KeyNotWritten(LukoshkoError):
    """A key file can't be made at {place} ({detail}): set KEY_FILE to a file outside the data folder, in a
    folder that can be written."""

    place: str
    detail: str


@dataclass(eq=False)
class SealBroken(LukoshkoError):
    """The file {file} is damaged, or was encrypted with another key: look for the extent with python -m storage
    check, and restore a backup."""

    file: str


@dataclass(eq=False)
class BackupRefused(LukoshkoError):
    """The backup can't be written to {file} ({detail}): choose another file."""

    file: str
    detail: str


@dataclass(eq=False)
class BackupUnsteady(LukoshkoError):
    """So much was deleted meanwhile that no backup was complete: start it again in a quieter hour."""


@dataclass(eq=False)
class RestoreRefused(LukoshkoError):
    """{file} can't be restored into {folder} ({detail}); nothing was changed: it takes a whole backup and an
    empty folder, which DATA_DIR names."""

    file: str
    folder: str
    detail: str


@dataclass(eq=False)
class JobInterrupted(LukoshkoError):
    """The service was restarted in the middle of it: start it again."""


@dataclass(eq=False)
class JobParked(JobInterrupted):
    """The service is being restarted, and goes on with it then."""


# Workers -----------------------------------------------------------------------------------------


@dataclass(eq=False)
class WorkerCrashed(LukoshkoError):
    """The worker process ended unexpectedly (exit code {exit_code})."""

    exit_code: int | None


@dataclass(eq=False)
class ResultUnreadable(LukoshkoError):
    """A task's arguments or result could not be carried between processes: {detail}"""

    detail: str


@dataclass(eq=False)
class TaskFailed(LukoshkoError):
    """A task failed with an error nobody expected: {summary}"""

    summary: str
    traceback: str
