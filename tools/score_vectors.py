#!/usr/bin/env python3
"""Write tests/vectors/scores.json: challenges of scores, and how `Referee` must answer.

Random small models, rows and terms, drawn from a fixed seed: what is true of them, every kind of lie that
evidence can tell, true proofs with a thing changed, and nodes that no tree has. What is true must be refused,
a lie disproved, and a spoilt proof refused; the name of its error is what the library says on a local chain.

``score_vectors.py``          write it again, when the format of evidence or of a challenge has changed
``score_vectors.py --all``    keep all that are drawn
``score_vectors.py --check``  fail when the file is not what would be written

It keeps the challenges whose numbers are in the file: those that noticed a mutant first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from setup import ROOT

sys.path.insert(0, str(ROOT))

import numpy as np
from eth_abi.abi import encode
from eth_utils import keccak

from marketplace import merkle
from marketplace.chain import Localnet
from marketplace.models.canonical import encode_prefix
from marketplace.models.disputes import NodeDispute, NodeProof, find_in_tree
from marketplace.models.evidence_tree import leaf_bytes
from marketplace.models.tree_proofs import TreesProof
from marketplace.services.structs import FILE_TERMS, POINT, SUBMISSION, TERMS_REF
from tests.integration.score_chain import ERRORS, SIGNATURES, ScoreChain
from tests.integration.score_lies import lies, lies_of_lanes
from tests.integration.score_worlds import (
    ZERO,
    change_record,
    change_tree,
    make_world,
    random_linear,
    random_trees,
)
from tests.integration.test_scores import fold, spoilt, truths

PATH = ROOT / "tests" / "vectors" / "scores.json"
CHAIN_ID, BOUNTIES = 31337, "0xB000000000000000000000000000000000000000"
SEED = 20
WORLDS = {"linear": 10, "trees": 12, "forest": 2}
NAMES = {one.partition("(")[0]: one for one in ERRORS}
NODES = {
    "flags": b"\0\0" + b"\x04" + b"\0\0\0\1",
    "feature": b"\4\0" + b"\0" + b"\0\0\0\1",
    "threshold": b"\0\0" + b"\0" + b"\x80\0\0\0",
    "too deep": b"\0\0" + b"\0" + b"\x7f\xff\xff\xff",
    "deep": b"\0\0" + b"\0" + b"\x7f\xff\xff\xff",
}
"""Nodes of a path without their siblings; all but the last make a model none."""

MODELS = {
    "linear": random_linear,
    "trees": lambda rng: random_trees(rng, 1, 20),
    "forest": lambda rng: random_trees(rng, 200, 600),
}
FUNCTIONS = {"linear": "challengeLinear", "trees": "challengeTrees", "node": "challengeNode"}


def challenges(
    rng: np.random.Generator, kind: str, number: int, used: Counter[str]
) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Yield challenges of a world, each with whether it disproves; of lies those that were ``used`` least."""
    world = make_world(rng, MODELS[kind](rng), 1 + number % 5, 1 + number % 4)
    true = list(truths(world, rng))
    for place in rng.permutation(len(true))[:2]:
        yield world.about(true[place][1]), False
    yield spoilt(world.about(true[int(rng.integers(len(true)))][1]), rng), False
    if kind == "trees":
        yield from nodes_of_paths(world, rng, number)
    told = sorted(lies(world, rng), key=lambda one: used[one[0]])
    for name, lie in told[:4]:
        used[name] += 1
        found = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model, opened=lie.opened)
        yield lie.about(found), True


