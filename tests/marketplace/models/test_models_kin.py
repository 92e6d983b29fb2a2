"""Trees that differ in their leaves alone are run once; nearly equal ones are not."""

import models_reference as ref
import numpy as np
import pytest
from test_models_score import WIDTH, random_rows, random_tree

from marketplace.models import Head, Task, TreeModel, raw_outputs
from marketplace.models.linear import _JOB_ROWS
from marketplace.models.trees import LEAF
from marketplace.models.walk import equal_trees

OUTPUTS = 3


def with_other_leaves(rng, tree):
    return [(f, c, int(rng.integers(-99, 99)) if f == LEAF else v) for f, c, v in tree]


def nearly(tree):
    """Change the last inner node's threshold by one."""
    at = max(i for i, (flags, _, _) in enumerate(tree) if flags != LEAF)
    flags, column, value = tree[at]
    return [*tree[:at], (flags, column, value - 1 if value > 0 else value + 1), *tree[at + 1 :]]


def forest(trees):
    nodes = np.array([node for tree in trees for node in tree], dtype=np.int64)
    parts = nodes[:, 0].astype(np.uint8), nodes[:, 1].astype(np.int32), nodes[:, 2].astype(np.int32)
    counts = np.array([len(tree) for tree in trees])
    return TreeModel(Head(Task.CLASSIFY, OUTPUTS, WIDTH), np.zeros(OUTPUTS, np.int64), counts, *parts)


@pytest.mark.parametrize("leaves", [1, 2, 30, 64, 65, 200])
@pytest.mark.parametrize("rounds", [1, 9])
@pytest.mark.usefixtures("way")
def test_raw_outputs__classes_of_a_forest__equal_python_integers(leaves, rounds):
    rng = np.random.default_rng(leaves)
    trees, kin = [], []
    for number in range(rounds):
        first = random_tree(rng, leaves, small=True)
        third = with_other_leaves(rng, first)
        alike = leaves == 1 or number % 2 == 0
        trees += [first, with_other_leaves(rng, first), third if alike else nearly(third)]
        at = 3 * number
        kin += [[at, at + 1, at + 2]] if alike else [[at, at + 1], [at + 2]]
    model = forest(trees)
    assert equal_trees(model) == kin
    rows = random_rows(rng, 150, small=True)
    assert raw_outputs(model, rows).tolist() == [ref.raw(model, row) for row in rows.tolist()]


@pytest.mark.parametrize("count", [_JOB_ROWS - 1, _JOB_ROWS + 1, 3 * _JOB_ROWS + 77])
@pytest.mark.usefixtures("way")
def test_raw_outputs__many_blocks__row_by_row_the_same(count):
    rng = np.random.default_rng(count)
    model = forest([random_tree(rng, 40, small=True) for _ in range(6)])
    few = random_rows(rng, 1000, small=True)
    rows = np.concatenate([few] * (count // 1000 + 1))[:count]
    expected = raw_outputs(model, few)
    found = raw_outputs(model, rows)
    assert all(np.array_equal(found[at : at + 1000], expected[: count - at]) for at in range(0, count, 1000))
