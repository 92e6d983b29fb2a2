"""Seconds and gas of a proved score: a linear model, 512 rows of 30 features, a real proof on anvil."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import proving
from bench_common import ROOT, Results, figure, missing, timed

from marketplace.proving import grumpkin
from marketplace.proving.shapes import LINEAR
from marketplace.proving.statement import ProvedModel, Statement, model_commitment
from marketplace.proving.tables import TestTable, rows_commitment, table_words
from marketplace.proving.toolchain import Toolchain

MODEL_SALT, ROWS_SALT = 11, 13


def measure_proving(_folder: Path) -> Results:
    """Prove twice, the better counts; then run the story and read the gas of the transaction that pays."""
    reason = proving.prepare()
    if reason is not None:
        return missing("proved scores", reason)
    tools = Toolchain(proving.FOLDER)
    model = ProvedModel(tuple(range(-15, 15)), 7)
    features = tuple(tuple((i * j) % 511 - 255 for j in range(1, 31)) for i in range(512))
    labels = tuple(int(7 + sum(w * x for w, x in zip(model.weights, row)) > 0) for row in features)
    table, reader = TestTable(features, labels), grumpkin.multiply(17)
    rows = rows_commitment(ROWS_SALT, table_words(*table.cells(LINEAR)))
    statement = Statement(19, model_commitment(MODEL_SALT, model), rows, 500, reader)
    inputs = statement.inputs(LINEAR, model, MODEL_SALT, table, ROWS_SALT)
    seconds = min(timed(lambda: tools.prove(LINEAR, inputs)) for _ in range(2))
    how = "witness and proof, linear model, 512 rows of 30 features, the better of two"
    return {
        "zk.prove_linear_512_s": figure(round(seconds, 2), "s", 5, how, better="lower"),
        "gas.proved_payout": figure(
            _gas(),
            "gas",
            950_000,
            "Proofs.prove on anvil, calldata included",
            better="lower",
        ),
    }


def _gas() -> int:
    command = [sys.executable, "-m", "marketplace", "proved", "demo", "--json"]
    settings = {"TESSERA_PROVING": str(proving.FOLDER)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **settings})
    if done.returncode:
        raise SystemExit(f"error: the story failed: {done.stderr[-300:]}\nhint: make demo-proved")
    return int(json.loads(done.stdout)["gas_proved_payout"])
