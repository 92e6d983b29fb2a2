"""Circuits against the Python reference: what has a witness, and what must have none. Takes no proof."""

import gzip
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from marketplace.constants import BN254_R
from marketplace.proving import grumpkin
from marketplace.proving.linear import ProvedModel
from marketplace.proving.poseidon2 import sponge
from marketplace.proving.shapes import CIRCUITS, LINEAR, TAG_MODEL, TREE, WIDTH
from marketplace.proving.statement import Statement, model_commitment
from marketplace.proving.tables import TestTable, rows_commitment, table_words
from marketplace.proving.trees import ProvedTree

TOOLS = Path(__file__).parents[3] / "build" / "proving"
RUN_MANY = Path(__file__).with_name("witnesses.mjs")
READER, MODEL_SALT, ROWS_SALT = 17, 11, 13
SMALL = tuple(shape for shape in CIRCUITS if shape.rows == LINEAR.rows)
pytestmark = pytest.mark.proving


def random_model(chance, shape):
    if shape.circuit == "tree":
        features = tuple(chance.randrange(WIDTH) for _ in range(63))
        bounds = tuple(chance.choice((-256, 255, chance.randrange(-256, 256))) for _ in range(63))
        return ProvedTree(features, bounds, tuple(chance.randrange(2) for _ in range(64)))
    size = chance.choice((3, 2**20, 2**39))
    weights = tuple(chance.randrange(-size, size) for _ in range(WIDTH))
    return ProvedModel(weights, chance.randrange(-(2**13) * size, 2**13 * size))


def random_case(chance, shape, count=None):
    """Return a model, a table on which it is wrong at times, and how far it leads there."""
    model = random_model(chance, shape)
    count = chance.randrange(1, shape.rows + 1) if count is None else count
    ends = (-256, 255, 0)
    rows = tuple(
        tuple(chance.choice((*ends, chance.randrange(-256, 256))) for _ in range(WIDTH)) for _ in range(count)
    )
    labels = tuple(int(model.is_second(row)) ^ (chance.random() < 0.2) for row in rows)
    table = TestTable(rows, labels)
    return model, table, model.lead(table)


def inputs_of(shape, model, table, least):
    rows = rows_commitment(ROWS_SALT, table_words(*table.cells(shape)))
    reader = grumpkin.multiply(READER)
    statement = Statement(19, model_commitment(MODEL_SALT, model), rows, least % BN254_R, reader)
    return statement.inputs(shape, model, MODEL_SALT, table, ROWS_SALT)


