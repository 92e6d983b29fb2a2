"""Networks of scikit-learn as the circuit knows them (docs/proving.md)."""

from __future__ import annotations

from typing import Any

import numpy as np

from marketplace.datasets import RowSchema, Table
from marketplace.errors import DataError, TrainingError
from marketplace.models import FeatureSpace
from marketplace.models.estimators import kind_of
from marketplace.proving.networks import UNITS, ProvedNetwork
from marketplace.proving.shapes import WIDTH
from marketplace.services.train import SEED, feature_space

MOST_WEIGHT, MOST_OUTER, MOST_BIAS = 2**9 - 1, 2**23 - 1, 2**52 - 1
HINT = "train MLPClassifier(hidden_layer_sizes=(16,)), alone or behind a StandardScaler"


def train_network(table: Table, schema: RowSchema) -> ProvedNetwork:
    """Train a network on a table for a row schema.

    Raises
    ------
    TrainingError
        If the rows can't be learned from.
    """
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows, labels = schema.encode(table)
    if len(np.unique(labels)) != 2:
        raise TrainingError("the training rows do not show both classes", "train on more rows")
    last = MLPClassifier((UNITS,), alpha=1.0, max_iter=1000, random_state=SEED)
    space = feature_space(schema)
    try:
        fitted = make_pipeline(StandardScaler(), last).fit(space.decode(rows), labels)
    except ValueError as error:
        raise TrainingError(f"training failed: {str(error).splitlines()[0]}") from error
    return to_network(fitted, space)


def to_network(estimator: Any, space: FeatureSpace) -> ProvedNetwork:
    """Round a fitted network, or a pipeline of scalers that ends in one, to integers.

    Parameters
    ----------
    estimator : MLPClassifier or Pipeline
        For two classes, with one layer of at most 16 rectified units.
    space : FeatureSpace
        How the integers of rows stand for the numbers it was trained on.

    Raises
    ------
    DataError
        If it is another model.
    """
    steps = estimator.named_steps.values() if kind_of(estimator) == "Pipeline" else [estimator]
    *scalers, network = steps
    _require_network(network)
    if len(space.names) > WIDTH:
        raise DataError(f"the model has {len(space.names)} features, a proof takes {WIDTH}", HINT)
    slopes, offset = _affine(scalers, space)
    first, second = (np.asarray(one, dtype=np.float64) for one in network.coefs_)
    biases, (bias,) = (np.asarray(one, dtype=np.float64) for one in network.intercepts_)
    return _rounded(slopes @ first, offset @ first + biases, second[:, 0], float(bias))


def _require_network(network: Any) -> None:
    if kind_of(network) != "MLPClassifier" or not hasattr(network, "coefs_"):
        raise DataError(f"{type(network).__name__} is no fitted network", HINT)
    units = [one.shape[1] for one in network.coefs_]
    if network.activation != "relu" or len(units) != 2 or units[0] > UNITS or units[1] != 1:
        raise DataError("only one layer of at most 16 rectified units for two classes can be proved", HINT)
    if np.asarray(network.classes_).tolist() != [0, 1]:
        raise DataError("the network was trained on other labels than 0 and 1", HINT)


def _affine(scalers: list[Any], space: FeatureSpace) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and offset of what is done to integer rows before the network, by trying it."""
    width = len(space.names)

    def prepared(rows: np.ndarray) -> np.ndarray:
        values = space.decode(rows.astype(np.int32))
        for scaler in scalers:
            values = scaler.transform(values)
        return np.asarray(values, dtype=np.float64)

    offset = prepared(np.zeros((1, width)))[0]
    slopes = prepared(np.eye(width)) - offset
    probe = np.random.default_rng(SEED).integers(-256, 256, (50, width))
    if not np.allclose(prepared(probe), probe @ slopes + offset, rtol=1e-6, atol=1e-6):
        raise DataError("what stands before the network is more than scaling", HINT)
    return slopes, offset


def _rounded(first: np.ndarray, biases: np.ndarray, outer: np.ndarray, bias: float) -> ProvedNetwork:
    """Give each unit a scale of its own, taken out again behind it: max(0, s·a) = s·max(0, a)."""
    largest = np.maximum(np.abs(first).max(axis=0), 1e-12)
    scale = np.minimum(MOST_WEIGHT / largest, MOST_OUTER / np.maximum(np.abs(biases), 1e-12))
    after = outer / scale
    whole = min(MOST_OUTER / max(np.abs(after).max(), 1e-300), MOST_BIAS / max(abs(bias), 1e-300))
    weights, count = np.zeros((UNITS, WIDTH)), first.shape[1]
    weights[:count, : first.shape[0]] = (first * scale).T
    rest = [0] * (UNITS - count)
    return ProvedNetwork(
        tuple(np.rint(weights).astype(np.int64).ravel().tolist()),
        (*np.rint(biases * scale).astype(np.int64).tolist(), *rest),
        (*np.rint(after * whole).astype(np.int64).tolist(), *rest),
        round(bias * whole),
    )
