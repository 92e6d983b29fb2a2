"""Write integer models as ONNX graphs of integer operations, bit for bit what Python and contracts compute.

ONNX's own tree operators add up in floating point; paths are followed here by comparing and gathering
integers instead, which every runtime with the plain operators of opset 17 can do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from marketplace import __version__
from marketplace.constants import INT32_MAX, MISSING
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel, model_hash
from marketplace.models.linear import EQUALS_MODE, LinearModel, Task
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel

OPSET = 17
"""Of ONNX 1.12, 2022: old enough for every runtime in use."""

IR_VERSION = 8
INPUT, RAW, LABEL = "rows", "raw", "label"


def to_onnx(model: IntegerModel) -> bytes:
    """Write a model as ONNX.

    The input ``rows`` is int32 of shape (n, features), encoded by the row schema, missing values as
    -2**31. The outputs are ``raw``, int64 of shape (n, outputs), and ``label``, int64 of shape (n,):
    the class index, or target units.

    Parameters
    ----------
    model : LinearModel or TreeModel

    Returns
    -------
    bytes
        A serialised ``onnx.ModelProto``.

    Raises
    ------
    DataError
        If onnx is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise DataError(
            "ONNX files need the package onnx, which is not installed",
            "in the repository: .venv/bin/pip install -e '.[onnx]'",
        ) from error
    graph = _Graph(onnx)
    if isinstance(model, LinearModel):
        _linear(graph, model)
    else:
        _trees(graph, model)
    _decide(graph, model)
    found = graph.build(model.head.features, model.head.outputs)
    onnx.checker.check_model(found)
    about = {"tessera.model_hash": model_hash(model).hex(), "tessera.missing": str(MISSING)}
    about["tessera.task"] = model.head.task.name.lower()
    onnx.helper.set_model_props(found, about)
    return bytes(found.SerializeToString())


class _Graph:
    """Nodes and constants, each known by the name of its output."""

    def __init__(self, onnx: Any, prefix: str = "v") -> None:
        self.onnx, self.prefix = onnx, prefix
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, values: Any, dtype: Any = np.int64) -> str:
        name = f"{self.prefix}c{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def node(self, kind: str, *inputs: str, out: str | None = None, **attributes: Any) -> str:
        name = out or f"{self.prefix}{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def to_int64(self, value: str) -> str:
        return self.node("Cast", value, to=self.onnx.TensorProto.INT64)

    def build(self, features: int, outputs: int) -> Any:
        helper, kinds = self.onnx.helper, self.onnx.TensorProto
        graph = helper.make_graph(
            self.nodes,
            "integer_model",
            [helper.make_tensor_value_info(INPUT, kinds.INT32, ["n", features])],
            [
                helper.make_tensor_value_info(RAW, kinds.INT64, ["n", outputs]),
                helper.make_tensor_value_info(LABEL, kinds.INT64, ["n"]),
            ],
            self.constants,
            doc_string="rows: int32 by the row schema, missing is -2**31. Exact integers throughout.",
        )
        opset = [helper.make_opsetid("", OPSET)]
        made = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        made.producer_name, made.producer_version = "tessera", __version__
        return made


def _linear(graph: _Graph, model: LinearModel) -> None:
    """Add up weighted columns: clamped values, and comparisons."""
    value = model.mode != EQUALS_MODE
    parts = [graph.constant(model.bias.reshape(1, -1))]
    if value.any():
        limits = np.int64(1) << model.mode[value].astype(np.int64)
        low, high = np.maximum(-limits, MISSING), np.minimum(limits, INT32_MAX)
        x = graph.to_int64(graph.node("Gather", INPUT, graph.constant(model.feature[value]), axis=1))
        clamped = graph.node("Min", graph.node("Max", x, graph.constant(low)), graph.constant(high))
        missing = graph.node("Equal", x, graph.constant([MISSING]))
        read = graph.node("Where", missing, graph.constant(model.operand[value]), clamped)
        parts.append(graph.node("MatMul", read, graph.constant(model.weights[value])))
    if (~value).any():
        x = graph.to_int64(graph.node("Gather", INPUT, graph.constant(model.feature[~value]), axis=1))
        hits = graph.to_int64(graph.node("Equal", x, graph.constant(model.operand[~value])))
        parts.append(graph.node("MatMul", hits, graph.constant(model.weights[~value])))
    if len(parts) == 1:  # a constant model: one row of biases for each row
        parts.append(graph.node("Mul", _zeros(graph), graph.constant([[0] * model.head.outputs])))
    total = parts[0]
    for part in parts[1:-1]:
        total = graph.node("Add", total, part)
    graph.node("Add", total, parts[-1], out=RAW)