def verdicts(tmp_path, shape, cases):
    """Return for each set of inputs whether the circuit has a witness for it."""
    names = [one["name"] for one in shape.artifact()["program"]["abi"]["parameters"]]
    (tmp_path / "program").write_bytes(gzip.compress(shape.bytecode(), 1))
    flat = [[hex(number % BN254_R) for name in names for number in flattened(case[name])] for case in cases]
    (tmp_path / "cases.json").write_text(json.dumps(flat))
    script = tmp_path / "witnesses.mjs"
    script.write_text(RUN_MANY.read_text())
    if not (tmp_path / "node_modules").exists():
        (tmp_path / "node_modules").symlink_to(TOOLS / "node_modules")
    command = ["node", script, tmp_path / "program", tmp_path / "cases.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def flattened(value):
    if isinstance(value, list | tuple):
        return [number for item in value for number in flattened(item)]
    return [value]


@pytest.mark.parametrize("shape", SMALL, ids=lambda shape: shape.name)
def test_circuit__random_models__lead_by_what_python_says_and_no_more(shape, tmp_path, chance, deep):
    cases, expected = [], []
    for _ in range(20 if deep else 2):
        model, table, lead = random_case(chance, shape)
        cases += [inputs_of(shape, model, table, lead), inputs_of(shape, model, table, lead + 1)]
        expected += [True, False]
    assert verdicts(tmp_path, shape, cases) == expected


@pytest.mark.parametrize("shape", SMALL, ids=lambda shape: shape.name)
def test_circuit__anything_changed__has_no_witness(shape, tmp_path, chance):
    model, table, lead = random_case(chance, shape, 40)
    good = inputs_of(shape, model, table, lead)
    cells = [list(row) for row in good["cells"]]
    cells[3][2] ^= 1  # another row
    filled = [list(row) for row in good["cells"]]
    filled[511][29] ^= 1  # another padding
    labels = list(good["labels"])
    labels[3] = 512 - labels[3]  # another label
    counted = list(good["labels"])
    counted[500] = 257  # a row that counts, but was not committed
    lies = [
        {"cells": cells},
        {"cells": filled},
        {"labels": labels},
        {"labels": counted},
        {"model": good["model"] ^ 1},
        {"rows": good["rows"] ^ 1},
        {"model_salt": MODEL_SALT + 1},
        {"rows_salt": ROWS_SALT + 1},
        {"least": lead + 1},
        {"least": lead - 2**16},  # what is over would not fit its bits
        {"reader": (good["reader"][0] + 1, good["reader"][1])},
        {"secret": (2**128, 0)},
        {"secret": (0, 0)},
    ]
    cases = [good, {**good, "least": lead - 2}, *({**good, **lie} for lie in lies)]
    assert verdicts(tmp_path, shape, cases) == [True, True, *(False for _ in lies)]


def aliases(good):
    """Yield inputs with the very words of a good table, but cells out of their range."""
    cells = [list(row) for row in good["cells"]]
    cells[0][0] -= 1
    cells[0][1] += 512
    yield {"cells": cells}
    cells = [list(row) for row in good["cells"]]
    cells[0][0] += 1
    cells[0][1] -= 512
    yield {"cells": cells}


@pytest.mark.parametrize("shape", SMALL, ids=lambda shape: shape.name)
def test_circuit__cells_out_of_range_with_the_same_words__have_no_witness(shape, tmp_path, chance):
    model, table, _ = random_case(chance, shape, 5)
    table = replace(table, features=((5,) * WIDTH, *table.features[1:]))
    good = inputs_of(shape, model, table, -5)
    cases = [good, *({**good, **alias} for alias in aliases(good))]
    assert verdicts(tmp_path, shape, cases) == [True, False, False]


def test_tree__numbers_out_of_range_with_the_same_words__have_no_witness(tmp_path, chance):
    model, table, _ = random_case(chance, TREE, 5)
    features, bounds, leaves = (
        (3, 7, *model.features[2:]),
        (0, 0, *model.bounds[2:]),
        (1, 0, *model.leaves[2:]),
    )
    good = inputs_of(TREE, ProvedTree(features, bounds, leaves), table, -5)
    cells = good["bounds"]
    lies = [
        {"features": [2, *features[1:]], "bounds": [cells[0] + 512, *cells[1:]]},
        {"features": [4, *features[1:]], "bounds": [cells[0] - 512, *cells[1:]]},
        {"features": [3, 7 + 32, *features[2:]], "bounds": [cells[0] - 1, *cells[1:]]},
        {"bounds": [cells[0] - 1, cells[1] + 2**14, *cells[2:]]},
        {"leaves": [0, 2, *leaves[2:]]},
        {"leaves": [2, -2, *leaves[2:]]},
    ]
    cases = [good, *({**good, **lie} for lie in lies)]
    assert verdicts(tmp_path, TREE, cases) == [True] + [False] * len(lies)


@pytest.mark.parametrize(("feature", "valid"), [(29, True), (30, False), (31, False), (32, False)])
def test_tree__a_feature_that_no_row_has__has_no_witness(feature, valid, tmp_path, chance):
    model, table, _ = random_case(chance, TREE, 5)
    good = inputs_of(TREE, replace(model, features=(0, *model.features[1:])), table, -5)
    first, *others = replace(model, features=(0, *model.features[1:])).words()
    words = [first + (feature << 9 + 14 * 17), *others]
    lie = {"features": [feature, *model.features[1:]], "model": sponge(TAG_MODEL, [MODEL_SALT, *words])}
    assert verdicts(tmp_path, TREE, [{**good, **lie}]) == [valid]
