"""``tessera deploy``: put the contracts on a chain."""

from __future__ import annotations

import click

from marketplace.cli.common import AMOUNT, App, shared


@click.command()
@click.option("--token", metavar="ADDRESS", help="ERC-20 to trade in; a test token is deployed by default.")
@click.option("--seat-bond", type=AMOUNT, help="Bond of an evaluator's seat, tokens (default 1000).")
@click.option("--submission-fee", type=AMOUNT, help="Burned with each submission, tokens (default 1).")
@shared
def deploy(app: App, token: str | None, seat_bond: int | None, submission_fee: int | None) -> None:
    """Deploy the contracts to the chain of --rpc-url, and record where they are.

    Nobody has rights in them afterwards, not even who deployed them.

    \b
    tessera deploy --rpc-url http://127.0.0.1:8545 --token 0x…
    """
    from marketplace.chain import Node
    from marketplace.services import setup

    given = {"seatBond": seat_bond, "submissionFee": submission_fee}
    parameters = {name: value for name, value in given.items() if value is not None}
    node = Node(app.settings.rpc_url)
    chain_id, wallet = node.chain_id, app.wallet()
    app.confirm(
        f"Deploy the contracts to chain {chain_id} at {node.where}.",
        f"  {wallet.address} pays the gas",
        f"  they trade in {token or 'a test token that anybody can make: for trying out only'}",
    )
    gas = 0

    def tell(name: str, address: str, used: int) -> None:
        nonlocal gas
        gas += used
        app.note(f"  {name}: {address}, gas {used:,}")

    found = setup.deploy(app.settings, wallet, token=token, parameters=parameters, on_contract=tell)
    path = app.settings.deployment_path(chain_id)
    data = {"chain_id": chain_id, "token": found.token, "contracts": found.addresses(), "gas": gas}
    app.done({**data, "file": str(path)}, f"deployed {len(found.contracts)} contracts, recorded in {path}")
