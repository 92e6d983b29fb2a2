"""The project with all mutants in it, compiled: a folder in which forge runs the project's own tests."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from compile import ARTIFACTS, REMAPPINGS, ROOT, SHIPPED, needs_of
from mutant_sites import Instrumenter, Mutant, Sites, mark
from setup import MODULES, node_tool

HOME = ROOT / "build" / "mutants"
CONTRACTS = ROOT / "contracts"
UNTOUCHED = ("interfaces", "test")
SWITCHES_A_FILE = 1000
DRIVER = ROOT / "tools" / "MutantDriver.t.sol"
COMPILER = """
const fs = require("fs"), path = require("path"), modules = process.argv[1];
const find = (name) => {
  const at = path.join(modules, "..", name);
  return fs.existsSync(at) ? { contents: fs.readFileSync(at, "utf8") } : { error: "not found: " + name };
};
const solc = require(path.join(modules, "solc"));
process.stdout.write(solc.compile(fs.readFileSync(0, "utf8"), { import: find }));
"""
"""The npm compiler, with the settings of whoever asks: tools/solc.js would overrule them."""
GUARD = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice OpenZeppelin's guard, with a switch that leaves it out.
abstract contract ReentrancyGuardTransient {
    bool private transient _entered;

    error ReentrancyGuardReentrantCall();

    modifier nonReentrant(bool off) {
        require(off || !_entered, ReentrancyGuardReentrantCall());
        if (!off) _entered = true;
        _;
        if (!off) _entered = false;
    }
}
"""


def compile_json(request: dict[str, Any]) -> dict[str, Any]:
    """Return what the compiler answers; raise SystemExit where it finds an error."""
    text = json.dumps(request).encode()
    command = [str(node_tool("node")), "--stack-size=4000", "-e", COMPILER, str(MODULES)]
    done = subprocess.run(command, input=text, capture_output=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"the compiler stopped with {done.returncode}: {done.stderr.decode()[-2000:]}")
    output = json.loads(done.stdout)
    errors = [e["formattedMessage"] for e in output.get("errors", []) if e["severity"] == "error"]
    if errors:
        raise SystemExit("\n".join(errors[:10]))
    return output


def sources() -> dict[str, str]:
    """Return all contracts by path."""
    return {p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for p in sorted(CONTRACTS.rglob("*.sol"))}


def trees(texts: dict[str, str]) -> dict[str, Any]:
    """Return the syntax tree of each source."""
    request = {
        "language": "Solidity",
        "sources": {path: {"content": text} for path, text in texts.items()},
        "settings": {"remappings": REMAPPINGS, "outputSelection": {"*": {"": ["ast"]}}},
    }
    return {path: unit["ast"] for path, unit in compile_json(request)["sources"].items() if path in texts}


def constants_of(tree: Any) -> set[int]:
    """Return the ids of the constants declared in a tree."""
    found: set[int] = set()
    if isinstance(tree, list):
        for one in tree:
            found |= constants_of(one)
    elif isinstance(tree, dict):
        if tree.get("nodeType") == "VariableDeclaration" and tree.get("constant"):
            found.add(tree["id"])
        for value in tree.values():
            found |= constants_of(value)
    return found


@cache
def instrument() -> tuple[dict[str, str], list[Mutant]]:
    """Return the sources with every mutant behind its switch, and the mutants; kept on disk."""
    texts = sources()
    tool = (ROOT / "tools" / "mutant_sites.py").read_bytes() + Path(__file__).read_bytes()
    kept = HOME / f"instrumented-{hashlib.sha256(tool + json.dumps(texts).encode()).hexdigest()[:32]}.json"
    if not kept.exists():
        made, mutants = instrument_anew(texts)
        put(kept, json.dumps([made, [asdict(mutant) for mutant in mutants]]))
    made, rows = json.loads(kept.read_text("utf-8"))
    return made, [Mutant(**row) for row in rows]


def instrument_anew(texts: dict[str, str]) -> tuple[dict[str, str], list[Mutant]]:
    """Put the switches into the sources."""
    found = trees(texts)
    constants = frozenset(constants_of(list(found.values())))
    made, mutants = {"contracts/Guard.sol": GUARD}, []
    for place, (path, text) in enumerate(texts.items(), 1):
        if path.split("/")[1] not in UNTOUCHED:
            mark(found[path], constants)
            sites = Sites(place * SWITCHES_A_FILE)
            text = Instrumenter(path, text.encode(), sites).whole(found[path])
            mutants += sites.mutants
        made[path] = adapted(text)
    return made, mutants


