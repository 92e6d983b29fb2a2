#!/usr/bin/env python3
"""Compile the contracts and write the artifacts that the package ships.

``compile.py``            compile everything, write marketplace/chain/artifacts, print sizes
``compile.py --check``    compile everything, fail when the shipped artifacts are not what comes out
``compile.py FILE ...``   compile only these files: errors, warnings and sizes, nothing is written

The settings come from tools/solc.json, which brownie and forge obey too (through tools/solc.js).
Each contract is compiled on its own, and kept in build/solc by the hash of everything that went in.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "marketplace" / "chain" / "artifacts"
SOURCES = ROOT / "marketplace" / "chain" / "sources.json.gz"
CACHE = ROOT / "build" / "solc"
SETTINGS = ROOT / "tools" / "solc.json"
SOLC = ROOT / "tools" / "solc-v0.8.30"
SHIPPED = (
    "Assets",
    "Bounties",
    "BountyEnds",
    "BountyRules",
    "ChaCha20",
    "Demands",
    "Exchange",
    "Operators",
    "PanelEnds",
    "Panels",
    "Proofs",
    "Referee",
    "Scores",
    "TestToken",
    "Vault",
)

REMAPPINGS = ["@openzeppelin=node_modules/@openzeppelin"]

SIZE_LIMIT_BYTES = 24_576
"""Largest contract a chain accepts. EIP-170, https://eips.ethereum.org/EIPS/eip-170"""


def needs_of(path: Path) -> list[Path]:
    """Return ``path`` and every file below contracts/ that it imports, directly or not."""
    found: list[Path] = []
    waiting = [path]
    while waiting:
        here = waiting.pop()
        if here in found or not here.is_file():
            continue
        found.append(here)
        imports = re.findall(r'^\s*import\b[^;"]*"(\.[^"]+)"', here.read_text("utf-8"), re.MULTILINE)
        waiting += [(here.parent / name).resolve() for name in imports]
    return sorted(found)


def standard_input(path: Path) -> dict[str, Any]:
    """Return the compiler's standard-json input for the contracts in the file at ``path``."""
    outputs = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
    sources = {p.relative_to(ROOT).as_posix(): {"content": p.read_text("utf-8")} for p in needs_of(path)}
    return {
        "language": "Solidity",
        "sources": sources,
        "settings": {
            **json.loads(SETTINGS.read_text("utf-8")),
            "remappings": REMAPPINGS,
            "outputSelection": {path.relative_to(ROOT).as_posix(): {"*": outputs}},
        },
    }


def compile_file(path: Path) -> dict[str, Any]:
    """Compile one file and return the compiler's output, kept as long as nothing that goes in changes."""
    request = json.dumps(standard_input(path), sort_keys=True).encode()
    tools = (ROOT / "package-lock.json").read_bytes() + (ROOT / "tools" / "solc.js").read_bytes()
    kept = CACHE / f"{path.stem}-{hashlib.sha256(request + tools).hexdigest()[:32]}.json"
    if kept.exists():
        return json.loads(kept.read_text("utf-8"))
    done = subprocess.run([str(SOLC), "--standard-json"], input=request, capture_output=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"the compiler stopped with {done.returncode}: {done.stderr.decode()[-2000:]}")
    output = json.loads(done.stdout)
    if not any(e["severity"] == "error" for e in output.get("errors", [])):
        CACHE.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".part{os.getpid()}")
        part.write_text(json.dumps(output), "utf-8")
        part.replace(kept)
    return output


def compile_files(paths: list[Path]) -> dict[str, Any]:
    """Compile files side by side and return their outputs as one.

    ``errors``, ``contracts``, and in ``sources`` the names of all that each file was compiled with.
    """
    joined: dict[str, Any] = {"errors": [], "contracts": {}, "sources": {}}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, output in zip(sorted(paths), pool.map(compile_file, sorted(paths))):
            joined["sources"][path.relative_to(ROOT).as_posix()] = sorted(output.get("sources", {}))
            joined["errors"] += [e for e in output.get("errors", []) if e not in joined["errors"]]
            joined["contracts"].update(output.get("contracts", {}))
    return joined


def sources() -> list[Path]:
    """Return the files to compile: what is shipped, and the contracts for tests; the rest comes with them."""
    tests = CONTRACTS / "test"
    return [p for p in CONTRACTS.rglob("*.sol") if p.stem in SHIPPED or p.parent in (CONTRACTS, tests)]


def report(output: dict[str, Any]) -> bool:
    """Print warnings, errors and sizes; return whether everything compiled and fits."""
    ok = True
    for entry in output.get("errors", []):
        foreign = entry.get("sourceLocation", {}).get("file", "").startswith("node_modules/")
        if foreign and entry["severity"] != "error":
            continue
        print(entry["formattedMessage"].rstrip(), file=sys.stderr)
        ok = ok and entry["severity"] != "error"
    if not ok:
        return False
    for path, contracts in sorted(output["contracts"].items()):
        for name, contract in sorted(contracts.items()):
            size = len(contract["evm"]["deployedBytecode"]["object"]) // 2
            if not path.startswith("contracts/") or size < 100:
                continue
            fits = size <= SIZE_LIMIT_BYTES or path.startswith("contracts/test/")
            ok = ok and fits
            print(f"{name:<24}{size:>8,} bytes{'' if fits else f'  over the limit of {SIZE_LIMIT_BYTES:,}'}")
    return ok


