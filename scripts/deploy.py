"""Deploy Tessera with brownie: ``brownie run deploy [--network NAME]``.

On the development network accounts[0] deploys, with a test token. Elsewhere the account, the token and the
amounts are asked for, and checked before anything is sent. The addresses are recorded in
``deployments/<chain id>.json``, where ``tessera`` finds them on that chain (docs/deploy.md). In the
console: ``run("deploy")``.
"""

from pathlib import Path

import click
from brownie import accounts, network, project, web3

from marketplace.chain import Deployment, Node, Placed, save_deployment, verify_deployment
from marketplace.chain.deploy import DEFAULT_PARAMETERS, ORDER, constructor_values
from marketplace.errors import MarketplaceError
from marketplace.services.amounts import TOKEN_DECIMALS, parse_tokens, show_coin
from marketplace.services.setup import checked_token, keep_record

LIBRARIES = ("BountyEnds", "BountyRules", "ChaCha20", "Demands", "PanelEnds", "Scores")


def main():
    """Deploy every contract and return them by name."""
    local = network.show_active() == "development"
    deployer = accounts[0] if local else ask_account()
    token_address, parameters = (None, dict(DEFAULT_PARAMETERS)) if local else ask_terms()
    if not local:
        confirm(deployer, token_address)
    contracts = {container._name: container for container in project.get_loaded_projects()[0]}
    placed = deploy(contracts, deployer, token_address, parameters)
    record(placed, token_address, parameters)
    return placed


def ask_account():
    """Ask for one of brownie's accounts."""
    names = sorted(accounts.load())
    if not names:
        raise SystemExit("brownie has no account yet: brownie accounts new NAME, or brownie accounts import")
    return accounts.load(click.prompt("Account", type=click.Choice(names)))


def ask_terms():
    """Ask for the token (None: a test token) and the amounts; nothing is sent before they are checked."""
    print(
        f"What is traded in: an ERC-20 with {TOKEN_DECIMALS} decimals that neither takes a fee nor rebases."
    )
    token = click.prompt("Address of the token ('test': one that anybody can make)", value_proc=read_token)
    amounts = {
        "seatBond": click.prompt("Bond of a seat, tokens", default="1000", value_proc=read_amount),
        "submissionFee": click.prompt("Fee of a submission, tokens", default="1", value_proc=read_amount),
    }
    return token, {**DEFAULT_PARAMETERS, **amounts}


def read_token(text):
    """Return the address of a token that is on the chain, None for ``test``."""
    if text.strip() == "test":
        return None
    return answered(checked_token, Node(web3.provider.endpoint_uri), text.strip())


def read_amount(text):
    """Return base units of an amount of tokens."""
    return answered(parse_tokens, text)


def answered(read, *words):
    """Read an answer; click shows what is wrong with it and asks again."""
    try:
        return read(*words)
    except MarketplaceError as error:
        raise click.UsageError(f"{error}; {error.hint}") from error


def confirm(deployer, token_address):
    """Say what will be sent, and ask."""
    print(f"Deploy the contracts to chain {web3.eth.chain_id} ({network.show_active()}).")
    print(f"  {deployer.address} pays the gas; it has {show_coin(deployer.balance())} coin")
    print(f"  they trade in {token_address or 'a test token that anybody can make: for trying out only'}")
    if not click.confirm("Go on?", default=False):
        raise SystemExit("nothing was sent")


def deploy(contracts, deployer, token_address, parameters):
    """Deploy in the order in which each contract's address was predicted."""
    placed = {name: contracts[name].deploy({"from": deployer}) for name in LIBRARIES}
    if token_address is None:
        placed["TestToken"] = contracts["TestToken"].deploy({"from": deployer})
        token_address = placed["TestToken"].address
    first = deployer.nonce
    addresses = {name: deployer.get_deployment_address(first + i) for i, name in enumerate(ORDER)}
    values = {**parameters, "token": token_address}
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
