#!/usr/bin/env python3
"""Measure the event index: ``bench_index.py [LISTINGS] [--postgres URL]``, 100,000 listings by default.

First on a real chain (anvil): events a second into SQLite over web3.py's own ``get_logs``, the same logs
in the same run. Then on a made-up node that tells of so many listings, each with a manifest in a store
in memory, through the same code: how long it takes to read them, and to search, list and tell histories.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_account import Account
from web3.providers import BaseProvider

from marketplace.chain import (
    ChainClient,
    Deployment,
    Journal,
    LocalChain,
    Localnet,
    LocalSigner,
    Node,
    Placed,
    new_intent,
)
from marketplace.chain.artifacts import artifact_names
from marketplace.chain.index import EventIndex
from marketplace.chain.index_decode import codecs_of
from marketplace.chain.index_search import Query
from marketplace.services.artifacts import Stored
from marketplace.services.catalog import find_asset, list_assets, load_asset
from marketplace.services.history import history
from marketplace.services.index_health import check_index
from marketplace.services.manifest import DATASET, Manifest
from marketplace.services.market import Market
from marketplace.services.search import fetch_manifests, search_assets
from marketplace.services.setup import deploy_to_localnet
from marketplace.services.structs import ASSET_TERMS, PARENTS
from marketplace.types import DAG_PB_CODEC, Cid, format_id

COIN = 10**18
EVENTS_ON_CHAIN = 20_000
PER_TRANSACTION = 500
PER_BLOCK = 20
SELLERS = 1_000
WORDS = (
    "diabetes glucose patients heart failure sepsis blood pressure oncology imaging lung kidney liver "
    "retina cohort registry insurance claims traffic weather energy housing wages schools soil crops"
).split()
CONTRACTS = [name for name in artifact_names() if name[0].isupper() and name != "TestToken"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("listings", nargs="?", type=int, default=100_000)
    parser.add_argument("--postgres", metavar="URL", help="Keep the index there instead of in SQLite.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = {**against_web3(Path(folder)), **at_scale(Path(folder), given.listings, given.postgres)}
    for name, (value, unit) in results.items():
        print(f"{name:42} {value:>14,.3f} {unit}" if value < 100 else f"{name:42} {value:>14,.0f} {unit}")


def against_web3(folder: Path) -> dict[str, tuple[float, str]]:
    """Read the same events of a local chain by both ways; the best of some runs each."""
    with Localnet(folder / "net") as state:
        node = Node(state.url)
        deployment = deploy_to_localnet(node)
        signer = LocalSigner(Account.create())
        LocalChain(node).set_balance(signer.address, 1000 * COIN)
        client = ChainClient(node, deployment, signer, Journal(None))
        vault = client.contract("Vault")
        assets = deployment.address("Assets")
        calls = [vault.encode_abi("approve", args=[assets, n]) for n in range(PER_TRANSACTION)]
        for _ in range(EVENTS_ON_CHAIN // PER_TRANSACTION):
            client.send("Vault", "multicall", calls, intent=new_intent("fill"), gas_limit=20_000_000)
        plain = best(2, lambda: client.events("Vault", "ModuleApproved"))
        times = []
        for i in range(3):
            index = EventIndex(folder / f"web3-{i}.db", deployment)
            index.cursor()  # the tables are there
            started = time.perf_counter()
            cursor, _ = index.sync(node)
            times.append(time.perf_counter() - started)
            if cursor.events != EVENTS_ON_CHAIN:
                sys.exit(f"{cursor.events} events came in, not {EVENTS_ON_CHAIN}")
    ours, theirs = EVENTS_ON_CHAIN / min(times), EVENTS_ON_CHAIN / plain
    return {
        "anvil: into SQLite": (ours, "events/s"),
        "anvil: get_logs of web3.py": (theirs, "events/s"),
        "chain.index_vs_web3": (ours / theirs, "x (goal 10)"),
    }


def at_scale(folder: Path, listings: int, where: str | None) -> dict[str, tuple[float, str]]:
    """Read so many listings from a made-up node, and ask for them."""
    town = Town(listings)
    deployment = Deployment(
        31337, address(9), {name: Placed(address(i + 10), 1) for i, name in enumerate(CONTRACTS)}
    )
    town.node.place(deployment)
    index = EventIndex(where or folder / "scale.db", deployment)
    client = ChainClient(town.node, deployment, index=index)
    market = Market(client, town, None, folder)  # type: ignore[arg-type]
    started = time.perf_counter()
    cursor, _ = index.sync(client.node)
    seconds = time.perf_counter() - started
    results = {
        "events": (cursor.events, ""),
        "made-up node: events in": (cursor.events / seconds, "events/s"),
    }
    slice_events, slice_seconds = town.web3_slice(client)
    results["made-up node: get_logs of web3.py"] = (slice_events / slice_seconds, "events/s")
    started = time.perf_counter()
    known, _ = fetch_manifests(market)
    results["manifests in"] = (known / (time.perf_counter() - started), "manifests/s")
    results["size"] = (index.database.size_bytes() / 2**20, "MiB")
    for name, ask in questions(market, town).items():
        results[name] = (statistics.median(timed(ask) for _ in range(5)), "s")
    started = time.perf_counter()
    found = check_index(market, seed=1)
    results["check of the whole index"] = (time.perf_counter() - started, "s")
    if not found.is_sound:
        sys.exit(f"the index is not sound: {found.problems[:3]}")
    return results


def questions(market: Market, town: Town) -> dict[str, Callable[[], Any]]:
    """Return what is asked of the index, by name."""
    one = format_id(town.ids[len(town.ids) // 2])
    seller = address(1_000_000 + 7)
    return {
        "search: one rare word": lambda: search_assets(market, Query("zygote", limit=20)),
        "search: a word of a tenth of all": lambda: search_assets(market, Query("diabetes", limit=20)),
        "search: a word of all, cheapest": lambda: search_assets(
            market, Query("table", sort="cheapest", limit=20)
        ),
        "search: words and filters": lambda: search_assets(
            market,
            Query(
                "heart kid", kind=DATASET, states=("listed",), max_price=50 * COIN, licence="CC-BY", limit=20
            ),
        ),
        "search: no words, by name": lambda: search_assets(market, Query(sort="name", limit=20)),
        "list a page of 100": lambda: list_assets(market, limit=100, offset=len(town.ids) // 2),
        "list a seller's assets": lambda: list_assets(market, seller),
        "load one asset": lambda: load_asset(market, int(one, 16)),
        "find an asset by 10 digits": lambda: find_asset(market, one[:12]),
        "history of an asset": lambda: history(market, one),
        "history of a seller": lambda: history(market, seller),
    }


class MadeUpNode(BaseProvider):
    """Answers with logs that are kept as text, so that reading their JSON counts as it does with a node."""

    def __init__(self, listings: list[tuple[int, str, str]]) -> None:
        super().__init__()
        self.listings = listings
        self.blocks = 1 + -(-len(listings) // PER_BLOCK)
        self.logs: dict[int, list[tuple[str, str]]] = {}

    def place(self, deployment: Deployment) -> None:
        """Write the logs of each block."""
        topics = {
            codec.name: "0x" + codec.topic.hex()
            for name in ("Assets", "Vault")
            for codec in codecs_of(name).values()
        }
        assets, vault = deployment.address("Assets").lower(), deployment.address("Vault").lower()
        for i, (asset, seller, data) in enumerate(self.listings):
            number = 1 + i // PER_BLOCK
            id_, who, module = (
                f"0x{asset:064x}",
                "0x" + seller[2:].rjust(64, "0"),
                "0x" + assets[2:].rjust(64, "0"),
            )
            for name, place, words, body in (
                ("Locked", vault, [module, who, who], f"0x{COIN:064x}"),
                ("TransferSingle", assets, [who, "0x" + 64 * "0", who], f"{id_}{10_000:064x}"),
                ("AssetListed", assets, [id_, who], data),
            ):
                kept = self.logs.setdefault(number, [])
                log = {
                    "address": place,
                    "topics": [topics[name], *words],
                    "data": body,
                    "blockHash": block_hash(number),
                    "blockNumber": hex(number),
                    "blockTimestamp": hex(1_700_000_000 + number),
                    "transactionHash": f"0x{asset:064x}",
                    "transactionIndex": "0x0",
                    "logIndex": hex(len(kept)),
                    "removed": False,
                }
                kept.append((topics[name], json.dumps(log)))

    def make_request(self, method: Any, params: Any) -> Any:
        """Answer a request."""
        return {"jsonrpc": "2.0", "id": 1, "result": getattr(self, method)(*params)}

    def eth_chainId(self) -> str:
        return hex(31337)

    def eth_getBlockByNumber(self, which: str, _full: bool) -> Any:
        number = self.blocks if which == "latest" else int(which, 16)
        return {"number": hex(number), "hash": block_hash(number), "timestamp": hex(1_700_000_000 + number)}

    def eth_getLogs(self, wanted: Any) -> Any:
        topic = (wanted.get("topics") or [None])[0]
        low, high = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        blocks = (self.logs.get(number, ()) for number in range(low, high + 1))
        found = [text for logs in blocks for kind, text in logs if topic in (None, kind)]
        return json.loads(f"[{','.join(found)}]")


class Town:
    """Listings with manifests; also the store that has these."""

    def __init__(self, listings: int) -> None:
        self.chance = random.Random(1)
        self.manifests: dict[bytes, bytes] = {}
        self.ids: list[int] = []
        self.node = MadeUpNode(list(self._listings(listings)))

    def get(self, cid: Cid, _start: int = 0, _length: int | None = None) -> Iterator[bytes]:
        """Return a manifest, as a store does."""
        yield self.manifests[cid.digest]

    def _listings(self, count: int) -> Iterator[tuple[int, str, str]]:
        for i in range(count):
            seller = address(1_000_000 + i % SELLERS)
            root = self.chance.randbytes(32)
            data = self._manifest(i, root)
            digest = hashlib.sha256(data).digest()
            self.manifests[digest] = data
            price = self.chance.randint(1, 100) * COIN
            terms = (seller, DATASET, price, COIN, 3600, 86400, root, digest, (5, 27), (6, 28))
            asset = int.from_bytes(self.chance.randbytes(32), "big")
            self.ids.append(asset)
            body = encode(["bytes32", ASSET_TERMS, PARENTS], [bytes(32), terms, []])
            yield asset, seller, "0x" + body.hex()

    def _manifest(self, i: int, root: bytes) -> bytes:
        first, second, *others = self.chance.sample(WORDS, 5)
        rare = " zygote" if i % 9999 == 17 else ""
        columns = [
            {"name": f"{word}_{n}", "dataType": "integer", "missing": False} for n, word in enumerate(others)
        ]
        manifest = Manifest(
            kind=DATASET,
            name=f"{first} and {second}, part {i}",
            description=f"A table about {first}, {second} and {', '.join(others)}{rare}.",
            licence=self.chance.choice(("CC-BY-4.0", "CC0-1.0", "LicenseRef-Proprietary")),
            uses=("research", "commercial"),
            encoding="text/csv",
            subject={"records": 1000 + i, "fields": columns},
        )
        stored = Stored(Cid(DAG_PB_CODEC, root), root, 1_000_000, root)
        return manifest.with_artifact(stored, root).to_bytes()

    def web3_slice(self, client: ChainClient) -> tuple[int, float]:
        """Read a part of the blocks with web3.py alone; return events and seconds."""
        plain = ChainClient(self.node, client.deployment)
        last = min(self.node.blocks, 200)
        started = time.perf_counter()
        names = (("Vault", "Locked"), ("Assets", "TransferSingle"), ("Assets", "AssetListed"))
        count = sum(len(plain.events(contract, name, to_block=last)) for contract, name in names)
        return count, time.perf_counter() - started


def address(number: int) -> str:
    """Return an address by number."""
    return Account.from_key(number.to_bytes(32, "big")).address if number < 100 else f"0x{number:040x}"


def block_hash(number: int) -> str:
    """Return the hash of a block."""
    return "0x" + hashlib.sha256(number.to_bytes(8, "big")).hexdigest()


def best(times: int, work: Callable[[], Any]) -> float:
    """Return the shortest time of several runs, seconds."""
    return min(timed(work) for _ in range(times))


def timed(work: Callable[[], Any]) -> float:
    """Return how long work takes, seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
