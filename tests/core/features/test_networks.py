"""Our networks' files in the cache folder."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import onnx
import pytest

from core.cache_folder import cache_folder, write_whole
from core.features.networks import backbone_path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LUKOSHKO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_network_is_built_once_into_the_cache_folder(cache: Path) -> None:
    path = backbone_path("lite0")
    onnx.checker.check_model(path)
    built = path.stat()
    assert backbone_path("lite0") == path
    assert path.stat() == built
    assert [path] == [found for found in cache.rglob("*") if found.is_file()]


def test_several_processes_may_build_the_same_network_at_once(cache: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        paths = set(processes.map(backbone_path, ["lite0"] * 2))
    assert len(paths) == 1
    assert paths == {found for found in cache.rglob("*") if found.is_file()}
    onnx.checker.check_model(paths.pop())


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    for content in (b"first", b"second"):
        write_whole(path, content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_the_cache_folder_is_the_users_unless_one_is_chosen(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cache_folder() == cache
    monkeypatch.delenv("LUKOSHKO_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "lukoshko"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "lukoshko"
