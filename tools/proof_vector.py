#!/usr/bin/env python3
"""Write tests/vectors/proof*.json: real proofs for the contract at the address of tests/forge/Proofs.t.sol.

``proof_vector.py NAME ...``  those of these names, or all; after a circuit or the terms changed

Takes the proving tools (make proving).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from setup import ROOT

sys.path.insert(0, str(ROOT))

from eth_abi.abi import encode
from eth_utils import keccak

from marketplace.crypto.points import Point, coordinates
from marketplace.proving import grumpkin
from marketplace.proving.linear import ProvedModel
from marketplace.proving.provable import Provable
from marketplace.proving.shapes import CIRCUITS, LINEAR, LINEAR_LARGE, TREE, Shape
from marketplace.proving.statement import Statement, model_commitment
from marketplace.proving.tables import TestTable, rows_commitment, sheet_inputs, table_words
from marketplace.proving.toolchain import Toolchain
from marketplace.proving.trees import ProvedTree
from marketplace.services.proof_structs import Commitment, ProofTerms

CHAIN_ID, PROOFS = 31337, "0x5000000000000000000000000000000000000005"
REQUESTER, MAKER = "0xA11ce00000000000000000000000000000000001", "0xB0b0000000000000000000000000000000000002"
K, R, B, READER = 101, 202, 303, 404
ROWS_SALT, MODEL_SALT = 505, 606


FEATURES = tuple((i % 7 - 3, i % 5 - 2) for i in range(100))
SOURCES = {"proof": LINEAR, "proof_tree": TREE, "proof_large": LINEAR_LARGE}
"""Circuits by the names of their vectors."""


def example(shape: Shape) -> Provable:
    """Return a small model of a circuit's kind."""
    if shape.circuit == "tree":
        bounds = (1, -1, *(255 - i for i in range(61)))
        return ProvedTree(tuple(i % 2 for i in range(63)), bounds, (0, 1) * 32)
    return ProvedModel((3, -2, *(0,) * 28), 5)


def write(name: str, shape: Shape, tools: Toolchain) -> None:
    """Prove, and write a vector."""
    model = example(shape)
    labels = tuple(int(model.is_second(row)) ^ (i % 10 == 0) for i, row in enumerate(FEATURES))
    table = TestTable(FEATURES, labels)
    rows = rows_commitment(ROWS_SALT, table_words(*table.cells(shape)))
    terms = terms_of(shape, rows)
    bounty_id = terms.bounty_id(CHAIN_ID, PROOFS)
    place = [CHAIN_ID, PROOFS, bounty_id, MAKER]
    pledge = keccak(encode(["uint256", "address", "uint256", "address"], place))
    context = int.from_bytes(pledge, "big") >> 8
    commitment = Commitment(model_commitment(MODEL_SALT, model), Point.from_scalar(B), MAKER)
    statement = Statement(context, commitment.model, rows, terms.least, (terms.reader_x, terms.reader_y))
    proof = tools.prove(shape, statement.inputs(shape, model, MODEL_SALT, table, ROWS_SALT))
    vector = {
        "chain_id": CHAIN_ID,
        "proofs": PROOFS,
        "maker": MAKER,
        "terms": "0x" + terms.to_bytes().hex(),
        "model": f"0x{commitment.model:064x}",
        "context": f"0x{context:064x}",
        "reader": f"0x{READER:064x}",
        "sealed": [f"0x{number:064x}" for number in proof.inputs[len(statement.public_inputs(())) :]],
        "proof": "0x" + proof.data.hex(),
    }
    if shape is LINEAR:
        vector |= {"weights": list(model.weights), "bias": model.bias, **sheet(shape, table, tools)}
    path = ROOT / "tests" / "vectors" / f"{name}.json"
    path.write_text(json.dumps(vector, indent=0) + "\n", "utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


def terms_of(shape: Shape, rows: int) -> ProofTerms:
    """Return the terms of a bounty for a circuit."""
    stages, sides = (600, 600, 600), (Point.from_scalar(K), Point.from_scalar(R))
    money = (10**18, 10**17, 2)
    asked = (CIRCUITS.index(shape), 80, 100)
    files = (bytes(32), bytes(32))
    reader = grumpkin.multiply(READER)
    return ProofTerms(REQUESTER, bytes(32), *money, *asked, *stages, rows, *files, *sides, *reader)


def sheet(shape: Shape, table: TestTable, tools: Toolchain) -> dict[str, Any]:
    """Prove the rows' sheet; return that part of a vector."""
    inputs = sheet_inputs(shape.sheet, K, coordinates(Point.from_scalar(K)), table, ROWS_SALT)
    proof = tools.prove(shape.sheet, inputs)
    return {
        "sheet_inputs": [hex(number) for number in proof.inputs],
        "sheet_proof": "0x" + proof.data.hex(),
        "features": [list(row) for row in table.features],
        "labels": list(table.labels),
        "k": K,
        "rows_salt": ROWS_SALT,
    }


def main() -> int:
    """Write the files that are named, or all."""
    tools = Toolchain(ROOT / "build" / "proving", print)
    tools.install()
    for name in sys.argv[1:] or list(SOURCES):
        write(name, SOURCES[name], tools)
    return 0


if __name__ == "__main__":
    sys.exit(main())
