"""Decision trees for two classes, as the circuit ``tree`` knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.errors import DataError
from marketplace.proving.provable import Provable, join, not_a_model, pack, part, unpack
from marketplace.proving.shapes import CELL_BITS, CELL_OFFSET, WIDTH

DEPTH = 6
LEAVES = 2**DEPTH
NODES = LEAVES - 1

FEATURE_BITS = 5
NODE_BITS = FEATURE_BITS + CELL_BITS
NODES_A_WORD = 18


@dataclass(frozen=True)
class ProvedTree(Provable):
    """A tree with every question there can be: below node k lie 2k + 1 (no) and 2k + 2 (yes), then leaves.

    Parameters
    ----------
    features : tuple of int
        63, each 0 .. 29: whose number a node looks at.
    bounds : tuple of int
        63, each -256 .. 255: whether the number is greater is the question.
    leaves : tuple of int
        64 classes, 0 or 1, from no to yes.
    """

    features: tuple[int, ...]
    bounds: tuple[int, ...]
    leaves: tuple[int, ...]

    def words(self) -> list[int]:
        """Pack the tree: 18 nodes to a word, the first highest, feature above bound; then the leaves."""
        sizes = (len(self.features), len(self.bounds), len(self.leaves))
        bounds = [bound + CELL_OFFSET for bound in self.bounds]
        inside = all(0 <= feature < WIDTH for feature in self.features)
        inside = inside and all(0 <= bound < 2**CELL_BITS for bound in bounds)
        if sizes != (NODES, NODES, LEAVES) or not inside or any(leaf not in (0, 1) for leaf in self.leaves):
            raise DataError("the tree does not fit the circuit: a feature, bound or leaf is out of its range")
        nodes = [feature << CELL_BITS | bound for feature, bound in zip(self.features, bounds)]
        *words, last = pack(nodes, NODE_BITS, NODES_A_WORD)
        return [*words, last << LEAVES | join(self.leaves, 1)]

    def is_second(self, row: Sequence[int]) -> bool:
        """Tell whether a row is of the second class; features that it lacks are 0."""
        k = 0
        while k < NODES:
            feature = self.features[k]
            k = 2 * k + 1 + ((row[feature] if feature < len(row) else 0) > self.bounds[k])
        return bool(self.leaves[k - NODES])

    def inputs(self) -> dict[str, Any]:
        """Return the circuit's inputs that are the model."""
        bounds = [bound + CELL_OFFSET for bound in self.bounds]
        return {"features": list(self.features), "bounds": bounds, "leaves": list(self.leaves)}


def read_tree(words: Sequence[int]) -> ProvedTree:
    """Unpack a tree's words.

    Raises
    ------
    DataError
        If they are not those of a tree.
    """
    *first, last = words
    nodes = unpack([*first, last >> LEAVES], NODE_BITS, NODES_A_WORD, NODES)
    features = tuple(node >> CELL_BITS for node in nodes)
    if any(feature >= WIDTH for feature in features):
        raise not_a_model()
    bounds = tuple(node % 2**CELL_BITS - CELL_OFFSET for node in nodes)
    return ProvedTree(features, bounds, tuple(part(last, 1, LEAVES)))
