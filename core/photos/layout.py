"""A tree of names → the class of each photo, and what should be said of it before a training.

Nothing here opens a file: names, contents' checksums and small tables come in, so that any tree can be
tried without a ZIP. The rules, in order:

0. An exported dataset has a table of its own, which tells the class of each folder (`exported`).
1. A Teachable Machine project is known by its names: "Class 1-!-0.jpg" is of Class 1. The folders of
   its downloaded samples ("Apple-samples") lose the ending.
2. Folders that are parts of a split are no classes (`parts`). The photos of a test part are marked: they
   are scored and never trained on. Those of a validation part are marked only where no photo of a test
   part has a class; nothing is marked where nothing would be left to train on.
3. The classes are the folders of one level, chosen for the whole tree (`levels`).
4. An album by date or of all photos ("Photos from 2023") is no class if most of its photos lie in other
   classes too.
5. Without class folders the classes may come from a table beside the photos (`tables`) or from the
   files' names (`filenames`), but only where the sender chose so: a refusal offers what there is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from posixpath import commonpath

from core.entities import LabelSource, Note, NoteCode
from core.errors import BadInput, ClassesUnclear, OnlyParts, TableMissing, TooManyClasses
from core.photos import exported
from core.photos.class_level import Level, class_level
from core.photos.filenames import class_in_name, class_of_sample, offered_classes
from core.photos.folder_words import Part, is_album, is_album_by_date, is_session, is_sidecar, plain
from core.photos.parts import Path, Place, build_tree, places
from core.photos.tables import classes_in_tables

MAX_CLASSES = 1000

MIN_COPIES = 0.5
"""The share of an album's photos that lie in other classes, from which on it is left out."""

MAX_NOTED = 20
"""How many names a note holds, and how many pairs of classes are noted; `count` is not cut."""

_SAMPLES = "-samples"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo by its printable name with "/" between folders; equal `content` means equal bytes."""

    name: str
    content: Hashable = None


@dataclass(frozen=True, slots=True)
class Tree:
    """What an archive lists. `empty_folders`: folders without photos; `tables`: contents by name."""

    photos: Sequence[Photo]
    empty_folders: Sequence[str] = ()
    tables: Mapping[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What the tree comes to, in the order of its photos.

    labels : the class, "" where there is none, None where the photo is left out without a word.
    are_test : belongs to a test part.
    refusal : why no model can be trained on this tree, to be raised by whoever reads it to the end.
    """

    labels: tuple[str | None, ...]
    are_test: tuple[bool, ...]
    notes: tuple[Note, ...] = ()
    refusal: BadInput | None = None


def arrange(tree: Tree, source: LabelSource = LabelSource.FOLDERS) -> Layout:
    """The classes of the tree's photos, taken from `source`."""
    found = exported.labels_of(tree.tables or {}, [photo.name for photo in tree.photos])
    if found and source is LabelSource.FOLDERS:
        return _checked(_exported(found))
    samples = _project(tree)
    if samples and source is LabelSource.FOLDERS:
        return _checked(samples)
    folders = [_folder_of(photo.name) for photo in tree.photos]
    place_of = places(build_tree(folders))
    placed = [place_of[folder] for folder in folders]
    if source is LabelSource.FOLDERS:
        return _checked(_by_folders(tree, folders, placed))
    return _checked(_by_choice(tree, placed, source))


