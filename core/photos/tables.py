"""A CSV beside photos → the class of each photo.

The column of the files is the one whose cells name photos of the archive (with their folders or without, with
their suffix or without); the column of the classes goes by its header, or is the only other one with
few values. Columns of zeros and ones, one for each class, are read too (Roboflow's _classes.csv).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from posixpath import dirname, splitext

from core.photos.folder_words import plain

MAX_TABLE_MB = 20
MAX_TABLES = 10
TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
MIN_SHARE = 0.5
"""A table counts that names this share of its cells' photos, and of its folder's photos, or more."""

# fmt: off
_LABEL_HEADERS = tuple(map(plain, ["label", "labels", "class", "classname", "classlabel", "classes", "category", "categories", "target", "targets", "breed", "species", "diagnosis", "type", "tag", "y", "kind", "variety", "dx", "labelname", "categoryname", "classid", "labelid", "categoryid", "класс", "классы", "метка", "метки", "категория", "вид", "тип", "порода", "название", "название_класса", "клас", "мітка", "категорія", "klasse", "kategorie", "classe", "categorie", "etiquette", "clase", "categoria", "etiqueta", "类别", "标签", "类", "クラス", "ラベル"]))
# fmt: on

Row = Sequence[str]


def classes_in_tables(tables: Mapping[str, bytes], photos: Sequence[str]) -> dict[str, str]:
    """The class of each photo that the tables name, by the photo's name.

    tables : the tables' contents by their names in the archive; cells name photos from the table's
        folder on, or from the archive's.
    """
    found: dict[str, str] = {}
    for table, content in tables.items():
        found |= {
            photo: label
            for photo, label in _classes_in_table(table, content, photos).items()
            if photo not in found
        }
    return found


def _classes_in_table(table: str, content: bytes, photos: Sequence[str]) -> dict[str, str]:
    rows = _rows(content)
    if len(rows) < 2:
        return {}
    folder = dirname(table)
    photo_of = _lookup(photos, folder and folder + "/")
    column = _file_column(rows, photo_of)
    if column is None:
        return {}
    header = rows[0] if _key(rows[0][column]) not in photo_of else ()
    body = rows[1:] if header else rows
    labels = _one_hot(header, body, column) or _label_column(header, body, column)
    pairs = (
        (photo_of.get(_key(row[column])), label) for row, label in zip(body, labels, strict=False)
    )
    return {photo: label for photo, label in pairs if photo and label}


def _rows(content: bytes) -> list[Row]:
    text = _text(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        rows = [
            [cell.strip() for cell in row]
            for row in csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
        ]
    except csv.Error:
        return []
    width = len(rows[0]) if rows else 0
    return [row for row in rows if len(row) == width] if width > 1 else []


def _text(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark (Excel's "Unicode text"), else cp1251 (Russian Excel's CSV)."""
    charset = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")


def _key(cell: str) -> str:
    return cell.replace("\\", "/").removeprefix("./").strip("/").casefold()


def _lookup(photos: Sequence[str], folder: str) -> dict[str, str]:
    """Photos by all that a cell may call them; a name that several photos share calls none of them.

    Photos of the table's own folder go before others of the same name.
    """
    inside = [photo for photo in photos if photo.startswith(folder)]
    found: dict[str, str] = {}
    for group in (inside, photos) if folder else (photos,):
        calls = [_calls(photo, folder) for photo in group]
        counts = Counter(call for of_photo in calls for call in of_photo)
        for photo, of_photo in zip(group, calls, strict=True):
            for call in of_photo:
                if counts[call] == 1:
                    found.setdefault(call, photo)
    return found


def _calls(photo: str, folder: str) -> set[str]:
    """With all its folders, with some and with none; each with the suffix and without."""
    whole = photo.casefold()
    bare, suffix = splitext(whole.removeprefix(folder.casefold()))
    parts = bare.split("/")
    endings = ["/".join(parts[start:]) for start in range(len(parts))]
    return {whole, splitext(whole)[0], *endings, *(ending + suffix for ending in endings)}


def _file_column(rows: Sequence[Row], photo_of: Mapping[str, str]) -> int | None:
    """The column with the most cells that name photos, if these are MIN_SHARE of them."""
    named = [sum(_key(row[column]) in photo_of for row in rows) for column in range(len(rows[0]))]
    best = max(range(len(named)), key=named.__getitem__)
    return best if named[best] >= MIN_SHARE * (len(rows) - 1) else None


def _one_hot(header: Row, body: Sequence[Row], file_column: int) -> list[str]:
    """For each row the header of its only 1, "" if it has none or several; [] if this is no such table."""
    columns = [c for c in range(len(header)) if c != file_column]
    if len(columns) < 2 or not all(_is_flag(row[c]) for row in body for c in columns):
        return []
    ones = [[header[c] for c in columns if float(row[c])] for row in body]
    return [named[0] if len(named) == 1 else "" for named in ones]


def _is_flag(cell: str) -> bool:
    return cell in {"0", "1", "0.0", "1.0"}


def _label_column(header: Row, body: Sequence[Row], file_column: int) -> list[str]:
    column = _named_column(header, file_column)
    if column is None:
        others = [c for c in range(len(body[0])) if c != file_column] if body else []
        column = others[0] if len(others) == 1 and _has_few_values(body, others[0]) else None
    return [] if column is None else [row[column] for row in body]


def _named_column(header: Row, file_column: int) -> int | None:
    named = {plain(name): c for c, name in reversed(list(enumerate(header))) if c != file_column}
    return next((named[known] for known in _LABEL_HEADERS if known in named), None)


def _has_few_values(body: Iterable[Row], column: int) -> bool:
    values = [row[column] for row in body]
    return len(set(values)) * 2 <= len(values)