def nodes_of_paths(
    world: Any, rng: np.random.Generator, number: int
) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Yield a model one of whose trees has a node that is none, or is too deep, or just not."""
    what, node = list(NODES.items())[number % len(NODES)]
    levels = {"too deep": 65, "deep": 64}.get(what, 1)
    path = world.opened[0].lanes[0][:4]
    path = ((int.from_bytes(path, "big") - 2**31) % 2**32).to_bytes(
        4, "big"
    )  # the leaf says what its lane says
    path += b"".join(node + rng.bytes(32) for _ in range(levels))
    prefix, count = encode_prefix(world.model), len(world.model.counts)
    siblings = tuple(rng.bytes(32) for _ in range(merkle.depth(count)))
    root = merkle.fold(fold(path, world.rows.rows[0]), 0, count, siblings)
    lie = replace(world, submitted=sha256(b"\x02" + prefix + root).digest())
    proof = TreesProof(prefix, ZERO, 0, path, siblings, b"", 0, world.opened[0].lanes[0])
    yield lie.about(replace(world.row(0), model=proof)), what != "deep"


def chosen(rng: np.random.Generator) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Yield challenges that nothing random comes to: nodes that are forged, rows of odd sizes, chunks."""
    world = make_world(rng, random_linear(rng), 3, 1)
    while len(world.rows.rows[0]) < 8 + 4 * world.model.head.features:
        world = make_world(rng, random_linear(rng), 3, 1)
    yield from forged_nodes(world)
    yield from odd_rows(world)
    for outputs in (1, 3):
        forest = make_world(rng, random_trees(rng, 600, 700), 1, 1)
        while forest.model.head.outputs != outputs:
            forest = make_world(rng, random_trees(rng, 600, 700), 1, 1)
        yield from chunks_of(forest, rng)


def forged_nodes(world: Any) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Yield nodes whose preimage is none, though everything above follows from its hash."""
    leaf = leaf_bytes(world.told.records[1], 1, world.attested.k, world.attested.submission_id)
    inner, last = world.tree.preimage(1, 0), world.tree.preimage(1, 1)
    forged = [(0, 1, bytes([1]) + leaf[1:]), (0, 1, leaf[:41]), (0, 1, leaf[:40]), (0, 1, leaf[:20])]
    forged += [(0, 1, leaf[:8] + bytes([number]) + leaf[9:]) for number in (0, 2)]
    forged += [
        (1, 0, inner + b"\0"),
        (1, 0, inner[:-1]),
        (1, 0, b"\0" + inner[1:]),
        (1, 0, b"\2" + inner[1:]),
    ]
    for left, right in ((0, 2), (2, 0)):  # counts that come to the same
        forged.append((1, 0, with_counts(inner, left, right)))
    forged += [
        (1, 1, with_counts(last, 0, 1)),
        (1, 0, with_counts(inner, 2, 1)),
        (1, 0, with_counts(inner, 0, 1)),
    ]
    for level, index, preimage in forged:
        levels = [list(nodes) for nodes in world.tree.levels[: level + 1]]
        levels[level][index] = replace(levels[level][index], digest=sha256(preimage).digest())
        lie = change_tree(world, levels)
        proof = NodeProof(level, index, preimage, lie.tree.path(level, index))
        yield lie.about(NodeDispute(proof, "")), True
    right = leaf[:42]  # the shortest that can be a leaf
    levels = [list(world.tree.levels[0])]
    levels[0][1] = replace(levels[0][1], digest=sha256(right).digest())
    lie = change_tree(world, levels)
    yield lie.about(NodeDispute(NodeProof(0, 1, right, lie.tree.path(0, 1)), "")), False
    for change in (1, -1):
        levels = [list(nodes) for nodes in world.tree.levels[:2]]
        levels[1][0] = replace(levels[1][0], count=2 + change)
        lie = change_tree(world, levels)
        yield lie.about(NodeDispute(NodeProof(1, 0, inner, lie.tree.path(1, 0)), "")), True
    padding = NodeProof(0, 3, b"", world.tree.path(0, 2))
    yield world.about(NodeDispute(padding, "")), False


def with_counts(preimage: bytes, left: int, right: int) -> bytes:
    """Return an inner node's bytes with other counts of its two children."""
    at, size = 33, (len(preimage) - 1) // 2
    low = preimage[:at] + left.to_bytes(8, "big") + preimage[at + 8 : at + size]
    return low + right.to_bytes(8, "big") + preimage[at + size + 8 :]


def odd_rows(world: Any) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Yield rows of sizes that a row can't have, or just can, and one under another salt."""
    first = world.rows.rows[0]
    for row in (
        first[:8],
        first + b"\0\0",
        first + bytes(4104 - len(first)),
        first + bytes(4108 - len(first)),
    ):
        rows = SimpleNamespace(rows=[row, *world.rows.rows[1:]], salts=world.rows.salts)
        yield (other := replace(world, rows=rows)).about(other.row(0)), False
    shown = world.row(0)
    yield world.about(replace(shown, proof=replace(shown.proof, row_salt=bytes(32)))), False
    at = 16 * world.model.head.outputs
    for i in (0, 1):
        record = world.told.records[i][:at] + b"\xff" * 16
        world = change_record(world, i, record, (1, (2**128 - 1,)))
    yield world.about(world.row(0)), False  # sums beyond 128 bits


