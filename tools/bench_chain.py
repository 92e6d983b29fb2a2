"""Measure sending, indexing and settling against web3.py and against one at a time, as ratios of one run.

Each pair is measured in turns, several times, on one anvil with blocks at once; of each side the best counts.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench_common import Results, figure, timed
from eth_account import Account
from web3 import HTTPProvider, Web3

from marketplace.chain import (
    ChainClient,
    Deployment,
    Journal,
    LocalChain,
    Localnet,
    LocalSigner,
    Node,
    new_intent,
)
from marketplace.chain.batch import Planned
from marketplace.chain.index import EventIndex
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from marketplace.crypto.points import Point
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from marketplace.node.seller import Seller
from marketplace.services import buy, sell
from marketplace.services.accounts import MODULES, UNLIMITED, deposit
from marketplace.services.catalog import load_asset
from marketplace.services.market import Market
from marketplace.services.publish import plan_dataset, publish
from marketplace.services.setup import deploy_to_localnet
from marketplace.services.structs import AssetTerms
from marketplace.storage import FolderStore

COIN = 10**18
REPETITIONS = 3
SENT_ONE_BY_ONE, SENT_AT_ONCE = 60, 500
ORDERS, ORDERS_ONE_BY_ONE = 200, 12
SMALL_EVENTS, LISTINGS = 20_000, 800
PER_TRANSACTION = 500


def measure_chain(folder: Path) -> Results:
    """Measure all three, each on a local chain of its own."""
    found: Results = {}
    for measure in (measure_sending, measure_index, measure_orders):
        with Localnet(folder / measure.__name__) as state:
            node = Node(state.url)
            found |= measure(folder / f"{measure.__name__}-files", node, deploy_to_localnet(node))
    return found


def writer(node: Node, deployment: Deployment, journal: Journal) -> ChainClient:
    """Return the client of somebody with coin for gas."""
    signer = LocalSigner(Account.create())
    LocalChain(node).set_balance(signer.address, 10_000 * COIN)
    return ChainClient(node, deployment, signer, journal)


def faster(times: float, goal: float, how: str) -> dict[str, object]:
    """Describe how many times faster we are."""
    return figure(round(times, 2), "x", goal, how)


# --- sending


def measure_sending(folder: Path, node: Node, deployment: Deployment) -> Results:
    """Approve modules of the vault: by us at once, by web3.py one after the other."""
    client = writer(node, deployment, Journal(folder / "journal.db"))
    plain = Account.create()
    LocalChain(node).set_balance(plain.address, 10_000 * COIN)
    target = deployment.address("Assets")
    ours, theirs = [], []
    for turn in range(REPETITIONS + 1):  # the first warms both up
        calls = [
            Planned(new_intent("approve"), "Vault", "approve", (target, turn * SENT_AT_ONCE + i))
            for i in range(SENT_AT_ONCE)
        ]
        ours.append(timed(lambda calls=calls: require_mined(client, calls)) / SENT_AT_ONCE)
        theirs.append(send_plainly(node, deployment, plain, turn) / SENT_ONE_BY_ONE)
    per_second = f"{1 / min(ours):,.0f} over {1 / min(theirs):,.0f} a second"
    how = (
        f"Vault.approve, {SENT_AT_ONCE} at once: estimated, signed, journalled (SQLite, synced to disk), "
        "sent, and their receipts; over web3.py: build_transaction (its own estimate and fees, nonce counted "
        "by the caller), sign_transaction with coincurve, send_raw_transaction, wait_for_transaction_receipt "
        f"polled every millisecond, one after the other: {per_second}, best of {REPETITIONS + 1} turns each"
    )
    return {"chain.send_vs_web3": faster(min(theirs) / min(ours), 12, how)}


def require_mined(client: ChainClient, calls: Sequence[Planned]) -> None:
    """Send transactions at once, all of which must be mined."""
    for found in client.send_many(calls):
        if isinstance(found, Exception):
            raise found


def send_plainly(node: Node, deployment: Deployment, account: Any, turn: int) -> float:
    """Send as web3.py's documentation does; return the seconds it took."""
    web3 = Web3(HTTPProvider(node.web3.provider.endpoint_uri))  # type: ignore[attr-defined]
    vault = web3.eth.contract(
        deployment.address("Vault"), abi=ChainClient(node, deployment).contract("Vault").abi
    )
    target, nonce = deployment.address("Assets"), web3.eth.get_transaction_count(account.address)
    started = time.perf_counter()
    for i in range(SENT_ONE_BY_ONE):
        call = vault.functions.approve(target, turn * SENT_ONE_BY_ONE + i)
        built = call.build_transaction({"from": account.address, "nonce": nonce + i})
        signed = account.sign_transaction(built)
        sent = web3.eth.send_raw_transaction(signed.raw_transaction)
        if web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)["status"] != 1:
            raise SystemExit("a transaction of web3.py failed")
    return time.perf_counter() - started


