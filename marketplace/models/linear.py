"""Linear integer models: columns over features, one weight a column and output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from marketplace.constants import MAX_CLASSES, MAX_FEATURES, MAX_LINEAR_WEIGHTS, MISSING
from marketplace.errors import DataError

OUTPUT_LIMIT = 2**63
"""No raw output, nor any partial sum of it, reaches this magnitude: int64 arithmetic is exact."""


class Task(IntEnum):
    """What a raw output means."""

    CLASSIFY = 1
    REGRESS = 2


class Mode(IntEnum):
    """How a column reads its feature."""

    VALUE = 0
    EQUALS = 1


COLUMN_LIMIT = {Mode.VALUE: 2**31, Mode.EQUALS: 1}
"""Largest magnitude of a column, by mode."""


@dataclass(frozen=True)
class Head:
    """What both shapes share.

    Attributes
    ----------
    task : Task
    outputs : int
        1, or the number of classes.
    features : int
        Width of the rows that the model was made for.
    divisor : int
        Raw units of one target unit (regression); 1 for classification.
    """

    task: Task
    outputs: int
    features: int
    divisor: int = 1

    def check(self) -> None:
        """Refuse a head that no canonical model has.

        Raises
        ------
        DataError
            If a number is out of its bounds.
        """
        if self.task not in (Task.CLASSIFY, Task.REGRESS):
            raise DataError(f"the model has the unknown task {self.task}")
        if not 1 <= self.features <= MAX_FEATURES:
            raise DataError(f"the model has {self.features} features, allowed are 1 to {MAX_FEATURES}")
        if self.task == Task.REGRESS and self.outputs != 1:
            raise DataError(f"a regression model has one output, not {self.outputs}")
        if not 1 <= self.outputs <= MAX_CLASSES:
            raise DataError(f"the model has {self.outputs} outputs, allowed are 1 to {MAX_CLASSES}")
        if self.task == Task.CLASSIFY and self.divisor != 1:
            raise DataError("the divisor of a classification model is 1")
        if not 1 <= self.divisor < OUTPUT_LIMIT:
            raise DataError("the divisor is out of its bounds (1 to 2**63 - 1)")

    @property
    def classes(self) -> int:
        """Number of classes it tells apart; 0 for regression."""
        if self.task == Task.REGRESS:
            return 0
        return max(2, self.outputs)


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Sum of weighted columns.

    Attributes
    ----------
    head : Head
    feature : ndarray of int32, shape (n_columns,)
    mode : ndarray of uint8, shape (n_columns,)
        See `Mode`.
    operand : ndarray of int32, shape (n_columns,)
        VALUE: what a missing value reads as. EQUALS: the code compared with.
    weights : ndarray of int64, shape (n_columns, outputs)
    bias : ndarray of int64, shape (outputs,)
    """

    head: Head
    feature: np.ndarray
    mode: np.ndarray
    operand: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Refuse a model outside the bounds, or with columns out of order.

        Raises
        ------
        DataError
            Naming the column or output at fault.
        """
        self.head.check()
        columns = len(self.feature)
        if columns * self.head.outputs > MAX_LINEAR_WEIGHTS:
            raise DataError(f"the model has {columns} columns for {self.head.outputs} outputs, too many")
        keys = list(zip(self.feature.tolist(), self.mode.tolist(), self.operand.tolist(), strict=True))
        for column, (feature, mode, _) in enumerate(keys):
            if not 0 <= feature < self.head.features:
                raise DataError(f"column {column} reads feature {feature} of {self.head.features}")
            if mode not in (Mode.VALUE, Mode.EQUALS):
                raise DataError(f"column {column} has the unknown mode {mode}")
            if column and keys[column - 1] >= keys[column]:
                raise DataError(f"column {column} is out of order (feature, mode, operand ascend strictly)")
        for output in range(self.head.outputs):
            if self.magnitude(output) >= OUTPUT_LIMIT:
                raise DataError(f"output {output} can overflow 63 bits: its weights are too large")

    def magnitude(self, output: int) -> int:
        """Return the bound of the absolute value of a raw output, over all rows."""
        limits = [COLUMN_LIMIT[Mode(mode)] for mode in self.mode.tolist()]
        weights = self.weights[:, output].tolist()
        total = sum(abs(w) * limit for w, limit in zip(weights, limits, strict=True))
        return total + abs(int(self.bias[output]))


def linear_raw(model: LinearModel, rows: np.ndarray) -> np.ndarray:
    """Compute raw outputs, exactly.

    Every product is taken in float64 over integers whose sums of magnitudes stay below 2**53, so
    that no order of summation rounds: halves of the features for VALUE columns (their weights sum
    to at most 2**32), halves of the weights for EQUALS columns.

    Parameters
    ----------
    model : LinearModel
        Checked.
    rows : ndarray of int32, shape (n_rows, features)

    Returns
    -------
    ndarray of int64, shape (n_rows, outputs)
    """
    out = np.empty((len(rows), model.head.outputs), dtype=np.int64)
    plan = _Plan(model)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS]
        out[start : start + len(block)] = plan.run(block)
    return out


_BLOCK_ROWS = 4096
"""Rows at a time: 30 features of them in float64 are 960 KiB, near the cache."""


class _Plan:
    """A linear model taken apart for the matrix products."""

    def __init__(self, model: LinearModel) -> None:
        value = model.mode == Mode.VALUE
        self.bias = model.bias
        self.value_features = model.feature[value]
        self.fills = model.operand[value]
        self.value_weights = model.weights[value].astype(np.float64)  # each at most 2**32
        self.value_sums = np.abs(self.value_weights).max(axis=1, initial=0.0)
        self.codes = model.operand[~value]
        self.code_features = model.feature[~value]
        code_weights = model.weights[~value]
        self.code_high = (code_weights >> 32).astype(np.float64)
        self.code_low = (code_weights & 0xFFFFFFFF).astype(np.float64)
        self.every = np.array_equal(self.value_features, np.arange(model.head.features))

    def run(self, block: np.ndarray) -> np.ndarray:
        out = np.tile(self.bias, (len(block), 1))
        if len(self.value_features):
            out += self._values(block)
        if len(self.codes):
            hits = (block[:, self.code_features] == self.codes).astype(np.float64)
            high, low = hits @ self.code_high, hits @ self.code_low
            out += (high.astype(np.int64) << 32) + low.astype(np.int64)
        return out

    def _values(self, block: np.ndarray) -> np.ndarray:
        x = block if self.every else block[:, self.value_features]
        largest = np.maximum(x.max(axis=0), -(x.min(axis=0).astype(np.int64)))
        if (x == MISSING).any():
            x = np.where(x == MISSING, self.fills, x)
            largest = np.full(x.shape[1], 2**31)
        if float(largest @ self.value_sums) < 2**52:
            return (x.astype(np.float64) @ self.value_weights).astype(np.int64)
        high = (x >> 16).astype(np.float64) @ self.value_weights
        low = (x & 0xFFFF).astype(np.float64) @ self.value_weights
        return (high.astype(np.int64) << 16) + low.astype(np.int64)
