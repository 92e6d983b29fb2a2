#!/usr/bin/env python3
"""Compile the circuits into what the package ships: program, verification key and verifier of each.

``circuits.py``          compile those whose sources changed, write marketplace/proving/artifacts
``circuits.py --check``  fail when a shipped one was not made of the sources as they are

Takes minutes and the npm packages of marketplace/proving/npm. Keys and verifiers follow from the insecure
reference string of marketplace/proving/reference.py, and the verifiers' code says so.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import lzma
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from setup import ROOT

sys.path.insert(0, str(ROOT))

from marketplace.proving import reference
from marketplace.proving.shapes import SHAPES, Shape
from marketplace.proving.toolchain import Toolchain

CIRCUITS = ROOT / "marketplace" / "proving" / "circuits"
ARTIFACTS = ROOT / "marketplace" / "proving" / "artifacts"
FOLDER = ROOT / "build" / "proving"
SOLC = ROOT / "tools" / "solc-v0.8.30"

PUBLIC_G2 = (
    "260e01b251f6f1c7e7ff4e580791dee8ea51d87a358e038b4efe30fac09383c1",
    "0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0",
    "04fc6369f7110fe3d25156c1bb9a72859cf2a04641f99ba4ee413c80da6a5fe4",
    "22febda3c0c0632a56475b4214e5615e11e6dd3f96e6cea2854a87d4dacc5e55",
)
"""The public reference string's point of G2, imaginary before real parts, as ``bb`` writes it."""

WARNING = (
    "contract UnsafeVerifier is IVerifier {\n"
    "    /// @notice Its reference string is made from a seed: anybody can forge proofs.\n"
    '    string public constant WARNING = "UNSAFE: for tests and local chains, anybody can forge proofs";\n'
)


def source_hash(shape: Shape) -> str:
    """Return the hash of all that a shape's artifact is made of."""
    files = [
        CIRCUITS / "common.nr",
        CIRCUITS / f"{shape.circuit}.nr",
        CIRCUITS.parent / "npm" / "package.json",
    ]
    parts = [path.read_bytes() for path in files] + [shape.source().encode(), reference.SEED]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def write_package(shape: Shape, folder: Path) -> None:
    """Write the Noir package of one shape."""
    (folder / "src").mkdir(parents=True)
    head = f'[package]\nname = "{shape.circuit}"\ntype = "bin"\nauthors = [""]\n[dependencies]\n'
    (folder / "Nargo.toml").write_text(head, "utf-8")
    shutil.copy(CIRCUITS / "common.nr", folder / "src" / "common.nr")
    shutil.copy(CIRCUITS / f"{shape.circuit}.nr", folder / "src" / "main.nr")
    (folder / "src" / "shape.nr").write_text(shape.source(), "utf-8")


def unsafe_source(text: str) -> str:
    """Put the insecure reference string's point into a verifier, and a warning beside it."""
    (real_x, imaginary_x), (real_y, imaginary_y) = reference.public_point()
    for old, new in zip(PUBLIC_G2, (imaginary_x, real_x, imaginary_y, real_y)):
        assert old in text, "bb writes another verifier than this tool knows"
        text = text.replace(old, f"{new:064x}")
    assert "contract HonkVerifier is IVerifier {\n" in text
    return text.replace("contract HonkVerifier is IVerifier {\n", WARNING)


def compile_verifier(text: str) -> dict[str, Any]:
    """Compile a verifier. Not through the IR, whose code generator finds its stack too deep."""
    name = "tests/forge/Verifier.sol"  # a name for which tools/solc.js keeps the settings given here
    outputs = ["abi", "evm.bytecode.object"]
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text}},
        "settings": {
            "evmVersion": "prague",
            "metadata": {"bytecodeHash": "none"},
            "optimizer": {"enabled": True, "runs": 200},
            "outputSelection": {name: {"UnsafeVerifier": outputs}},
        },
    }
    done = subprocess.run(
        [str(SOLC), "--standard-json"], input=json.dumps(request).encode(), capture_output=True, cwd=ROOT
    )
    output = json.loads(done.stdout)
    errors = [e["formattedMessage"] for e in output.get("errors", []) if e["severity"] == "error"]
    if errors:
        raise SystemExit("\n".join(errors))
    contract = output["contracts"][name]["UnsafeVerifier"]
    return {"abi": contract["abi"], "bytecode": "0x" + contract["evm"]["bytecode"]["object"]}


def build(shape: Shape, tools: Toolchain) -> tuple[dict[str, Any], bytes]:
    """Compile one shape; return its artifact, and its program packed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_package(shape, folder / "package")
        tools.node("compile.mjs", folder / "package", folder / "program.json")
        program = json.loads((folder / "program.json").read_text("utf-8"))
        tools.bb("write_vk", "-b", folder / "program.json", "-o", folder, points=shape.points)
        verifier = folder / "Verifier.sol"
        tools.bb(
            "write_solidity_verifier", "-k", folder / "vk", "-o", verifier, "--optimized", points=shape.points
        )
        artifact = {
            "program": {key: program[key] for key in ("noir_version", "hash", "abi")},
            "sources": source_hash(shape),
            "verifier": compile_verifier(unsafe_source(verifier.read_text("utf-8"))),
            "vk": base64.b64encode((folder / "vk").read_bytes()).decode(),
        }
        return artifact, lzma.compress(gzip.decompress(base64.b64decode(program["bytecode"])))


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description="Compile the circuits that the package ships.")
    parser.add_argument("--check", action="store_true", help="fail when one is out of date")
    options = parser.parse_args()
    stale = []
    for shape in SHAPES:
        path = ARTIFACTS / f"{shape.name}.json"
        made = json.loads(path.read_text("utf-8"))["sources"] if path.exists() else ""
        if made != source_hash(shape):
            stale.append((shape, path))
    if options.check:
        for shape, _ in stale:
            print(
                f"error: the shipped circuit {shape.name} is not made of its sources; run: make circuits",
                file=sys.stderr,
            )
        return 1 if stale else 0
    tools = Toolchain(FOLDER)
    tools.install()
    for shape, path in stale:
        print(f"compiling {shape.name}", flush=True)
        artifact, program = build(shape, tools)
        path.with_suffix(".acir.xz").write_bytes(program)
        path.write_text(json.dumps(artifact, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")
        print(f"wrote {path.relative_to(ROOT)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
