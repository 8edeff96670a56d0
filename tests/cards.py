"""Cards of models, and models that have them, small and complete: made without a fit."""

from __future__ import annotations

from datetime import UTC, datetime

from core.entities import (
    ClassScore,
    FitReport,
    FitSeconds,
    FittedModel,
    LearningCurve,
    Model,
    ModelCard,
    ModelKind,
    Recipe,
    Rung,
    TestScore,
)


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


def make_default() -> Model:
    """The model of a chat that has chosen none."""
    card = make_card()
    return Model(0, 0, "baseline", ModelKind.BASELINE, "", card, card.created_at)
