"""What the demonstration's panel lies about is found for every metric and both shapes of a model."""

from types import SimpleNamespace

import numpy as np
import pytest

from marketplace.errors import DataError
from marketplace.models.disputes import RowDispute, find_in_tree
from marketplace.models.evidence_tree import tree_of_file
from marketplace.services.lying_panel import _lie
from tests.integration.score_worlds import make_world, random_linear, random_trees


@pytest.mark.parametrize("metric", [1, 2, 3, 4])
@pytest.mark.parametrize("draw", [random_linear, random_trees])
def test_lie__of_any_metric_and_model__is_found(chance, draw, metric):
    rng, found = np.random.default_rng(chance.getrandbits(64)), 0
    for _ in range(20):
        world = make_world(rng, draw(rng), 12, metric)
        terms = SimpleNamespace(metric=metric, classes=world.classes, error_bound=world.bound)
        try:
            lie = _lie(world.told, terms)
        except DataError:  # no row is predicted well
            continue
        tree = tree_of_file(lie, world.attested.k, world.attested.submission_id)
        told = world.attested.__class__(**{**vars(world.attested), "root": tree.root, "sums": tree.top.sums})
        dispute = find_in_tree(told, tree, lie, world.rows, world.model)
        assert isinstance(dispute, RowDispute)
        found += 1
    assert found
