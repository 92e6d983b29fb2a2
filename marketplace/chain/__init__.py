"""The chain: client, signers, journal, deployment and the local chain."""

from marketplace.chain.calls import Limits
from marketplace.chain.client import ChainClient
from marketplace.chain.deploy import deploy_all, verify_deployment
from marketplace.chain.deployment import TOKEN, Deployment, Placed, load_deployment, save_deployment
from marketplace.chain.events import Event
from marketplace.chain.journal import Entry, Journal
from marketplace.chain.localnet import LocalChain, Localnet, LocalnetState
from marketplace.chain.reader import Snapshot
from marketplace.chain.receipts import Receipt, Submitted
from marketplace.chain.rpc import Block, Node
from marketplace.chain.signer import LocalSigner, Signer
from marketplace.chain.values import new_intent, to_abi

__all__ = [
    "TOKEN",
    "Block",
    "ChainClient",
    "Deployment",
    "Entry",
    "Event",
    "Journal",
    "Limits",
    "LocalChain",
    "LocalSigner",
    "Localnet",
    "LocalnetState",
    "Node",
    "Placed",
    "Receipt",
    "Signer",
    "Snapshot",
    "Submitted",
    "deploy_all",
    "load_deployment",
    "new_intent",
    "save_deployment",
    "to_abi",
    "verify_deployment",
]
