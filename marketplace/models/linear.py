"""Linear integer models: columns over features, one weight a column and output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from marketplace.constants import INT32_MAX, MAX_CLASSES, MAX_FEATURES, MAX_LINEAR_WEIGHTS, MISSING
from marketplace.errors import DataError
from marketplace.threads import in_order

OUTPUT_LIMIT = 2**63
"""No raw output, nor any partial sum of it, reaches this magnitude: int64 arithmetic is exact."""


class Task(IntEnum):
    """What a raw output means."""

    CLASSIFY = 1
    REGRESS = 2


EQUALS_MODE = 0x80
"""Mode of a column that is 1 where its feature equals the operand, else 0."""

MAX_VALUE_MODE = 31
"""Modes 0..31: the value of the feature, clamped to magnitudes of at most ``2**mode``."""


def column_limit(mode: int) -> int:
    """Return the largest magnitude of a column, by its mode."""
    return 1 if mode == EQUALS_MODE else 2**mode


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
        0..31: the value, clamped to -2**mode..2**mode; `EQUALS_MODE`: a comparison.
    operand : ndarray of int32, shape (n_columns,)
        What a missing value reads as, or the code compared with.
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
        for column, (feature, mode, fill) in enumerate(keys):
            if not 0 <= feature < self.head.features:
                raise DataError(f"column {column} reads feature {feature} of {self.head.features}")
            if mode > MAX_VALUE_MODE and mode != EQUALS_MODE:
                raise DataError(f"column {column} has the unknown mode {mode}")
            if mode != EQUALS_MODE and abs(fill) > 2**mode:
                raise DataError(f"column {column} reads missing values as {fill}, beyond its clamp")
            if column and keys[column - 1] >= keys[column]:
                raise DataError(f"column {column} is out of order (feature, mode, operand ascend strictly)")
        for output in range(self.head.outputs):
            if self.magnitude(output) >= OUTPUT_LIMIT:
                raise DataError(f"output {output} can overflow 63 bits: its weights are too large")

    def magnitude(self, output: int) -> int:
        """Return the bound of the absolute value of a raw output, over all rows."""
        limits = [column_limit(mode) for mode in self.mode.tolist()]
        weights = self.weights[:, output].tolist()
        total = sum(abs(w) * limit for w, limit in zip(weights, limits, strict=True))
        return total + abs(int(self.bias[output]))


def linear_raw(model: LinearModel, rows: np.ndarray) -> np.ndarray:
    """Compute raw outputs, exactly.

    Products are taken in float64, whose matrix products are many times faster than those of int64.
    Weights are cut into limbs, so narrow that no sum of magnitudes reaches 2**53: then every order
    of summation is exact.

    Parameters
    ----------
    model : LinearModel
    rows : ndarray of int32, shape (n_rows, features)

    Returns
    -------
    ndarray of int64, shape (n_rows, outputs)
    """
    out = np.empty((len(rows), model.head.outputs), dtype=np.int64)
    plan = _Plan(model)

    def run(start: int) -> None:
        cells = np.empty((_BLOCK_ROWS, len(plan.features)))  # new memory for each block would cost more
        for first in range(start, min(start + _JOB_ROWS, len(rows)), _BLOCK_ROWS):
            block = slice(first, min(first + _BLOCK_ROWS, len(rows)))
            out[block] = plan.run(rows[block], cells)

    for _ in in_order(run, iter(range(0, len(rows), _JOB_ROWS))):
        pass
    return out


_BLOCK_ROWS = 2048
"""Rows at a time: 30 features of them in float64 are 480 KiB, in the cache."""

_JOB_ROWS = 16 * _BLOCK_ROWS
"""Rows that one thread takes at once."""

_EXACT_BITS = 52
"""Sums of magnitudes stay below 2**52: one bit of reserve in a float64 of 53."""


class _Limbs:
    """Weights of columns of at most ``bits`` bits, cut for exact products."""

    def __init__(self, weights: np.ndarray, bits: int) -> None:
        self.outputs = weights.shape[1]
        self.width = _EXACT_BITS - bits - len(weights).bit_length()  # at least 52 - 31 - 13
        self.count = 1 + -(-(63 - _EXACT_BITS) // self.width)
        sign, rest = np.sign(weights), np.abs(weights)
        limbs = []
        for _ in range(self.count - 1):
            limbs.append(sign * (rest & ((1 << self.width) - 1)))
            rest = rest >> self.width
        limbs.append(sign * rest)  # times its columns below 2**63 / 2**(width * (count - 1))
        self.matrix = np.concatenate(limbs, axis=1).astype(np.float64)

    def times(self, columns: np.ndarray) -> np.ndarray:
        parts = (columns @ self.matrix).astype(np.int64)
        total = parts[:, : self.outputs]
        for limb in range(1, self.count):
            total = total + (parts[:, limb * self.outputs : (limb + 1) * self.outputs] << (limb * self.width))
        return total


class _Plan:
    """A linear model taken apart for the matrix products."""

    def __init__(self, model: LinearModel) -> None:
        value = model.mode != EQUALS_MODE
        self.bias = model.bias
        self.features, self.fills = model.feature[value], model.operand[value]
        limits = np.int64(1) << model.mode[value].astype(np.int64)
        self.floor, self.ceiling = int((-limits).max(initial=MISSING)), int(limits.min(initial=INT32_MAX))
        # One clamp for each cell of a block: rows of a few features are short for numpy's loops.
        rows = (_BLOCK_ROWS, 1)
        self.low = np.tile(-limits.astype(np.float64), rows)
        self.high = np.tile(limits.astype(np.float64), rows)
        self.values = _Limbs(model.weights[value], int(model.mode[value].max(initial=0)))
        self.codes, self.code_features = model.operand[~value], model.feature[~value]
        self.hits = _Limbs(model.weights[~value], 0)
        self.every = np.array_equal(self.features, np.arange(model.head.features))

    def run(self, block: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Return the raw outputs of at most `_BLOCK_ROWS` rows; ``cells`` is room for their columns."""
        out = np.tile(self.bias, (len(block), 1))
        if len(self.features):
            out += self.values.times(self._clamped(block, cells[: len(block)]))
        if len(self.codes):
            hits = block[:, self.code_features] == self.codes
            out += self.hits.times(hits.astype(np.float64))
        return out

    def _clamped(self, block: np.ndarray, cells: np.ndarray) -> np.ndarray:
        x = block if self.every else block[:, self.features]
        cells[...] = x
        lowest = x.min()
        if lowest == MISSING or lowest < self.floor or x.max() > self.ceiling:  # seldom
            np.maximum(cells, self.low[: len(x)], out=cells)
            np.minimum(cells, self.high[: len(x)], out=cells)
            if lowest == MISSING:
                np.copyto(cells, self.fills, where=x == MISSING)
        return cells
