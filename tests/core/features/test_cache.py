"""The cache of features."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.features.cache import FeatureCache

SMALL_BYTES = 1000


def digest(number: int) -> str:
    return f"{number:064x}"


def digests(*numbers: int) -> list[str]:
    return [digest(number) for number in numbers]


def vectors(*numbers: float) -> NDArray[np.float32]:
    return np.array([[number, -number] for number in numbers], np.float32)


def append_each(folder: Path, first: int) -> None:
    """Ten shards of one vector each, from another process."""
    cache = FeatureCache(folder)
    for number in range(first, first + 10):
        cache.append(digests(number), vectors(number))


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


def test_at_first_all_are_missing_each_once_in_their_order(cache: FeatureCache) -> None:
    assert cache.missing(digests(3, 1, 3, 2, 1)) == digests(3, 1, 2)


def test_only_those_without_a_vector_are_missing(cache: FeatureCache) -> None:
    cache.append(digests(1, 2), vectors(1, 2))
    assert cache.missing(digests(4, 2, 3, 1)) == digests(4, 3)


def test_vectors_come_in_the_order_asked_for_across_shards(cache: FeatureCache) -> None:
    cache.append(digests(1, 2), vectors(1, 2))
    cache.append(digests(3), vectors(3))
    loaded = cache.load(digests(3, 1, 2, 1))
    np.testing.assert_array_equal(loaded, vectors(3, 1, 2, 1))
    assert loaded.dtype == np.float32


def test_vectors_outlive_the_object_that_kept_them(cache: FeatureCache, tmp_path: Path) -> None:
    cache.append(digests(1), vectors(1))
    np.testing.assert_array_equal(FeatureCache(tmp_path / "features").load(digests(1)), vectors(1))


def test_a_vector_that_is_missing_is_a_key_error(cache: FeatureCache) -> None:
    cache.append(digests(1), vectors(1))
    with pytest.raises(KeyError, match=digest(2)):
        cache.load(digests(1, 2))


def test_a_shard_without_its_keys_is_ignored(cache: FeatureCache, tmp_path: Path) -> None:
    cache.append(digests(1), vectors(1))
    (keys,) = (tmp_path / "features").glob("*.keys.npy")
    keys.unlink()
    assert cache.missing(digests(1)) == digests(1)
    cache.append(digests(1), vectors(7))
    np.testing.assert_array_equal(cache.load(digests(1)), vectors(7))


def test_what_a_dead_writer_left_half_written_is_ignored(
    cache: FeatureCache, tmp_path: Path
) -> None:
    cache.append(digests(1), vectors(1))
    (tmp_path / "features/dead.tmp").write_bytes(b"\x93NUMPY half")
    (tmp_path / "features/dead.keys.tmp").write_bytes(b"")
    assert cache.missing(digests(1, 2)) == digests(2)


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    firsts = (0, 10, 5)  # the third writes what both others do, too
    with ProcessPoolExecutor(3, mp_context=get_context("forkserver")) as pool:
        list(pool.map(append_each, [tmp_path] * 3, firsts))
    cache = FeatureCache(tmp_path)
    assert cache.missing(digests(*range(20))) == []
    np.testing.assert_array_equal(cache.load(digests(*range(20))), vectors(*range(20)))
    assert not list(tmp_path.glob("*.tmp"))


def test_what_another_process_forgets_meanwhile_does_not_disturb_a_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FeatureCache(tmp_path)
    cache.append(["a" * 64, "b" * 64], np.array([[1.0], [2.0]], np.float32))
    load, forgotten = np.load, []

    def load_after_forgetting(path: Path, **options: object) -> object:
        if not forgotten and not path.name.endswith(".keys.npy"):
            forgotten.append(path)
            cache.forget({"a" * 64})
        return load(path, **options)

    monkeypatch.setattr("core.features.cache.np.load", load_after_forgetting)
    np.testing.assert_array_equal(cache.load(["b" * 64]), [[2.0]])


def test_many_small_shards_become_one(cache: FeatureCache, tmp_path: Path) -> None:
    for number in range(5):
        cache.append(digests(number), vectors(number))
    cache.compact(5, SMALL_BYTES)
    assert len(list(tmp_path.rglob("*.keys.npy"))) == 5
    cache.append(digests(5, 0), vectors(5, 0))
    cache.compact(5, SMALL_BYTES)
    assert len(list(tmp_path.rglob("*.keys.npy"))) == 1
    np.testing.assert_array_equal(cache.load(digests(4, 0, 5)), vectors(4, 0, 5))
    cache.forget(digests(0))
    assert cache.missing(digests(0, 1)) == digests(0)


def test_a_forgetting_that_was_killed_is_completed_by_the_next_one(
    cache: FeatureCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.append(digests(0, 1), vectors(0, 1))
    (shard,) = (path for path in tmp_path.rglob("*.npy") if ".keys" not in path.name)

    def die(path: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            cache.forget(digests(0))
    assert shard.is_file()
    cache.forget(digests(0))
    assert not shard.exists()
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2
    assert cache.missing(digests(0, 1)) == digests(0)


def test_a_large_shard_is_not_written_anew(cache: FeatureCache, tmp_path: Path) -> None:
    cache.append(digests(*range(10)), vectors(*range(10)))
    (large,) = (path for path in tmp_path.rglob("*.npy") if ".keys" not in path.name)
    for number in range(10, 13):
        cache.append(digests(number), vectors(number))
    cache.compact(2, large.stat().st_size - 1)
    assert large.is_file()
    assert len(list(tmp_path.rglob("*.keys.npy"))) == 2
    np.testing.assert_array_equal(cache.load(digests(12, 3)), vectors(12, 3))
