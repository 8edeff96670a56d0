"""The ports of storage: tables and files.

Every method of a table that belongs to users takes the owner first and touches only the owner's rows.
A row that does not exist and a row of somebody else raise the same error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from core.entities import (
    Consent,
    Contribution,
    Dataset,
    Edit,
    Example,
    FittedModel,
    Group,
    Job,
    JobKind,
    JobState,
    LastEdit,
    Link,
    LinkKind,
    Lost,
    Model,
    ModelCard,
    NewPhoto,
    Note,
    Pending,
    Person,
    Place,
    Reading,
    Search,
    Skipped,
    SuggestedPhoto,
    Suggestion,
    SuggestionLimits,
    Usage,
    User,
)
from core.sealed import Key, Stored


class Users(Protocol):
    """The people who have written to the bot, by their Telegram ids."""

    async def get(self, user_id: int, language: str) -> User:
        """The user; a new one is created with this language."""

    async def see(self, user_id: int) -> None:
        """Notes that the user wrote today; an account that is used is not deleted."""

    async def set_language(self, user_id: int, language: str) -> None:
        """Sets the language of the bot's answers, by its code: "en", "ru"."""

    async def set_dataset(self, user_id: int, dataset_id: int | None) -> None:
        """Chooses the dataset that commands work on. Raises DatasetNotFound if it is not the user's."""

    async def set_question(self, user_id: int, question: str | None) -> None:
        """Stores the question that the user's next text answers, as the chat layer's JSON; None for
        none."""

    async def set_zips(self, user_id: int, zips: str | None) -> None:
        """Stores the ZIPs that wait to be read; None for none."""

    async def with_zips(self) -> tuple[User, ...]:
        """The users who have such ZIPs."""

    async def set_teaching(self, user_id: int, teaching: str | None) -> None:
        """Stores what is being taught, as the chat layer's JSON; None for nothing."""

    async def teaching(self) -> tuple[User, ...]:
        """The users who are teaching something."""


class Datasets(Protocol):
    """Datasets with their image records. Names are unique per owner, in any case of letters."""

    async def create(self, owner_id: int, name: str, reading: Reading, job_id: int) -> Dataset:
        """Stores the dataset with the photos and examples of the reading, makes it the owner's
        current one and marks its job done: all or nothing.

        Raises NameTaken, NameInvalid, and JobCancelled if the job has ended already.
        """

    async def add(self, owner_id: int, dataset_id: int, reading: Reading, job_id: int) -> Dataset:
        """Adds the photos and examples of the reading as an edit; the dataset becomes current as its
        job is marked done, all or nothing.

        Raises DatasetNotFound, and JobCancelled if the job has ended already.
        """

    async def begin(
        self,
        owner_id: int,
        name: str,
        *,
        extends_baseline: bool = False,
        becomes_current: bool = True,
    ) -> Dataset:
        """Stores a dataset without examples, which can be taught; it becomes the owner's current one where that is
        wanted.

        Raises NameTaken, NameInvalid.
        """

    async def teach(
        self, owner_id: int, dataset_id: int, reading: Reading, *, becomes_current: bool = True
    ) -> tuple[Dataset, int]:
        """Adds a lesson's examples, which are of one class, as an edit; the dataset becomes current where that is
        wanted. A photo that is there under other classes goes to the lesson's: of two classes the one given last wins;
        one of the test set is to be learned from now on.
        Returns the dataset, and how many examples are new or changed.

        Raises DatasetNotFound, and NothingToChange where all is known already.
        """

    async def refuse(self, owner_id: int, dataset_id: int, reading: Reading) -> Dataset:
        """Makes the photos of the reading negatives, none of the dataset's classes, as an edit; the dataset
        becomes current. They are examples of it no more, and negatives until they are taught as a class.

        Raises DatasetNotFound, and NothingToChange where all are negatives already.
        """

    async def negatives(self, owner_id: int, dataset_id: int) -> tuple[str, ...]:
        """The digests of the dataset's negatives, in the order in which they came. Raises DatasetNotFound."""

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        """Raises DatasetNotFound."""

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        """Newest first."""

    async def write_listing(
        self, owner_id: int, dataset_id: int, out: Path, key: Key | None = None
    ) -> None:
        """Writes the dataset's examples to a file for workers, in the order in which they were added; it is
        sealed where there is a key.

        Its form is that of `core.datasets.listing`. Raises DatasetNotFound.
        """

    async def last_reading(
        self, owner_id: int, dataset_id: int
    ) -> tuple[tuple[Skipped, ...], tuple[Note, ...], float]:
        """What the last reading of an archive left out and noted, and its seconds.
        Raises DatasetNotFound."""

    async def rename(self, owner_id: int, dataset_id: int, name: str) -> Dataset:
        """Raises DatasetNotFound, NameTaken, NameInvalid."""

    async def set_sheet(self, owner_id: int, dataset_id: int, sheet: str) -> None:
        """Raises DatasetNotFound."""

    async def delete(self, owner_id: int, dataset_id: int) -> None:
        """Deletes the dataset; its models stay. If it was current, the newest other one becomes current.
        Its photos are the next that `Files.tidy` deletes, those moved here from other datasets too.

        Raises DatasetNotFound, and AlreadyRunning while a job of the owner's may need it.
        """


