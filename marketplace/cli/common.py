"""What every command shares: options, settings, wallet, asking, showing, errors.

A command is written like this::

    @asset.command("unlist")
    @click.argument("asset_id", metavar="ASSET")
    @shared
    def unlist(app: App, asset_id: str) -> None:
        '''Stop taking orders.

        \\b
        tessera asset unlist 0x3f2a
        '''
        from marketplace.services import catalog, sell  # services are imported inside: help stays quick

        market = app.market()
        listing = catalog.find_asset(market, asset_id)
        app.confirm(f"Stop selling {asset_id}.")
        receipt = sell.unlist(market, listing)
        app.done({"asset": ...}, "unlisted")

`shared` adds the common options, passes an `App` as first argument, and turns every
`MarketplaceError` into ``error: …`` and ``hint: …`` with exit code 1.
"""

from __future__ import annotations

import errno
import functools
import io
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import click

from marketplace.cli.values import AMOUNT, LENGTH
from marketplace.config import Settings, load_settings
from marketplace.constants import MAX_SECRET_BYTES
from marketplace.errors import ConfigError, MarketplaceError
from marketplace.foreign import read_text

if TYPE_CHECKING:
    from rich.console import Console

    from marketplace.crypto.keystore import Keystore, Wallet
    from marketplace.services.market import Market, Step

__all__ = ["AMOUNT", "LENGTH", "App", "funds_lines", "shared", "short"]

WIDTH_WITHOUT_TERMINAL = 160
"""Columns of a table that is piped somewhere."""

PROGRESS_SECONDS = 1.0
"""Work that takes longer is shown."""


