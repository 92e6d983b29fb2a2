"""Seconds and gas of proved scores: real proofs on 512 rows of 30 features, and two paid on anvil."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import proving
from bench_common import ROOT, Results, figure, missing, timed

from marketplace.proving import grumpkin
from marketplace.proving.linear import ProvedModel
from marketplace.proving.provable import Provable
from marketplace.proving.shapes import LINEAR, TREE, WIDTH, Shape
from marketplace.proving.statement import Statement, model_commitment
from marketplace.proving.tables import TestTable, rows_commitment, table_words
from marketplace.proving.toolchain import Toolchain
from marketplace.proving.trees import LEAVES, NODES, ProvedTree

MODEL_SALT, ROWS_SALT = 11, 13
NOT_WRONG = 500


def measure_proving(_folder: Path) -> Results:
    """Prove, then run the stories and read the gas of the transactions that pay."""
    reason = proving.prepare()
    if reason is not None:
        return missing("proved scores", reason)
    linear = ProvedModel(tuple(range(-15, 15)), 7)
    bounds = tuple(i * 37 % 511 - 255 for i in range(NODES))
    tree = ProvedTree(tuple(i % WIDTH for i in range(NODES)), bounds, (0, 1) * (LEAVES // 2))
    gas = "gas of Proofs.prove on anvil, calldata included"
    return {
        "zk.prove_linear_512_s": _seconds(LINEAR, linear, 5),
        "zk.prove_tree_512_s": _seconds(TREE, tree, 10),
        "gas.proved_payout": figure(_gas("linear"), "gas", 950_000, f"{gas}: a linear model", better="lower"),
        "gas.proved_payout_tree": figure(
            _gas("tree"), "gas", None, f"{gas}: a decision tree", better="lower"
        ),
    }


def _seconds(shape: Shape, model: Provable, goal: float) -> dict[str, object]:
    """Prove twice; the better counts."""
    features = tuple(tuple((i * j) % 511 - 255 for j in range(1, WIDTH + 1)) for i in range(shape.rows))
    table = TestTable(features, tuple(int(model.is_second(row)) for row in features))
    rows = rows_commitment(ROWS_SALT, table_words(*table.cells(shape)))
    statement = Statement(19, model_commitment(MODEL_SALT, model), rows, NOT_WRONG, grumpkin.multiply(17))
    inputs = statement.inputs(shape, model, MODEL_SALT, table, ROWS_SALT)
    tools = Toolchain(proving.FOLDER)
    seconds = min(timed(lambda: tools.prove(shape, inputs)) for _ in range(2))
    how = f"witness and proof, {shape.words_for}, {shape.rows} rows of {WIDTH} features, the better of two"
    return figure(round(seconds, 2), "s", goal, how, better="lower")


def _gas(kind: str) -> int:
    command = [sys.executable, "-m", "marketplace", "proved", "demo", "--kind", kind, "--json"]
    settings = {"TESSERA_PROVING": str(proving.FOLDER)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **settings})
    if done.returncode:
        raise SystemExit(f"error: the story failed: {done.stderr[-300:]}\nhint: make demo-proved")
    return int(json.loads(done.stdout)["gas_proved_payout"])
