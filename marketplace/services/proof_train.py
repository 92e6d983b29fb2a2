"""Train a model of the kind that a circuit takes."""

from __future__ import annotations

from marketplace.datasets import RowSchema, Table
from marketplace.proving.shapes import Shape
from marketplace.services.proof_models import AnyModel
from marketplace.services.proof_networks import train_network
from marketplace.services.train import train


def train_for(shape: Shape, table: Table, schema: RowSchema) -> AnyModel:
    """Train on a table for a row schema.

    Raises
    ------
    TrainingError
        If the rows can't be learned from.
    """
    if shape.circuit == "network":
        return train_network(table, schema)
    return train(table, schema, shape.circuit).model