def _complete_wallet(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names of wallets; they are read off the folder, nothing else is."""
    try:
        folder = load_settings({"home": ctx.params.get("home")}).wallets_path
        names = (path.name.removesuffix(".keystore.json") for path in folder.glob("*.keystore.json"))
        return sorted(name for name in names if name.startswith(incomplete))
    except (MarketplaceError, OSError):
        return []


_OPTIONS = (
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for programs."),
    click.option(
        "--wallet",
        metavar="NAME",
        shell_complete=_complete_wallet,
        help="Wallet that acts (TESSERA_WALLET).",
    ),
    click.option("--password-file", metavar="FILE", help="File with its password; else it is asked for."),
    click.option("--rpc-url", metavar="URL", help="JSON-RPC endpoint of the chain (TESSERA_RPC_URL)."),
    click.option("--home", metavar="FOLDER", help="Folder of wallets, journal and store (TESSERA_HOME)."),
    click.option(
        "--yes", "-y", is_flag=True, help="Do not ask before money moves or something becomes public."
    ),
)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the common options to a command and pass it an `App` first; see the module."""

    @functools.wraps(command)
    def run(
        as_json: bool,
        wallet: str | None,
        password_file: str | None,
        rpc_url: str | None,
        home: str | None,
        yes: bool,
        **options: Any,
    ) -> Any:
        _show_what_is_no_text()
        try:
            given = {"wallet": wallet, "password_file": password_file, "rpc_url": rpc_url, "home": home}
            return command(App(load_settings(given), as_json, yes, rpc_url is not None), **options)
        except click.UsageError as error:
            error.ctx = error.ctx or click.get_current_context()  # so that the usage is shown
            raise
        except MarketplaceError as error:
            _end(str(error), error.hint)
        except click.Abort:
            _end("no answer: nothing was done", "answer at the prompt, or name a file: see --help")
        except KeyboardInterrupt:
            _end(
                "interrupted",
                "run the same command again: what was sent is journalled, it goes on from there",
            )
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever reads our output has left: click ends quietly
            where = f" {error.filename}" if error.filename else ""
            refused = f"this computer refused:{where} {error.strerror or error}"
            _end(refused, "check the path, its permissions and the free space")

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _show_what_is_no_text() -> None:
    """Let output show a path whose bytes are no text, or a sign that the terminal lacks, by its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


LONGEST_ERROR = 2000
"""Characters of an error that are shown: at most two dozen lines of a terminal."""


def _end(message: str, hint: str) -> NoReturn:
    """Say what is wrong and what to do, one line each, and end with exit code 1."""
    if len(message) > LONGEST_ERROR:  # it quotes something endless
        message = f"{message[: LONGEST_ERROR // 2]} … {message[-LONGEST_ERROR // 2 :]}"
    click.echo(f"error: {message}", err=True)
    click.echo(f"hint: {hint}", err=True)
    sys.exit(1)


@dataclass
class App:
    """One run of a command.

    Parameters
    ----------
    given : Settings
        As options, environment and ``.env`` say.
    as_json, yes : bool
        The options of those names.
    node_named : bool
        Whether ``--rpc-url`` was given.
    """

    given: Settings
    as_json: bool = False
    yes: bool = False
    node_named: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings, pointed at the running local chain unless they name another node."""
        from marketplace.services.setup import with_localnet

        return self.given if self.node_named else with_localnet(self.given)

    @cached_property
    def out(self) -> Console:
        """Standard output, for the result."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Standard error, for progress and questions."""
        return _console(stderr=True)

    # --- wallet and market

    def password(self, *, new: bool = False) -> str:
        """Return the password from the file, or ask for it (twice for a new wallet).

        Raises
        ------
        ConfigError
            If the file can't be read or is empty.
        """
        path = self.given.password_file
        if path is None:
            from marketplace.cli.prompts import ask_new_password, ask_secret

            return ask_new_password() if new else ask_secret("Password")
        try:
            text = read_text(path, MAX_SECRET_BYTES).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"the password file {path} can't be read", "name a file that holds the password alone"
            ) from error
        if not text:
            raise ConfigError(f"the password file {path} is empty", "write the password into it")
        return text

    def wallet(self) -> Wallet:
        """Unlock the wallet that acts; its password is asked for once."""
        return self._wallet

    @cached_property
    def _wallet(self) -> Wallet:
        self.require_wallet()  # before a password is asked for
        password = self.password()
        with self.busy("unlocking the wallet"):
            return self._keystore.unlock(self.given.wallet, password)

    @property
    def _keystore(self) -> Keystore:
        from marketplace.crypto.keystore import Keystore

        return Keystore(self.given.wallets_path)

    def require_wallet(self) -> None:
        """Make sure that the wallet that acts is there.

        Raises
        ------
        KeystoreError
            If it is not.
        """
        if not (self.given.wallets_path / f"{self.given.wallet}.keystore.json").exists():
            self._keystore.unlock(self.given.wallet, "")  # says so

    def market(self) -> Market:
        """Connect as the wallet; each transaction is told on standard error."""
        from marketplace.services.market import Market

        self._check_chain()  # before a password is asked for
        return Market.connect(self.settings, self.wallet(), tell=self.note).watched(self._tell)

    def reader(self) -> Market:
        """Connect without a wallet, to read only."""
        from marketplace.services.market import Market

        self._check_chain()
        return Market.connect(self.settings, tell=self.note)

    def _check_chain(self) -> None:
        """Make sure that a node answers and that the contracts are on its chain."""
        from marketplace.services.setup import check_chain

        check_chain(self.settings)

    def own_address(self) -> str | None:
        """Return the address of the wallet that would act, without its password; None if there is none."""
        name = self.given.wallet
        if not (self.given.wallets_path / f"{name}.keystore.json").exists():
            return None
        return self._keystore.address(name)

    # --- asking

    def confirm(self, *lines: str) -> None:
        """Say what will happen (what, how much, to whom) and ask, unless ``--yes``.

        Raises
        ------
        MarketplaceError
            If the answer is no; nothing was done then.
        """
        for line in lines:
            self.note(line)
        if self.yes:
            return
        from marketplace.cli.prompts import agrees

        try:
            agreed = agrees("Go on?")
        except click.Abort:
            agreed = False
        if not agreed:
            raise MarketplaceError("not confirmed: nothing was done", "answer y, or use --yes in a script")

    # --- showing

    def note(self, line: str) -> None:
        """Say something on standard error."""
        click.echo(line, err=True)

    def done(self, data: Mapping[str, Any], *lines: str) -> None:
        """Give the result: JSON for programs, sentences for eyes."""
        if self.as_json:
            click.echo(json.dumps(data, indent=2))
        else:
            for line in lines:
                click.echo(line)

    def fields(self, title: str, data: Mapping[str, Any], shown: Iterable[tuple[str, str]]) -> None:
        """Give one thing: JSON, or its fields one below the other."""
        if self.as_json:
            click.echo(json.dumps(data, indent=2))
            return
        click.echo(title)
        pairs = list(shown)
        width = max((len(name) for name, _ in pairs), default=0)
        for name, text in pairs:
            click.echo(f"  {name.ljust(width)}  {text}")

    def table(
        self,
        data: Sequence[Mapping[str, Any]],
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        empty: str,
    ) -> None:
        """Give several things: JSON, or a table; ``empty`` is said when there is none.

        A column whose name ends with ``>`` is aligned to the right.
        """
        if self.as_json:
            click.echo(json.dumps(list(data), indent=2))
            return
        lines = list(rows)
        if not lines:
            click.echo(empty)
            return
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            right = column.endswith(">")
            table.add_column(column.rstrip(">"), justify="right" if right else "left", overflow="fold")
        for line in lines:
            table.add_row(*(Text(cell) for cell in line))
        self.out.print(table)

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show on a terminal that something is under way."""
        if not self.err.is_terminal:
            yield
            return
        with self.err.status(f"{what} …"):
            yield

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show how far work on ``total`` bytes is; gives a function that takes the bytes done so far."""
        start = told = time.monotonic()

        def tell(done: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - start > PROGRESS_SECONDS and now - told > PROGRESS_SECONDS:
                told = now
                share = 100 * done // max(total, 1)
                click.echo(f"{what}: {share} % of {total:,} bytes", err=True)

        yield tell

    def _tell(self, step: Step) -> None:
        receipt = step.receipt
        self.note(f"  {step.what}{receipt.history}: gas {receipt.gas_used:,}, transaction {receipt.tx_hash}")


def funds_lines(market: Market, module: str, amount: int) -> list[str]:
    """Say which money must move so that a module can lock an amount (token base units).

    Raises
    ------
    DataError
        If the account has less.
    """
    from marketplace.services.accounts import missing_funds
    from marketplace.services.amounts import show_tokens

    short, approves = missing_funds(market, module, amount)
    lines = []
    if short:
        lines.append(f"  from the wallet into the vault: {show_tokens(short)} tokens of {market.account}")
    if approves:
        lines.append(f"  the contract {module} may lock: {show_tokens(amount)} tokens of the vault, no more")
    return lines


def short(value: int | str) -> str:
    """Shorten an id or an address for a table; a unique beginning is enough to name it."""
    from marketplace.types import format_id

    text = format_id(value) if isinstance(value, int) else value
    return text if len(text) <= 12 else f"{text[:12]}…"


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)
