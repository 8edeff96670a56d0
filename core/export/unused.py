"""Leaves out what the outputs of a graph do not need."""

from __future__ import annotations

from collections.abc import Iterator

import onnx


def without_unused(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model without the nodes and constants that no output depends on. Changes it in place."""
    graph = model.graph
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(_inputs(node))
    constants = [constant for constant in graph.initializer if constant.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(constants)
    return model


def _inputs(node: onnx.NodeProto) -> Iterator[str]:
    """The names that a node reads, those that a graph inside it reads from outside among them."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from _inputs(inner)
