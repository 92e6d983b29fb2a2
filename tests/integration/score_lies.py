"""Every kind of lie that evidence can tell, one value at a time."""

from dataclasses import replace
from hashlib import sha256

import numpy as np

from marketplace.models import TreeModel, sum_count
from marketplace.models.disputes import Lanes
from marketplace.models.evidence_tree import EvidenceNode
from marketplace.models.metrics import contributions
from marketplace.models.score import decide
from marketplace.models.tree_proofs import open_lanes, row_contributions
from tests.integration.score_worlds import change_record, change_tree


def number(record, at, change, signed):
    """Return the record with 16 bytes at ``at`` changed by ``change``."""
    value = int.from_bytes(record[at : at + 16], "big", signed=signed) + change
    return record[:at] + value.to_bytes(16, "big", signed=signed) + record[at + 16 :]


def lies(world, rng):
    """Yield names and worlds in which one thing is not true."""
    i = int(rng.integers(len(world.rows.rows)))
    yield from lies_of_record(world, rng, i)
    if isinstance(world.model, TreeModel):
        yield from lies_of_lanes(world, rng, i)
    yield from lies_of_nodes(world, rng)


def lies_of_record(world, rng, i):
    """Yield records that say something else than the model."""
    record, outputs = world.told.records[i], world.model.head.outputs
    step = int(rng.choice([1, -1, 2**40, -(2**62)]))
    at = 16 * int(rng.integers(outputs))
    yield "raw output", change_record(world, i, number(record, at, step, True))
    yield "raw output beyond 64 bits", change_record(world, i, number(record, at, 2**100, True))
    at = 16 * (outputs + int(rng.integers(sum_count(world.metric, world.classes))))
    value = int.from_bytes(record[at : at + 16], "big")
    yield "contribution", change_record(world, i, number(record, at, -1 if value else 1, False))
    raw = int.from_bytes(record[:16], "big", signed=True)
    lie = followed(world, i, [raw + step, *raws(record, outputs)[1:]])
    if lie is not None:
        yield "raw output, contributions following", change_record(world, i, lie)
    count, sums = 1, list(world.told.contributions(i))
    sums[0] += 1
    yield "leaf with other sums", change_record(world, i, record, (count, sums))
    if len(world.rows.rows) == 1:
        yield "leaf counting twice", change_record(world, i, record, (2, world.told.contributions(i)))
    yield "record cut off", change_record(world, i, record[:-1], (1, world.told.contributions(i)))
    yield "record too long", change_record(world, i, record + b"\0", (1, world.told.contributions(i)))


def raws(record, outputs):
    """Return the raw outputs of a record."""
    return [int.from_bytes(record[16 * o : 16 * o + 16], "big", signed=True) for o in range(outputs)]


def followed(world, i, raw, tail=None):
    """Return a record whose contributions follow from raw outputs; None if those are no 64-bit integers."""
    if any(abs(z) >= 2**63 for z in raw):
        return None
    record = world.told.records[i]
    label = int.from_bytes(world.rows.rows[i][:8], "big", signed=True)
    predicted = decide(world.model, np.array([raw], dtype=np.int64))
    judged = contributions(world.metric, predicted, np.array([label]), world.classes, world.bound)
    body = b"".join(z.to_bytes(16, "big", signed=True) for z in raw)
    body += b"".join(one.to_bytes(16, "big") for one in judged[0].tolist())
    return body + (record[len(body) :] if tail is None else tail)


def lies_of_lanes(world, rng, i):
    """Yield contributions of trees that are not those of the row; hashes, raw outputs and sums follow."""
    values = row_contributions(world.model, world.rows.rows[i])
    tree = int(rng.integers(len(values)))
    change = int(rng.choice([1, -1, 7]))
    if not -(2**31) <= int(values[tree, 0]) + change < 2**31:
        change = -change
    other = values.copy()
    other[tree, 0] += change
    told = open_lanes(world.model, other)
    raw = raws(world.told.records[i], world.model.head.outputs)
    raw[tree % len(raw)] += change
    yield "tree", opened(world, i, told, followed(world, i, raw, hash_of(told)))
    raw[tree % len(raw)] -= change
    yield "tree, but not the raw output", opened(world, i, told, followed(world, i, raw, hash_of(told)))
    right = open_lanes(world.model, values)
    chunk = int(rng.choice(list(right.lanes)))
    lanes = right.lanes[chunk]
    for name, lie in (
        ("lanes cut off", lanes[:-4]),
        ("lanes too long", lanes + bytes.fromhex("80000000") * 8),
        ("filling that is not zero", lanes[:-4] + b"\x80\0\0\1" if len(values) % 8 else None),
    ):
        if lie is not None and (name[0] != "f" or chunk == max(right.lanes)):
            spoilt = relisted(right, chunk, lie, world.model.head.outputs)
            yield name, opened(world, i, spoilt, followed(world, i, raw, hash_of(spoilt)))
    if right.chunks:
        yield from lies_of_chunks(world, right, i, raw)