def artifacts_of(output: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the package ships, by contract name."""
    settings = {"version": "0.8.30", **json.loads(SETTINGS.read_text("utf-8"))}
    found = {}
    for path, contracts in output.get("contracts", {}).items():
        for name in set(contracts) & set(SHIPPED):
            if not path.startswith("contracts/"):
                continue
            evm = contracts[name]["evm"]
            found[name] = {
                "contractName": name,
                "abi": contracts[name]["abi"],
                "bytecode": "0x" + evm["bytecode"]["object"],
                "deployedBytecode": "0x" + evm["deployedBytecode"]["object"],
                "compiler": settings,
            }
    return found


def bundle_of(output: dict[str, Any]) -> dict[str, Any]:
    """Return all that explorers need to compile the shipped contracts again, libraries' addresses aside."""
    shown = subprocess.run([str(SOLC), "--version"], capture_output=True, text=True, check=True).stdout
    version = shown.partition("Version: ")[2].partition(".Linux")[0]
    contracts = {
        name: {"path": path, "sources": output["sources"][path]}
        for path, found in output["contracts"].items()
        for name in set(found) & set(SHIPPED)
        if path.startswith("contracts/")
    }
    names = sorted({source for contract in contracts.values() for source in contract["sources"]})
    return {
        "compiler": version,
        "settings": {**json.loads(SETTINGS.read_text("utf-8")), "remappings": REMAPPINGS},
        "contracts": contracts,
        "sources": {name: (ROOT / name).read_text("utf-8") for name in names},
    }


def without_metadata(bytecode: str) -> str:
    """Return hex ``bytecode`` without the CBOR block at its end, whose length its last two bytes tell.

    Source: https://docs.soliditylang.org/en/v0.8.30/metadata.html#encoding-of-the-metadata-hash-in-the-bytecode
    """
    length = int(bytecode[-4:], 16)
    return bytecode[: -2 * (length + 2)]


def differences(fresh: dict[str, Any]) -> list[str]:
    """Name the shipped artifacts that are not what the sources compile to, metadata aside."""
    wrong = [p.name for p in sorted(ARTIFACTS.glob("*.json")) if p.stem not in fresh]
    for name, artifact in sorted(fresh.items()):
        path = ARTIFACTS / f"{name}.json"
        shipped = json.loads(path.read_text("utf-8")) if path.exists() else {}
        for key, value in artifact.items():
            if key in ("bytecode", "deployedBytecode"):
                same = without_metadata(shipped.get(key, "0x0000")) == without_metadata(value)
            else:
                same = shipped.get(key) == value
            if not same:
                wrong.append(f"{name}.json: {key}")
    return wrong


def shipped_bundle() -> Any:
    """Return the shipped sources; how they are packed does not matter."""
    return json.loads(gzip.decompress(SOURCES.read_bytes())) if SOURCES.exists() else None


def write_bundle(bundle: dict[str, Any]) -> None:
    """Write the sources, packed, where they changed."""
    if shipped_bundle() != bundle:
        text = json.dumps(bundle, sort_keys=True, separators=(",", ":"))
        SOURCES.write_bytes(gzip.compress(text.encode(), mtime=0))
        print(f"wrote {SOURCES.relative_to(ROOT)}")


def write(fresh: dict[str, Any]) -> None:
    """Write each artifact as compact JSON with sorted keys, where it changed."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for name, artifact in fresh.items():
        text = json.dumps(artifact, sort_keys=True, separators=(",", ":")) + "\n"
        path = ARTIFACTS / f"{name}.json"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description="Compile the contracts and write the shipped artifacts.")
    parser.add_argument("files", nargs="*", type=Path, help="compile only these, write nothing")
    parser.add_argument(
        "--check", action="store_true", help="fail when the shipped artifacts are out of date"
    )
    options = parser.parse_args()
    paths = [p.resolve() for p in options.files] or sources()
    output = compile_files(paths)
    if not report(output):
        return 1
    if options.files:
        return 0
    fresh = artifacts_of(output)
    missing = sorted(set(SHIPPED) - set(fresh))
    if missing:
        print(f"error: no source for {', '.join(missing)}", file=sys.stderr)
    if options.check:
        wrong = differences(fresh)
        if shipped_bundle() != bundle_of(output):
            wrong.append(SOURCES.name)
        for line in wrong:
            print(f"error: not what the sources compile to: {line}; run: make artifacts", file=sys.stderr)
        return 1 if wrong or missing else 0
    write(fresh)
    write_bundle(bundle_of(output))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
