"""``tessera wallet``: encrypted files with a private key and a market secret."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.cli.common import App, shared
from marketplace.errors import KeystoreError

_LIGHT = click.option(
    "--light", is_flag=True, help="Cheap to unlock, and to crack: for throw-away wallets of a local chain."
)


@click.group()
def wallet() -> None:
    """Make, import and look at wallets."""


@wallet.command("new")
@click.argument("name", required=False)
@_LIGHT
@shared
def new(app: App, name: str | None, light: bool) -> None:
    """Make a wallet: an account and a market secret, in one encrypted file.

    \b
    tessera wallet new bob
    """
    name = name or app.given.wallet
    keystore = _keystore(app, light)
    _refuse_taken(app, name)
    password = app.password(new=True)
    with app.busy("encrypting the wallet"):
        made = keystore.create(name, password)
    _made(app, name, made.address, "made")


@wallet.command("import")
@click.argument("name", required=False)
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="File with the private key; else it is asked for."
)
@_LIGHT
@shared
def import_(app: App, name: str | None, key_file: Path | None, light: bool) -> None:
    """Make a wallet of a private key that exists, with a fresh market secret.

    \b
    tessera wallet import bob --key-file key.txt
    """
    name = name or app.given.wallet
    keystore = _keystore(app, light)
    _refuse_taken(app, name)
    if key_file is None:
        key = click.prompt("Private key (64 hex digits)", hide_input=True, err=True)
    else:
        try:
            key = key_file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise KeystoreError(f"can't read {key_file}", "name a file that holds the key alone") from error
    password = app.password(new=True)
    with app.busy("encrypting the wallet"):
        made = keystore.import_key(name, key.strip(), password)
    _made(app, name, made.address, "imported")


@wallet.command("list")
@shared
def list_(app: App) -> None:
    """List the wallets of this computer.

    \b
    tessera wallet list
    """
    entries = _keystore(app, False).list()
    rows = [(e.name, e.address, "acts by default" if e.name == app.given.wallet else "") for e in entries]
    data = [{"name": e.name, "address": e.address} for e in entries]
    app.table(data, ("wallet", "address", ""), rows, "no wallet yet: tessera wallet new")


@wallet.command("show")
@click.argument("name", required=False)
@shared
def show(app: App, name: str | None) -> None:
    """Show a wallet's address and file; no password is needed.

    \b
    tessera wallet show bob
    """
    name = name or app.given.wallet
    for entry in _keystore(app, False).list():
        if entry.name == name:
            path = str(_path(app, name))
            data = {"name": name, "address": entry.address, "file": path}
            app.fields(f"wallet {name}", data, (("address", entry.address), ("file", path)))
            return
    raise KeystoreError(f"there is no wallet {name!r}", "see: tessera wallet list")


def _keystore(app: App, light: bool):  # type: ignore[no-untyped-def]
    from marketplace.constants import SCRYPT_N, SCRYPT_N_LIGHT
    from marketplace.crypto.keystore import Keystore

    return Keystore(app.given.wallets_path, SCRYPT_N_LIGHT if light else SCRYPT_N)


def _path(app: App, name: str) -> Path:
    from marketplace.crypto.keystore import SUFFIX

    return app.given.wallets_path / (name + SUFFIX)


def _refuse_taken(app: App, name: str) -> None:
    """Say that a name is taken before a password is asked for."""
    if _path(app, name).exists():
        raise KeystoreError(f"there is a wallet {name!r} already", "choose another name")


def _made(app: App, name: str, address: str, verb: str) -> None:
    path = str(_path(app, name))
    data = {"name": name, "address": address, "file": path}
    app.done(
        data,
        f"{verb} wallet {name}: {address}",
        f"its file is {path}: without it and its password, money and keys are lost; keep a copy elsewhere",
    )