class Examples(Protocol):
    """Single examples, and the edits that change them. Each method is one edit: one transaction, one
    batch for `undo`, the dataset's next version, which is returned.

    `ids` name examples of the dataset; others are passed over. Every method raises DatasetNotFound;
    an edit that would change nothing raises NothingToChange.
    """

    async def find(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> tuple[Example, ...]:
        """Those of the examples that are there, in the order of their ids. No edit."""

    async def of_class(
        self, owner_id: int, dataset_id: int, label: str, first: int = 0, most: int | None = None
    ) -> tuple[Example, ...]:
        """The examples of a class in the order of their ids, from the place `first` on, counted from 0;
        at most `most` of them, None for all. No edit."""

    async def relabel(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], label: str
    ) -> Dataset:
        """Gives the examples another class, and with them the others of the same photos in the
        dataset: of two classes the one given last wins. Raises LabelInvalid."""

    async def move(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], to_dataset_id: int
    ) -> Dataset:
        """Moves the examples to another dataset of the owner's, under their ids and classes: an edit
        of both. What is there already under the same class is not doubled. The other dataset is
        returned."""

    async def remove(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> Dataset:
        """Takes the examples out. Their photos stay until they are tidied away, for `undo`."""

    async def set_test(
        self, owner_id: int, dataset_id: int, ids: Sequence[int] | None, *, is_test: bool
    ) -> Dataset:
        """Puts the examples, None for all, into the test set or back into the training set."""

    async def rename_class(
        self, owner_id: int, dataset_id: int, label: str, new_label: str
    ) -> Dataset:
        """Renames a class; where the new name is another class, the two become one.
        Raises LabelInvalid."""

    async def last_edit(self, owner_id: int, dataset_id: int) -> LastEdit | None:
        """What `undo` would take back; None where it would raise NothingToUndo."""

    async def undo(
        self,
        owner_id: int,
        dataset_id: int,
        number: int | None = None,
        request: int | None = None,
    ) -> Dataset:
        """Takes the last batch back that was not taken back yet, as an edit of its own; a move in both
        datasets, and wherever else its examples have been moved since.

        number : of the edit that is meant, None for whichever is the last. request : the owner's number for
        this wish, which is fulfilled once.

        Raises NothingToUndo: for the edit that made the dataset, and for one whose photos have been
        tidied away. Raises EditNotLast where another edit than `number` is the last, and AlreadyUndone where
        the request was fulfilled.
        """

    async def history(self, owner_id: int, dataset_id: int) -> tuple[Edit, ...]:
        """The edits, newest first."""


class Confirmations(Protocol):
    """Examples whose owner looked at them and said that the class is right. No edits."""

    async def add(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> None:
        """Notes that these examples are rightly of the classes that they have; ids that name no example
        of the dataset are passed over. Raises DatasetNotFound."""

    async def ids(self, owner_id: int, dataset_id: int) -> frozenset[int]:
        """The examples that have a class under which they were confirmed. One that was removed is
        forgotten. Raises DatasetNotFound."""


class Searches(Protocol):
    """What the last search of a dataset for mislabelled photos found. No edits."""

    async def keep(self, owner_id: int, dataset_id: int, search: Search) -> None:
        """Keeps it in place of the one before. Raises DatasetNotFound."""

    async def last(self, owner_id: int, dataset_id: int) -> Search | None:
        """The last one; None where there was none. Raises DatasetNotFound."""


class Suggestions(Protocol):
    """Photos that people suggest for a class of somebody else's dataset; their bytes are sealed with the key of
    the dataset's owner. Accepting is teaching; here the photos are kept until then."""

    async def add(
        self,
        owner_id: int,
        dataset_id: int,
        person: Person,
        label: str,
        photos: Sequence[NewPhoto],
        place: Place | None,
        limits: SuggestionLimits,
    ) -> Suggestion:
        """Keeps photos beside those of the same person, class and place that wait already; one that waits there
        is not doubled. The files stay where they are, too.

        Raises DatasetNotFound, and TooManySuggested where more would wait than the limits say.
        """

    async def get(self, owner_id: int, suggestion_id: int) -> Suggestion:
        """Raises SuggestionGone."""

    async def list(self, owner_id: int) -> tuple[Suggestion, ...]:
        """What waits for the owner, oldest first."""

    async def photos(
        self, owner_id: int, suggestion_id: int, last: int | None = None
    ) -> tuple[SuggestedPhoto, ...]:
        """The photos that wait, oldest first; those up to the number `last`, None for all. Raises SuggestionGone."""

    async def remove(self, owner_id: int, suggestion_id: int, photo_ids: Sequence[int]) -> None:
        """Deletes photos with their bytes; the suggestion goes with its last photo."""

    async def set_asked(self, owner_id: int, suggestion_id: int, message_id: int) -> None:
        """Notes which message asks the owner."""

    async def pending(self, owner_id: int) -> Pending:
        """How much waits for the owner."""

    async def trust(self, owner_id: int, dataset_id: int, person: Person) -> None:
        """Notes that the person's suggestions are accepted at once. Raises DatasetNotFound."""

    async def distrust(self, owner_id: int, dataset_id: int, person_id: int) -> bool:
        """Takes the trust back; False where there was none. Raises DatasetNotFound."""

    async def trusted(self, owner_id: int, dataset_id: int) -> tuple[Person, ...]:
        """Those whose suggestions are accepted at once, by name. Raises DatasetNotFound."""

    async def credit(
        self, owner_id: int, dataset_id: int, person: Person, digests: Sequence[str]
    ) -> None:
        """Notes whose suggestion the photos are, before they are taught; those that are in the dataset already
        are not the person's. Raises DatasetNotFound."""

    async def contributions(self, owner_id: int, dataset_id: int) -> tuple[Contribution, ...]:
        """Who suggested the examples that there are, by class; of a class the largest number first.
        Raises DatasetNotFound."""

    async def forget_person(self, person_id: int) -> None:
        """Deletes what the person suggested and nobody has decided on."""

    async def expire(self, before: datetime) -> tuple[Suggestion, ...]:
        """Deletes photos that wait since before this moment; the suggestions of which none is left, with the
        number of photos that they had."""

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        """The group has a new id."""


class Models(Protocol):
    """The custom models: rows that name an ONNX file. Names are unique per owner, in any case of
    letters."""

    async def create(
        self, owner_id: int, name: str, file: str, fitted: FittedModel, dataset_id: int, job_id: int
    ) -> Model:
        """Stores the model and marks its job done, both or neither.

        Raises NameTaken, NameInvalid, and JobCancelled if the job has ended already.
        """

    async def put_live(
        self, owner_id: int, dataset_id: int, name: str, file: str, fitted: FittedModel
    ) -> Model:
        """Stores the dataset's live model in place of the one before, whose id and name stay; the name is
        that of a first one.

        Raises DatasetNotFound, NameTaken, NameInvalid.
        """

    async def find_live(self, owner_id: int, dataset_id: int) -> Model | None:
        """The dataset's live model, or None where there is none."""

    async def get(self, owner_id: int, model_id: int) -> Model:
        """Raises ModelNotFound."""

    async def find(self, owner_id: int, name: str) -> Model:
        """By name, case folded, or by its owner's number ("12", "#12", "№ 12"). Raises
        ModelNotFound."""

    async def list(self, owner_id: int) -> tuple[Model, ...]:
        """Newest first."""

    async def delete(self, owner_id: int, model_id: int) -> None:
        """Deletes the model; chats that used it go back to the default. Raises ModelNotFound."""

    async def delete_all(self, owner_id: int) -> int:
        """Deletes all models of the owner and returns their number."""


class Links(Protocol):
    """Links to models, and who uses a model by them. A token is the right itself: there is no list of them but
    the owner's of one model."""

    async def of_model(self, owner_id: int, model_id: int) -> tuple[Link, ...]:
        """The model's links, one per kind at most. Raises ModelNotFound."""

    async def renew(
        self, owner_id: int, model_id: int, kind: LinkKind, token: str, seen: str
    ) -> None:
        """Gives the model a link with this token in place of the one whose token begins with `seen`, "" where
        there is none; people who use the model by it go on. Changes nothing where another link is there by now.
        Raises ModelNotFound."""

    async def revoke(self, owner_id: int, model_id: int, kind: LinkKind, seen: str) -> None:
        """Deletes the link whose token begins with `seen`: people who used the model by it don't any more, and
        their chats go back to the default. Raises ModelNotFound."""

    async def find(self, token: str) -> tuple[Model, LinkKind]:
        """The model of a link. Raises LinkGone."""

    async def borrow(self, user_id: int, token: str) -> Model:
        """Notes that the user uses the model of a link; idempotent. Raises LinkGone."""

    async def borrowed(self, user_id: int) -> tuple[Model, ...]:
        """The models of others that the user may use, those of the newest links first."""

    async def give_back(self, user_id: int, model_id: int) -> None:
        """Notes that the user does not use the model any more; chats for which they chose it go back to the
        default. Raises ModelNotFound."""

    async def users(self, owner_id: int, model_id: int | None = None) -> int:
        """How many people use the owner's model, None for any of the owner's."""

    async def copy(
        self, user_id: int, token: str, name: str, file: str, card: ModelCard, request: int
    ) -> Model:
        """Stores a model of the user's own that was copied from that of a link, which counts it.
        request : the user's number for this wish, which makes one copy.

        Raises LinkGone, LinkNotForCopies, NameTaken.
        """

    async def copied(self, user_id: int, request: int) -> Model | None:
        """The copy that this wish has made; None where there is none."""


class Chats(Protocol):
    """The model that each chat predicts with. Private chats have their user's id."""

    async def active_model(self, chat_id: int, default: Model) -> Model | None:
        """The model that the chat predicts with, whoever owns it: in a group, the one that a member
        chose. The default where nothing was chosen; None where the model was deactivated."""

    async def activate(self, chat_id: int, user_id: int, model_id: int) -> None:
        """The user's choice. Raises ModelNotFound if the model is neither theirs nor shared with them."""

    async def deactivate(self, chat_id: int) -> bool:
        """Deactivates the chat's model, the default too. False if there was none."""

    async def reset(self, chat_id: int) -> None:
        """Makes the default the chat's model again."""

    async def take_lost(self, chat_id: int) -> Lost | None:
        """The chat's model that was deleted, or is not shared any more, so that the default is its model again;
        None where there is none, or it was asked for already."""

    async def move(self, old_id: int, new_id: int) -> None:
        """The chat has a new id: its choice moves there, unless one was made there already."""


class Groups(Protocol):
    """What is kept of a group beside the model that it uses. Ids of groups are negative."""

    async def get(self, chat_id: int) -> Group:
        """The group; one of which nothing is kept has no set, and everybody chooses its model."""

    async def see(self, chat_id: int, title: str) -> None:
        """Notes the group and its title. Nothing below changes a group that was never noted."""

    async def set_own(self, chat_id: int, owner: Person, dataset_id: int) -> None:
        """The group teaches this dataset from now on, whose model answers. Raises DatasetNotFound if it is not the
        owner's."""

    async def drop_own(self, chat_id: int) -> None:
        """The group teaches no dataset any more; the dataset stays."""

    async def set_follows(self, chat_id: int, *, follows: bool) -> None:
        """Notes whether the model of the group's own set answers as soon as there is one."""

    async def set_open(self, chat_id: int, *, is_open: bool) -> None:
        """Notes whether everybody may choose the model."""

    async def using_model(self, owner_id: int, model_id: int) -> tuple[Group, ...]:
        """The groups in which the owner's model answers, by title."""

    async def using_models(self, owner_id: int) -> tuple[Group, ...]:
        """The groups in which any of the owner's models answers, by title."""

    async def using_dataset(self, owner_id: int, dataset_id: int) -> tuple[Group, ...]:
        """The groups that teach the owner's dataset, and those in which its live model answers, by title."""

    async def using_account(self, owner_id: int) -> tuple[Group, ...]:
        """The groups that use any model or dataset of the owner's, by title."""

    async def move(self, old_id: int, new_id: int) -> None:
        """The group has a new id: all moves there, unless a set was begun there already."""


class Answers(Protocol):
    """What was answered to photos, as the chat layer's JSON. The newest of each chat are kept."""

    async def add(self, chat_id: int, said: str) -> int:
        """Keeps an answer; its number."""

    async def find(self, chat_id: int, number: int) -> str | None:
        """The chat's answer of this number, None where it was forgotten."""


Asked = tuple[int, int]
"""An update, and a place among the jobs that it asks for."""


class Jobs(Protocol):
    """The record of work that users wait for; it survives a restart, the work itself does not."""

    async def create(
        self,
        owner_id: int,
        kind: JobKind,
        chat_id: int,
        *,
        in_line: bool = False,
        asked: Asked | None = None,
    ) -> Job:
        """A queued job. asked : where a job was asked for there before, that one is queued again.

        Raises AlreadyRunning if another one of this kind has not ended yet, unless the new one waits in line
        for it."""

    async def asked_for(self, asked: Asked) -> Job | None:
        """The job that was asked for there, or None."""

    async def start(self, job_id: int) -> None:
        """Marks a queued job as running, and counts the attempt; a job in another state stays as it is."""

    async def park(self, job_id: int) -> None:
        """Queues a job again that the process stopped, which is no failed attempt."""

    async def end(
        self, job_id: int, state: JobState, error: str | None = None, result: int | None = None
    ) -> None:
        """Ends a job that has not ended; an ended one stays as it is."""

    async def get(self, owner_id: int, job_id: int) -> Job | None:
        """The owner's job, or None if there is none of this id."""

    async def running(self, owner_id: int) -> tuple[Job, ...]:
        """The owner's jobs that have not ended, queued ones too, oldest first."""

    async def interrupt_all(self) -> tuple[Job, ...]:
        """Interrupts, at a start, the jobs that a dead process left behind and no update that will be handled
        again asks for. Returns these and the jobs interrupted at earlier starts whose users are not told
        yet; oldest first."""

    async def set_told(self, job_id: int) -> None:
        """Notes that the user was told of the interruption: `interrupt_all` no longer returns the
        job."""

    async def prune(self, kept_s: float) -> None:
        """Forgets the jobs that ended so many seconds ago, or longer, and whose users know."""


class Accounts(Protocol):
    """What a person agreed to, all that is kept of them, and its end."""

    async def consent(self, user_id: int) -> Consent | None:
        """What the person agreed to; None if to nothing, or if they took it back."""

    async def agree(self, user_id: int, version: str) -> None:
        """Notes the consent, with the version of the text and the moment."""

    async def revoke(self, user_id: int) -> None:
        """Takes the consent back."""

    async def write_record(self, user_id: int, out: Path) -> None:
        """Writes all rows about the person, without the bytes of photos and models, as one JSON object
        of lists."""

    async def usage(self, user_id: int | None = None) -> Usage:
        """What is kept of the person, or of all people; photos that only an undo could want count no more."""

    async def users(self) -> tuple[User, ...]:
        """Everybody who wrote, by number."""

    async def ban(self, user_id: int) -> None:
        """The person is not served any more; their data stays, but nobody uses it by their links. Survives the
        deletion of the account."""

    async def unban(self, user_id: int) -> bool:
        """The person is served again; False if they were not banned."""

    async def banned(self) -> frozenset[int]:
        """The numbers of those who are not served."""

    async def delete(self, user_id: int) -> None:
        """Deletes all that is kept of the person: rows, photos, what was computed from them, models, and
        their updates in the journal. Chats of others that used one of the models go back to the default.
        Nothing of them may be running. Of an unknown user does nothing."""

    async def unseen(self, since: date) -> tuple[User, ...]:
        """Users who wrote last before this day and were not told that their account will be deleted."""

    async def set_told(self, user_id: int, on: date) -> None:
        """Notes the day on which the user was told."""

    async def told(self, before: date) -> tuple[User, ...]:
        """Users who were told before this day and have not written since."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was deleted: `files` by content, and the digests of each owner's photos."""

    files: int
    photos: Mapping[int, tuple[str, ...]]


class Files(Protocol):
    """Each owner's files by the SHA-256 of their content, and photos; and folders for work.

    What is kept is sealed with the owner's key (`core.sealed`). Blocking work happens in threads.
    """

    async def put(self, owner_id: int, path: Path) -> str:
        """Takes the file over (it is moved, or dropped where its content is there already) and
        returns its digest."""

    async def read(self, owner_id: int, digest: str) -> bytes:
        """The content of the owner's file with this digest. Raises SealBroken, OSError."""

    async def stored(self, owner_id: int, digest: str) -> Stored:
        """Where the owner's file with this digest is."""

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A folder for work, deleted after the block; the folders of a dead process are deleted at the
        next start. Files in it are not sealed, and it is not in the folder of what is kept."""

    def staging(self, scratch: Path) -> Path:
        """A folder for what is sealed, on the file system of what is kept; deleted with the scratch."""

    async def key(self, owner_id: int) -> Key | None:
        """The owner's key; None where nothing is sealed."""

    def fetched(self, asked: Asked) -> Path:
        """Where the bytes lie that were fetched for a job, until the update that asked for it is handled; not
        sealed, and not in the folder of what is kept."""

    async def photos(self, owner_id: int) -> Stored:
        """The folder of the owner's photos (`core.photos.store`)."""

    async def cache(self, owner_id: int) -> Stored:
        """The folder for what is computed from the owner's photos and can be computed again."""

    async def free_megabytes(self) -> int:
        """How much more the disk holds, in millions of bytes."""

    async def free_scratch_megabytes(self) -> int:
        """How much more the disk with the folders for work holds, in millions of bytes."""

    async def erase_owner(self, owner_id: int) -> None:
        """Deletes the owner's key and all files of the owner's, photos and cache too; nobody can read a copy
        of them afterwards, unless there is one of the database as well. Rows stay."""

    async def forgotten(self, owner_id: int, digests: tuple[str, ...]) -> None:
        """What was computed from these photos, which `tidy` named, is deleted too."""

    async def tidy(self, keep_s: float) -> Tidied:
        """Deletes what no row names any more: files, and photos that have been without an example
        for `keep_s` seconds, as only an undo could want them. Edits that would need them can't be
        undone from then on.
        """
