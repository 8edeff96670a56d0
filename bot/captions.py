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
# What people say of a name without being sure of it.
_DOUBT = re.compile(
    r"^(?:же|вроде|кажется(?:,?\s+что)?|наверное|похоже(?:\s+на)?|maybe|probably|perhaps|i\s+think)(?!\w)[\s,]*"
    r"|[\s,]+(?:же|вроде|кажется|наверное|похоже|maybe|probably|perhaps|i\s+think)$",
    re.IGNORECASE,
)
# "No, it's a pear", "манго, спасибо".
_AROUND = re.compile(
    r"^(?:нет|да|no|yes|привет|hi|hello|hey)\s*[,!]\s*|\s*,\s*(?:спасибо|пожалуйста|thanks|please)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"^(?:не|not|спасибо|thanks|thank\s+you)(?!\w)"
    r"|^(?:привет|здравствуйте|пожалуйста|ого|ура|да|нет|ага|угу|ок|окей|верно|hi|hello|hey|please|wow|lol|yes|no|ok"
    r"|okay|right)(?:$|\s*[,!])",
    re.IGNORECASE,
)
# More of them are a sentence.
MAX_WORDS = 7


def class_named(caption: str | None) -> str | None:
    """The class that a caption names, as it is written there: "This is a mango." → "mango". None where there is
    no caption, or one that asks, greets, says what the photo is not, or is a whole sentence.

    Raises LabelInvalid for what can't be a class's name: more than 64 characters, several lines.
    """
    said = (caption or "").strip()
    if said.startswith("/") or asks(said) or not any(map(_is_word, said)):
        return None
    said = said.strip(_ENDING)
    named = said
    for around in (_AROUND, _DOUBT, _INTRODUCTION, _DOUBT, _DOUBT, _ARTICLE):
        named = around.sub("", named)
    named = named.strip(_ENDING)
    if not named and _DOUBT.search(said):
        return None
    if _NO_NAME.search(named) or len(named.split()) > MAX_WORDS:
        return None
    return names.clean_label(named or said)


def asks(caption: str) -> bool:
    """True for a caption that is a question."""
    return _QUESTION.search(caption.strip()) is not None


def _is_word(character: str) -> bool:
    """Anything but punctuation and spaces, which name nothing."""
    return unicodedata.category(character)[0] not in "PZ"
