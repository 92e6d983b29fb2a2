"""What lies on this computer: the program, its settings, the home folder, the wallet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from marketplace import __version__
from marketplace.chain.localnet import find_anvil
from marketplace.config import PREFIX, Settings
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from marketplace.errors import ChainError
from marketplace.services.amounts import show_tokens
from marketplace.services.doctor.finding import Finding, fine, note, wrong
from marketplace.services.limits import load_limits

MIN_PYTHON = (3, 11)
LOW_DISK_BYTES, NO_DISK_BYTES = 2**30, 2**26
ANVIL_SECONDS = 10

EXTRAS = {
    "skops": ("skops", "scikit-learn objects in plain sales"),
    "onnx": ("onnx", "integer models as ONNX"),
    "postgres": ("psycopg", "the event index in PostgreSQL"),
}
"""Extras of the package: module that each brings, and what for."""


def check_program(settings: Settings) -> Iterator[Finding]:
    """Python, the packages below, optional ones, anvil."""
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < MIN_PYTHON:
        yield wrong("program", f"Python {here} is too old", "install Python 3.11 or newer")
    else:
        parts = ", ".join(f"{name} {_version(name)}" for name in ("web3", "eth-account", "cryptography"))
        yield fine("program", f"tessera {__version__}, Python {here}, {parts}")
    for extra, (module, purpose) in EXTRAS.items():
        if find_spec(module) is None:
            yield note(
                "extras",
                f"{extra} is not installed: {purpose}",
                f"in the repository: .venv/bin/pip install -e '.[{extra}]'",
            )
    yield _anvil(settings)


def _anvil(settings: Settings) -> Finding:
    try:
        path = find_anvil(settings.anvil)
        told = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, timeout=ANVIL_SECONDS, check=True
        ).stdout
    except ChainError as error:
        return note("anvil", f"{error}: only local chains need it", error.hint)
    except (OSError, subprocess.SubprocessError) as error:
        return wrong("anvil", f"anvil does not start: {type(error).__name__}", "npm ci, or set TESSERA_ANVIL")
    return fine("anvil", (told.splitlines() or ["?"])[0][:60])


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Which settings differ from their defaults; the values may hold access keys and are not shown."""
    default = Settings()
    changed = [f.name for f in fields(Settings) if getattr(settings, f.name) != getattr(default, f.name)]
    yield fine("settings", ", ".join(PREFIX + name.upper() for name in changed) or "all are the defaults")
    path = settings.password_file
    if path is not None:
        if not path.is_file():
            yield wrong(
                "settings", f"there is no password file {path}", "correct TESSERA_PASSWORD_FILE, or unset it"
            )
        elif _others(path):
            yield wrong("settings", f"others can read the password file {path}", f"chmod 600 {path}")


def check_home(settings: Settings) -> Iterator[Finding]:
    """Rights of the files that only their owner may read, and free space."""
    home = settings.home
    if not home.exists():
        yield note("home", f"{home} is not there yet", "it is made with the first wallet: tessera wallet new")
        return
    if not os.access(home, os.W_OK):
        yield wrong("home", f"{home} can't be written", "correct its owner and rights, or set TESSERA_HOME")
    if home.stat().st_mode & 0o022:
        yield wrong("home", f"others can write in {home}", f"chmod 700 {home}")
    open_to_others = [path for path in _private(settings) if _others(path)]
    for path in open_to_others:
        yield wrong("home", f"others can read {path}", f"chmod {'700' if path.is_dir() else '600'} {path}")
    free = shutil.disk_usage(home).free
    says = f"{home}: {free / 2**30:.1f} GiB free"
    if free < NO_DISK_BYTES:
        yield wrong(
            "home", says, "free some space: without it transactions can't be journalled, nor files kept"
        )
    elif free < LOW_DISK_BYTES:
        yield note("home", says, "free some space before you buy or publish large files")
    elif not open_to_others:
        yield fine("home", says)


def _private(settings: Settings) -> list[Path]:
    """Return what is there and must be its owner's alone."""
    home = settings.home
    names = [home / "work", home / "received", settings.journal_path, home / "limits"]
    wallets = settings.wallets_path
    return [path for path in (wallets, *sorted(wallets.glob("*.json")), *names) if path.exists()]


def _others(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def check_wallet(settings: Settings) -> Iterator[Finding]:
    """The wallet that would act: there, and as this program wrote it."""
    keystore = Keystore(settings.wallets_path)
    names = [entry.name for entry in keystore.list()]
    if settings.wallet not in names:
        others = f"; there are {', '.join(names)}" if names else ""
        do = (
            "choose one with --wallet or TESSERA_WALLET"
            if names
            else "tessera wallet new, to do more than look"
        )
        yield note("wallet", f"there is no wallet {settings.wallet!r}{others}", do)
        return
    obj = keystore.read(settings.wallet)
    cost = dict(obj["crypto"].get("kdfparams") or {}).get("n", 0)
    says = f"{settings.wallet}: {next(e.address for e in keystore.list() if e.name == settings.wallet)}"
    if isinstance(cost, int) and cost <= SCRYPT_N_LIGHT:
        do = "for real money make one without --light: tessera wallet new"
        yield note("wallet", f"{says}, cheap to crack (--light)", do)
    else:
        yield fine("wallet", says)


def check_limits(settings: Settings) -> Iterator[Finding]:
    """Whether spending is limited."""
    entries = {entry.name: entry.address for entry in Keystore(settings.wallets_path).list()}
    if settings.wallet not in entries:
        return
    holds = load_limits(settings, entries[settings.wallet])
    if not holds.is_set:
        yield note(
            "limits",
            "spending is not limited",
            "to limit it: tessera wallet limit --per-command 50 --per-day 200",
        )
        return
    shown = (
        "no limit" if u is None else f"{show_tokens(u)} tokens" for u in (holds.per_command, holds.per_day)
    )
    yield fine("limits", "spending: {} a command, {} a day".format(*shown))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
