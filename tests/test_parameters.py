"""The parameters of docs/architecture.md are those of the contracts and of the client."""

import ast
import operator
import re
from dataclasses import fields
from pathlib import Path

from marketplace.chain.deploy import DEFAULT_PARAMETERS
from marketplace.config import Settings
from marketplace.services.request import DEFAULT_SCHEDULE, BountyDraft
from marketplace.services.structs import SCHEDULE_STAGES

REPOSITORY = Path(__file__).parents[1]
DAY = 86_400
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": DAY}
CONSTANT = re.compile(r"^ *uint\d* (?:public|internal|private) constant (\w+)\s*=\s*([^;]+);", re.M)

# Not parameters: positions, bits, curve constants, ids of metrics, masks of storage.
ELSEWHERE = {"BountyFlags", "ChaCha20", "EntryFlags", "KeyEquation", "Pieces", "Stages"}
# Sizes and bounds of the formats in docs/models.md, which has its own tables.
ELSEWHERE |= {"Heads", "LinearScore", "ModelShape", "RowsFile", "Scores", "SumTree", "TreeScore"}
# Those of docs/envelope.md.
ELSEWHERE |= {"WholeFile"}
NOT_PARAMETERS = {
    "Exchange.TIME_MASK",
    "ProofRules.FIELD",
    "Metrics.ACCURACY",
    "Metrics.BALANCED_ACCURACY",
    "Metrics.ABSOLUTE_ERROR",
    "Metrics.SQUARED_ERROR",
}
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LShift: operator.lshift,
    ast.Pow: operator.pow,
}


def value_of(expression):
    """Return the number that a constant expression of Solidity stands for, times in seconds."""
    text = re.sub(r"type\(uint(\d+)\)\.max", lambda m: str(2 ** int(m[1]) - 1), expression.strip())
    for unit, seconds in SECONDS.items():
        text = re.sub(rf"([\d_]+) {unit}s\b", rf"\1 * {seconds}", text)
    return arithmetic(ast.parse(re.sub(r"\b(\d+)e(\d+)\b", r"\1 * 10**\2", text), mode="eval").body)


def arithmetic(node):
    """Evaluate integers under the few operators that constants use."""
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](arithmetic(node.left), arithmetic(node.right))
    assert isinstance(node, ast.Constant), ast.dump(node)
    return node.value


def contract_constants():
    """Return value by ``Contract.NAME`` for every numeric constant of the contracts."""
    found = {}
    folder = REPOSITORY / "contracts"
    for path in sorted({*folder.rglob("*.sol")} - {*(folder / "test").rglob("*.sol")}):
        parts = re.split(r"^(?:abstract )?(?:contract|library) (\w+)", path.read_text("utf-8"), flags=re.M)
        for owner, body in zip(parts[1::2], parts[2::2], strict=True):
            if owner in ELSEWHERE:
                continue
            for name, expression in CONSTANT.findall(body):
                if f"{owner}.{name}" not in NOT_PARAMETERS:
                    found[f"{owner}.{name}"] = value_of(expression)
    return found


def table(title):
    """Return the rows of the tables under a heading: name without quotes -> the other cells."""
    text = (REPOSITORY / "docs" / "architecture.md").read_text("utf-8")
    body = re.split(r"\n###? ", text.split(f" {title}\n", 1)[1], maxsplit=1)[0]
    lines = [line.strip().strip("|").split("|") for line in body.splitlines() if line.startswith("| ")]
    return {row[0].strip().strip("`"): [cell.strip() for cell in row[1:]] for row in lines}


def shown_number(text):
    """Return the number a cell shows: ``4,096``, ``10 minutes`` in seconds, ``2 x 10^18``."""
    number, _, unit = text.partition(" ")
    value = float(number.replace(",", ""))
    if unit.startswith("× 10^"):
        return int(value) * 10 ** int(unit.removeprefix("× 10^"))
    return int(value * SECONDS.get(unit.removesuffix("s"), 1))


