"""The programs that prove: Noir's witness maker in Node, and Barretenberg's ``bb``, both from npm.

They are installed into a folder of their own, only by who proves (`Toolchain.install`).
"""

from __future__ import annotations

import base64
import gzip
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from marketplace.errors import MarketplaceError
from marketplace.proving.reference import make_reference
from marketplace.proving.shapes import Shape
from marketplace.proving.workplace import workplace

FILES = ("package.json", "package-lock.json", "witness.mjs", "compile.mjs")
TARGET = "evm"
"""Proofs for Solidity verifiers, with zero knowledge."""

TIMEOUT_SECONDS = 1800.0
WORD_BYTES = 32


class ProvingError(MarketplaceError):
    """The proving tools are missing, or refuse what they were given."""

    default_hint = "see docs/proving.md; the tools come with: tessera proved setup"


@dataclass(frozen=True)
class Proof:
    """A proof with what it is about.

    Parameters
    ----------
    data : bytes
    inputs : tuple of int
        Public inputs, in the circuit's order.
    """

    data: bytes
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Toolchain:
    """The proving tools of a folder.

    Parameters
    ----------
    folder : Path
    say : callable (str), optional
        Told what is under way.
    """

    folder: Path
    say: Callable[[str], None] = lambda _: None

    def install(self) -> None:
        """Fetch the tools from npm, unless they are there.

        Raises
        ------
        ProvingError
        """
        source = resources.files("marketplace.proving") / "npm"
        texts = {name: (source / name).read_bytes() for name in FILES}
        mark, wanted = self.folder / ".installed", sha256(b"\0".join(texts.values())).hexdigest()
        if mark.exists() and mark.read_text("utf-8") == wanted:
            return
        self.say("fetching the proving tools from npm (200 MB)")
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, data in texts.items():
            (self.folder / name).write_bytes(data)
        npm = _program("npm")
        # install, not ci: the lock file lacks optional packages that some machines' registries do not have
        quiet = (
            "--no-save",
            "--omit=optional",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        )
        self._run([npm, "install", *quiet], "npm could not fetch the proving tools")
        self._bb().chmod(0o755)
        mark.write_text(wanted, "utf-8")

    def require(self) -> None:
        """Refuse to begin without the tools.

        Raises
        ------
        ProvingError
        """
        if not (self.folder / ".installed").exists():
            raise ProvingError("the proving tools are not installed", "fetch them with: tessera proved setup")

    def prove(self, shape: Shape, inputs: dict[str, Any]) -> Proof:
        """Prove a statement, and check the size of what came out.

        Parameters
        ----------
        shape : Shape
        inputs : dict
            Of the circuit, numbers as integers.

        Raises
        ------
        ProvingError
            If the statement is false, or the tools fail.
        """
        self.require()
        artifact = shape.artifact()
        with workplace(self.folder) as folder:
            code = base64.b64encode(gzip.compress(shape.bytecode(), 1)).decode()
            program = {**artifact["program"], "bytecode": code, "debug_symbols": "", "file_map": {}}
            (folder / "program.json").write_text(json.dumps(program), "utf-8")
            (folder / "inputs.json").write_text(json.dumps(_hex(inputs)), "utf-8")
            (folder / "vk").write_bytes(base64.b64decode(artifact["vk"]))
            self.say(f"computing the witness ({shape.rows} rows)")
            self.node("witness.mjs", *(folder / f for f in ("program.json", "inputs.json", "witness.gz")))
            self.say(f"proving ({2**shape.log_size:,} gates)")
            paths = {"-b": "program.json", "-w": "witness.gz", "-k": "vk"}
            options: list[str | Path] = [w for key, file in paths.items() for w in (key, folder / file)]
            self.bb("prove", *options, "-o", folder, points=shape.points)
            words = (folder / "public_inputs").read_bytes()
            starts = range(0, len(words), WORD_BYTES)
            numbers = tuple(int.from_bytes(words[at : at + WORD_BYTES], "big") for at in starts)
            return Proof((folder / "proof").read_bytes(), numbers)

    def node(self, script: str, *arguments: Path) -> None:
        """Run one of the scripts in Node.

        Raises
        ------
        ProvingError
        """
        words: list[str | Path] = [_program("node"), self.folder / script, *arguments]
        self._run(words, "the statement is not true of these numbers, or Node failed")

    def bb(self, command: str, *arguments: str | Path, points: int) -> None:
        """Run Barretenberg over the insecure reference string, which is made first if it is not there.

        Raises
        ------
        ProvingError
        """
        crs = self.folder / "reference"
        if not (crs / "bn254_g1.dat").exists():
            self.say("making the insecure local reference string")
        make_reference(crs, points)
        self._run([self._bb(), command, *arguments, "-t", TARGET, "-c", crs], f"bb {command} failed")

    def _bb(self) -> Path:
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        system = {"darwin": "macos"}.get(sys.platform, sys.platform)
        path = self.folder / "node_modules" / "@aztec" / "bb.js" / "build" / f"{machine}-{system}" / "bb"
        if not path.exists():
            raise ProvingError(f"there is no bb for {machine}-{system}", "prove on Linux or macOS")
        return path

    def _run(self, words: list[str | Path], failure: str) -> None:
        try:
            done = subprocess.run(
                [str(word) for word in words],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ProvingError(failure, "is the machine short of memory or time?") from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise ProvingError(f"{failure}: {' '.join(said[-3:])[:500]}", "see docs/proving.md")


def _program(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise ProvingError(
            f"the program {name} was not found", "install Node 20 or newer: https://nodejs.org"
        )
    return found


def _hex(value: Any) -> Any:
    """Write numbers as Noir reads them."""
    if isinstance(value, dict):
        return {key: _hex(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hex(item) for item in value]
    return hex(value)
