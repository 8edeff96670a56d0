"""Writes an ONNX graph as arithmetic on its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import DTypeLike, NDArray
from onnx import helper, numpy_helper


class Graph:
    """Nodes and constants, in the order in which they are written."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._named = 0
        self.constants: list[onnx.TensorProto] = []

    def input(self, name: str, dtype: DTypeLike) -> Value:
        """The value that something else than this writer gives the graph under this name."""
        return Value(self, name, np.dtype(dtype))

    def constant(self, value: object, dtype: DTypeLike) -> Value:
        array = np.asarray(value, dtype)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return Value(self, name, np.dtype(dtype))

    def node(
        self,
        kind: str,
        *inputs: Value | None,
        dtype: DTypeLike | None = None,
        output: str = "",
        **attributes: Any,
    ) -> Value:
        """Appends a node of one output. dtype : of the output, by default that of the first input.
        output : its name, where that matters."""
        output = output or self._name(kind)
        names = [value.name if value else "" for value in inputs]
        self.nodes.append(helper.make_node(kind, names, [output], name=output, **attributes))
        if dtype is None:
            dtype = next(value.dtype for value in inputs if value)
        return Value(self, output, np.dtype(dtype))

    def choose(
        self, condition: Value, one: Callable[[], Value], other: Callable[[], Value]
    ) -> Value:
        """What `one` writes where the condition, bool (1,), holds, else what `other` writes; only one of them
        is computed."""
        (then_branch, value), (else_branch, _) = self._branch(one), self._branch(other)
        branches = {"then_branch": then_branch, "else_branch": else_branch}
        return self.node("If", condition, dtype=value.dtype, **branches)

    def _branch(self, write: Callable[[], Value]) -> tuple[onnx.GraphProto, Value]:
        outer, self.nodes = self.nodes, []
        value = write()
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        output = helper.make_tensor_value_info(value.name, kind, None)
        graph = helper.make_graph(self.nodes, self._name("branch"), [], [output])
        self.nodes = outer
        return graph, value

    def _name(self, kind: str) -> str:
        self._named += 1
        return f"{kind}_{self._named}"

    def append(self, model: onnx.ModelProto) -> None:
        """Appends all nodes and constants of a model under the names that they have there."""
        self.nodes.extend(model.graph.node)
        self.constants.extend(model.graph.initializer)

    def join(self, values: Sequence[Value], axis: int) -> Value:
        return self.node("Concat", *values, axis=axis) if len(values) > 1 else values[0]


@dataclass(frozen=True)
class Value:
    """A tensor of a graph. Operators take a value of the same type, or a number, which becomes a constant of
    this type."""

    graph: Graph
    name: str
    dtype: np.dtype[Any]

    def __add__(self, other: Operand) -> Value:
        return self._binary("Add", other)

    def __sub__(self, other: Operand) -> Value:
        return self._binary("Sub", other)

    def __mul__(self, other: Operand) -> Value:
        return self._binary("Mul", other)

    def __truediv__(self, other: Operand) -> Value:
        """Of integers, the quotient without its fraction."""
        return self._binary("Div", other)

    def __pow__(self, other: Operand) -> Value:
        return self._binary("Pow", other)

    def __matmul__(self, other: Value) -> Value:
        return self._binary("MatMul", other)

    def __neg__(self) -> Value:
        return self.graph.node("Neg", self)

    def __abs__(self) -> Value:
        return self.graph.node("Abs", self)

    def __ge__(self, other: Operand) -> Value:
        return self._binary("GreaterOrEqual", other, bool)

    def __lt__(self, other: Operand) -> Value:
        return self._binary("Less", other, bool)

    def __and__(self, other: Value) -> Value:
        return self._binary("And", other)

    def __or__(self, other: Value) -> Value:
        return self._binary("Or", other)

    def minimum(self, other: Operand) -> Value:
        return self._binary("Min", other)

    def maximum(self, other: Operand) -> Value:
        return self._binary("Max", other)

    def floor(self) -> Value:
        return self.graph.node("Floor", self)

    def rounded(self) -> Value:
        """To the nearest whole number, halves upwards."""
        return (self + 0.5).floor()

    def ceil(self) -> Value:
        return self.graph.node("Ceil", self)

    def sign(self) -> Value:
        return self.graph.node("Sign", self)

    def cast(self, dtype: DTypeLike) -> Value:
        wanted = np.dtype(dtype)
        if wanted == self.dtype:
            return self
        return self.graph.node(
            "Cast", self, dtype=wanted, to=helper.np_dtype_to_tensor_dtype(wanted)
        )

    def where(self, true: Value, false: Operand) -> Value:
        """`true` where this condition holds, else `false`."""
        return self.graph.node("Where", self, true, true.like(false), dtype=true.dtype)

    def sum(self, axis: int, *, keepdims: bool = False) -> Value:
        axes = self.graph.constant([axis], np.int64)
        return self.graph.node("ReduceSum", self, axes, keepdims=int(keepdims))

    def transposed(self, *order: int) -> Value:
        return self.graph.node("Transpose", self, perm=order)

    def reshaped(self, *shape: Value | int) -> Value:
        """shape : each side a number or an int64 value (1,); −1 for what is left."""
        sides = [
            side if isinstance(side, Value) else self.graph.constant([side], np.int64)
            for side in shape
        ]
        return self.graph.node("Reshape", self, self.graph.join(sides, 0))

    def scalar(self) -> Value:
        """Of one number, without axes."""
        return self.graph.node("Squeeze", self)

    def unsqueezed(self, axis: int) -> Value:
        return self.graph.node("Unsqueeze", self, self.graph.constant([axis], np.int64))

    def taken(self, positions: Value, axis: int = 0) -> Value:
        return self.graph.node("Gather", self, positions, axis=axis)

    def part(self, start: Value, end: Value, axis: int) -> Value:
        """start, end : int64 (1,)."""
        return self.graph.node("Slice", self, start, end, self.graph.constant([axis], np.int64))

    def side(self, axis: int) -> Value:
        """The length of an axis, int64 (1,)."""
        shape = self.graph.node("Shape", self, dtype=np.int64)
        return shape.taken(self.graph.constant([axis], np.int64))

    def like(self, operand: Operand) -> Value:
        """The operand as a value of this type."""
        return operand if isinstance(operand, Value) else self.graph.constant(operand, self.dtype)

    def _binary(self, kind: str, other: Operand, dtype: DTypeLike | None = None) -> Value:
        return self.graph.node(kind, self, self.like(other), dtype=dtype)


Operand = Value | float | Sequence[int] | NDArray[Any]
