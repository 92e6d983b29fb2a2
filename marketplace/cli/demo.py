"""``tessera demo``: the whole story on a local chain of its own, which ends with it."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared

if TYPE_CHECKING:
    from marketplace.services.accounts import Conservation
    from marketplace.services.cast import Cast
    from marketplace.services.ledger import GasLine, Line
    from marketplace.services.market import Step


class Teller:
    """Shows the story as it happens, on standard output or, with ``--json``, on standard error.

    Parameters
    ----------
    app : App
    """

    def __init__(self, app: App) -> None:
        self._console = app.err if app.as_json else app.out
        self.steps: list[Step] = []
        self.names: dict[str, str] = {}

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._console.print()
        self._console.print(title, style="bold")

    def say(self, text: str) -> None:
        """Show a remark."""
        self._console.print(f"    {text}", style="dim")

    def step(self, name: str, step: Step) -> None:
        """Show a transaction: who, what, gas, who paid whom."""
        from marketplace.services.money import movements

        self.steps.append(step)
        paid = "; ".join(movements(step.receipt, self.names))
        self._console.print(f"  {name:9} {step.what:48} {step.receipt.gas_used:>9,} gas  {paid}".rstrip())


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="A table of your own, CSV with a header.")
@click.option("--target", help="What to predict: a column, or a condition such as 'G3>=10'.")
@shared
def demo(app: App, data: Path | None, target: str | None) -> None:
    """Run the whole story: list, sell, train, contest, deliver, pay.

    Without options on scikit-learn's breast cancer data; with --data and --target on a table of your own.
    Everything happens on a local chain with test money, and nothing is left running.

    \b
    tessera demo
    tessera demo --data students.csv --target 'G3>=10'
    """
    from marketplace.datasets import (
        BREAST_CANCER_TARGET,
        build_schema,
        load_breast_cancer_table,
        parse_target,
        read_table,
    )

    started = time.monotonic()
    if (data is None) != (target is None):
        raise click.UsageError("--data and --target go together")
    if data is None or target is None:
        table, wanted = load_breast_cancer_table(), BREAST_CANCER_TARGET
    else:
        table, wanted = read_table(data), target
        build_schema(table, parse_target(table, wanted))  # refuse a table before a chain is started
    with tempfile.TemporaryDirectory(prefix="tessera-demo-") as folder:
        _play(app, Path(folder), table, wanted, started)


def _play(app: App, folder: Path, table: Any, target: str, started: float) -> None:
    from marketplace.chain import Localnet, Node
    from marketplace.services import ledger, story
    from marketplace.services.cast import make_cast
    from marketplace.services.setup import deploy_to_localnet

    teller = Teller(app)
    with Localnet(folder / "localnet", app.given.anvil) as state:
        teller.chapter("A local chain is started, the contracts are deployed")
        deployment = deploy_to_localnet(Node(state.url), lambda n, _a, gas: teller.say(f"{n}: {gas:,} gas"))
        cast = make_cast(folder, state.url, deployment, teller.step)
        teller.names = {market.account: name for name, market in cast.markets.items()}
        teller.names |= {address: name for name, address in deployment.addresses().items()}
        scene = story.make_scene(cast, teller, folder, table, target)
        story.play(scene)
        lines = ledger.settle_accounts(scene)
        gas = ledger.compare_gas(teller.steps)
        found = ledger.check_conservation(cast)
    seconds = time.monotonic() - started
    if app.as_json:
        click.echo(json.dumps(_data(lines, gas, found, seconds), indent=2))
    else:
        _show(app, lines, gas, found, seconds, cast)


def _data(
    lines: Sequence[Line], gas: Sequence[GasLine], found: Conservation, seconds: float
) -> dict[str, Any]:
    return {
        "accounts": [
            {"name": x.name, "role": x.role, "paid": x.paid, "earned": x.earned, "net": x.net} for x in lines
        ],
        "gas": [
            {"step": x.step, "gas": x.gas, "others": {f"{r.system}: {r.operation}": r.gas for r in x.rivals}}
            for x in gas
        ],
        "conservation": {
            "holds": found.holds,
            "vault": found.balance,
            "free": found.free,
            "buckets": found.buckets,
            "burned": found.burned,
        },
        "seconds": round(seconds, 1),
    }


def _show(
    app: App,
    lines: Sequence[Line],
    gas: Sequence[GasLine],
    found: Conservation,
    seconds: float,
    cast: Cast,
) -> None:
    from marketplace.services.amounts import show_tokens

    app.out.print("\nWhat everyone paid and earned, in test tokens", style="bold")
    money = [(x.name, x.role, show_tokens(x.paid), show_tokens(x.earned), _signed(x.net)) for x in lines]
    app.table([], ("who", "does", "paid>", "earned>", "net>"), money, "")
    app.out.print("Gas, calldata included, beside what others take", style="bold")
    rows = [
        (x.step, f"{x.gas:,}", r.system, r.operation, f"{r.gas:,}", f"{r.gas / x.gas:.1f} x")
        for x in gas
        for r in x.rivals
    ]
    app.table([], ("step", "Tessera>", "system", "operation", "gas>", "ratio>"), rows, "")
    app.out.print("Sources of the others' figures: marketplace/services/rivals.py\n", style="dim")
    app.out.print(
        f"The Vault's conservation held: {show_tokens(found.balance)} tokens = "
        f"{show_tokens(found.free)} free + {show_tokens(found.buckets)} locked + "
        f"{show_tokens(found.burned)} burned"
    )
    app.out.print(
        f"Shown: a dataset listed and sold, a contest decided by {len(cast.markets)} people's own wallets, "
        "a false claim refused, a lying panel convicted, a wrong file refunded, everybody paid by contract "
        f"as the rules say, in {seconds:.0f} s"
    )


def _signed(units: int) -> str:
    from marketplace.services.amounts import show_tokens

    return f"+{show_tokens(units)}" if units > 0 else f"-{show_tokens(-units)}" if units < 0 else "0"
