"""Names that people give to datasets, models and classes: one line, in any case of letters; their order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from core.errors import LabelInvalid, NameInvalid

MAX_CLOSE = 4
# Of `difflib`: two of three letters are the same.
_MIN_LIKENESS = 0.6

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


def find(wanted: str, names: Iterable[str]) -> str | None:
    """The name that counts as the wanted one: spelled like it rather than in another case; or None."""
    same = [name for name in names if key(name) == key(wanted.strip())]
    return wanted if wanted in same else next(iter(same), None)


def closest(wanted: str, names: Iterable[str]) -> list[str]:
    """At most MAX_CLOSE names that may be meant: those that begin with the wanted one first, then
    those that differ from it in few letters."""
    keys = {name: key(name) for name in names}
    start = key(wanted.strip())
    begun = [name for name, folded in keys.items() if start and folded.startswith(start)]
    like = get_close_matches(start, keys.values(), MAX_CLOSE, _MIN_LIKENESS)
    alike = [name for folded in like for name in keys if keys[name] == folded]
    return list(dict.fromkeys([*begun, *alike]))[:MAX_CLOSE]