def adapted(text: str) -> str:
    """Let code read the switch: nothing is pure any more, and modifiers can be left out. Comments go."""
    text = re.sub(r"(^|\s)//[^\n]*|/\*.*?\*/", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"\n\s*\n", "\n", text)
    text = re.sub(r"\bpure\b", "view", text)
    text = re.sub(r"modifier (\w+)\(\) \{\n(\s*)", r"modifier \1(bool off) {\n\2if (!off) ", text)
    guard = r'import \{ReentrancyGuardTransient\} from "[^"]+";'
    return re.sub(guard, 'import {ReentrancyGuardTransient} from "./Guard.sol";', text)


def source_of(name: str) -> Path:
    """Return the file of a contract that is shipped."""
    return next(p for p in CONTRACTS.rglob("*.sol") if p.stem == name)


def compile_one(name: str, texts: dict[str, str]) -> dict[str, Any]:
    """Compile a contract that is shipped, with quick settings; kept as long as nothing changes."""
    path = source_of(name)
    where = path.relative_to(ROOT).as_posix()
    needed = {p.relative_to(ROOT).as_posix() for p in needs_of(path)} | {"contracts/Guard.sol"}
    settings = {
        "remappings": REMAPPINGS,
        "evmVersion": "prague",
        "metadata": {"bytecodeHash": "none", "appendCBOR": False},
        "viaIR": True,
        "optimizer": {
            "enabled": True,
            "runs": 1,
            "details": {"yul": True, "yulDetails": {"optimizerSteps": "u:"}},
        },
        "outputSelection": {where: {name: ["abi", "evm.bytecode.object"]}},
    }
    sources = {p: {"content": text} for p, text in texts.items() if p in needed}
    request = {"language": "Solidity", "sources": sources, "settings": settings}
    kept = HOME / "solc" / f"{name}-{hashlib.sha256(json.dumps(request).encode()).hexdigest()[:32]}.json"
    if not kept.exists():
        contract = compile_json(request)["contracts"][where][name]
        put(
            kept,
            json.dumps({"abi": contract["abi"], "bytecode": "0x" + contract["evm"]["bytecode"]["object"]}),
        )
    return json.loads(kept.read_text("utf-8"))


def write_tree(texts: dict[str, str]) -> None:
    """Lay out the folder: contracts, tests and what forge needs."""
    for name in ("contracts", "tests"):
        wanted = {HOME / path for path in texts}
        if name == "tests":
            wanted = {HOME / p.relative_to(ROOT) for p in (ROOT / "tests" / "forge").rglob("*.sol")}
        wanted.add(HOME / "tests" / "forge" / DRIVER.name)
        for old in set((HOME / name).rglob("*.sol")) - wanted:
            old.unlink()
    for path, text in texts.items():
        put(HOME / path, text)
    for path in sorted((ROOT / "tests" / "forge").rglob("*.sol")):
        text = re.sub(r"\bpure\b", "view", path.read_text("utf-8"))
        put(HOME / path.relative_to(ROOT), re.sub(r"(config: default\.invariant\.runs =) \d+", r"\1 4", text))
    for path in (ROOT / "tests" / "vectors").glob("*.json"):  # forge reads nothing through a link
        put(HOME / path.relative_to(ROOT), path.read_text("utf-8"))
    for name in ("node_modules", "tools"):
        if not (HOME / name).exists():
            (HOME / name).symlink_to(ROOT / name)
    settings = (ROOT / "foundry.toml").read_text("utf-8")
    settings = settings.replace("[profile.default]", "[profile.default]\ncode_size_limit = 1_000_000", 1)
    settings = re.sub(
        r"fs_permissions = \[[^\]]*\]", 'fs_permissions = [{ access = "read-write", path = "." }]', settings
    )
    put(HOME / "foundry.toml", settings)
    put(HOME / "tests" / "forge" / DRIVER.name, DRIVER.read_text("utf-8"))


def build(names: Collection[str]) -> list[Mutant]:
    """Compile these contracts with all mutants, take the others as shipped; return the mutants."""
    texts, mutants = instrument()
    write_tree(texts)
    with ThreadPoolExecutor(2) as pool:
        made = dict(zip(sorted(names), pool.map(lambda name: compile_one(name, texts), sorted(names))))
    for name in SHIPPED:
        shipped = (ARTIFACTS / f"{name}.json").read_text("utf-8")
        put(
            HOME / ARTIFACTS.relative_to(ROOT) / f"{name}.json",
            json.dumps(made[name]) if name in made else shipped,
        )
    return mutants


def put(path: Path, text: str) -> None:
    """Write a file where it changed."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
