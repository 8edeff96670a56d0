from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from core.entities import LabelSource, NoteCode
from core.errors import ClassesUnclear, OnlyParts, TableMissing, TooManyClasses
from core.photos import layout
from core.photos.filenames import class_in_name
from core.photos.layout import Layout, Photo, Tree, alike, arrange


def photos(folders: str, each: int = 3) -> list[str]:
    """Names of photos, `each` in every one of these folders; "_" stands for a space in a folder's name."""
    return [f"{f.replace('_', ' ')}/{n}.jpg" for f in folders.split() for n in range(each)]


def arranged(
    names: Sequence[str],
    source: LabelSource = LabelSource.FOLDERS,
    tables: Mapping[str, bytes] | None = None,
    empty: Sequence[str] = (),
) -> Layout:
    return arrange(Tree([Photo(name, name) for name in names], empty, tables), source)


def classes(found: Layout) -> dict[str, int]:
    """The classes with their numbers of photos; those of the test part end with "*"."""
    pairs = zip(found.labels, found.are_test, strict=True)
    return dict(Counter(f"{label}*" if test else label or "" for label, test in pairs))


def codes(found: Layout) -> set[NoteCode]:
    return {note.code for note in found.notes}


AB = {"a": 3, "b": 3}
AB_TEST = {**AB, "a*": 3, "b*": 3}


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ("a b", AB),
        ("my_photos/fruits/a my_photos/fruits/b", AB),
        ("flowers/flowers/a flowers/flowers/b", AB),
        ("a b/ripe", AB),
        ("Fruit/Apple Fruit/Pear Vegetables/Carrot", {"Apple": 3, "Pear": 3, "Carrot": 3}),
        ("a/photos b/images", AB),
        ("Apple-samples Pear-samples", {"Apple": 3, "Pear": 3}),
        ("Fruit-20230501T101010Z-001/Fruit/a Fruit-20230501T101010Z-001/Fruit/b", AB),
        ("digits/0 digits/1", {"0": 3, "1": 3}),
        ("1998 1999", {"1998": 3, "1999": 3}),
        ("gadgets/phone gadgets/camera", {"phone": 3, "camera": 3}),
        ("CUB/images/001.Albatross CUB/images/002.Auklet", {"001.Albatross": 3, "002.Auklet": 3}),
    ],
)
def test_the_level_of_the_classes_is_found(folders: str, expected: Mapping[str, int]) -> None:
    assert classes(arranged(photos(folders))) == expected


@pytest.mark.parametrize(
    "folders",
    [
        "a/2023-05-01 a/2023-05-02 b/2023-05-01 b/2023-05-02",
        "a/2023-05-01 a/2023-05-02 b/2023-06-11 b/2023-06-12",
        "2023-05-01/a 2023-05-01/b 2023-05-02/a 2023-05-02/b",
        "all/a/session_1 all/a/session_2 all/b/session_1 all/b/session_2",
        "a/1 a/2 b/1 b/2",
        "a/100CANON a/101CANON b/100CANON b/102CANON",
        "a/front a/back b/front b/back",
        "a/сессия_1 a/сессия_2 b/сессия_1 b/сессия_2",
        "color/a color/b grayscale/a grayscale/b",
        "fold_0/a fold_0/b fold_1/a fold_1/b",
    ],
)
def test_sessions_are_no_classes_and_are_noted(folders: str) -> None:
    found = arranged(photos(folders))
    assert classes(found) == {"a": 6, "b": 6}
    assert codes(found) == {NoteCode.SESSIONS_FOLDED}


def test_a_photo_beside_the_class_folders_does_not_lift_the_level() -> None:
    found = arranged([*photos("x/a x/b y/c", 10), "x/cover.jpg"])
    assert classes(found) == {"a": 10, "b": 10, "c": 10, "": 1}


@pytest.mark.parametrize(
    "folders",
    [
        "train/a train/b test/a test/b",
        "data/Training/a data/Training/b data/Testing/a data/Testing/b",
        "training_set/training_set/a training_set/training_set/b test_set/test_set/a test_set/test_set/b",
        "train1/a train1/b test1/a test1/b",
        "train/a train/b val/a val/b",
        "a/train a/test b/train b/test",
        "flowers_train/a flowers_train/b flowers_test/a flowers_test/b",
        "обучение/a обучение/b тест/a тест/b",
        "训练集/a 训练集/b 测试集/a 测试集/b",
        "entraînement/a entraînement/b essai/a essai/b",
        "images/train/a images/train/b images/test/a images/test/b",
    ],
)
def test_parts_of_a_split_are_no_classes_and_the_test_part_is_marked(folders: str) -> None:
    found = arranged(photos(folders))
    assert classes(found) == AB_TEST
    assert codes(found) == {NoteCode.TEST_PART_FOUND}


