"""What a photo's caption wants: to teach its class, or to ask what the photo shows."""

from __future__ import annotations

import re
import unicodedata

from core import names

_QUESTION = re.compile(
    r"[?？؟]|^(?:what|which|who|guess|name\s+(?:it|this)|что|кто|как(?:ой|ая|ое|ие)|угадай|назови)\b",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    r"^(?:(?:this|that|it)(?:\s+is|['’]s)|(?:these|those|they)(?:\s+are|['’]re)|here\s+(?:is|are)"
    r"|(?:(?:а|вот)\s+)?это|вот|тут|здесь)(?:\s*[-–—:])?\s+",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:an?|the|some)\s+", re.IGNORECASE)
_ENDING = " \t.,;:!…"


def class_named(caption: str | None) -> str | None:
    """The class that a caption names, as it is written there: "This is a mango." → "mango". None where there is
    no caption, or one that asks.

    Raises LabelInvalid for what can't be a class's name: more than 64 characters, several lines.
    """
    said = (caption or "").strip()
    if said.startswith("/") or _QUESTION.search(said) or not any(map(_is_word, said)):
        return None
    named = _ARTICLE.sub("", _INTRODUCTION.sub("", said)).strip(_ENDING)
    return names.clean_label(named or said)


def _is_word(character: str) -> bool:
    """Anything but punctuation and spaces, which name nothing."""
    return unicodedata.category(character)[0] not in "PZ"
