"""Quizzes: a photo of the dataset behind a chat's model, and what the model says of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core.entities import (
    BOT_PLAYER,
    Dataset,
    Example,
    Explanation,
    FittedModel,
    Model,
    PlayerScore,
    Prediction,
    Progress,
    Question,
    Vote,
    Words,
)
from core.errors import (
    BadInput,
    DatasetNotFound,
    LukoshkoError,
    ModelNotFound,
    PhotoMissing,
    QuizRunning,
    QuizTooFewClasses,
    QuizWithoutPhotos,
)
from core.ports import (
    Drawing,
    Examples,
    Explaining,
    Files,
    Predicting,
    Quizzes,
    Teaching,
    Training,
)
from core.sealed import Stored
from core.services.datasets import DatasetService
from core.services.models import ModelService
from core.services.predictions import PredictionService
from core.services.suspects import SuspectService

MAX_OPTIONS = 4
PATIENCE_S = 45.0
"""Seconds that training without the photo may take, with what waits before it: then the model itself answers."""

_ATTEMPTS = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Topic:
    """What a chat's quizzes are about: its model, and the dataset that this learned from. labels : the classes
    that both have."""

    model: Model
    dataset: Dataset
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Recent:
    """A question that was asked lately."""

    example_id: int
    label: str


@dataclass(frozen=True)
class Asked:
    """A question, with its photo as a JPEG."""

    question: Question
    picture: bytes


@dataclass(frozen=True)
class Said:
    """The bot's answer to a question.

    model : as it answered. is_held_out : True if it had not seen the photo. map : a PNG, None where there is no
    map.
    """

    model: Model
    prediction: Prediction
    is_held_out: bool
    explanation: Explanation
    map: bytes | None


class QuizService:
    """Asks, answers, counts."""

    def __init__(
        self,
        quizzes: Quizzes,
        examples: Examples,
        files: Files,
        models: ModelService,
        datasets: DatasetService,
        predictions: PredictionService,
        drawing: Drawing,
        predicting: Predicting,
        training: Training,
        teaching: Teaching,
        explaining: Explaining,
        suspects: SuspectService,
    ) -> None:
        self._quizzes = quizzes
        self._examples = examples
        self._files = files
        self._models = models
        self._datasets = datasets
        self._predictions = predictions
        self._drawing = drawing
        self._predicting = predicting
        self._training = training
        self._teaching = teaching
        self._explaining = explaining
        self._suspects = suspects
        self._chance = random.SystemRandom()

    # What may be asked --------------------------------------------------------------------------------

    async def topic(self, chat_id: int) -> Topic:
        """Raises NoActiveModel, QuizWithoutPhotos, QuizTooFewClasses."""
        model = await self._predictions.model_of(chat_id)
        if model.dataset_id is None:
            raise QuizWithoutPhotos
        try:
            dataset = await self._datasets.get(model.owner_id, model.dataset_id)
        except DatasetNotFound as error:
            raise QuizWithoutPhotos from error
        labels = tuple(label for label in dataset.classes if label in model.card.classes)
        if not labels:
            raise QuizWithoutPhotos
        if len(labels) < 2 and not (model.is_live and dataset.extends_baseline):
            raise QuizTooFewClasses
        return Topic(model, dataset, labels)

    async def is_permitted(self, owner_id: int, dataset_id: int, chat_id: int) -> bool:
        """True in the owner's private chat, and where the owner allowed it."""
        return chat_id == owner_id or await self._quizzes.is_permitted(dataset_id, chat_id)

    async def permit(self, owner_id: int, dataset_id: int, chat_id: int) -> Dataset:
        """Allows the photos of one's own dataset in the chat's quizzes. Raises DatasetNotFound."""
        dataset = await self._datasets.get(owner_id, dataset_id)
        await self._quizzes.permit(owner_id, dataset_id, chat_id)
        return dataset

    async def revoke(self, owner_id: int, chat_id: int | None = None) -> int:
        """Takes one's permissions back, those for one chat or all; returns their number."""
        return await self._quizzes.revoke(owner_id, chat_id)

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        """The chat has a new id. Idempotent."""
        await self._quizzes.move(old_chat_id, new_chat_id)

    # One quiz -----------------------------------------------------------------------------------------

    async def begin(self, chat_id: int, update_id: int) -> None:
        """The update's quiz runs from now on in the chat. Raises QuizRunning where there is another."""
        if not await self._quizzes.begin(chat_id, update_id):
            raise QuizRunning

    async def end(self, chat_id: int, update_id: int, poll_id: str | None = None) -> None:
        """The update's quiz is over, and so is its poll where one was sent."""
        await self._quizzes.end(chat_id, update_id, poll_id)

    async def ask(self, topic: Topic, recent: Sequence[Recent] = ()) -> Asked:
        """Chooses a photo, and beside its class the one that the model finds likeliest and any others.

        recent : the questions that the chat saw last, the newest last: their photos are chosen only where there are
        no others. Raises PhotoMissing and the workers' errors.
        """
        for attempt in range(_ATTEMPTS):
            example = await self._choose(topic, recent)
            try:
                return await self._asked(topic, example)
            except PhotoMissing:
                # It was deleted since.
                if attempt == _ATTEMPTS - 1:
                    raise
        raise QuizWithoutPhotos

    async def picture(self, question: Question) -> bytes:
        """The photo as a JPEG. Raises PhotoMissing."""
        async with self._files.scratch() as folder:
            return await asyncio.to_thread((await self._draw(question, folder)).read_bytes)

    async def answer(self, question: Question, words_of: Callable[[Model], Words]) -> Said | None:
        """What the bot says of the photo: a copy of the model that was trained without it, where that can be had.
        None where the photo, its dataset or the model is gone.

        words_of : the words on the picture, for a model. Raises the workers' errors.
        """
        with suppress(PhotoMissing, DatasetNotFound, ModelNotFound):
            model = await self._models.get(question.owner_id, question.model_id)
            dataset = await self._datasets.get(question.owner_id, question.dataset_id)
            async with self._files.scratch() as folder:
                image = await self._draw(question, folder)
                copy = await self._trained_without(model, dataset, question.sha256, folder)
                if copy is None:
                    return await self._said(
                        model, await self._models.stored(model), image, words_of, folder, False
                    )
                asked = replace(model, card=copy.card)
                stored = Stored(Path(copy.path))
                return await self._said(asked, stored, image, words_of, folder, True)
        return None

    # Votes and points ---------------------------------------------------------------------------------

    async def vote(self, poll_id: str, vote: Vote) -> None:
        """Keeps a player's first answer."""
        await self._quizzes.vote(poll_id, vote)

    async def retract(self, poll_id: str, voter_id: int) -> None:
        """A player took the answer back."""
        await self._quizzes.retract(poll_id, voter_id)

    async def votes(self, poll_id: str) -> tuple[Vote, ...]:
        """The answers, the fastest first."""
        return await self._quizzes.votes(poll_id)

    async def score(
        self, chat_id: int, update_id: int, right: Sequence[Vote], *, bot: bool
    ) -> tuple[PlayerScore, ...]:
        """Gives each of these players a point, and the bot if it was right, once for the update's quiz; the
        chat's players, the best first."""
        players = [PlayerScore(vote.voter_id, vote.name, 1) for vote in right]
        if bot:
            players.append(PlayerScore(BOT_PLAYER, "", 1))
        await self._quizzes.score(chat_id, update_id, players)
        return await self._quizzes.scores(chat_id)

    # Details ------------------------------------------------------------------------------------------

    async def _choose(self, topic: Topic, recent: Sequence[Recent]) -> Example:
        """A photo that was not asked lately; one that looks mislabelled only where there are no others."""
        dataset, asked = topic.dataset, {one.example_id for one in recent}
        suspects = {one.example_id for one in await self._suspects.left(dataset)}
        again: list[Example] = []
        doubtful: list[Example] = []
        for label in self._in_turn(topic.labels, [one.label for one in recent]):
            examples = await self._examples.of_class(dataset.owner_id, dataset.id, label)
            trusted = [example for example in examples if example.id not in suspects]
            fresh = [example for example in trusted if example.id not in asked]
            if fresh:
                return self._chance.choice(fresh)
            again.extend(trusted)
            doubtful.extend(examples)
        if not doubtful:
            raise QuizWithoutPhotos
        return self._chance.choice(again or doubtful)

    def _in_turn(self, labels: Sequence[str], recent: Sequence[str]) -> list[str]:
        """The classes in any order, those that the last questions were about at the end. They are half of the classes
        at most: by turns alone, players would know what comes next."""
        last = set(recent[-(len(labels) // 2) :]) if len(labels) > 1 else set()
        shuffled = self._chance.sample(labels, len(labels))
        return sorted(shuffled, key=lambda label: label in last)

    async def _asked(self, topic: Topic, example: Example) -> Asked:
        model, dataset = topic.model, topic.dataset
        async with self._files.scratch() as folder:
            image = await self._drawn(dataset.owner_id, example.photo.sha256, folder)
            (said,) = await self._predicting.predict(await self._models.stored(model), [image])
            picture = await asyncio.to_thread(image.read_bytes)
        likely = [] if isinstance(said, BadInput) else [label for label, _ in said.top]
        question = Question(
            owner_id=dataset.owner_id,
            model_id=model.id,
            dataset_id=dataset.id,
            dataset=dataset.name,
            example_id=example.id,
            sha256=example.photo.sha256,
            label=example.label,
            options=self._options(example.label, likely, model.card.classes),
        )
        return Asked(question, picture)

    def _options(
        self, label: str, likely: Sequence[str], classes: Sequence[str]
    ) -> tuple[str, ...]:
        """The class, the likeliest other one, and of the rest any, shuffled: each class comes up."""
        others = [other for other in likely if other != label][:1]
        rest = [other for other in classes if other != label and other not in others]
        self._chance.shuffle(rest)
        options = [label, *[*others, *rest][: MAX_OPTIONS - 1]]
        self._chance.shuffle(options)
        return tuple(options)

    async def _draw(self, question: Question, folder: Path) -> Path:
        found = await self._examples.find(
            question.owner_id, question.dataset_id, [question.example_id]
        )
        if not found:
            raise PhotoMissing(sha256=question.sha256)
        return await self._drawn(question.owner_id, question.sha256, folder)

    async def _drawn(self, owner_id: int, sha256: str, folder: Path) -> Path:
        out = folder / "photo.jpg"
        await self._drawing.draw_photo(await self._files.photos(owner_id), sha256, out)
        return out

    async def _trained_without(
        self, model: Model, dataset: Dataset, sha256: str, folder: Path
    ) -> FittedModel | None:
        """None where there is too little to learn from, or it takes too long: whoever played does not wait for
        the fits of others."""
        recipe = model.card.recipe
        try:
            async with asyncio.timeout(PATIENCE_S):
                files = await self._datasets.files_of(dataset, folder)
                await self._training.extract(files, recipe, _nothing)
                return await self._teaching.fit_without(
                    files,
                    None if model.is_live else recipe,
                    (dataset.name, dataset.version),
                    sha256,
                    folder / "copy.onnx",
                    extends_baseline=model.is_live and dataset.extends_baseline,
                )
        except (TimeoutError, LukoshkoError) as error:
            logger.warning("a quiz has no model without its photo: %r", error)
            return None

    async def _said(
        self,
        model: Model,
        stored: Stored,
        image: Path,
        words_of: Callable[[Model], Words],
        folder: Path,
        is_held_out: bool,
    ) -> Said | None:
        (prediction,) = await self._predicting.predict(stored, [image])
        if isinstance(prediction, BadInput):
            return None
        explanation = await self._explaining.explain(stored, image, None, words_of(model), folder)
        drawn = explanation.heat_map
        picture = await asyncio.to_thread(drawn.read_bytes) if isinstance(drawn, Path) else None
        return Said(model, prediction, is_held_out, explanation, picture)


def _nothing(progress: Progress) -> None:
    pass
