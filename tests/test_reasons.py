"""What can go wrong in Solidity without a sign has its reason beside it: casts, unchecked code, assembly."""

import re
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parent.parent / "contracts"
FILES = sorted(path for path in CONTRACTS.rglob("*.sol") if "test" not in path.parts)
RISKY = re.compile(r"\bunchecked \{|\bassembly\b|\b(?:uint|int|bytes)(\d+)\(")
ABOVE = 5
"""Lines that a reason may stand above what it is for, within a function."""


def risky(line):
    """Tell whether the code in ``line`` may cut, wrap or escape the compiler's checks."""
    code = line.split("//")[0]
    return any(
        found[1] is None or int(found[1]) < (32 if found[0].startswith("bytes") else 256)
        for found in RISKY.finditer(code)
    )


def reasoned(lines, number):
    """Tell whether a comment stands in the line, or above it before the function or a blank line begins."""
    if "//" in lines[number]:
        return True
    for line in reversed(lines[max(0, number - ABOVE) : number]):
        if "//" in line:
            return True
        if not line.strip() or re.match(r"\s*(function|contract|library) ", line):
            return False
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_contract__risky_line__has_its_reason(path):
    lines = path.read_text().splitlines()
    bare = [
        f"{n + 1}: {lines[n].strip()}"
        for n in range(len(lines))
        if risky(lines[n]) and not reasoned(lines, n)
    ]
    assert not bare


def test_risky__what_cuts_or_escapes__is_found():
    assert all(map(risky, ["x = uint8(y);", "unchecked {", 'assembly ("memory-safe") {', "bytes22(hash)"]))
    assert not any(map(risky, ["x = uint256(y);", "// uint8(x)", "bytes32 hash = bytes32(1);", "uint8 x;"]))