def _zeros(graph: _Graph) -> str:
    """Return a column of as many zeros as there are rows."""
    first = graph.to_int64(graph.node("Gather", INPUT, graph.constant([0]), axis=1))
    return graph.node("Sub", first, first)


def _trees(graph: _Graph, model: TreeModel) -> None:
    """Let each row walk down all trees at once, a level a turn; leaves lead to themselves."""
    start = graph.node("Add", _zeros(graph), graph.constant(model.starts.reshape(1, -1)))
    depth = int(model.depths.max())
    at = start
    if depth:
        yes = graph.constant(True, np.bool_)
        body = _level(graph.onnx, model)
        at = graph.node("Loop", graph.constant(depth), yes, start, body=body)
    values = graph.node("Gather", graph.constant(model.value), at)
    outputs = model.head.outputs
    shape = graph.constant([0, len(model.counts) // outputs, outputs])  # 0: as many rows as there are
    grouped = graph.node("Reshape", values, shape)
    sums = graph.node("ReduceSum", grouped, graph.constant([1]), keepdims=0)
    graph.node("Add", sums, graph.constant(model.bases.reshape(1, -1)), out=RAW)


def _level(onnx: Any, model: TreeModel) -> Any:
    """Return the graph that moves rows one level down; it reads ``rows`` from around it."""
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = _Graph(onnx, "level_")
    leaf, nodes = model.flags == LEAF, np.arange(len(model.flags))
    columns = graph.node("Gather", graph.constant(model.feature), "at")
    x = graph.node("GatherElements", INPUT, columns, axis=1)
    threshold = graph.node("Gather", graph.constant(model.value, np.int32), "at")
    right = graph.node("Greater", x, threshold)
    if (~leaf & (model.flags & EQUALS).astype(bool)).any():
        by_equality = graph.node("Gather", graph.constant(~leaf & (model.flags & EQUALS > 0), np.bool_), "at")
        equal = graph.node("And", by_equality, graph.node("Equal", x, threshold))
        right = graph.node("Or", equal, graph.node("And", right, graph.node("Not", by_equality)))
    if (~leaf & (model.flags & MISSING_RIGHT).astype(bool)).any():
        goes = graph.node("Gather", graph.constant(~leaf & (model.flags & MISSING_RIGHT > 0), np.bool_), "at")
        missing = graph.node("Equal", x, graph.constant([MISSING], np.int32))
        right = graph.node("Or", right, graph.node("And", missing, goes))
    after_left = graph.node("Gather", graph.constant(np.where(leaf, nodes, nodes + 1)), "at")
    after_right = graph.node("Gather", graph.constant(np.where(leaf, nodes, model.right)), "at")
    graph.node("Where", right, after_right, after_left, out="next_at")
    graph.node("Identity", "go_on", out="still")
    state = ["n", len(model.counts)]
    return helper.make_graph(
        graph.nodes,
        "level",
        [
            helper.make_tensor_value_info("turn", kinds.INT64, []),
            helper.make_tensor_value_info("go_on", kinds.BOOL, []),
            helper.make_tensor_value_info("at", kinds.INT64, state),
        ],
        [
            helper.make_tensor_value_info("still", kinds.BOOL, []),
            helper.make_tensor_value_info("next_at", kinds.INT64, state),
        ],
        graph.constants,
    )


def _decide(graph: _Graph, model: IntegerModel) -> None:
    """Turn raw outputs into labels: compare with zero, take the first largest, or divide rounding down."""
    if model.head.task == Task.REGRESS:
        raw = graph.node("Reshape", RAW, graph.constant([-1]))
        divisor = graph.constant([model.head.divisor])
        quotient = graph.node("Div", raw, divisor)  # towards zero, or below: as a runtime likes
        rest = graph.node("Sub", raw, graph.node("Mul", quotient, divisor))
        below = graph.to_int64(graph.node("Less", rest, graph.constant([0])))
        graph.node("Sub", quotient, below, out=LABEL)
    elif model.head.outputs == 1:
        flat = graph.node("Reshape", RAW, graph.constant([-1]))
        graph.node(
            "Cast",
            graph.node("Greater", flat, graph.constant([0])),
            to=graph.onnx.TensorProto.INT64,
            out=LABEL,
        )
    else:
        largest = graph.node("ReduceMax", RAW, axes=[1], keepdims=1)
        hits = graph.node("Cast", graph.node("Equal", RAW, largest), to=graph.onnx.TensorProto.INT32)
        graph.node("ArgMax", hits, axis=1, keepdims=0, out=LABEL)
