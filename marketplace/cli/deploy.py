"""``tessera deploy``: put the contracts on a chain; see what was put where, and show its sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from marketplace.cli.common import AMOUNT, App, shared

_NAME = click.argument("name", required=False, metavar="[NAME]")


@click.group(invoke_without_command=True)
@click.option("--token", metavar="ADDRESS", help="ERC-20 to trade in; a test token is deployed by default.")
@click.option("--seat-bond", type=AMOUNT, help="Bond of an evaluator's seat, tokens (default 1000).")
@click.option("--submission-fee", type=AMOUNT, help="Burned with each submission, tokens (default 1).")
@click.option("--name", metavar="NAME", help="Record it under a name (default: the chain id).")
@shared
def deploy(
    app: App, token: str | None, seat_bond: int | None, submission_fee: int | None, name: str | None
) -> None:
    """Deploy the contracts to the chain of --rpc-url, and record where they are.

    Nobody has rights in them afterwards, not even who deployed them. TESSERA_DEPLOYMENT=NAME uses a
    deployment that was recorded under a name.

    \b
    tessera deploy --rpc-url http://127.0.0.1:8545 --token 0x… --name rehearsal
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    from marketplace.chain import Node
    from marketplace.services import setup

    given = {"seatBond": seat_bond, "submissionFee": submission_fee}
    parameters = {key: value for key, value in given.items() if value is not None}
    settings = app.settings if name is None else replace(app.settings, deployment=_recorded_name(name))
    node = Node(settings.rpc_url)
    path, wallet = settings.own_deployment_path(node.chain_id), app.wallet()
    app.confirm(
        f"Deploy the contracts to chain {node.chain_id} at {node.where}.",
        f"  {wallet.address} pays the gas",
        f"  they trade in {token or 'a test token that anybody can make: for trying out only'}",
        *([f"  {path.name} is taken: that record is kept under another name"] if path.exists() else []),
    )
    gas = 0

    def tell(contract: str, address: str, used: int) -> None:
        nonlocal gas
        gas += used
        app.note(f"  {contract}: {address}, gas {used:,}")

    found = setup.deploy(settings, wallet, token=token, parameters=parameters, on_contract=tell)
    data = {"chain_id": found.chain_id, "token": found.token, "contracts": found.addresses(), "gas": gas}
    app.done(
        {**data, "file": str(path)},
        f"deployed {len(found.contracts)} contracts, recorded in {path}",
        f"next, to show everybody their sources: tessera deploy sources {path.stem}",
    )


@deploy.command("list")
@shared
def list_(app: App) -> None:
    """List recorded deployments: this user's, and those of the repository.

    \b
    tessera deploy list
    """
    from marketplace.services.deployments import list_deployments

    found = list_deployments(app.settings)
    data = [{"name": x.name, "chain_id": x.deployment.chain_id, "file": str(x.path)} for x in found]
    rows = [(x.name, str(x.deployment.chain_id), x.deployment.address("Vault"), str(x.path)) for x in found]
    app.table(data, ("name", "chain>", "Vault", "file"), rows, "nothing was deployed: tessera deploy")


@deploy.command("show")
@_NAME
@shared
def show(app: App, name: str | None) -> None:
    """Show a deployment: addresses, blocks, parameters. By default the one that commands use.

    \b
    tessera deploy show rehearsal
    """
    from marketplace.services.deployments import find_deployment

    found = find_deployment(app.settings, name)
    made = found.deployment
    data = {
        "name": found.name,
        "file": str(found.path),
        "chain_id": made.chain_id,
        "token": made.token,
        "contracts": {one: placed.to_json() for one, placed in made.contracts.items()},
        "parameters": made.parameters,
    }
    shown = [("chain", str(made.chain_id)), ("token", made.token), ("file", str(found.path))]
    shown += [(one, f"{placed.address}, block {placed.block}") for one, placed in made.contracts.items()]
    shown += [(one, str(value)) for one, value in made.parameters.items()]
    app.fields(f"deployment {found.name}", data, shown)


@deploy.command("sources")
@_NAME
@click.option("--out", type=click.Path(path_type=Path), help="Folder (default: NAME-sources here).")
@shared
def sources(app: App, name: str | None, out: Path | None) -> None:
    """Write what explorers need to verify the sources of a deployment; nothing is sent.

    For each contract the compiler's standard JSON input (Etherscan takes it) and the body of a request to
    Sourcify; in verification.json compiler, constructor arguments, libraries and creating transaction.

    \b
    tessera deploy sources rehearsal --out rehearsal-sources
    """
    from marketplace.services.deployments import INDEX, find_deployment, write_verification

    found = find_deployment(app.settings, name)
    folder = out or Path(f"{found.name}-sources")
    if folder.exists():
        app.confirm(f"Write into {folder}, where something is already.")
    written = write_verification(found.deployment, folder)
    server = f"https://sourcify.dev/server/v2/verify/{found.deployment.chain_id}"
    app.done(
        {"folder": str(folder), "contracts": [one.name for one in written]},
        f"wrote the sources of {len(written)} contracts, and {INDEX}, to {folder}; nothing was sent",
        "to show them to everybody on Sourcify (Etherscan takes what docs/deploy.md says):",
        *(
            f"  curl -H 'Content-Type: application/json' -d @{folder}/{one.name}.sourcify.json "
            f"{server}/{one.address}"
            for one in written
        ),
    )


def _recorded_name(text: str) -> Path:
    from marketplace.config import name_or_path

    name = name_or_path(text)
    if name.is_absolute():
        raise click.UsageError("--name takes lower-case letters, digits, - and _")
    return name
