"""``tessera wallet``: encrypted files with a private key and a market secret."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.cli.common import App, shared, short
from marketplace.cli.prompts import ask_secret
from marketplace.cli.wallet_limit import limit
from marketplace.constants import MAX_SECRET_BYTES
from marketplace.errors import KeystoreError, MarketplaceError
from marketplace.foreign import read_text

_LIGHT = click.option(
    "--light", is_flag=True, help="Cheap to unlock, and to crack: for throw-away wallets of a local chain."
)


@click.group()
def wallet() -> None:
    """Make, import, back up, restore and recover wallets, and limit what they spend."""


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
@click.option(
    "--keystore",
    "keystore_file",
    type=click.Path(path_type=Path),
    help="Encrypted keystore of geth, Foundry, Brownie or eth-account instead of a private key.",
)
@click.option(
    "--keystore-password-file",
    type=click.Path(path_type=Path),
    help="File with that keystore's password; else it is asked for.",
)
@_LIGHT
@shared
def import_(
    app: App,
    name: str | None,
    key_file: Path | None,
    keystore_file: Path | None,
    keystore_password_file: Path | None,
    light: bool,
) -> None:
    """Make a wallet of an account that exists, with a fresh market secret.

    The keys of what this account sold, bought or submitted with another wallet derive from that
    wallet's market secret: to get them, restore its backup instead.

    \b
    tessera wallet import bob --key-file key.txt
    tessera wallet import bob --keystore bob.json
    """
    from marketplace.crypto.keystore import require_key
    from marketplace.services.wallets import import_keystore, read_wallet_file

    if key_file is not None and keystore_file is not None:
        raise click.UsageError("give --key-file or --keystore, not both")
    name = name or app.given.wallet
    keystore = _keystore(app, light)
    _refuse_taken(app, name)
    if keystore_file is not None:
        data = read_wallet_file(keystore_file)
        old = _secret_text(keystore_password_file, "Password of that keystore")
        password = app.password(new=True)
        with app.busy("opening and encrypting"):
            made = import_keystore(keystore, name, data, old, password)
    else:
        key = require_key(_secret_text(key_file, "Private key (64 hex digits)"))
        password = app.password(new=True)
        with app.busy("encrypting the wallet"):
            made = keystore.import_key(name, key, password)
    _made(app, name, made.address, "imported")
    app.note("its market secret is fresh: what another wallet of this account sold or bought stays with that")


@wallet.command("list")
@shared
def list_(app: App) -> None:
    """List the wallets of this computer.

    \b
    tessera wallet list
    """
    entries, damaged = _keystore(app, False).list_usable()
    rows = [(e.name, e.address, "by default" if e.name == app.given.wallet else "") for e in entries]
    data = [{"name": e.name, "address": e.address} for e in entries]
    app.table(data, ("wallet", "address", "acts"), rows, "no wallet yet: tessera wallet new")
    if damaged:
        raise damaged[0]


@wallet.command("show")
@click.argument("name", required=False)
@shared
def show(app: App, name: str | None) -> None:
    """Show a wallet's address and file; no password is needed.

    \b
    tessera wallet show bob
    """
    name = name or app.given.wallet
    address = _keystore(app, False).address(name)
    path = str(_path(app, name))
    data = {"name": name, "address": address, "file": path}
    app.fields(f"wallet {name}", data, (("address", address), ("file", path)))


@wallet.command("backup")
@click.argument("name", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="File to write; it must not exist."
)
@shared
def backup(app: App, name: str | None, out: Path) -> None:
    """Write all that can't be made again into one encrypted file, and check it by reading it back.

    It has the account's key, the market secret and the contracts' addresses; its password is the wallet's.

    \b
    tessera wallet backup bob --out bob.backup
    """
    from marketplace.services import wallets

    name = name or app.given.wallet
    _keystore(app, False).read(name)  # says that there is none before a password is asked for
    password = app.password()
    with app.busy("writing and reading it back"):
        saved = wallets.backup(app.given, name, password, out)
    app.done(
        {"name": name, "address": saved.address, "file": str(out)},
        f"backed up wallet {name} ({saved.address}) to {out}, and read it back",
        "keep it on another disk, its password apart from it; later keys derive from it too",
    )


@wallet.command("restore")
@click.argument("name", required=False)
@click.option("--from", "source", type=click.Path(path_type=Path), required=True, help="File of the backup.")
@shared
def restore(app: App, name: str | None, source: Path) -> None:
    """Put a wallet back from its backup; nothing that is here is overwritten.

    \b
    tessera wallet restore bob --from bob.backup
    """
    from marketplace.services import wallets

    name = name or app.given.wallet
    data = wallets.read_wallet_file(source)
    password = app.password()
    with app.busy("opening the backup"):
        found = wallets.restore(app.given, name, data, password)
    result = {
        "name": name,
        "address": found.wallet.address,
        "file": str(_path(app, name)),
        "restored": found.fresh,
        "deployments": list(found.deployments),
    }
    verb = "restored wallet" if found.fresh else "is here already, unchanged:"
    app.done(
        result,
        f"{verb} {name}: {found.wallet.address}",
        "next, look for what it bought, sold and entered: tessera wallet recover",
    )


@wallet.command("recover")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files you bought (default: received in TESSERA_HOME).",
)
@shared
def recover(app: App, out: Path | None) -> None:
    """Find all that a wallet bought, sold, entered and opened again, from the chain and the store alone.

    For a new computer, or after TESSERA_HOME was lost: restore the wallet, then run this. Bought files
    are fetched and decrypted again; each key is derived anew and compared with the chain. Nothing is sent.

    \b
    tessera wallet recover
    """
    from marketplace.services.recover import recover as find

    market = app.market()
    folder = out or app.settings.home / "received"
    found = find(
        market, folder, lambda one: app.note(f"  {one.what} {short(one.name)}: {one.problem or 'found'}")
    )
    data = [
        {
            "what": one.what,
            "id": one.name,
            "state": one.state,
            "due": one.due or None,
            "file": None if one.file is None else str(one.file),
            "problem": one.problem,
        }
        for one in found
    ]
    rows = [
        (
            one.what,
            short(one.name),
            one.state,
            f"PROBLEM: {one.problem}" if one.problem else str(one.file or one.due),
        )
        for one in found
    ]
    app.table(
        data, ("what", "id", "state", "next, or file"), rows, f"{market.account} has done nothing here yet"
    )
    broken = [one for one in found if one.problem]
    if broken:
        raise MarketplaceError(
            f"{len(broken)} of {len(found)} could not be rebuilt: {broken[0].problem}",
            "make what is missing available in the store, then run this again: it repeats nothing",
        )


def _secret_text(path: Path | None, prompt: str) -> str:
    """Read a secret from a file, or ask for it; never from a flag."""
    if path is None:
        return ask_secret(prompt)
    try:
        return read_text(path, MAX_SECRET_BYTES).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise KeystoreError(f"can't read {path}", "name a file that holds the secret alone") from error


def _keystore(app: App, light: bool):  # type: ignore[no-untyped-def]
    from marketplace.constants import SCRYPT_N, SCRYPT_N_LIGHT
    from marketplace.crypto.keystore import Keystore

    return Keystore(app.given.wallets_path, SCRYPT_N_LIGHT if light else SCRYPT_N)


def _path(app: App, name: str) -> Path:
    from marketplace.crypto.keystore import SUFFIX

    return app.given.wallets_path / (name + SUFFIX)


def _refuse_taken(app: App, name: str) -> None:
    """Say that a name is taken, or none, before a password is asked for."""
    if _keystore(app, False).path(name).exists():
        raise KeystoreError(f"there is a wallet {name!r} already", "choose another name")


def _made(app: App, name: str, address: str, verb: str) -> None:
    path = str(_path(app, name))
    data = {"name": name, "address": address, "file": path}
    app.done(
        data,
        f"{verb} wallet {name}: {address}",
        f"its file is {path}: without it and its password, money and keys are lost",
        f"keep a copy elsewhere: tessera wallet backup {name} --out FILE",
    )


wallet.add_command(limit)