def longest_days(seconds, places):
    """Return days of the longest candidate, round about rows, and bounty, by the documented formula."""
    of = dict(seconds)
    a_draw = of["drawing"] + of["committing"]
    replaced = 2 * a_draw
    a_round = a_draw + of["revealing"]
    once = of["locking"] + of["delivering"] + of["cure"]
    answers = contract_constants()["Demands.MAX_ANSWERS"]
    held = of["window"] + answers * (of["committing"] + of["revealing"])
    candidate = 5 * a_round + replaced + once + 3 * places * held
    rows = 4 * a_round + replaced + 3 * of["window"]
    start = of["submitting"] + of["rows"] + of["claiming"]
    most = contract_constants()["Bounties.MAX_CANDIDATES"]
    return [part / DAY for part in (candidate, rows, start + most * candidate + rows)]


def test_constants__of_the_contracts__are_those_of_the_table():
    shown = {
        name: shown_number(cells[0])
        for name, cells in table("Constants of the contracts").items()
        if "." in name
    }
    assert shown == contract_constants()


def test_values_given_at_construction__of_the_client__are_those_of_the_table():
    shown = table("Values given at construction")
    amounts = {name: shown_number(shown[name][0]) for name in ("seatBond", "submissionFee")}
    assert amounts == DEFAULT_PARAMETERS


def test_schedule__of_the_client__is_that_of_the_table():
    rows = table("Terms of a bounty")
    assert {stage: shown_number(rows[stage][0]) for stage in SCHEDULE_STAGES} == dict(DEFAULT_SCHEDULE)


def test_panel__of_the_client__is_that_of_the_table():
    rows = table("Terms of a bounty")
    defaults = {item.name: item.default for item in fields(BountyDraft)}
    assert rows["9"][1].endswith(f"default {defaults['panel_size']}")
    assert rows["10"][1].endswith(f"default {defaults['quorum']}")


def test_settings__with_bounds__are_those_of_the_table():
    rows = table("Settings of the client")
    shown = {}
    for name, (default, bounds, *_) in rows.items():
        if name not in ("name", "---"):
            shown[name] = (shown_number(default), *map(shown_number, bounds.split(" to ")))
    numbers = [item for item in fields(Settings) if "low" in item.metadata]
    assert shown == {
        item.name: (item.default, item.metadata["low"], item.metadata["high"]) for item in numbers
    }


def test_client_constants__in_their_modules__are_those_of_the_table():
    for name, cells in table("Constants of the client").items():
        if "." in name:
            module, constant = name.split(".")
            (path,) = (REPOSITORY / "marketplace").rglob(f"{module}.py")
            (value,) = re.findall(rf"^{constant} = (.+)$", path.read_text("utf-8"), re.M)
            assert shown_number(cells[0]) == value_of(value), name


def test_longest_bounty__by_the_formula__is_that_of_the_table():
    known = contract_constants()
    most = dict.fromkeys(SCHEDULE_STAGES, known["BountyRules.MAX_STAGE"])
    most["drawing"] = known["BountyRules.MAX_DRAWING"]
    rows = table("The longest bounty")
    both = (
        ("all at their upper bounds, m = 7", most, known["Places.MAX"]),
        (f"client's defaults, m = {BountyDraft.panel_size}", DEFAULT_SCHEDULE, BountyDraft.panel_size),
    )
    for name, schedule, places in both:
        shown = [float(cell.removesuffix(" days").replace(",", "")) for cell in rows[name]]
        assert shown == longest_days(schedule, places)


def test_stage_lengths__in_a_schedule__stand_in_the_order_of_the_contract():
    text = (REPOSITORY / "contracts" / "types" / "Schedule.sol").read_text("utf-8")
    positions = {name.lower(): int(at) for name, at in re.findall(r"constant (\w+) = (\d+);", text)}
    assert positions.pop("count") == len(SCHEDULE_STAGES)
    assert positions == {stage: i for i, stage in enumerate(SCHEDULE_STAGES)}
