"""Decision trees as circuits know them: against scikit-learn, against the integer model, and back."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from marketplace.errors import DataError
from marketplace.models import FeatureSpace, TreeModel, convert, decode_model, encode_model, predict
from marketplace.proving.shapes import LINEAR, TREE, WIDTH
from marketplace.proving.tables import TestTable
from marketplace.proving.trees import LEAVES, NODES, ProvedTree, read_tree
from marketplace.services.proof_models import to_integers, to_proved


def rows_and_labels(chance, width, count=300):
    """Return rows whose classes a tree learns with difficulty."""
    random = np.random.default_rng(chance.randrange(2**32))
    rows = random.integers(-256, 256, (count, width), dtype=np.int32)
    labels = (rows[:, 0] * rows[:, -1] + random.integers(-9000, 9000, count) > 0).astype(np.int64)
    labels[:2] = 0, 1
    return rows, labels


def space(width):
    return FeatureSpace(tuple(f"f{i}" for i in range(width)), (1,) * width, (1,) * width)


def random_tree(chance, features=WIDTH):
    numbers = tuple(chance.randrange(features) for _ in range(NODES))
    bounds = tuple(chance.choice((-256, -1, 0, 254, 255, chance.randrange(-256, 256))) for _ in numbers)
    return ProvedTree(numbers, bounds, tuple(chance.randrange(2) for _ in range(LEAVES)))


@pytest.mark.parametrize("depth", [1, 2, 4, 6])
def test_to_proved__scikit_learns_trees__decide_alike_on_every_row(depth, chance):
    for width in (1, 7, WIDTH):
        rows, labels = rows_and_labels(chance, width)
        estimator = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(rows, labels)
        model = convert(estimator, space(width), rows=rows)
        proved = to_proved(model, TREE)
        others, _ = rows_and_labels(chance, width)
        asked = np.concatenate([rows, others])
        expected = estimator.predict(asked)
        assert [int(proved.is_second(row)) for row in asked.tolist()] == expected.tolist()
        assert np.array_equal(predict(model, asked), expected)
        back = to_integers(proved, width)
        assert np.array_equal(predict(back, asked), expected)
        assert to_proved(back, TREE).lead(table_of(asked, expected)) == len(asked)


def table_of(rows, labels):
    return TestTable(tuple(map(tuple, rows.tolist())), tuple(labels.tolist()))


def test_to_integers__of_any_words__is_a_canonical_tree_that_decides_alike(chance):
    for _ in range(30):
        tree, width = random_tree(chance), chance.randrange(1, WIDTH + 1)
        assert read_tree(tree.words()) == tree
        model = to_integers(tree, width)
        assert encode_model(decode_model(encode_model(model))) == encode_model(model)
        rows, _ = rows_and_labels(chance, width, 50)
        rows[0], rows[1] = -256, 255
        expected = [int(tree.is_second(row)) for row in rows.tolist()]
        assert predict(model, rows).tolist() == expected


def test_to_proved__bounds_beyond_the_cells__are_answered_at_once():
    for bound, second in ((255, 0), (1000, 0), (-257, 1), (-256, None)):
        proved = to_proved(trees([[(0, 0, bound), (0x80, 0, -1), (0x80, 0, 1)]]), TREE)
        for x in (-256, 0, 255):
            assert proved.is_second((x,)) == (x > bound if second is None else second)


def trees(nodes_of_each, base=0):
    from marketplace.models import Head, Task

    nodes = [node for nodes in nodes_of_each for node in nodes]
    flags, feature, value = (np.array(column) for column in zip(*nodes))
    counts = np.array([len(nodes) for nodes in nodes_of_each], dtype=np.int64)
    parts = (flags.astype(np.uint8), feature.astype(np.int32), value.astype(np.int32))
    return TreeModel(Head(Task.CLASSIFY, 1, 1, 1), np.array([base], dtype=np.int64), counts, *parts)


def comb(depth):
    """Return a tree that asks one question after the other."""
    nodes = []
    for bound in range(depth):
        nodes += [(0, 0, bound), (0x80, 0, bound % 2)]
    return [*nodes, (0x80, 0, 1)]


def test_to_proved__what_the_circuit_does_not_know__is_refused(chance):
    rows, labels = rows_and_labels(chance, 3)
    regressor = convert(DecisionTreeRegressor(max_depth=2).fit(rows, labels), space(3), rows=rows)
    to_proved(trees([comb(6)]), TREE)
    for model, why in (
        (regressor, "for two classes only"),
        (trees([comb(1), comb(1)]), "2 trees"),
        (trees([comb(7)]), "more than 6 questions"),
        (trees([[(2, 0, 5), (0x80, 0, 0), (0x80, 0, 1)]]), "compares"),
    ):
        with pytest.raises(DataError, match=why):
            to_proved(model, TREE)
    with pytest.raises(DataError, match="a linear model"):
        to_proved(trees([comb(1)]), LINEAR)


def test_to_proved__a_base__moves_every_leaf():
    assert to_proved(trees([[(0x80, 0, -1)]], base=2), TREE).is_second((0,))
    assert not to_proved(trees([[(0x80, 0, -2)]], base=2), TREE).is_second((0,))


@pytest.mark.parametrize(
    "change", [{"features": (30,)}, {"bounds": (256,)}, {"bounds": (-257,)}, {"leaves": (2,)}]
)
def test_words__beyond_their_ranges__are_refused(change, chance):
    tree = random_tree(chance)
    parts = {name: getattr(tree, name) for name in ("features", "bounds", "leaves")}
    for name, first in change.items():
        parts[name] = (*first, *parts[name][1:])
    with pytest.raises(DataError, match="does not fit"):
        ProvedTree(**parts).words()


def test_read_tree__other_words__are_refused(chance):
    words = random_tree(chance, features=1).words()
    for bad in (
        words[:-1],
        [*words, 0],
        [words[0] | 2**252, *words[1:]],
        [*words[:-1], words[-1] | 2**190],
        [words[0] | 31 << 9 + 14 * 17, *words[1:]],
    ):
        with pytest.raises(DataError, match="another key"):
            read_tree(bad)