# --- the index


def measure_index(folder: Path, node: Node, deployment: Deployment) -> Results:
    """Read small events and large ones, each by both; the lower ratio counts."""
    folder.mkdir()
    client = writer(node, deployment, Journal(None))
    small = fill_small(client)
    first = measure_events(folder, node, deployment, {"Vault": ["ModuleApproved"]}, 0, small)
    last = node.block().number
    fill_large(client)
    large = {"Assets": ["TransferSingle", "AssetListed"]}
    second = measure_events(folder, node, deployment, large, last + 1, node.block().number)
    (one, ours, theirs), (two, big_ours, big_theirs) = first, second
    how = (
        "events a second into SQLite, over contract.events.X().get_logs of web3.py over the same blocks, "
        f"best of {REPETITIONS} turns each; small (ModuleApproved): {ours:,.0f} over {theirs:,.0f}, "
        f"{one:.1f} x; large (AssetListed with TransferSingle): {big_ours:,.0f} over {big_theirs:,.0f}, "
        f"{two:.1f} x; the lower counts"
    )
    return {"chain.index_vs_web3": faster(min(one, two), 10, how)}


def fill_small(client: ChainClient) -> int:
    """Make many events of a few words; return the last block."""
    vault, assets = client.contract("Vault"), client.address("Assets")
    calls = [vault.encode_abi("approve", args=[assets, n]) for n in range(PER_TRANSACTION)]
    for _ in range(SMALL_EVENTS // PER_TRANSACTION):
        client.send("Vault", "multicall", calls, intent=new_intent("fill"), gas_limit=20_000_000)
    return client.node.block().number


def fill_large(client: ChainClient) -> None:
    """List many assets."""
    key, seal = Point.from_scalar(5), Point.from_scalar(6)
    calls = []
    for _ in range(LISTINGS):
        root, manifest = secrets.token_bytes(32), secrets.token_bytes(32)
        terms = AssetTerms(client.account, 1, COIN, 0, 3600, 86_400, root, manifest, key, seal)
        calls.append(Planned(new_intent("list"), "Assets", "list", (secrets.token_bytes(32), terms, [])))
    require_mined(client, calls)


def measure_events(
    folder: Path, node: Node, deployment: Deployment, kinds: dict[str, list[str]], first: int, last: int
) -> tuple[float, float, float]:
    """Read events of some blocks by both; return the ratio, and events a second of each."""
    web3 = Web3(HTTPProvider(node.web3.provider.endpoint_uri))  # type: ignore[attr-defined]
    known = ChainClient(node, deployment)
    contracts = {
        name: web3.eth.contract(deployment.address(name), abi=known.contract(name).abi) for name in kinds
    }
    ours, theirs, counts = [], [], set()
    for _ in range(REPETITIONS):
        found: list[Any] = []

        def read(found: list[Any] = found) -> None:
            for name, events in kinds.items():
                for event in events:
                    found += contracts[name].events[event]().get_logs(from_block=first, to_block=last)

        theirs.append(timed(read) / len(found))
        index = EventIndex(folder / f"{secrets.token_hex(4)}.db", starting_at(deployment, first))
        index.cursor()  # the tables are there
        seconds = timed(lambda index=index: index.sync(node))
        ours.append(seconds / index.cursor().events)
        counts.add(index.cursor().events - len(found))
        index.close()
    if counts != {0}:
        raise SystemExit(f"the index and web3.py read different numbers of events: {counts}")
    return min(theirs) / min(ours), 1 / min(ours), 1 / min(theirs)


def starting_at(deployment: Deployment, block: int) -> Deployment:
    """Return a deployment whose contracts are read from a block on."""
    places = {name: replace(one, block=max(one.block, block)) for name, one in deployment.contracts.items()}
    return replace(deployment, contracts=places)


# --- orders


def measure_orders(folder: Path, node: Node, deployment: Deployment) -> Results:
    """Settle open orders: one after the other as a seller types it, and in one turn of ``tessera serve``."""
    seller, buyer = (person(folder, node, deployment, name) for name in ("seller", "buyer"))
    table = folder / "table.csv"
    table.write_text("a,b\n" + "".join(f"{i},{i}\n" for i in range(100)))
    listing = load_asset(buyer, publish(seller, plan_dataset(table, price=COIN)).asset_id)
    alone, together = [], []
    for turn in range(REPETITIONS):
        for _ in range(ORDERS_ONE_BY_ONE):
            buy.order(buyer, listing, again=True)
        alone.append(timed(lambda: settle_one_by_one(seller)) / ORDERS_ONE_BY_ONE)
        for _ in range(ORDERS):
            buy.order(buyer, listing, again=True)
        daemon = Seller(seller, Report("serve", lambda _: None, as_json=True), Patience(1.0))
        done: list[int] = []
        together.append(timed(lambda daemon=daemon, done=done: done.append(daemon.turn())) / ORDERS)
        if done != [ORDERS] or sell.open_sales(seller):
            raise SystemExit(f"turn {turn}: {done} orders were settled, not {ORDERS}")
    per_second = f"{1 / min(together):,.0f} over {1 / min(alone):,.0f} orders a second"
    how = (
        f"{ORDERS} open orders settled by one turn of tessera serve (buyer list, key lock, journal, "
        f"receipts), over {ORDERS_ONE_BY_ONE} settled one after the other by sell.open_sales and sell.settle "
        f"in one process, on blocks made at once: {per_second}, best of {REPETITIONS} turns each"
    )
    return {"orders.parallel": faster(min(alone) / min(together), 10, how)}


def settle_one_by_one(seller: Market) -> None:
    """Settle what is open, one order after the other."""
    for sale in sell.open_sales(seller):
        sell.settle(seller, sale)


def person(folder: Path, node: Node, deployment: Deployment, name: str) -> Market:
    """Return the market of somebody with money in the vault."""
    keystore = Keystore(folder / "wallets", scrypt_n=SCRYPT_N_LIGHT)
    keystore.create(name, "bench")
    wallet = keystore.unlock(name, "bench")
    chain = LocalChain(node)
    chain.set_balance(wallet.address, 1_000 * COIN)
    chain.mint(deployment.token, wallet.address, 10_000 * COIN)
    index = EventIndex(folder / f"{name}-index.db", deployment)
    journal = Journal(folder / f"{name}.db")
    client = ChainClient(node, deployment, LocalSigner(wallet.account), journal, index=index)
    market = Market(client, FolderStore(folder / "store"), wallet, folder / name)
    deposit(market, 5_000 * COIN)
    for module in MODULES:
        client.send("Vault", "approve", market.address(module), UNLIMITED, intent=new_intent("approve"))
    return market
