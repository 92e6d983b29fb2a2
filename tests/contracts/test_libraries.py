"""The libraries' pure arithmetic against the twin, and the layout of structs against the compiler."""

import json
import random
import re
import subprocess
from pathlib import Path

import pytest

from tests.contracts import twin

ROOT = Path(__file__).parents[2]
TYPES = sorted((ROOT / "contracts" / "types").glob("*.sol"))
ACCURACY, BALANCED, ABSOLUTE, SQUARED = 1, 2, 3, 4
LARGEST = 2**32 - 1


@pytest.fixture(scope="module")
def probe(people, Probe):
    """Return the libraries' functions, made callable."""
    return Probe.deploy({"from": people["deployer"]})


def sums_of(rolled, metric, classes, bound, rows):
    """Return sums that belong to so many rows, or nearly."""
    if metric != BALANCED:
        worst = {ACCURACY: rows, ABSOLUTE: rows * bound, SQUARED: rows * bound**2}[metric]
        return [rolled.choice((0, worst, worst + 1, rolled.randint(0, worst)))]
    counts = [rolled.randint(0, rows // classes + 1) for _ in range(classes)]
    return [rolled.randint(0, count) for count in counts] + counts


@pytest.mark.parametrize("metric", [ACCURACY, BALANCED, ABSOLUTE, SQUARED])
def test_metrics_score__random_sums__contract_is_its_twin(probe, metric):
    rolled = random.Random(metric)
    for _ in range(25):
        classes = rolled.randint(2, 16)
        bound = rolled.choice((1, 1_000, LARGEST, rolled.randint(1, LARGEST)))
        rows = rolled.choice((1, 7, 1_000, LARGEST))
        sums = sums_of(rolled, metric, classes, bound, rows)
        ok, value = probe.score(metric, classes, bound, rows, sums)
        assert (value if ok else None) == twin.score(metric, classes, bound, rows, sums)


@pytest.mark.parametrize(
    ("metric", "classes", "bound", "sums", "expected"),
    [
        (ACCURACY, 2, 0, [10], (True, twin.SCORE_ONE)),
        (ACCURACY, 2, 0, [11], (False, 0)),
        (ACCURACY, 2, 0, [], (False, 0)),
        (ACCURACY, 2, 0, [1, 1], (False, 0)),
        (BALANCED, 2, 0, [1, 3, 2, 4], (True, 625_000_000)),
        (BALANCED, 2, 0, [0, 0, 0, 0], (True, 0)),
        (BALANCED, 2, 0, [3, 0, 2, 4], (False, 0)),
        (BALANCED, 2, 0, [1, 1, 6, 5], (False, 0)),
        (BALANCED, 2, 0, [1, 1, 6], (False, 0)),
        (ABSOLUTE, 0, 5, [0], (True, twin.SCORE_ONE)),
        (ABSOLUTE, 0, 5, [50], (True, 0)),
        (ABSOLUTE, 0, 5, [51], (False, 0)),
        (SQUARED, 0, 5, [25], (True, 900_000_000)),
        (SQUARED, 0, LARGEST, [2**128 - 1], (False, 0)),
    ],
)
def test_metrics_score__ten_rows__follows_from_the_sums(probe, metric, classes, bound, sums, expected):
    assert probe.score(metric, classes, bound, 10, sums) == expected


@pytest.mark.parametrize(
    ("metric", "classes", "bound", "valid"),
    [
        (0, 2, 0, False),
        (5, 2, 0, False),
        (ACCURACY, 2, 0, True),
        (ACCURACY, 1, 0, False),
        (BALANCED, 16, 0, True),
        (BALANCED, 17, 0, False),
        (BALANCED, 2, 1, False),
        (ABSOLUTE, 0, 1, True),
        (ABSOLUTE, 2, 1, False),
        (SQUARED, 0, 0, False),
        (SQUARED, 0, LARGEST, True),
        (SQUARED, 0, LARGEST + 1, False),
    ],
)
def test_metrics_is_valid__metric_classes_bound__is_told(probe, metric, classes, bound, valid):
    assert probe.isValid(metric, classes, bound) == valid


def test_bits_count__any_word__is_the_number_of_ones(probe):
    rolled = random.Random(1)
    for word in (0, 1, 2**255, 2**256 - 1, rolled.getrandbits(256)):
        assert probe.ones(word) == word.bit_count()


def written_slots():
    """Return struct -> field -> slot and struct -> file, for the structs whose comments say slots."""
    found, files = {}, {}
    for path in TYPES:
        for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\}", path.read_text("utf-8"), re.S | re.M):
            slot, fields = None, {}
            for line in body.splitlines():
                if comment := re.match(r"\s*// slot (\d+)", line):
                    slot = int(comment[1])
                elif field := re.match(r"\s*\w+ (\w+);", line):
                    fields[field[1]] = slot
            if slot is not None:
                assert name not in found, f"two structs are called {name}"
                found[name], files[name] = fields, path.name
    return found, files


def test_types__slot_comments__are_the_compilers_layout():
    written, files = written_slots()
    assert {"Income", "Lineage", "Bounty", "Entry", "Round", "Sitting", "Seat", "SeatWord"} <= set(written)
    imports = "".join(f'import {{{name}}} from "./contracts/types/{files[name]}";\n' for name in written)
    variables = "".join(f"    {name} private _{name};\n" for name in written)
    layout = f"pragma solidity 0.8.30;\n{imports}contract Layout {{\n{variables}}}\n"
    sources = {f"contracts/types/{path.name}": {"content": path.read_text("utf-8")} for path in TYPES}
    request = {
        "language": "Solidity",
        "sources": {"Layout.sol": {"content": layout}, **sources},
        "settings": {"outputSelection": {"Layout.sol": {"Layout": ["storageLayout"]}}},
    }
    compiler = [str(ROOT / "tools" / "solc-v0.8.30"), "--standard-json"]
    done = subprocess.run(compiler, input=json.dumps(request).encode(), capture_output=True, cwd=ROOT)
    output = json.loads(done.stdout)
    assert not [e["formattedMessage"] for e in output.get("errors", []) if e["severity"] == "error"]
    types = output["contracts"]["Layout.sol"]["Layout"]["storageLayout"]["types"].values()
    compiled = {
        kind["label"].removeprefix("struct "): {m["label"]: int(m["slot"]) for m in kind["members"]}
        for kind in types
        if "members" in kind
    }
    assert {name: compiled[name] for name in written} == written
