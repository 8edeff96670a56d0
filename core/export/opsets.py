"""Versions of ONNX's operators: graphs can be joined where they have the same."""

from __future__ import annotations

import onnx
from onnx import inliner, version_converter

LEAST = 17
"""Of the built-in networks."""


def opset_of(model: onnx.ModelProto) -> int:
    versions = {entry.domain: int(entry.version) for entry in model.opset_import}
    return versions.get("", versions.get("ai.onnx", 1))


def converted(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    """The model in this version, which is not older than its own, without functions of its own."""
    if model.functions:
        model = inliner.inline_local_functions(model)
    if opset_of(model) == opset:
        return model
    newer: onnx.ModelProto = version_converter.convert_version(model, opset)
    return newer
