"""Names that people give to datasets, models and classes: one line, in any case of letters; their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from posixpath import splitext

from core.errors import LabelInvalid, NameInvalid

MAX_CLOSE = 4
# Of `difflib`: two of three letters are the same.
_MIN_LIKENESS = 0.6

MAX_NAME_LENGTH = 64  # characters, after NFC
NAME_STEM_LENGTH = 56
"""Characters: what a name may have in all, less room for a number that tells it from others."""

# Control characters, lone surrogates, line and paragraph separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})

MAX_FILE_NAME_LENGTH = 80  # characters
# In UTF-8; systems take 255.
_MAX_FILE_NAME_BYTES = 240
_MAX_ENDING_LENGTH = 40
# Of Windows, beside control characters.
_REFUSED_IN_FILES = re.compile(r'[<>:"/\\|?*]')
# Windows takes these for devices, with any ending.
_DEVICES = re.compile(
    r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[\d¹²³])\s*(\..*)?", re.IGNORECASE
)
# Besides: format characters, of which some turn the direction of what follows ("gpj.exe" for "exe.jpg"),
# and those without a meaning of their own. Two belong to the spelling of words and emoji.
_REFUSED_IN_FILE_NAMES = _REFUSED_CATEGORIES | {"Cf", "Co", "Cn"}
_JOINERS = frozenset("\u200c\u200d")


def file_name(name: str) -> str:
    """A name like this one that a file or folder may have on any system: one part of a path, not hidden, no
    device, at most MAX_FILE_NAME_LENGTH characters and an underscore before them; its ending is kept."""
    composed = unicodedata.normalize("NFC", name)
    shown = "".join("_" if _is_refused_in_files(c) else c for c in composed)
    stem, ending = splitext(_REFUSED_IN_FILES.sub("_", shown))
    if len(ending) > _MAX_ENDING_LENGTH:
        stem, ending = stem + ending, ""
    room = _MAX_FILE_NAME_BYTES - len(ending.encode())
    stem = stem[: MAX_FILE_NAME_LENGTH - len(ending)].encode()[:room].decode(errors="ignore")
    kept = f"{stem}{ending}".strip().rstrip(". ")
    is_odd = not kept or kept.startswith(".") or _DEVICES.fullmatch(kept)
    return f"_{kept}" if is_odd else kept


def _is_refused_in_files(character: str) -> bool:
    refused = unicodedata.category(character) in _REFUSED_IN_FILE_NAMES
    return refused and character not in _JOINERS


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


def free(name: str, taken: Iterable[str]) -> str:
    """The name, with a number where another one that is taken counts as the same."""
    keys = {key(one) for one in taken}
    stem = name[:NAME_STEM_LENGTH].rstrip()
    candidates = (name, *(f"{stem} {number}" for number in range(2, len(keys) + 3)))
    return next(one for one in candidates if key(one) not in keys)


def find(wanted: str, names: Iterable[str]) -> str | None:
    """The name that counts as the wanted one: spelled like it rather than in another case; or None."""
    same = [name for name in names if key(name) == key(wanted.strip())]
    return wanted if wanted in same else next(iter(same), None)


def closest(wanted: str, names: Iterable[str]) -> list[str]:
    """At most MAX_CLOSE names that may be meant: those that begin with the wanted one first, then
    those that differ from it in few letters."""
    keys = {name: key(name) for name in names}
    start = key(wanted.strip())
    if len(start) > 2 * MAX_NAME_LENGTH:  # no name is like it, and `difflib` takes its square
        return []
    begun = [name for name, folded in keys.items() if start and folded.startswith(start)]
    like = get_close_matches(start, keys.values(), MAX_CLOSE, _MIN_LIKENESS)
    alike = [name for folded in like for name in keys if keys[name] == folded]
    return list(dict.fromkeys([*begun, *alike]))[:MAX_CLOSE]