def alike(labels: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of classes whose names differ in case, accents, spaces and invisible characters alone."""
    groups = defaultdict(set)
    for label in labels:
        groups[plain(label) or label].add(label)
    return tuple(tuple(sorted(group)) for _, group in sorted(groups.items()) if len(group) > 1)


def _checked(layout: Layout) -> Layout:
    """The layout with what is said of any classes, wherever they come from."""
    labels = sorted({label for label in layout.labels if label})
    if layout.refusal is None and len(labels) > MAX_CLASSES:
        return replace(layout, refusal=TooManyClasses(len(labels), MAX_CLASSES))
    pairs = (Note(NoteCode.CLASSES_ALIKE, group) for group in alike(labels)[:MAX_NOTED])
    notes = tuple(
        replace(note, names=note.names[:MAX_NOTED], count=note.count or len(note.names))
        for note in (*layout.notes, *pairs)
    )
    return replace(layout, notes=notes)


def _exported(found: Sequence[exported.Labelled]) -> Layout:
    """The layout of a dataset that was exported."""
    labels, are_test = zip(*found, strict=True)
    tested = sum(are_test)
    notes = (Note(NoteCode.TEST_PART_FOUND, ("test", "train"), tested),) if tested else ()
    return Layout(labels, are_test, notes)


def _project(tree: Tree) -> Layout | None:
    """The layout of a Teachable Machine project, if most files have the names of its samples."""
    labels = [class_of_sample(photo.name) for photo in tree.photos]
    if sum(map(bool, labels)) * 2 <= len(labels):
        return None
    around = commonpath([label for label in labels if label])
    wrapper = around + "/" if all(label.startswith(around + "/") for label in labels) else ""
    return Layout(tuple(label.removeprefix(wrapper) for label in labels), (False,) * len(labels))


# From the folders ---------------------------------------------------------------------------------


def _by_folders(tree: Tree, folders: Sequence[Path], placed: Sequence[Place]) -> Layout:
    paths = Counter(place.path for place in placed if place.path and not place.beside)
    if not paths:
        return Layout(("",) * len(placed), (False,) * len(placed), refusal=_refusal(tree, placed))
    level = class_level(paths)
    labels = _without_ending([_label(place, level) for place in placed])
    are_test = _test_photos(placed, labels)
    shown, copies = _without_albums(tree.photos, labels)
    classes = sorted({label for label in shown if label})
    notes = [
        *_part_notes(placed, labels, are_test),
        *_beside(folders, placed),
        *_level_notes(level),
        *copies,
        *_unlabelled(label for label, place in zip(shown, placed, strict=True) if not place.beside),
        *_empty(tree, folders, placed, level, classes),
        *_dates(classes),
        *_table_note(tree),
        *_names_note(tree, classes),
    ]
    return Layout(shown, are_test, tuple(notes))


def _folder_of(name: str) -> Path:
    return tuple(part.strip() for part in name.split("/")[:-1] if part not in ("", "."))


def _label(place: Place, level: Level) -> str:
    return "" if place.beside or len(place.path) < level.depth else place.path[level.depth - 1]


def _without_ending(labels: Sequence[str]) -> list[str]:
    named = [label for label in labels if label]
    if all(label.endswith(_SAMPLES) and label != _SAMPLES for label in named):
        return [label.removesuffix(_SAMPLES) for label in labels]
    return list(labels)


def _test_photos(placed: Sequence[Place], labels: Sequence[str]) -> tuple[bool, ...]:
    parts = {place.part for place, label in zip(placed, labels, strict=True) if label}
    test = next((part for part in (Part.TEST, Part.VALID) if part in parts), None)
    if test is None or parts == {test}:
        return (False,) * len(placed)
    return tuple(place.part is test for place in placed)


def _without_albums(
    photos: Sequence[Photo], labels: Sequence[str]
) -> tuple[tuple[str | None, ...], list[Note]]:
    """The labels without albums of copies."""
    albums = {label for label in set(labels) if label and is_album(label)}
    elsewhere = {
        photo.content
        for photo, label in zip(photos, labels, strict=True)
        if label and label not in albums and photo.content is not None
    }
    copies = Counter(
        label for photo, label in zip(photos, labels, strict=True) if photo.content in elsewhere
    )
    sizes = Counter(labels)
    dropped = sorted(album for album in albums if copies[album] >= MIN_COPIES * sizes[album])
    if not dropped:
        return tuple(labels), []
    left = tuple(None if label in dropped else label for label in labels)
    count = sum(sizes[album] for album in dropped)
    return left, [Note(NoteCode.ALBUM_COPIES, tuple(dropped), count)]


# What is said -------------------------------------------------------------------------------------


def _part_notes(
    placed: Sequence[Place], labels: Sequence[str], are_test: Sequence[bool]
) -> Iterable[Note]:
    parts = _part_names(placed)
    tested = sum(test and bool(label) for test, label in zip(are_test, labels, strict=True))
    if tested:
        yield Note(NoteCode.TEST_PART_FOUND, parts, tested)
    elif len(parts) > 1:
        yield Note(NoteCode.PARTS_FOUND, parts)


def _beside(folders: Sequence[Path], placed: Sequence[Place]) -> Iterable[Note]:
    beside = [folder for folder, place in zip(folders, placed, strict=True) if place.beside]
    if beside:
        names = tuple(sorted({"/".join(folder) for folder in beside}))
        yield Note(NoteCode.BESIDE_PARTS, names, len(beside))


def _part_names(placed: Sequence[Place]) -> tuple[str, ...]:
    return tuple(sorted({place.part_name for place in placed if place.part}))


def _level_notes(level: Level) -> Iterable[Note]:
    for code, names in (
        (NoteCode.GROUPS_FOUND, level.groups),
        (NoteCode.SESSIONS_FOLDED, level.sessions),
        (NoteCode.SUBFOLDERS_FOLDED, level.folded),
        (NoteCode.CLASSES_JOINED, level.joined),
    ):
        if names:
            yield Note(code, names)


def _unlabelled(labels: Iterable[str | None]) -> Iterable[Note]:
    count = sum(label == "" for label in labels)
    if count:
        yield Note(NoteCode.UNLABELLED, count=count)


def _empty(
    tree: Tree,
    folders: Sequence[Path],
    placed: Sequence[Place],
    level: Level,
    classes: Sequence[str],
) -> Iterable[Note]:
    """Folders without photos that lie where class folders lie."""
    around = {
        folder[: place.depths[level.depth - 1] - 1]
        for folder, place in zip(folders, placed, strict=True)
        if _label(place, level)
    }
    paths = (folder.split("/") for folder in tree.empty_folders)
    names = {path[-1].strip() for path in paths if tuple(path[:-1]) in around}
    empty = sorted(name for name in names - set(classes) if not is_sidecar(name))
    if empty:
        yield Note(NoteCode.CLASS_EMPTY, tuple(empty))


def _dates(classes: Sequence[str]) -> Iterable[Note]:
    dates = tuple(label for label in classes if is_session(label) or is_album_by_date(label))
    if dates:
        yield Note(NoteCode.CLASSES_ARE_DATES, dates)


def _table_note(tree: Tree) -> Iterable[Note]:
    table, count = _table(tree, [photo.name for photo in tree.photos])
    if table:
        yield Note(NoteCode.TABLE_FOUND, (table,), count)


def _names_note(tree: Tree, classes: Sequence[str]) -> Iterable[Note]:
    """Where there is one class alone, the files' names may tell several."""
    told = offered_classes([photo.name for photo in tree.photos]) if len(classes) == 1 else ()
    if told:
        yield Note(NoteCode.NAMES_FOUND, told)


# From a table or the files' names -----------------------------------------------------------------


def _by_choice(tree: Tree, placed: Sequence[Place], source: LabelSource) -> Layout:
    if source is LabelSource.NAMES:
        labels = [class_of_sample(photo.name) or class_in_name(photo.name) for photo in tree.photos]
    else:
        found = classes_in_tables(tree.tables or {}, [photo.name for photo in tree.photos])
        labels = [found.get(photo.name, "") for photo in tree.photos]
    refusal = TableMissing() if source is LabelSource.TABLE and not any(labels) else None
    are_test = _test_photos(placed, labels)
    notes = [*_part_notes(placed, labels, are_test), *_unlabelled(labels)]
    return Layout(tuple(labels), are_test, tuple(notes), refusal)


def _refusal(tree: Tree, placed: Sequence[Place]) -> BadInput | None:
    """Why a tree without class folders is not read, with the offers of where to take classes from."""
    names = [photo.name for photo in tree.photos]
    to_train = [n for n, p in zip(names, placed, strict=True) if p.part is not Part.TEST]
    table, _ = _table(tree, to_train)
    classes = offered_classes(to_train)
    if table or classes:
        return ClassesUnclear.of(table=table, classes=classes)
    parts = _part_names(placed)
    return OnlyParts(", ".join(parts)) if parts else None


def _table(tree: Tree, photos: Sequence[str]) -> tuple[str, int]:
    """The first table that names classes and how many the tables name, if that is worth an offer:
    two classes or more, for half of these photos or more."""
    tables = tree.tables or {}
    found = classes_in_tables(tables, photos) if tables else {}
    classes = set(found.values())
    if len(classes) < 2 or len(found) * 2 < len(photos):
        return "", 0
    if len(tables) == 1:
        return next(iter(tables)), len(classes)
    return next(t for t, c in tables.items() if classes_in_tables({t: c}, photos)), len(classes)
