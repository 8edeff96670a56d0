"""Descriptions, reports and words to draw, in English and in Russian with long names."""

from __future__ import annotations

import colorsys
import random
from itertools import pairwise

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from core.entities import (
    CalibrationBin,
    ClassColors,
    ClassScore,
    Description,
    Duplicates,
    FitReport,
    FitSeconds,
    LearningCurve,
    Recipe,
    Sizes,
    Spread,
)

ENGLISH = {
    "photos_per_class": "Photos per class",
    "duplicates_per_class": "Duplicates per class",
    "no_duplicates": "There are no duplicates.",
    "sizes": "Sizes of the photos, pixels",
    "width": "Width",
    "height": "Height",
    "colors_of": "Colours of {label}",
    "mean": "mean",
    "std": "standard deviation",
    "red": "Red",
    "green": "Green",
    "blue": "Blue",
    "mistakes": "Taken for others most often",
    "confusion": "What was taken for what",
    "true_class": "What it is",
    "predicted_class": "What the model said",
    "curve": "Learning curve",
    "comparison": "Learning curves compared",
    "training_photos": "Photos to learn from",
    "macro_f1": "Macro F1",
    "on_training": "on the training photos",
    "on_unseen": "on photos it never saw",
    "as_stated": "as it should be",
    "reliability": "Do its probabilities keep their word?",
    "right_answers": "Right answers, %",
    "share_of_photos": "share of the photos, %",
    "stated_probability": "Probability that the model gave, %",
    "this_model": "this model",
    "decimal_point": ".",
    "speaks_for": "speaks for {label}",
    "taught_as": "Taught as {label}",
}
RUSSIAN = {
    "photos_per_class": "Сколько фотографий в каждом классе",
    "duplicates_per_class": "Сколько повторов в каждом классе и между классами",
    "no_duplicates": "Повторов нет.",
    "sizes": "Размеры фотографий в пикселях",
    "width": "Ширина",
    "height": "Высота",
    "colors_of": "Средние цвета фотографий класса «{label}»",
    "mean": "среднее",
    "std": "стандартное отклонение",
    "red": "Красный",
    "green": "Зелёный",
    "blue": "Синий",
    "mistakes": "Чаще всего принимает за другое",
    "confusion": "Матрица ошибок: что модель с чем путает",
    "true_class": "Что это на самом деле",
    "predicted_class": "Что ответила модель",
    "curve": "Кривая обучения",
    "comparison": "Сравнение кривых обучения",
    "training_photos": "Фотографий для обучения",
    "macro_f1": "Макро-F1",
    "on_training": "на обучающих фотографиях",
    "on_unseen": "на фотографиях, которых модель не видела",
    "as_stated": "как должно быть",
    "reliability": "Верны ли её вероятности",
    "right_answers": "Верных ответов, %",
    "share_of_photos": "доля фотографий, %",
    "stated_probability": "Вероятность, которую назвала модель, %",
    "this_model": "эта модель",
    "decimal_point": ",",
    "speaks_for": "говорит за «{label}»",
    "taught_as": "Класс «{label}»",
}
TEXTS = {"english": ENGLISH, "russian": RUSSIAN}

# Formulas, markup, emoji, scripts without a glyph, control characters, directions, no name at all.
ODD_NAMES = (
    "$\\frac{$ x^2",
    "_hidden_",
    "🍎🍏 apples 👨‍👩‍👧",
    "苹果",
    "two\nlines\tand\x00a null\x07",
    "{label} %s <b>",
    "\u202eright to left\u202c תפוח",
    "e\u0301clair\ufe0f\u200d",
    "\ud800 surrogate",
    "",
)

_FRUIT = ("Apple", "Royal-Gala", "Pear", "Plum", "Fig", "Passion-Fruit", "Kiwi", "Red-Grapefruit")
_FRUIT_RUSSIAN = (
    "Помидоры черри на ветке сорта «Красная гроздь»",
    "Яблоки",
    "Груши «Конференция» мытые отборные",
    "Слива",
    "Молоко ультрапастеризованное с пониженным содержанием лактозы",
    "Инжир",
)


def class_names(classes: int, language: str = "english") -> list[str]:
    names = _FRUIT if language == "english" else _FRUIT_RUSSIAN
    return [f"{names[i % len(names)]} {i + 1}" for i in range(classes)]


def make_description(
    names: list[str], *, duplicates: bool = True, width: Spread | None = None
) -> Description:
    rng = random.Random(1)
    neighbours = list(pairwise(names))
    found = Duplicates(
        exact=12,
        near=5,
        by_class={name: rng.randint(1, 30) for name in names[::2]},
        across_classes=tuple((a, b, rng.randint(1, 9)) for a, b in neighbours[::3]),
    )
    return Description(
        images=60 * len(names),
        classes={name: rng.randint(3, 160) for name in names},
        duplicates=found if duplicates else Duplicates(0, 0, {}, ()),
        sizes=Sizes(width or Spread(96, 812.4, 4032), Spread(120, 948.0, 3024)),
        colors={name: ClassColors((181.2, 96.4, 40.1), (52.8, 38.9, 61.0)) for name in names},
        skipped=(),
        seconds=1.5,
    )


def make_report(names: list[str], *, support: int = 20) -> FitReport:
    """A report in which each class has `support` photos, some of them taken for other classes."""
    rng = random.Random(2)
    n = len(names)
    confusion = [[0] * n for _ in names]
    for row, counts in enumerate(confusion):
        for _ in range(support):
            counts[row if rng.random() < 0.75 else rng.randrange(n)] += 1
    return FitReport(
        recipe=Recipe("hog", "pca", "svc", {}),
        classes=tuple(names),
        n_train=80 * n,
        n_test=support * n,
        accuracy=0.75,
        f1_macro=0.74,
        class_scores=tuple(ClassScore(name, 0.7, 0.8, 0.75, support) for name in names),
        confusion=tuple(tuple(counts) for counts in confusion),
        seconds=FitSeconds(),
        budget_s=10.0,
        complete=True,
        reliability=tuple(
            CalibrationBin(1 + 3 * tenth, 0.05 + tenth / 10, min(1.0, tenth / 9))
            for tenth in range(10)
        ),
    )


def make_curve(
    sizes: tuple[int, ...] = (634, 1267, 1901), *, final: float = 0.8, folds: int = 3
) -> LearningCurve:
    rng = random.Random(f"{sizes}{final}")
    unseen = [final * (0.7 + 0.3 * (i + 1) / len(sizes)) for i in range(len(sizes))]
    return LearningCurve(
        train_sizes=sizes,
        train_scores=tuple(tuple(1 - rng.random() * 0.04 for _ in range(folds)) for _ in sizes),
        test_scores=tuple(
            tuple(s + rng.uniform(-0.03, 0.03) for _ in range(folds)) for s in unseen
        ),
    )


def make_photos(names: list[str], columns: int = 5) -> list[tuple[str, list[Image.Image]]]:
    """A disc in the class's colour on noise, which is harder to compress than any photo."""
    noise = Image.fromarray(np.random.default_rng(3).integers(0, 256, (320, 256, 3), np.uint8))
    return [
        (name, [_photo(noise, row, i) for i in range(columns)]) for row, name in enumerate(names)
    ]


def _photo(noise: Image.Image, row: int, column: int) -> Image.Image:
    color = colorsys.hsv_to_rgb(row * 0.618 % 1, 0.7, 0.9)
    photo = ImageChops.offset(noise, row, 64 * column)
    corners = (60 + 8 * column, 100, 180, 220)
    ImageDraw.Draw(photo).ellipse(corners, tuple(int(255 * channel) for channel in color))
    return photo
