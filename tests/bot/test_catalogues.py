"""The catalogues: complete, consistent in all languages, and without unused messages."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from bot.commands.choice import Choice
from bot.routes import GROUP_COMMANDS, GROUP_COMMANDS_IN_PRIVATE, PRIVATE_COMMANDS
from bot.texts import DEFAULT_LANGUAGE, LANGUAGES, texts_in
from core import errors
from core.backbones import BACKBONES
from core.datasets.sample import EMOJI
from core.entities import Certainty, EditKind, JobKind, ModelKind, NoMap, NoNearest, NoteCode, Usage
from core.errors import LukoshkoError
from core.models.baseline import baseline_model
from core.registry import CLASSIFIERS, EXTRACTORS

ROOT = Path(__file__).parents[2]
KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+")
FAMILY_PATTERN = re.compile(r"[a-z_]+\\\.")
# What Telegram's HTML has of ours; anything else it refuses to send.
TAGS = {"b", "i", "u", "s", "a", "code", "pre"}
# The operator's, the command line's, and those that get an apology with a reference.
NOT_FOR_USERS = {
    *("bad_input", "data_not_found", "classes_unknown_to_model", "database_too_new"),
    *("output_not_a_file", "output_is_input", "output_not_writable", "unknown_export_format"),
    *("folder_not_usable", "database_broken", "database_lost", "database_foreign"),
    *("files_refused", "files_foreign", "files_elsewhere"),
    *("key_missing", "key_wrong", "key_invalid", "key_not_written", "seal_broken"),
    *("backup_refused", "backup_unsteady", "restore_refused"),
    *("storage_in_use", "worker_crashed", "result_unreadable", "task_failed", "photo_missing"),
}

# Those of an upload that no reading reports: its start, the waits, and the features of the sample.
UPLOAD_STAGES = {"start", "line", "wait", "features"}


@pytest.fixture(params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return read_catalogue(request.param)


def path_of(language: str) -> Path:
    return ROOT / f"bot/locales/{language}/LC_MESSAGES/bot.po"


def read_catalogue(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms_of(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def messages_of(catalogue: Catalog) -> dict[str, list[str]]:
    return {key_of(message): forms_of(message) for message in catalogue if message.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def strings_in_the_bot() -> Iterator[str | re.Pattern[str]]:
    """String constants as they are, and f-strings that begin with a family as patterns."""
    for path in (ROOT / "bot").rglob("*.py"):
        if "playground" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    pattern = "".join(map(_pattern, node.values))
                    if FAMILY_PATTERN.match(pattern):
                        yield re.compile(pattern)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def _pattern(part: ast.expr) -> str:
    is_constant = isinstance(part, ast.Constant)
    return re.escape(str(part.value)) if is_constant else r"\w+"


def stages_in(*folders: str) -> set[str]:
    """The stages that the tasks there report: Progress("read", …)."""
    return {
        node.args[0].value
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Progress"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def error_codes() -> set[str]:
    kinds = vars(errors).values()
    found = {k.code for k in kinds if isinstance(k, type) and issubclass(k, LukoshkoError)}
    return found - {LukoshkoError.code} - NOT_FOR_USERS


def chart_texts() -> set[str]:
    """The words that charts ask for."""
    sources = (ROOT / "core/charts").glob("*.py")
    return {key for path in sources for key in re.findall(r"texts\[['\"](\w+)", path.read_text())}


def choices() -> list[Choice]:
    """One choice for each classifier, which gives the settings that have buttons."""
    return [Choice.default(classifier=position) for position in range(len(CLASSIFIERS))]


def settings() -> set[str]:
    return {setting for choice in choices() for setting in choice.settings}


def values() -> set[str]:
    """The words that a parameter with a button can be."""
    parameters = [parameter for choice in choices() for parameter in choice.shown]
    return {
        word for parameter in parameters if parameter.kind == "choice" for word in parameter.choices
    }


def keys_by_family() -> set[str]:
    left_out = {
        c
        for c in error_codes()
        if c.startswith(("entry_", "image_", "already_there", "already_sorted"))
    }
    families = {
        "error.": error_codes(),
        "skipped.": left_out,
        "command.": {*PRIVATE_COMMANDS, *GROUP_COMMANDS},
        "chart.": chart_texts(),
        "upload.stage.": stages_in("core/photos") | stages_in("core/datasets") | UPLOAD_STAGES,
        "fit.stage.": stages_in("core/jobs", "core/models") | {"start", "line"},
        "card.kind.": set(ModelKind),
        "page.answer.": set(Certainty),
        "kind.": set(JobKind),
        "interrupted.": set(JobKind),
        "note.": set(NoteCode),
        "undone.": {*EditKind, "merge_classes"} - {EditKind.UNDO},
        "why.no_map.": set(NoMap),
        "why.no_nearest.": set(NoNearest),
        "what.": {field.name for field in fields(Usage)},
        "features.": set(EXTRACTORS) - set(BACKBONES),
        "classifier.": set(CLASSIFIERS),
        "setting.": settings(),
        "about.": settings(),
        "value.": values() | {"yes", "no"},
        "emoji.": set(EMOJI),
        "class.": set(baseline_model().card.classes),
    }
    return {prefix + name for prefix, names in families.items() for name in names}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_stands_without_its_message(language: str) -> None:
    """Readers of the format pass over it without a word."""
    text = path_of(language).read_text("utf-8")
    assert re.findall(r"\n\nmsgstr.*", text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_in_groups_names_what_is_done_there(language: str) -> None:
    said = texts_in(language)("help.group", bot="a_bot")
    named = set(re.findall(r"(?<!<)/([a-z_]+)", said))
    assert named == GROUP_COMMANDS.keys() - {"help", "language", "privacy"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_in_private_names_every_command(language: str) -> None:
    said = texts_in(language)("help.private", bot="a_bot")
    named = set(re.findall(r"(?<!<)/([a-z_]+)", said))
    there = PRIVATE_COMMANDS.keys() | GROUP_COMMANDS_IN_PRIVATE.keys()
    assert named & there == there - {"help", "start"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_there_twice(language: str) -> None:
    keys = re.findall(r'^msgid "(.+)"$', path_of(language).read_text("utf-8"), re.MULTILINE)
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_every_language_has_the_same_messages_with_the_same_placeholders(
    catalogue: Catalog,
) -> None:
    english, translated = messages_of(read_catalogue(DEFAULT_LANGUAGE)), messages_of(catalogue)
    assert english.keys() == translated.keys()
    for key, forms in english.items():
        wanted = placeholders(forms[0])
        assert all(placeholders(form) == wanted for form in forms + translated[key]), key


def test_numbers_have_as_many_forms_as_the_language(catalogue: Catalog) -> None:
    assert catalogue.num_plurals == get_plural(catalogue.locale).num_plurals


def test_a_catalogue_is_all_that_makes_a_language() -> None:
    folders = {path.name for path in (ROOT / "bot/locales").iterdir() if path.is_dir()}
    assert set(LANGUAGES) == folders
    assert LANGUAGES[0] == DEFAULT_LANGUAGE


def test_everything_is_translated(catalogue: Catalog) -> None:
    assert [key for key, forms in messages_of(catalogue).items() if not all(forms)] == []
    assert not any(message.fuzzy for message in catalogue if message.id)


def test_every_message_that_the_code_names_is_there(catalogue: Catalog) -> None:
    there = messages_of(catalogue).keys()
    families = {key.split(".")[0] for key in there}
    named = {
        text
        for text in strings_in_the_bot()
        if isinstance(text, str) and KEY.fullmatch(text) and text.split(".")[0] in families
    }
    assert named - there == set()
    assert len(named) > 80


def test_every_message_of_a_family_is_there(catalogue: Catalog) -> None:
    assert keys_by_family() - messages_of(catalogue).keys() == set()


def test_no_message_is_there_for_nobody(catalogue: Catalog) -> None:
    strings = list(strings_in_the_bot())
    known = {text for text in strings if isinstance(text, str)} | keys_by_family()
    patterns = [text for text in strings if isinstance(text, re.Pattern)]
    open_families = (
        *("class.", "emoji.", "error.", "skipped.", "command.", "chart."),
        *("upload.stage.", "fit.stage."),
        *("features.", "classifier.", "setting.", "about.", "value."),
    )
    unused = {
        key
        for key in messages_of(catalogue)
        if key not in known
        and (key.startswith(open_families) or not any(p.fullmatch(key) for p in patterns))
    }
    assert unused == set()


def test_markup_is_what_telegram_takes(catalogue: Catalog) -> None:
    for key, forms in messages_of(catalogue).items():
        for form in forms:
            assert unbalanced_tags(form) == [], key
            assert "&" not in re.sub(r"&(lt|gt|amp|quot);", "", form), key


def test_what_is_shown_without_markup_has_none(catalogue: Catalog) -> None:
    plain = (
        *("button.", "class.", "emoji.", "error.", "press.", "command.", "chart.", "skipped."),
        *("count.", "note.", "progress.", "features.", "classifier.", "setting.", "value."),
    )
    for key, forms in messages_of(catalogue).items():
        if key.startswith(plain):
            assert not any("<" in form for form in forms), key


def test_descriptions_of_commands_fit_the_menu(catalogue: Catalog) -> None:
    for key, (text, *_) in messages_of(catalogue).items():
        if key.startswith("command."):
            assert len(text) <= 256, key


def unbalanced_tags(text: str) -> list[str]:
    """Tags that are unknown, not closed, or closed and never opened."""

    class Reader(HTMLParser):
        open_tags: list[str] = []  # noqa: RUF012
        wrong: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.open_tags.append(tag)
            if tag not in TAGS:
                self.wrong.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if not self.open_tags or self.open_tags.pop() != tag:
                self.wrong.append(f"/{tag}")

    reader = Reader()
    reader.open_tags, reader.wrong = [], []
    reader.feed(text)
    reader.close()
    return reader.wrong + reader.open_tags


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [(1, "1 photo", "1 фото"), (1000, "1,000 photos", "1\xa0000 фото")],
)
def test_numbers_are_written_as_the_language_does(count: int, english: str, russian: str) -> None:
    assert texts_in("en").plural("count.photos", count) == english
    assert texts_in("ru").plural("count.photos", count) == russian


def test_russian_classes_have_three_forms() -> None:
    counted = [texts_in("ru").plural("count.classes", n) for n in (1, 3, 11)]
    assert counted == ["1 класс", "3 класса", "11 классов"]


def test_no_time_at_all_is_never_claimed() -> None:
    assert [texts_in("en").seconds(value) for value in (0.004, 0.1, 1.26, 10)] == [
        "0.1",
        "0.1",
        "1.3",
        "10",
    ]
    assert texts_in("ru").seconds(0.01) == "0,1"


def test_a_share_is_never_rounded_to_certainty() -> None:
    shown = [texts_in("en").percent(share) for share in (0, 0.001, 0.5, 0.999, 1)]
    assert shown == ["0%", "<1%", "50%", ">99%", "100%"]


def test_what_people_write_is_escaped() -> None:
    assert "<b>&lt;i&gt;</b>" in texts_in("en")("dataset.title", name="<i>")


def test_quotation_marks_inside_quoted_names_are_those_for_the_inside() -> None:
    assert "«5 „Б“»" in texts_in("ru")("dataset.deleted", name="5 «Б»")
    assert "“5 ‘B’”" in texts_in("en")("dataset.deleted", name="5 “B”")
    assert "<b>5 «Б»</b>" in texts_in("ru")("dataset.title", name="5 «Б»")


def test_scores_side_by_side_have_as_many_decimals() -> None:
    assert [texts_in("ru").score(value) for value in (0.6, 0.567, 1)] == ["0,60", "0,57", "1,00"]


def test_words_between_russian_words_are_parted_by_a_long_dash() -> None:
    forms = [form for forms in messages_of(read_catalogue("ru")).values() for form in forms]
    assert not any(" – " in form for form in forms)
