"""The chain: the node, the contracts on it, and transactions under way."""

from __future__ import annotations

import time
from collections.abc import Iterator

from marketplace.chain import Journal, Node, load_deployment, verify_deployment
from marketplace.chain.code_check import foreign_code
from marketplace.config import Settings
from marketplace.crypto.keystore import Keystore
from marketplace.services.doctor.finding import Finding, fine, note, wrong

HISTORY_CONTRACT = "0x0000F90827F1C53a10cb7A02335B175320002935"
"""Old block hashes, from which panels are drawn. https://eips.ethereum.org/EIPS/eip-2935"""

MAX_SKEW_SECONDS = 60
"""A block from further ahead means that this computer's clock is behind."""

MAX_AGE_SECONDS = 900
"""A newest block older than that means that the node is behind, or the chain stands still."""


def check_node(settings: Settings) -> Iterator[Finding]:
    """Reachable, in step with the network and with this computer's clock, and new enough."""
    node = _node(settings)
    newest = node.block()
    local = str(node.request("web3_clientVersion")).lower().startswith("anvil")
    syncing = node.request("eth_syncing")
    yield fine("node", f"{node.where}: chain {node.chain_id}, block {newest.number:,}")
    if syncing:
        yield wrong(
            "node", "the node is still catching up with the network", "wait, or use another TESSERA_RPC_URL"
        )
    ahead = newest.timestamp - int(time.time())
    if local and abs(ahead) > MAX_SKEW_SECONDS:
        yield note(
            "clock", f"the local chain's time is {_span(ahead)}", "that is how tessera localnet advance works"
        )
    elif ahead > MAX_SKEW_SECONDS:
        yield wrong(
            "clock",
            f"the newest block is {_span(ahead)}",
            "set this computer's clock: deadlines depend on it",
        )
    elif ahead < -MAX_AGE_SECONDS:
        do = "check that the node is in step with its network, and this computer's clock"
        yield wrong("clock", f"the newest block is {_span(ahead)}", do)
    else:
        yield fine("clock", "in step with the newest block")
    if not node.has_code(HISTORY_CONTRACT):
        do = "contests draw panels with it: use a chain with the Prague upgrade"
        yield wrong("node", "the chain has no contract of old block hashes (EIP-2935)", do)


def check_deployment(settings: Settings) -> Iterator[Finding]:
    """The contracts: recorded, wired as recorded, and with the code that this package ships."""
    node = _node(settings)
    path = settings.deployment_path(node.chain_id)
    deployment = load_deployment(path)
    verify_deployment(node, deployment)
    if strange := foreign_code(node, deployment):
        yield wrong(
            "contracts",
            f"other code than this version ships: {', '.join(strange)}",
            "put no money in; take the version that belongs to them, or another TESSERA_DEPLOYMENT",
        )
    else:
        yield fine("contracts", f"{len(deployment.contracts)} as shipped, by {path}")
    referee = deployment.parameters.get("referee")
    if referee is None:
        yield fine("referee", f"{deployment.address('Referee')}: a wrong file is disproved by one piece")
    else:
        do = "trade with those you can talk to, or keep prices small: by no rule disputes are decided here"
        yield note("referee", f"{referee} was named instead of the contract that this version ships", do)


def check_journal(settings: Settings) -> Iterator[Finding]:
    """Transactions that were begun and not finished."""
    if not settings.journal_path.exists():
        yield fine("journal", "no transaction yet")
        return
    journal, network = Journal(settings.journal_path), _node(settings).network
    open_ones = 0
    for entry in Keystore(settings.wallets_path).list():
        for one in journal.pending(network, entry.address):
            open_ones += 1
            says = f"transaction {one.nonce} of {entry.name} is not finished: {one.intent.split(':')[0]}"
            yield note("journal", says, "run that command again: it goes on, and pays once")
    if not open_ones:
        yield fine("journal", "every transaction is finished")


def _node(settings: Settings) -> Node:
    return Node(settings.rpc_url, timeout_seconds=settings.rpc_timeout_seconds)


def _span(seconds: int) -> str:
    words = f"{abs(seconds):,} seconds"
    return f"{words} ahead of this computer's clock" if seconds > 0 else f"{words} old"
