"""PyTorch's weight files, honest and hostile."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from core.features.networks import weights_path
from core.features.torchfile import read_weights
from tests.core.features.torchwriter import Storage, Tensor, numbers, play_torch, write_weights


@pytest.fixture(autouse=True)
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    play_torch(monkeypatch)


@pytest.mark.parametrize(("name", "count", "blocks"), [("lite0", 296, 16), ("lite2", 386, 21)])
def test_the_real_weights_are_read_whole(name: str, count: int, blocks: int) -> None:
    weights = read_weights(weights_path(name))
    assert len(weights) == count
    assert f"_blocks.{blocks - 1}._project_conv.weight" in weights
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert weights["_fc.weight"].shape == (1000, 1280)
    assert weights["_fc.weight"].dtype == np.float32
    assert all(np.isfinite(tensor).all() for tensor in weights.values())


def test_a_tensor_is_laid_out_by_its_strides(tmp_path: Path) -> None:
    storage = Storage("7", numbers(12))
    tensors = {
        "rows": Tensor(storage, 0, (3, 4), (4, 1)),
        "columns": Tensor(storage, 0, (4, 3), (1, 4)),
        "tail": Tensor(storage, 10, (2,), (1,)),
        "scalar": Tensor(storage, 5, (), ()),
    }
    weights = read_weights(write_weights(tmp_path / "w.pth", tensors, storage))
    rows = np.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(weights["rows"], rows)
    np.testing.assert_array_equal(weights["columns"], rows.T)
    np.testing.assert_array_equal(weights["tail"], [10, 11])
    assert weights["scalar"] == 5


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "<i8"])
def test_a_storage_keeps_its_type(tmp_path: Path, dtype: str) -> None:
    storage = Storage("1", numbers(3, dtype))
    path = write_weights(tmp_path / "w.pth", {"w": Tensor(storage, 0, (3,), (1,))}, storage)
    assert read_weights(path)["w"].dtype == np.dtype(dtype)


class Command:
    """Content of an untrusted pickle: a plain unpickling runs it."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self._trace}",)


def test_a_pickle_that_would_run_a_command_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    pickle.loads(pickle.dumps(Command(trace)))
    assert trace.exists()  # so it does run, read by pickle itself
    trace.unlink()
    path = write_weights(tmp_path / "w.pth", {"w": Command(trace)})
    with pytest.raises(pickle.UnpicklingError, match="system has no place"):
        read_weights(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (13,), (1,)),
        (11, (2,), (1,)),
        (0, (3, 4), (5, 1)),
        (-1, (2,), (1,)),
        (4, (2,), (-1,)),
        (0, (1 << 40,), (0,)),
        (0, (3, 4), (4,)),
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(
    tmp_path: Path, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    storage = Storage("1", numbers(12))
    path = write_weights(
        tmp_path / "w.pth", {"w": Tensor(storage, offset, shape, strides)}, storage
    )
    with pytest.raises(pickle.UnpicklingError):
        read_weights(path)


@pytest.mark.parametrize("claimed", [0, 2, 4, 1 << 60, -1])
def test_a_storage_of_another_length_than_told_is_refused(tmp_path: Path, claimed: int) -> None:
    storage = Storage("1", numbers(3), claimed)
    path = write_weights(tmp_path / "w.pth", {"w": Tensor(storage, 0, (1,), (1,))}, storage)
    with pytest.raises(pickle.UnpicklingError):
        read_weights(path)


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, kept: float) -> None:
    storage = Storage("1", numbers(100))
    path = write_weights(tmp_path / "w.pth", {"w": Tensor(storage, 0, (100,), (1,))}, storage)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(pickle.UnpicklingError):
        read_weights(path)


@pytest.mark.parametrize("weight", [1.0, "text", [1, 2]])
def test_anything_else_than_tensors_is_refused(tmp_path: Path, weight: object) -> None:
    with pytest.raises(pickle.UnpicklingError):
        read_weights(write_weights(tmp_path / "w.pth", {"w": weight}))
