"""``tessera proved demo``: a proved bounty on a local chain of its own, which ends with it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from marketplace.cli.common import App, shared
from marketplace.cli.demo import Teller
from marketplace.errors import MarketplaceError
from marketplace.proving.shapes import KINDS


@click.command()
@click.option(
    "--kind", type=click.Choice([*KINDS]), default="linear", show_default=True, help="Of the model."
)
@shared
def demo(app: App, kind: str) -> None:
    """Run the whole story of a proved bounty: ask, commit, hand out rows, prove, be paid, receive.

    On scikit-learn's breast cancer data, with test money; the proving tools are fetched first.

    \b
    tessera proved demo
    """
    from marketplace.services.proof_submit import PROOF_STEP

    started, teller = time.monotonic(), Teller(app)
    with tempfile.TemporaryDirectory(prefix="tessera-proved-") as folder:
        _play(app, Path(folder), teller, kind)
    gas = next(one.receipt.gas_used for one in teller.steps if one.what == PROOF_STEP)
    seconds = round(time.monotonic() - started, 1)
    text = f"\nThe Vault's conservation held. Proving and paying: {gas:,} gas. Finished in {seconds} s."
    app.done({"gas_proved_payout": gas, "seconds": seconds}, text)


def _play(app: App, folder: Path, teller: Teller, kind: str) -> None:
    from marketplace.chain import Localnet, Node
    from marketplace.datasets import BREAST_CANCER_TARGET, load_breast_cancer_table
    from marketplace.proving.toolchain import Toolchain
    from marketplace.services import proof_setup, proof_story
    from marketplace.services.cast import make_cast
    from marketplace.services.conservation import conservation
    from marketplace.services.setup import deploy_to_localnet, throw_away_client

    tools = Toolchain(app.given.proving_path, teller.say)
    tools.install()
    with Localnet(folder / "localnet", app.given.anvil) as state:
        teller.chapter("A local chain is started, the contracts and their UNSAFE verifiers are deployed")
        node = Node(state.url)
        deployment = proof_setup.deploy_proofs(
            throw_away_client(node),
            deploy_to_localnet(node),
            lambda name, _, gas: teller.say(f"{name}: {gas:,} gas"),
        )
        cast = make_cast(folder, state.url, deployment, teller.step, proof_story.PEOPLE)
        teller.names = {market.account: name for name, market in cast.markets.items()}
        teller.names |= {address: name for name, address in deployment.addresses().items()}
        data = proof_story.Data(load_breast_cancer_table(), BREAST_CANCER_TARGET, kind)
        proof_story.play(cast, teller, folder, data, tools)
        if not conservation(cast[proof_story.REQUESTER]).holds:
            raise MarketplaceError("the Vault's conservation did not hold", "please report this")
