"""PyTorch's legacy weight files (`torch.save` before 1.6), read without PyTorch and as untrusted
input.

Such a file is five pickles in a row (magic number, protocol version, the writer's system, the state
dict, the storages' keys) and then each storage: its length as int64 and its raw little-endian bytes.
See `_legacy_load` in PyTorch's torch/serialization.py.
"""

from __future__ import annotations

import math
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001

_DTYPES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
}


class _Storage(NamedTuple):
    """A storage as a persistent id describes it; storages with the same key share their bytes."""

    dtype: np.dtype[Any]
    key: str
    length: int


class _Tensor(NamedTuple):
    """A view of a storage; offset and strides count elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a state dict by name, each an array of its own.

    Raises pickle.UnpicklingError if the file is no legacy state dict of dense tensors, is cut off, or
    names any class or function that such a file does not need.
    """
    with path.open("rb") as file:
        try:
            tensors, keys = _read_pickles(file)
            storages = _read_storages(
                file, keys, {t.storage.key: t.storage for t in tensors.values()}
            )
            return {name: _view(tensor, storages) for name, tensor in tensors.items()}
        except pickle.UnpicklingError:
            raise
        except Exception as error:  # a damaged pickle raises whatever its opcodes run into
            raise pickle.UnpicklingError(f"{path.name} is damaged") from error


class _Unpickler(pickle.Unpickler):
    """Resolves only the few names of a state dict, so that no pickle can call anything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _location, length, view = pid
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"a {kind} in place of a whole storage")
        return _Storage(dtype, key, length)


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


def _read_pickles(file: BinaryIO) -> tuple[Mapping[str, _Tensor], list[str]]:
    magic, protocol, _system, tensors, keys = (_Unpickler(file).load() for _ in range(5))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise pickle.UnpicklingError("no weights in PyTorch's legacy format")
    if not all(isinstance(tensor, _Tensor) for tensor in tensors.values()):
        raise pickle.UnpicklingError("something else than tensors among the weights")
    return tensors, keys


def _read_storages(
    file: BinaryIO, keys: list[str], named: Mapping[str, _Storage]
) -> dict[str, NDArray[Any]]:
    storages = {}
    raw = file.read()
    position = 0
    for key in keys:
        dtype, _, length = named[key]
        if int.from_bytes(raw[position : position + 8], "little") != length:
            raise pickle.UnpicklingError(f"storage {key} is not {length} long")
        storages[key] = np.frombuffer(raw, dtype, length, position + 8)
        position += 8 + storages[key].nbytes
    return storages


def _view(tensor: _Tensor, storages: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    storage = storages[tensor.storage.key]
    last = tensor.offset + sum(
        (size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True)
    )
    if min(tensor.offset, *tensor.strides, *tensor.shape, 0) < 0 or last >= len(storage):
        raise pickle.UnpicklingError("a tensor reaches beyond its storage")
    if math.prod(tensor.shape) > len(storage):
        raise pickle.UnpicklingError("a tensor has more numbers than its storage")
    return np.lib.stride_tricks.as_strided(
        storage[tensor.offset :],
        tensor.shape,
        [stride * storage.itemsize for stride in tensor.strides],
    ).copy()
