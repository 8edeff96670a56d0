"""Entities to store, small and complete."""

from __future__ import annotations

from datetime import UTC, datetime

from core.entities import (
    ClassColors,
    ClassScore,
    Dataset,
    Description,
    Duplicates,
    FitReport,
    FitSeconds,
    FittedModel,
    ImageRecord,
    JobKind,
    JobState,
    LearningCurve,
    Model,
    ModelCard,
    ModelKind,
    Reading,
    Recipe,
    Rung,
    Sizes,
    Skipped,
    Spread,
    TestScore,
)
from storage import Storage


def make_record(index: int = 0, source: str = "a" * 64) -> ImageRecord:
    return ImageRecord(
        source=source,
        index=index,
        name=f"груша/{index}.jpg",
        label="груша",
        sha256=f"{index:064x}",
        bytes=1000 + index,
        width=640,
        height=480,
        mean=(1.0, 2.5, 255.0),
        std=(0.0, 0.1, 0.2),
        perceptual_hash=f"{index:016x}",
    )


def make_description(images: int = 3) -> Description:
    return Description(
        images=images,
        classes={"груша": images - 1, "apple": 1},
        duplicates=Duplicates(
            exact=1, near=0, by_class={"груша": 1}, across_classes=(("apple", "груша", 1),)
        ),
        sizes=Sizes(width=Spread(1, 1.0, 1), height=Spread(10, 20.5, 40)),
        colors={"apple": ClassColors(mean=(1.0, 2.0, 3.0), std=(0.0, 0.5, 1.0))},
        skipped=(Skipped("apple/readme.txt", "entry_not_image", "This is not an image."),),
        seconds=0.25,
    )


def make_reading(images: int = 3, first: int = 0, source: str = "a" * 64) -> Reading:
    records = tuple(make_record(index, source) for index in range(first, first + images))
    return Reading(records=records, description=make_description(first + images))


def make_card() -> ModelCard:
    recipe = Recipe(
        features="hog",
        reducer="pca",
        classifier="svc",
        hyperparameters={"svc__C": 10.0, "svc__kernel": "rbf", "probability": True, "hog__size": 1},
    )
    report = FitReport(
        recipe=recipe,
        classes=("apple", "груша"),
        n_train=8,
        n_test=2,
        accuracy=1.0,
        f1_macro=0.9,
        class_scores=(ClassScore("apple", 1.0, 0.5, 0.75, 2),),
        confusion=((1, 0), (0, 1)),
        seconds=FitSeconds(read=0.5),
        budget_s=10.0,
        complete=True,
        rungs=(Rung(4, 0.1, 0.5, 0.5),),
        curve=LearningCurve((3, 6), ((1.0, 0.9), (1.0, 1.0)), ((0.5, 0.4), (0.75, 0.5))),
        test=TestScore(n=5, accuracy=0.5, f1_macro=0.25),
    )
    return ModelCard(
        format=1,
        classes=report.classes,
        recipe=recipe,
        preprocessing={"extractor": "hog", "size": 64, "scale": 1.0, "pad": False},
        probabilities=True,
        threshold=0.25,
        report=report,
        dataset="berries",
        dataset_version=1,
        created_at=datetime(2026, 5, 1, 12, 30, tzinfo=UTC),
    )


def make_fitted() -> FittedModel:
    return FittedModel(path="model.onnx", card=make_card())


def make_baseline() -> Model:
    """The model of a chat that has chosen none."""
    card = make_card()
    return Model(0, 0, "baseline", ModelKind.BASELINE, "", card, card.created_at)


async def make_dataset(
    storage: Storage, owner_id: int = 1, name: str = "berries", images: int = 3
) -> Dataset:
    return await store(storage, owner_id, name, make_reading(images))


async def store(storage: Storage, owner_id: int, name: str, reading: Reading) -> Dataset:
    """Stores a dataset as an upload does: with a job, which fails if the dataset is rejected."""
    await storage.users.get(owner_id, "en")
    job = await storage.jobs.create(owner_id, JobKind.UPLOAD, chat_id=10)
    try:
        return await storage.datasets.create(owner_id, name, reading, job.id)
    finally:
        await storage.jobs.end(job.id, JobState.FAILED)


async def add(storage: Storage, owner_id: int, dataset_id: int, reading: Reading) -> Dataset:
    """Adds to a dataset as an upload does."""
    job = await storage.jobs.create(owner_id, JobKind.UPLOAD, chat_id=10)
    try:
        return await storage.datasets.add(owner_id, dataset_id, reading, job.id)
    finally:
        await storage.jobs.end(job.id, JobState.FAILED)


async def make_model(
    storage: Storage, owner_id: int = 1, name: str = "first", file: str = "f" * 64
) -> Model:
    await storage.users.get(owner_id, "en")
    job = await storage.jobs.create(owner_id, JobKind.FIT, chat_id=10)
    return await storage.models.create(owner_id, name, file, make_fitted(), 0, job.id)


async def put_file(storage: Storage, content: bytes) -> str:
    async with storage.files.scratch() as folder:
        path = folder / "file.bin"
        path.write_bytes(content)
        return await storage.files.put(path)