def chunks_of(world: Any, rng: np.random.Generator) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Yield trees at the borders of chunks, shown rightly, wrongly, in another chunk; and lies about them."""
    count = len(world.model.counts)
    for tree in (0, 255, 256, 511, 512, count - 1):
        yield world.about(world.row(0, tree)), False
    shown = world.row(0, 256)
    model, lanes = shown.model, world.opened[0].lanes
    others = [
        {"chunk": 0},
        {"chunk": 1},
        {"chunk": 4},
        {"chunk": 1, "lanes": lanes[0]},
        {"chunk": 3, "lanes": lanes[2]},
    ]
    others += [{"lanes": lanes[1][:-1] + b"x"}, {"chunks": model.chunks + b"x"}]
    for other in others:
        yield world.about(replace(shown, model=replace(model, **other))), False
    for _ in range(4):
        for _, lie in lies_of_lanes(world, rng, 0):
            found = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model, opened=lie.opened)
            yield lie.about(found), True


def row_of(arguments: tuple[Any, ...], name: str) -> dict[str, str]:
    """Return a challenge as the file holds it, with what `Bounties` and `Panels` would say of its case."""
    kind, case, *_ = arguments
    _, core, key, files, datasets, submission, finding = case
    rows = keccak(encode([POINT, "bytes32"], [key, keccak(encode([FILE_TERMS], [files]))]))
    terms = (core, keccak(encode(["bytes32", "bytes32"], [rows, datasets])))
    bounty = keccak(encode(["uint256", "address", TERMS_REF], [CHAIN_ID, BOUNTIES, terms]))
    verdict = keccak(encode(["uint8", "uint64", "uint128[]", "bytes32"], finding))
    data = keccak(text=f"{FUNCTIONS[kind]}({','.join(SIGNATURES[kind])})")[:4] + encode(
        SIGNATURES[kind], arguments[1:]
    )
    candidate = keccak(encode([SUBMISSION], [submission]))[:22]
    return {
        "bounty": "0x" + bounty.hex(),
        "candidate": "0x" + candidate.hex(),
        "data": "0x" + data.hex(),
        "error": name,
        "verdict": "0x" + verdict.hex(),
    }


def draw() -> list[dict[str, str]]:
    """Return all challenges with their answers."""
    rng = np.random.default_rng(SEED)
    used: Counter[str] = Counter()
    found = [
        one for kind, count in WORLDS.items() for i in range(count) for one in challenges(rng, kind, i, used)
    ]
    found += chosen(np.random.default_rng(SEED))
    with tempfile.TemporaryDirectory() as folder, Localnet(Path(folder) / "net") as state:
        court = ScoreChain(state.url)
        names = court.decide([court.data(*arguments) for arguments, _ in found])
    for (_, disproves), name in zip(found, names, strict=True):
        if (name is None) != disproves or (name or "").startswith("unnamed"):
            raise SystemExit(f"error: the library answers {name} where it must not")
    return [row_of(arguments, NAMES.get(name, "")) for (arguments, _), name in zip(found, names, strict=True)]


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description="Write challenges of scores, with their answers.")
    parser.add_argument("--all", action="store_true", help="keep all that are drawn")
    parser.add_argument("--check", action="store_true", help="fail when the file is out of date")
    options = parser.parse_args()
    rows, old = draw(), PATH.read_text("utf-8")
    numbers = range(len(rows)) if options.all else json.loads(old)["number"]
    columns = {name: [rows[number][name] for number in numbers] for name in rows[0]}
    text = json.dumps({"number": list(numbers), **columns}, indent=0) + "\n"
    if options.check:
        if text != old:
            where = PATH.relative_to(ROOT)
            print(f"error: {where} is not what is drawn; run: tools/score_vectors.py", file=sys.stderr)
        return 0 if text == old else 1
    PATH.write_text(text, "utf-8")
    print(f"{len(numbers)} of {len(rows)} challenges, {len(text) >> 10} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
