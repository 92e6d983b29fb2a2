"""The command line: ``tessera NOUN VERB``. Modules are imported when one of their commands is used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

import click
from click.shell_completion import CompletionItem

from marketplace import __version__

COMMANDS = {
    "demo": "Run the whole story on a local chain: list, sell, train, contest, pay.",
    "wallet": "Make, import, back up, restore and recover wallets, and limit what they spend.",
    "asset": "Publish, list and change datasets and models.",
    "order": "Buy, hand over keys, receive files, refund, collect.",
    "serve": "Deliver what you sell, by itself: settle paid orders, collect income.",
    "model": "Train, convert, inspect and score integer models.",
    "bounty": "Open a contest, submit to it, claim, deliver, be paid.",
    "proved": "Pay for a model whose score is proved, and which nobody else sees.",
    "operator": "Hold seats and evaluate.",
    "vault": "See, free, deposit and withdraw money, and say who may lock it.",
    "history": "Show every event about an asset, an order, a bounty or an account.",
    "index": "Look after the database of events that lists and searches read.",
    "storage": "Add, get and check content by CID.",
    "deploy": "Deploy the contracts to a chain, see deployments, show their sources.",
    "doctor": "Examine every part and say what to do.",
    "completion": "Let your shell complete commands and options.",
    "localnet": "Start and stop a local chain with the contracts on it.",
}
"""Command or group by name, with its line of help. Each lies in the module of its name, as an attribute
of its name; those whose module is not there are left out."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used, so that help is quick."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a zero byte, which no path and no name has, before anything looks at the arguments."""
        if any("\0" in one for one in args):
            raise click.UsageError("a zero byte in the arguments", ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the table."""
        return [name for name in COMMANDS if find_spec(f"{__name__}.{name}") is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without importing them."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name]) for name in names]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their help without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tessera")
def cli() -> None:
    """A marketplace in which data and models earn, settled by contract.

    Every command takes --json, --wallet, --password-file, --rpc-url, --home and --yes.
    Amounts are whole tokens (12.5); ids may be cut to a unique beginning.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point ``tessera``."""
    cli.main(args, prog_name="tessera")
