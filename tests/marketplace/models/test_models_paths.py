"""Compiled code and numpy see the same leaf in every tree, whatever the tests of its nodes are."""

import numpy as np
import pytest
from test_models_score import WIDTH, random_forest, random_rows

from marketplace.constants import INT32_MAX, MISSING
from marketplace.models import Head, Task, TreeModel, paths
from marketplace.models.score import _by_numpy
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT
from marketplace.models.walk import equal_trees

pytestmark = pytest.mark.usefixtures("compiled")

EDGES = [MISSING, MISSING + 1, -1, 0, 1, INT32_MAX - 1, INT32_MAX]


def both(model, rows):
    kin = equal_trees(model)
    return paths.paths_of(model, kin)(rows), _by_numpy(model, kin)(rows)


def chain(*tests):
    """Build a tree that asks one question after the other; leaf i is for who goes right at test i."""
    nodes = [(flags, 0, value) for flags, value in tests]
    leaves = [(LEAF, 0, len(tests)), *((LEAF, 0, i) for i in reversed(range(len(tests))))]
    columns = np.array(nodes + leaves, dtype=np.int64).T
    kinds = np.uint8, np.int32, np.int32
    parts = [column.astype(kind) for column, kind in zip(columns, kinds, strict=True)]
    return TreeModel(
        Head(Task.CLASSIFY, 1, WIDTH), np.zeros(1, np.int64), np.array([2 * len(tests) + 1]), *parts
    )


@pytest.mark.parametrize("flags", [0, MISSING_RIGHT, EQUALS, EQUALS | MISSING_RIGHT])
@pytest.mark.parametrize("threshold", EDGES[1:])
def test_paths_of__each_test_at_the_edges__goes_as_it_says(flags, threshold):
    rows = np.zeros((len(EDGES), WIDTH), np.int32)
    rows[:, 0] = EDGES
    goes_right = [
        (x == threshold if flags & EQUALS else x > threshold)
        or (x == MISSING and bool(flags & MISSING_RIGHT))
        for x in EDGES
    ]
    for values in both(chain((flags, threshold)), rows):
        assert (values[0] == 0).tolist() == goes_right


def test_paths_of__nodes_that_need_a_second_one_in_a_row__arrive():
    model = chain(*[(EQUALS | MISSING_RIGHT, value) for value in (5, 7, 7, 9)], (0, 100))
    rows = np.zeros((6, WIDTH), np.int32)
    rows[:, 0] = [MISSING, 5, 7, 9, 100, 101]
    for values in both(model, rows):
        assert values.tolist() == [[0, 0, 1, 3, 5, 4]]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 255, 256, 257, 1000])
@pytest.mark.parametrize("outputs", [1, 3])
def test_paths_of__any_number_of_rows__the_same_leaves(count, outputs):
    rng = np.random.default_rng(count)
    model = random_forest(rng, outputs, [1, 2, 31, 64, 65, 300, 1] * outputs, small=count % 2 == 0)
    compiled, plain = both(model, random_rows(rng, count, small=True))
    assert np.array_equal(compiled, plain)


def test_paths_of__rows_that_do_not_lie_together__are_read_rightly():
    rng = np.random.default_rng(1)
    model = random_forest(rng, 1, [40, 50])
    wide = random_rows(rng, 400, small=True)
    compiled, plain = both(model, np.asfortranarray(wide)[::2])
    assert np.array_equal(compiled, plain)


@pytest.mark.parametrize("rows", [np.zeros((3, WIDTH + 1), np.int32), np.zeros((3, WIDTH), np.int64)])
def test_paths_of__rows_of_another_shape_or_kind__are_refused(rows):
    follow = paths.paths_of(random_forest(np.random.default_rng(1), 1, [4]), [[0]])
    with pytest.raises(ValueError):
        follow(rows)
