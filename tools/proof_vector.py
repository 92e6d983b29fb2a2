#!/usr/bin/env python3
"""Write tests/vectors/proof.json: a real proof for the contract at the address of tests/forge/Proofs.t.sol.

To be run again when a circuit changes; takes the proving tools (make proving).
"""

from __future__ import annotations

import json
import sys

from setup import ROOT

sys.path.insert(0, str(ROOT))

from eth_abi.abi import encode
from eth_utils import keccak

from marketplace.crypto.points import Point, coordinates
from marketplace.proving import grumpkin
from marketplace.proving.shapes import LINEAR, SHEET
from marketplace.proving.statement import ProvedModel, Statement, model_commitment
from marketplace.proving.tables import TestTable, rows_commitment, sheet_inputs, table_words
from marketplace.proving.toolchain import Toolchain
from marketplace.services.proof_structs import Commitment, ProofTerms

CHAIN_ID, PROOFS = 31337, "0x5000000000000000000000000000000000000005"
REQUESTER, MAKER = "0xA11ce00000000000000000000000000000000001", "0xB0b0000000000000000000000000000000000002"
K, R, B, READER = 101, 202, 303, 404
ROWS_SALT, MODEL_SALT = 505, 606
PATH = ROOT / "tests" / "vectors" / "proof.json"


def main() -> int:
    """Write the file."""
    model = ProvedModel((3, -2, *(0,) * 28), 5)
    features = tuple((i % 7 - 3, i % 5 - 2) for i in range(100))
    labels = tuple(int(5 + 3 * a - 2 * b > 0) ^ (i % 10 == 0) for i, (a, b) in enumerate(features))
    table, tools = TestTable(features, labels), Toolchain(ROOT / "build" / "proving", print)
    tools.install()
    rows = rows_commitment(ROWS_SALT, table_words(*table.cells(LINEAR)))
    reader = grumpkin.multiply(READER)
    sides = (Point.from_scalar(K), Point.from_scalar(R))
    terms = ProofTerms(
        REQUESTER,
        bytes(32),
        10**18,
        10**17,
        2,
        0,
        80,
        100,
        600,
        600,
        600,
        rows,
        bytes(32),
        bytes(32),
        *sides,
        *reader,
    )
    bounty_id = terms.bounty_id(CHAIN_ID, PROOFS)
    pledge = keccak(
        encode(["uint256", "address", "uint256", "address"], [CHAIN_ID, PROOFS, bounty_id, MAKER])
    )
    context = int.from_bytes(pledge, "big") >> 8
    commitment = Commitment(model_commitment(MODEL_SALT, model), Point.from_scalar(B), MAKER)
    statement = Statement(context, commitment.model, rows, terms.least, reader)
    proof = tools.prove(LINEAR, statement.inputs(LINEAR, model, MODEL_SALT, table, ROWS_SALT))
    sealed = proof.inputs[len(statement.public_inputs(())) :]
    sheet = tools.prove(SHEET, sheet_inputs(SHEET, K, coordinates(sides[0]), table, ROWS_SALT))
    vector = {
        "chain_id": CHAIN_ID,
        "proofs": PROOFS,
        "maker": MAKER,
        "terms": "0x" + terms.to_bytes().hex(),
        "model": f"0x{commitment.model:064x}",
        "context": f"0x{context:064x}",
        "reader": f"0x{READER:064x}",
        "sealed": [f"0x{number:064x}" for number in sealed],
        "proof": "0x" + proof.data.hex(),
        "weights": list(model.weights),
        "bias": model.bias,
        "sheet_inputs": [hex(number) for number in sheet.inputs],
        "sheet_proof": "0x" + sheet.data.hex(),
        "features": [list(row) for row in features],
        "labels": list(labels),
        "k": K,
        "rows_salt": ROWS_SALT,
    }
    PATH.write_text(json.dumps(vector, indent=0) + "\n", "utf-8")
    print(f"wrote {PATH.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