def test_a_validation_part_is_trained_on_where_a_test_part_has_classes() -> None:
    found = arranged(photos("train/a train/b valid/a valid/b test/a test/b"))
    assert classes(found) == {"a": 6, "b": 6, "a*": 3, "b*": 3}


def test_a_validation_part_is_the_test_part_where_the_test_part_has_no_answers() -> None:
    found = arranged(photos("train/n01440764 train/n01443537 val/n01440764 test"))
    assert classes(found) == {"n01440764": 3, "n01443537": 3, "n01440764*": 3, "": 3}
    assert NoteCode.UNLABELLED in codes(found)


def test_a_test_part_alone_is_not_marked() -> None:
    assert classes(arranged(photos("test/a test/b"))) == AB
    assert classes(arranged(photos("test/a"))) == {"a": 3}


@pytest.mark.parametrize("name", ["train", "test", "Val", "image"])
def test_a_class_may_have_the_name_of_a_part(name: str) -> None:
    assert classes(arranged(photos(f"apple pear {name}"))) == {"apple": 3, "pear": 3, name: 3}


def test_folders_beside_the_parts_are_left_out_and_noted() -> None:
    found = arranged(photos("Train/0 Train/1 Test/0 Test/1 Meta"))
    assert classes(found) == {"0": 3, "1": 3, "0*": 3, "1*": 3, "": 3}
    (note,) = (note for note in found.notes if note.code is NoteCode.BESIDE_PARTS)
    assert (note.names, note.count) == (("Meta",), 3)


@pytest.mark.parametrize(
    "folders", ["train test", "train valid test", "обучение тест", "x/train x/val"]
)
def test_parts_without_class_folders_are_refused(folders: str) -> None:
    found = arranged(photos(folders))
    assert isinstance(found.refusal, OnlyParts)
    assert not any(found.labels)


def test_the_files_names_are_offered_and_taken_when_chosen() -> None:
    names = [f"pets/train/{pet}.{n}.jpg" for pet in ("cat", "dog") for n in range(4)]
    names += [f"pets/test1/{n}.jpg" for n in range(4)]
    refusal = arranged(names).refusal
    assert isinstance(refusal, ClassesUnclear)
    assert (refusal.offers, refusal.classes) == (("names",), ("cat", "dog"))
    assert classes(arranged(names, LabelSource.NAMES)) == {"cat": 4, "dog": 4, "": 4}


def test_one_class_whose_files_names_tell_several_is_noted() -> None:
    names = [f"cats_and_dogs/{pet}_{n}.jpg" for pet in ("cat", "dog") for n in range(4)]
    assert codes(arranged(names)) == {NoteCode.NAMES_FOUND}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("train/cat.0.jpg", "cat"),
        ("cat_12.jpg", "cat"),
        ("cat (3).jpg", "cat"),
        ("cat12", "cat"),
        ("cat_1 - Copy.jpg", "cat"),
        ("american_bulldog_10.jpg", "american_bulldog"),
        ("n01440764_10026.JPEG", "n01440764"),
        ("груша-7.png", "груша"),
        ("001_cat.jpg", "cat"),
        ("cat_3_jpg.rf.0a1b2c3d4e5f60718293a4b5c6d7e8f9.jpg", "cat"),
        ("IMG_2041.JPG", ""),
        ("IMG-20230501-WA0001.jpg", ""),
        ("DSC00012.jpg", ""),
        ("PXL_20230501_101010.jpg", ""),
        ("photo_2023-05-01_12-00-00.jpg", ""),
        ("photo_1@01-05-2023_12-00-00.jpg", ""),
        ("WhatsApp Image 2023-05-01 at 12.00.00.jpeg", ""),
        ("Screenshot_20230501.png", ""),
        ("Снимок экрана 2023-05-01.png", ""),
        ("img0_jpg.rf.00000000000000000000000000000000.jpg", ""),
        ("3f2a9c81d04be6a7.jpg", ""),
        ("0007.jpg", ""),
    ],
)
def test_the_class_in_a_files_name(name: str, label: str) -> None:
    assert class_in_name(name) == label


BREEDS = [f"train/{n:04}x.jpg" for n in range(6)]
ONE_HOT = b"filename, apple, pear\n" + b"".join(
    b"%04dx.jpg, %d, %d\n" % (n, n % 2, 1 - n % 2) for n in range(6)
)


@pytest.mark.parametrize(
    "table",
    [
        b"id,breed\n" + b"".join(b"%04dx,%s\n" % (n, (b"pear", b"apple")[n % 2]) for n in range(6)),
        b"label;size;file\r\n"
        + b"".join(b"%s;9;train/%04dx.jpg\r\n" % ((b"pear", b"apple")[n % 2], n) for n in range(6)),
        b"".join(b"%04dx.jpg\t%s\n" % (n, (b"pear", b"apple")[n % 2]) for n in range(6)),
        ONE_HOT,
        "\ufeffФайл,Класс\n".encode()
        + b"".join(b".\\train\\%04dx.jpg,%s\n" % (n, (b"pear", b"apple")[n % 2]) for n in range(6)),
    ],
)
def test_a_table_is_offered_and_taken_when_chosen(table: bytes) -> None:
    tables = {"labels.csv": table}
    refusal = arranged(BREEDS, tables=tables).refusal
    assert isinstance(refusal, ClassesUnclear)
    assert (refusal.offers, refusal.table) == (("table",), "labels.csv")
    assert classes(arranged(BREEDS, LabelSource.TABLE, tables)) == {"pear": 3, "apple": 3}


