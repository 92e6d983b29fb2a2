"""Deploy Tessera with brownie: ``brownie run deploy [--network NAME]``.

On the development network accounts[0] deploys, with a test token. Elsewhere the account, the token and the
amounts are asked for. The addresses are recorded in ``deployments/<chain id>.json``, where ``tessera``
finds them on that chain (docs/deploy.md). In the console: ``run("deploy")``.
"""

from pathlib import Path

import click
from brownie import ZERO_ADDRESS, accounts, network, project, web3

from marketplace.chain import Deployment, Node, Placed, save_deployment, verify_deployment
from marketplace.chain.deploy import DEFAULT_PARAMETERS, ORDER, constructor_values
from marketplace.services.setup import keep_record

LIBRARIES = ("BountyEnds", "BountyRules", "PanelEnds")


def main():
    """Deploy every contract and return them by name."""
    local = network.show_active() == "development"
    deployer = accounts[0] if local else accounts.load(click.prompt("Account", type=str))
    parameters = dict(DEFAULT_PARAMETERS)
    token_address = None
    if not local:
        token_address = click.prompt("Address of the token, an ERC-20 with 18 decimals", type=str)
        parameters["seatBond"] = click.prompt("Bond of a seat, base units", default=parameters["seatBond"])
        parameters["submissionFee"] = click.prompt(
            "Fee of a submission, base units", default=parameters["submissionFee"]
        )
    contracts = {container._name: container for container in project.get_loaded_projects()[0]}
    placed = deploy(contracts, deployer, token_address, parameters)
    record(placed, token_address, parameters)
    return placed


def deploy(contracts, deployer, token_address, parameters):
    """Deploy in the order in which each contract's address was predicted."""
    placed = {name: contracts[name].deploy({"from": deployer}) for name in LIBRARIES}
    if token_address is None:
        placed["TestToken"] = contracts["TestToken"].deploy({"from": deployer})
        token_address = placed["TestToken"].address
    first = deployer.nonce
    addresses = {name: deployer.get_deployment_address(first + i) for i, name in enumerate(ORDER)}
    values = {"referee": ZERO_ADDRESS, **parameters, "token": token_address}
    for name in ORDER:
        arguments = constructor_values(name, addresses, values).values()
        placed[name] = contracts[name].deploy(*arguments, {"from": deployer})
        if placed[name].address != addresses[name]:
            raise SystemExit(f"{name} came to lie elsewhere: did the account send something meanwhile?")
    return placed


def record(placed, token_address, parameters):
    """Write the addresses to deployments/<chain id>.json; an earlier record is kept under another name."""
    chain_id = web3.eth.chain_id
    token = token_address or placed["TestToken"].address
    where = {name: Placed(one.address, one.tx.block_number, one.tx.txid) for name, one in placed.items()}
    deployment = Deployment(chain_id, token, where, dict(parameters))
    verify_deployment(Node(web3.provider.endpoint_uri), deployment)
    path = Path(__file__).resolve().parent.parent / "deployments" / f"{chain_id}.json"
    if network.show_active() != "development":
        keep_record(path)
    save_deployment(deployment, path)
    print(f"the addresses are in {path}")
    print(f"next, to show everybody the sources: tessera deploy sources {path.stem}")
