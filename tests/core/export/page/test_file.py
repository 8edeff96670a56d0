"""The page as a file: one, bounded, with nothing in it that runs but its own script."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.entities import ExportNames
from core.errors import WebRuntimeMissing
from core.export import web_runtime
from core.export.page import LANGUAGES, MAX_MEGABYTES, make_page
from core.export.web_runtime import FOLDER, classic_script
from core.models.baseline import FILE
from core.sealed import Stored
from tests.core.export.browser import needs_runtime
from tests.core.export.page.steps import NAMES


@needs_runtime
def test_the_page_is_one_file_of_at_most_20_megabytes(page_file: Path) -> None:
    assert page_file.stat().st_size <= MAX_MEGABYTES * 1_000_000
    text = page_file.read_text("utf-8")
    assert re.findall(r"(?:src|href)=", text) == []


@needs_runtime
def test_a_model_makes_the_same_page_every_time(page_file: Path) -> None:
    assert make_page(Stored(FILE), NAMES) == page_file.read_bytes()


@needs_runtime
def test_the_policy_allows_the_pages_own_script_alone(page_file: Path) -> None:
    text = page_file.read_text("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    for word in ("unsafe-inline", "'unsafe-eval'", "connect-src", "http", "data:", "*"):
        assert word not in policy


@needs_runtime
def test_names_can_not_end_the_element_they_stand_in(tmp_path: Path) -> None:
    names = ExportNames(
        {"en": "</title><script>x", "ru": "{{script}}"}, {"ru": {"Apple": "</script>"}}
    )
    text = make_page(Stored(FILE), names).decode()
    assert "<title>&lt;/title&gt;&lt;script&gt;x</title>" in text
    assert text.count("</script>") == 8
    assert '"{{script}}"' in text


def test_the_page_has_the_same_words_in_every_language() -> None:
    words = json.loads((FOLDER / "words.json").read_text("utf-8"))
    assert tuple(words) == LANGUAGES
    english = words["en"]
    for language in LANGUAGES:
        assert words[language].keys() == english.keys()
        for key, text in words[language].items():
            assert _braces(text) == _braces(english[key]), key


def _braces(text: str | dict[str, str]) -> set[str]:
    forms = [text] if isinstance(text, str) else list(text.values())
    found = [set(re.findall(r"\{\w+\}", form)) for form in forms]
    assert all(braces == found[0] for braces in found)
    return found[0]


def test_every_word_that_the_page_asks_for_is_there() -> None:
    words = json.loads((FOLDER / "words.json").read_text("utf-8"))["en"]
    html = (FOLDER / "page.html").read_text("utf-8")
    asked = set(re.findall(r'data-(?:text|named)="(\w+)"', html))
    for script in (FOLDER / "scripts").glob("*.js"):
        asked |= set(re.findall(r'\b(?:text|say|plural)\("(\w+)"', script.read_text("utf-8")))
    assert asked <= words.keys()


def test_without_the_runtime_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_runtime, "VENDOR", tmp_path)
    assert not web_runtime.is_there()
    with pytest.raises(WebRuntimeMissing, match="make web"):
        make_page(Stored(FILE), NAMES)


def test_a_module_becomes_a_script_that_sets_ort() -> None:
    module = "const a=1;var u=import.meta.url;export{a as Tensor,u as env};\n//# sourceMappingURL=x.map\n"
    assert classic_script(module) == 'const a=1;var u="";const ort={Tensor:a,env:u};\n\n'


def test_a_module_that_is_written_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="0 lists of exports"):
        classic_script("export default 1;")
