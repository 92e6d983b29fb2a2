"""``tessera proved``: bounties whose score is proved in zero knowledge. Each side has a file of its own."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.cli.common import App, shared, short
from marketplace.cli.history import proved_history
from marketplace.cli.proved_demo import demo
from marketplace.cli.proved_follow import follow
from marketplace.cli.proved_maker import COMMANDS as MAKERS
from marketplace.cli.proved_requester import COMMANDS as REQUESTERS
from marketplace.cli.proved_views import proof_data, proof_fields

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")


@click.group()
def proved() -> None:
    """Pay for a model whose score is proved in zero knowledge: no panel, rows and weights stay hidden.

    \b
    In order: setup · open · commit · rows · prove · receive · release · close.
    After open, or commit, follow does the rest by itself.
    """


@proved.command("setup")
@shared
def setup(app: App) -> None:
    """Fetch the programs that prove (200 MB, from npm) into TESSERA_PROVING. Who only reads needs none.

    \b
    tessera proved setup
    """
    from marketplace.proving.toolchain import Toolchain

    folder = app.given.proving_path
    app.confirm(f"Fetch Noir and Barretenberg from npm into {folder}.")
    Toolchain(folder, app.note).install()
    app.done({"folder": str(folder)}, f"the proving tools are in {folder}")


@proved.command("deploy")
@shared
def deploy(app: App) -> None:
    """Add the contract of proved scores and its verifiers to a local chain's deployment.

    The verifiers that come with this package are for local chains: anybody can forge proofs for them.

    \b
    tessera proved deploy
    """
    from marketplace.services.proof_setup import add_proofs, require_local

    market = app.market()
    require_local(market.chain_id)
    app.confirm(
        f"Deploy Proofs and UNSAFE verifiers to chain {market.chain_id}.", f"  {market.account} pays the gas"
    )
    gas = 0

    def tell(contract: str, address: str, used: int) -> None:
        nonlocal gas
        gas += used
        app.note(f"  {contract}: {address}, gas {used:,}")

    path = add_proofs(app.settings, market, tell)
    app.done({"file": str(path), "gas": gas}, f"deployed, recorded in {path}")


@proved.command("list")
@shared
def list_(app: App) -> None:
    """List the proved bounties.

    \b
    tessera proved list
    """
    from marketplace.services.amounts import show_tokens
    from marketplace.services.proofs import list_proofs

    views = list_proofs(app.reader())
    rows = [
        (
            short(one.bounty_id),
            show_tokens(one.terms.reward),
            show_tokens(one.terms.bond),
            str(one.terms.row_count),
            str(one.terms.most_wrong),
            f"{len(one.pledges)}/{one.terms.makers}",
            one.stage,
        )
        for one in views
    ]
    columns = ("bounty", "reward>", "bond>", "rows>", "wrong at most>", "makers>", "stage")
    app.table([proof_data(one) for one in views], columns, rows, "no proved bounty was opened")


@proved.command("show")
@BOUNTY
@shared
def show(app: App, bounty_id: str) -> None:
    """Show a proved bounty: terms, deadlines, makers.

    \b
    tessera proved show 0x5a1e
    """
    from marketplace.services.proofs import find_proof, load_proof

    market = app.reader()
    view = load_proof(market, find_proof(market, bounty_id))
    app.fields("proved bounty", proof_data(view), proof_fields(view))


@proved.command("schema")
@BOUNTY
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def schema(app: App, bounty_id: str, out: Path) -> None:
    """Write a proved bounty's row schema to a file: what a model's rows look like.

    \b
    tessera proved schema 0x5a1e --out rows.schema.json
    """
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.services.proof_request import read_proof_schema
    from marketplace.services.proofs import find_proof, load_proof

    market = app.reader()
    found = read_proof_schema(market, load_proof(market, find_proof(market, bounty_id)).terms)
    require_writable(app, out)
    write_file(out, found.to_bytes())
    data = {"file": str(out), "features": list(found.names), "target": found.target.spec}
    app.done(data, f"wrote the schema of {found.width} features to {out}")


for _command in (*REQUESTERS, *MAKERS, follow, proved_history, demo):
    proved.add_command(_command)
