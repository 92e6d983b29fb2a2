"""``tessera localnet``: a chain of one's own, with the contracts, play money, and time at will."""

from __future__ import annotations

import click

from marketplace.cli.common import AMOUNT, LENGTH, App, shared
from marketplace.errors import ChainError


@click.group()
def localnet() -> None:
    """Start and stop a local chain with the contracts on it."""


@localnet.command("start")
@click.option("--port", type=click.IntRange(1, 65535), help="8545 by default, or any free one.")
@shared
def start(app: App, port: int | None) -> None:
    """Start a local chain and deploy the contracts to it. It runs until it is stopped.

    \b
    tessera localnet start
    """
    from marketplace.services import setup

    state = setup.localnet_state(app.given)
    if state is not None and port is not None and state.port != port:
        raise ChainError(
            f"a local chain runs already, at {state.url}",
            "use it, or end it first: tessera localnet stop; another home has a chain of its own (--home)",
        )
    with app.busy("starting the chain, deploying the contracts"):
        found = setup.start_localnet(app.given, port=port)
    data = {
        "url": found.state.url,
        "chain_id": found.state.chain_id,
        "pid": found.state.pid,
        "contracts": found.deployment.addresses(),
    }
    what = "deployed to" if found.fresh else "on"
    app.done(
        data,
        f"local chain {found.state.chain_id} runs at {found.state.url}; the contracts are {what} it",
        "next: tessera wallet new, tessera localnet faucet",
    )


@localnet.command("stop")
@shared
def stop(app: App) -> None:
    """Stop the local chain; everything on it is gone.

    \b
    tessera localnet stop
    """
    from marketplace.services import setup

    if setup.localnet_state(app.given) is not None:
        app.confirm("Stop the local chain: its accounts, assets and orders are gone then.")
    stopped = setup.stop_localnet(app.given)
    app.done({"stopped": stopped}, "stopped" if stopped else "no local chain was running")


@localnet.command("status")
@shared
def status(app: App) -> None:
    """Tell whether the local chain runs, and where.

    \b
    tessera localnet status
    """
    from marketplace.chain import Node
    from marketplace.services import setup
    from marketplace.services.amounts import show_time

    state = setup.localnet_state(app.given)
    if state is None:
        app.done({"running": False}, "no local chain runs: tessera localnet start")
        return
    block = Node(state.url).block()
    data = {"running": True, "url": state.url, "chain_id": state.chain_id, "pid": state.pid}
    data |= {"block": block.number, "time": block.timestamp}
    shown = [
        ("address", state.url),
        ("chain id", str(state.chain_id)),
        ("process", str(state.pid)),
        ("block", f"{block.number} at {show_time(block.timestamp)}"),
    ]
    app.fields("local chain", data, shown)


@localnet.command("faucet")
@click.argument("who", nargs=-1, metavar="[WHO]...")
@click.option("--tokens", type=AMOUNT, default="1000", show_default=True, help="Test tokens to give.")
@click.option("--coins", type=AMOUNT, default="10", show_default=True, help="Coins for gas to give.")
@shared
def faucet(app: App, who: tuple[str, ...], tokens: int, coins: int) -> None:
    """Give play money to addresses or wallets: test tokens, and coin for gas.

    \b
    tessera localnet faucet bob alice --tokens 500
    """
    from marketplace.services import setup
    from marketplace.services.amounts import show_tokens

    found = []
    for address in [_address(app, one) for one in who or (None,)]:
        has, coin_wei = setup.faucet(app.settings, address, tokens, coins)
        found.append({"address": address, "wallet": show_tokens(has), "coin": show_tokens(coin_wei)})
    shown = [f"{x['address']} has {x['wallet']} tokens and {x['coin']} coins now" for x in found]
    app.done(found[0] if len(found) == 1 else {"given": found}, *shown)


@localnet.command("advance")
@click.argument("time", type=LENGTH)
@shared
def advance(app: App, time: int) -> None:
    """Move the local chain's time on, for instance past a deadline.

    \b
    tessera localnet advance 1d
    """
    from marketplace.services import setup
    from marketplace.services.amounts import show_time

    now = setup.pass_time(app.settings, time)
    app.done({"time": now}, f"the chain's time is {show_time(now)} now")


def _address(app: App, who: str | None) -> str:
    """Return an address as it is, or that of a wallet."""
    if who is not None and who.startswith("0x"):
        return who
    from marketplace.crypto.keystore import Keystore

    name = who or app.given.wallet
    for entry in Keystore(app.given.wallets_path).list():
        if entry.name == name:
            return entry.address
    raise ChainError(f"there is no wallet {name!r} to give money to", "make it first: tessera wallet new")