def test_each_part_of_roboflow_has_its_own_table() -> None:
    parts = ("train", "valid", "test")
    names = [f"{part}/{n:04}x.jpg" for part in parts for n in range(6)]
    tables = {f"{part}/_classes.csv": ONE_HOT for part in parts}
    found = arranged(names, LabelSource.TABLE, tables)
    assert classes(found) == {"apple": 6, "pear": 6, "apple*": 3, "pear*": 3}


def test_a_table_beside_class_folders_is_noted_and_not_used() -> None:
    table = b"file,label\n" + b"".join(
        b"%s,%s\n" % (n.encode(), b"xy"[i % 2 : i % 2 + 1]) for i, n in enumerate(photos("a b"))
    )
    found = arranged(photos("a b"), tables={"labels.csv": table})
    assert classes(found) == AB
    assert codes(found) == {NoteCode.TABLE_FOUND}


def test_a_table_that_is_wanted_and_missing_is_said() -> None:
    assert isinstance(arranged(photos("a b"), LabelSource.TABLE).refusal, TableMissing)


@pytest.mark.parametrize(
    "table", [b"", b"\0", b'"', b"a,b", b"a,b\n" * 9, b"filename, apple, pear\n"]
)
def test_a_table_that_says_nothing_of_the_photos_is_not_offered(table: bytes) -> None:
    assert isinstance(arranged(BREEDS, tables={"x.csv": table}).refusal, OnlyParts)


def album_tree(apart: int) -> Tree:
    """Two albums of six photos, and a year with these and some that lie in no album."""
    albums = [Photo(f"T/{album}/{n}.jpg", f"{album}{n}") for album in "ab" for n in range(6)]
    year = [Photo(f"T/Photos from 2023/{n}.jpg", photo.content) for n, photo in enumerate(albums)]
    rest = [Photo(f"T/Photos from 2023/r{n}.jpg", n) for n in range(apart)]
    return Tree([*albums, *year, *rest])


def test_an_album_by_year_of_copies_is_left_out() -> None:
    found = arrange(album_tree(apart=3))
    assert Counter(found.labels) == {"a": 6, "b": 6, None: 15}
    (note,) = found.notes
    assert (note.code, note.names, note.count) == (NoteCode.ALBUM_COPIES, ("Photos from 2023",), 15)


def test_an_album_by_year_of_other_photos_is_noted() -> None:
    found = arrange(album_tree(apart=30))
    assert len(set(found.labels)) == 3
    assert codes(found) == {NoteCode.CLASSES_ARE_DATES}


def test_copies_in_two_ordinary_classes_stay() -> None:
    tree = Tree([Photo(f"{label}/{n}.jpg", n) for label in "xy" for n in range(4)])
    assert Counter(arrange(tree).labels) == {"x": 4, "y": 4}


def test_dates_alone_are_noted() -> None:
    assert codes(arranged(photos("2023-05-01 2023-05-02"))) == {NoteCode.CLASSES_ARE_DATES}


def test_samples_of_a_teachable_machine_project() -> None:
    names = [f"Class {kind}-!-{n}.jpg" for kind in (1, 2) for n in range(3)]
    assert classes(arranged(names)) == {"Class 1": 3, "Class 2": 3}
    assert classes(arranged([f"project/{name}" for name in names])) == {"Class 1": 3, "Class 2": 3}


def test_classes_that_look_alike_are_named() -> None:
    labels = ["Apple", "apple", "Pear", "red pear", "red_pear", "Jose", "José", "a\u200bb", "ab"]
    assert alike(labels) == (
        ("ab", "a\u200bb"),
        ("Apple", "apple"),
        ("Jose", "José"),
        ("red pear", "red_pear"),
    )


def test_folders_without_photos_are_named_where_classes_lie() -> None:
    found = arranged(
        photos("train/a train/b test/a"), empty=["train/c", "labels", "docs", "train/a/x"]
    )
    (note,) = (note for note in found.notes if note.code is NoteCode.CLASS_EMPTY)
    assert note.names == ("c",)


def test_too_many_classes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MAX_CLASSES", 3)
    assert isinstance(arranged(photos("a b c d", 1)).refusal, TooManyClasses)
    assert arranged(photos("a b c", 1)).refusal is None


def test_no_photos_at_all_are_no_trouble() -> None:
    assert arranged([]) == Layout((), ())
