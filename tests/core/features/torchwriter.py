"""Writes PyTorch's legacy weight files without PyTorch: stand-ins replace its names."""

from __future__ import annotations

import io
import pickle
import sys
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.features.torchfile import MAGIC, PROTOCOL

KINDS = {"<f4": "FloatStorage", "<f2": "HalfStorage", "<i8": "LongStorage"}


class Storage:
    def __init__(self, key: str, numbers: NDArray[Any], claimed: int | None = None) -> None:
        self.key = key
        self.numbers = numbers
        self.length = len(numbers) if claimed is None else claimed

    def persistent_id(self) -> tuple[object, ...]:
        kind = getattr(sys.modules["torch"], KINDS[self.numbers.dtype.str])
        return ("storage", kind, self.key, "cpu", self.length, None)


class Tensor:
    """A view of a storage; offset and strides count elements."""

    def __init__(
        self, storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.storage = storage
        self.view = (offset, shape, strides)

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2  # type: ignore[attr-defined]
        return rebuild, (self.storage, *self.view, False, OrderedDict())


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing: Any) -> tuple[object, ...] | None:
        return thing.persistent_id() if isinstance(thing, Storage) else None


def play_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provides the names that a weight file mentions, while the test runs."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    for name in KINDS.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def rebuild() -> None: ...

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def write_weights(path: Path, tensors: Mapping[str, object], *storages: Storage) -> Path:
    system = {"protocol_version": PROTOCOL, "little_endian": True}
    keys = [storage.key for storage in storages]
    stream = io.BytesIO()
    for part in (MAGIC, PROTOCOL, system, OrderedDict(tensors), keys):
        _Pickler(stream, protocol=2).dump(part)
    for storage in storages:
        stream.write(len(storage.numbers).to_bytes(8, "little") + storage.numbers.tobytes())
    path.write_bytes(stream.getvalue())
    return path


def numbers(count: int, dtype: str = "<f4") -> NDArray[Any]:
    return np.arange(count).astype(dtype)
