"""Merkle trees against a direct, recursive definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import merkle
from marketplace.errors import DataError


def leaves_of(count):
    return [sha256(b"\0%d" % i).digest() for i in range(count)]


def direct_root(row):
    """Pad to a power of two, then halve."""
    while len(row) & (len(row) - 1):
        row = [*row, bytes(32)]
    if len(row) == 1:
        return row[0]
    half = len(row) // 2
    return sha256(b"\1" + direct_root(row[:half]) + direct_root(row[half:])).digest()


@given(st.integers(1, 70))
def test_root__any_count__equals_the_definition(count):
    row = leaves_of(count)
    assert merkle.root(row) == direct_root(row)
    assert merkle.root(iter(row)) == direct_root(row)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_builder__subtrees_and_leaves__equal_the_definition(levels):
    builder, row = merkle.Builder(), []
    for level in sorted(levels, reverse=True):  # so that each begins where it may
        added = [sha256(b"%d" % (len(row) + i)).digest() for i in range(1 << level)]
        builder.add(merkle.subtree(b"".join(added)), level)
        row += added
    assert builder.count == len(row)
    assert builder.root() == direct_root(row)


def test_builder__subtree_where_none_begins__value_error():
    builder = merkle.Builder()
    builder.add(bytes(32))
    with pytest.raises(ValueError, match="does not begin"):
        builder.add(bytes(32), 1)


@given(st.data(), st.integers(1, 70))
def test_fold__proof_of_any_leaf__leads_to_the_root(data, count):
    row, i = leaves_of(count), data.draw(st.integers(0, count - 1))
    proof = merkle.proof(row, i)
    assert len(proof) == merkle.depth(count)
    assert merkle.fold(row[i], i, count, proof) == merkle.root(row)


def test_fold__other_leaf_index_or_sibling__another_root():
    row = leaves_of(13)
    root, proof = merkle.root(row), merkle.proof(row, 5)
    assert merkle.fold(row[6], 5, 13, proof) != root
    assert merkle.fold(row[5], 4, 13, proof) != root
    assert merkle.fold(row[5], 5, 13, [bytes(32), *proof[1:]]) != root


def test_fold__inner_node_as_leaf__refused_by_the_exact_depth():
    row = leaves_of(8)
    inner = merkle.node(row[0], row[1])
    short = merkle.proof(row, 0)[1:]
    assert merkle.fold(inner, 0, 4, short) == merkle.root(row)  # why the count is bound beside the root
    with pytest.raises(DataError):
        merkle.fold(inner, 0, 8, short)


@pytest.mark.parametrize(("i", "count"), [(8, 8), (-1, 8), (0, 0)])
def test_fold__no_such_leaf__data_error(i, count):
    with pytest.raises(DataError):
        merkle.fold(bytes(32), i, count, [bytes(32)] * 3)


def test_fold__sibling_or_leaf_of_another_length__data_error():
    with pytest.raises(DataError):
        merkle.fold(bytes(32), 0, 2, [bytes(31)])
    with pytest.raises(DataError):
        merkle.fold(bytes(33), 0, 1, [])


def test_builder__root_in_between__does_not_disturb():
    builder = merkle.Builder()
    for count, leaf in enumerate(leaves_of(20), 1):
        builder.add(leaf)
        assert builder.root() == direct_root(leaves_of(count))


def test_builder__many_leaves__keeps_log_n_hashes():
    builder = merkle.Builder()
    builder.extend([bytes(32)] * 5000)
    assert len(builder._stack) <= 13


@pytest.mark.parametrize(
    ("count", "levels"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (262_144, 18), (262_145, 19)]
)
def test_depth__count__ceil_log2(count, levels):
    assert merkle.depth(count) == levels


def test_root__no_leaf__value_error():
    with pytest.raises(ValueError):
        merkle.root([])
    with pytest.raises(IndexError):
        merkle.proof([], 0)