def lies_of_chunks(world, right, i, raw):
    """Yield lists of chunks that are not those of the row."""
    at = 32 + 7
    partial = right.chunks[:at] + bytes([right.chunks[at] ^ 1]) + right.chunks[at + 1 :]
    size = 32 + 8 * len(raw)
    low, high = partial[32:40], partial[size + 32 : size + 40]
    shift = int.from_bytes(low, "big", signed=True) - int.from_bytes(right.chunks[32:40], "big", signed=True)
    moved = (int.from_bytes(high, "big", signed=True) - shift).to_bytes(8, "big", signed=True)
    even = partial[: size + 32] + moved + partial[size + 40 :]
    for name, listed in (
        ("partial sum", partial),
        ("partial sums that come to the same", even),
        ("list cut off", right.chunks[:-1]),
        ("list too long", right.chunks + bytes(size)),
    ):
        lie = Lanes(listed, right.lanes)
        yield name, opened(world, i, lie, followed(world, i, raw, hash_of(lie)))


def relisted(right, chunk, lanes, outputs):
    """Return lanes of which one chunk is another, its hash in the list following."""
    listed = right.chunks
    if listed:
        at = chunk * (32 + 8 * outputs)
        listed = listed[:at] + sha256(lanes).digest() + listed[at + 32 :]
    return Lanes(listed, {**right.lanes, chunk: lanes})


def hash_of(told):
    """Return what a record says of opened lanes."""
    return sha256(told.chunks or told.lanes[0]).digest()


def opened(world, i, lanes, record):
    """Return the world in which the record of row ``i`` is another, and what it hashes is published."""
    return replace(change_record(world, i, record), opened={**world.opened, i: lanes})


def lies_of_nodes(world, rng):
    """Yield trees of which one node says what it must not."""
    levels, count = world.tree.levels, len(world.rows.rows)
    sums = list(world.attested.sums)
    sums[int(rng.integers(len(sums)))] += 1
    yield "sums that were attested", replace(world, attested=replace(world.attested, sums=tuple(sums)))
    if count == 1:
        return
    level = int(rng.integers(1, len(levels)))
    index = int(rng.integers(len(levels[level])))
    for name, changed in changed_nodes(levels[level][index], rng):
        nodes = list(levels[level])
        nodes[index] = changed
        yield name, change_tree(world, [*levels[:level], nodes])
    if len(levels[0]) % 2:
        beyond = EvidenceNode(rng.bytes(32), 0, (0,) * len(sums))
        yield "a leaf beyond the rows", change_tree(world, [[*levels[0], beyond]])
        beyond = EvidenceNode(bytes(32), 0, (1, *[0] * (len(sums) - 1)))
        yield "sums beyond the rows", change_tree(world, [[*levels[0], beyond]])
        beyond = EvidenceNode(bytes(32), 1, (0,) * len(sums))
        yield "a count beyond the rows", change_tree(world, [[*levels[0], beyond]])


def changed_nodes(node, rng):
    """Yield a node with one number changed."""
    place = int(rng.integers(len(node.sums)))
    sums = list(node.sums)
    sums[place] += 1
    yield "sum of a node", replace(node, sums=tuple(sums))
    yield "count of a node", replace(node, count=node.count + 1)
    sums[place] = 2**128 - 1
    yield "sum that overflows above", replace(node, sums=tuple(sums))


def every_node(world):
    """Yield level and index of every inner node, those of padding included."""
    depth = world.tree.depth
    for level in range(1, depth + 1):
        for index in range(1 << (depth - level)):
            yield level, index
