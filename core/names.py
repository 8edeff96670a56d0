"""Names that people give: one line, unique per owner in any case of letters, and their order."""

from __future__ import annotations

import unicodedata

from core.errors import LabelInvalid, NameInvalid

MAX_NAME_LENGTH = 64  # characters, after NFC

# Control characters, lone surrogates, line and paragraph separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def clean(name: str) -> str:
    """The name in NFC without spaces around it. Raises NameInvalid."""
    name = unicodedata.normalize("NFC", name.strip())
    refused = any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in name)
    if refused or not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise NameInvalid(max_length=MAX_NAME_LENGTH)
    return name


def clean_label(label: str) -> str:
    """The name of a class, by the same rules. Raises LabelInvalid."""
    try:
        return clean(label)
    except NameInvalid as error:
        raise LabelInvalid(max_length=error.max_length) from error


def order(name: str) -> tuple[str, str]:
    """The key to sort names by: as their characters are numbered, but Ё beside Е, not before А."""
    return name.replace("ё", "е").replace("Ё", "Е"), name


def key(name: str) -> str:
    """The name case-folded and in NFC: equal for spellings that count as one name."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
