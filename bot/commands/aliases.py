"""Words of /fit in the user's language, and the words of a recipe that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bot.texts import LANGUAGES, texts_in

ALIASES: Mapping[str, str] = {
    "признаки": "features",
    "классификатор": "classifier",
    "имя": "name",
    "название": "name",
    "набор": "dataset",
    "кривая": "curve",
    "вероятности": "probability",
    "вероятность": "probability",
    "сжатие": "reducer",
    # The letter of the Russian keyboard that looks like a C.
    "с": "c",
    "ядро": "kernel",
    **dict.fromkeys(("линейное", "линейный", "линейная", "линейно"), "linear"),
    **dict.fromkeys(("полиномиальное", "полином"), "poly"),
    **dict.fromkeys(("сигмоидное", "сигмоида"), "sigmoid"),
    "гамма": "gamma",
    "степень": "degree",
    "альфа": "alpha",
    **dict.fromkeys(("соседи", "соседей"), "n_neighbors"),
    **dict.fromkeys(("деревья", "деревьев"), "n_estimators"),
    "глубина": "max_depth",
    "размер": "size",
    "дерево": "tree",
    "лес": "forest",
    "соседство": "knn",
    "голосование": "voting",
    **dict.fromkeys(("логистическая", "логрег"), "logreg"),
    "быстрые": "fast",
    "лучшие": "best",
    "контуры": "hog",
    **dict.fromkeys(("да", "вкл"), "yes"),
    **dict.fromkeys(("нет", "выкл"), "no"),
}


def canonical(word: str) -> str:
    """The word in lower case, in English where it is one of ours."""
    word = word.casefold()
    return ALIASES.get(word, word)


# As textbooks call them, in lower case.
_PHRASES: Mapping[str, str] = {
    **dict.fromkeys(
        ("метод опорных векторов", "опорных векторов", "support vector machine"), "svc"
    ),
    **dict.fromkeys(("метод ближайших соседей", "k nearest neighbours"), "knn"),
}


@cache
def step_names() -> Mapping[str, str]:
    """The steps by the names that reports and textbooks have for them, in lower case and in every language:
    "опорные векторы" is svc."""
    shown = {
        name.casefold(): step
        for language in LANGUAGES
        for kind in ("features.", "classifier.")
        for step, name in texts_in(language).family(kind).items()
    }
    return {**shown, **_PHRASES}
