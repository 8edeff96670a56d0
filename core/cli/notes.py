"""Notes about an archive as English sentences."""

from __future__ import annotations

from core.entities import Note, NoteCode
from core.errors import MAX_NAMED

_SENTENCES = {
    NoteCode.CLASSES_ALIKE: "The classes {names} have nearly the same name: if they are one, rename a folder.",
    NoteCode.CLASS_EMPTY: "No photo that can be read in: {names}.",
    NoteCode.CLASSES_ARE_DATES: "These classes look like dates or sessions, not like classes: {names}.",
    NoteCode.TEST_PART_FOUND: "The folders {names} are parts of the dataset, not classes: the {count} photos "
    "of the test part are not trained on.",
    NoteCode.PARTS_FOUND: "The folders {names} are parts of the dataset, not classes.",
    NoteCode.BESIDE_PARTS: "Left out, as they lie beside the parts of the dataset: {names} ({count} photos).",
    NoteCode.UNLABELLED: "Photos without a class, left out: {count}.",
    NoteCode.SESSIONS_FOLDED: "These folders are not taken as classes, as they look like sessions or recur in "
    "several folders: {names}.",
    NoteCode.GROUPS_FOUND: "The classes are the folders inside these: {names}.",
    NoteCode.CLASSES_JOINED: "Folders of the same name in several places are one class: {names}.",
    NoteCode.SUBFOLDERS_FOLDED: "These folders lie inside classes and count for the class around them: {names}.",
    NoteCode.ALBUM_COPIES: "Left out, as most of the photos lie in other classes too: {names} ({count} photos).",
    NoteCode.TABLE_FOUND: "{names} names {count} classes too; the folders were taken. To take the table: "
    "--classes table.",
    NoteCode.NAMES_FOUND: "The files' names tell classes ({names}); the folder was taken. To take the names: "
    "--classes names.",
    NoteCode.CHARSET_DOUBTFUL: "The ZIP does not say in which charset its names are written. As read, and as it "
    "may be meant: {names}.",
}


def sentence(note: Note) -> str:
    """The note in one English sentence, with its first few names."""
    named = ", ".join(note.names[:MAX_NAMED])
    more = f", … (+{note.count - MAX_NAMED})" if _is_cut(note) else ""
    return _SENTENCES[note.code].format(names=named + more, count=note.count)


def _is_cut(note: Note) -> bool:
    """A count that is not that of the names (photos, classes) says nothing of how many were cut."""
    of_photos = {NoteCode.TEST_PART_FOUND, NoteCode.BESIDE_PARTS, NoteCode.ALBUM_COPIES}
    return len(note.names) > MAX_NAMED and note.code not in of_photos
