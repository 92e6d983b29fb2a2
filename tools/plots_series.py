"""What cost is measured against: each series is a list of points (size, cost).

Time is that of the processor (user and system, all threads), so that a busy machine doesn't bend a curve.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_gas import EVALUATORS, MAKERS, PEOPLE, TOKEN, Meter, run_contest
from bench_index import CONTRACTS, PER_BLOCK, Town, address

from marketplace.chain import ChainClient, Deployment, Localnet, Node, Placed
from marketplace.chain.index import EventIndex
from marketplace.chain.index_search import Query
from marketplace.models import FeatureSpace, build_evidence, convert, predict
from marketplace.services import operators
from marketplace.services.accounts import deposit
from marketplace.services.cast import START_TOKENS, make_cast
from marketplace.services.market import Market
from marketplace.services.publish import plan_dataset, publish
from marketplace.services.search import fetch_manifests, search_assets
from marketplace.services.setup import deploy_to_localnet

MIB = 2**20
SEAT_TOKENS = 1000 * TOKEN
LISTINGS = (1000, 3000, 10_000, 30_000, 100_000)


@dataclass(frozen=True)
class Series:
    """One curve.

    Parameters
    ----------
    what : str
        What is done.
    size, cost : str
        Names of the axes, with units.
    points : list of (float, float)
        Sizes ascend.
    """

    what: str
    size: str
    cost: str
    points: list[tuple[float, float]]


FILE = """
import os, sys, time
from pathlib import Path
from marketplace.crypto.envelope import open_sealed, seal
from marketplace.storage import CidHasher, FolderStore
what, plain, artifact, root, length, folder = sys.argv[1:]
if what == "seal":
    with open(plain, "rb") as source, open(artifact, "wb") as sink:
        hasher = CidHasher()
        print(seal(source, sink, 12345, bytes(32), on_bytes=hasher.update).content_root.hex())
elif what == "open":
    with open(artifact, "rb") as source, open(os.devnull, "wb") as sink:
        open_sealed(source, sink, 12345, bytes.fromhex(root), int(length))
    print()
elif what == "add":
    print(FolderStore(Path(folder)).add_path(Path(artifact)))
else:
    print()
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.process_time(), int(peak.split()[1]) / 1024)
"""


def by_file(most: int) -> Iterator[Series]:
    """Seal, open and store files of 1 MiB to ``most`` bytes; each in a process of its own."""
    doing = {"seal": "seal, with root and CID", "open": "open and verify", "add": "add to the folder store"}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in doing}
    peaks: dict[str, list[tuple[float, float]]] = {name: [] for name in doing}
    size = MIB
    while size <= most:
        with tempfile.TemporaryDirectory() as folder:
            plain, artifact = Path(folder, "plain"), Path(folder, "artifact")
            with plain.open("wb") as sink:
                for _ in range(size // MIB):
                    sink.write(os.urandom(MIB))
            root, start = "-", file_run("none", plain, artifact, "-", size)[1]
            for name in doing:
                shown, seconds, peak = file_run(name, plain, artifact, root, size)
                root = shown if name == "seal" else root
                times[name].append((size / MIB, max(seconds - start, 0.001)))
                peaks[name].append((size / MIB, peak))
                if name == "seal":
                    plain.unlink()
        size *= 4
    for name, what in doing.items():
        yield Series(what, "file, MiB", "processor time, s", times[name])
    for name, what in doing.items():
        yield Series(what, "file, MiB", "largest memory, MiB", peaks[name])


def file_run(what: str, plain: Path, artifact: Path, root: str, size: int) -> tuple[str, float, float]:
    """Return what a process prints, its processor time and its largest memory."""
    arguments = [what, plain, artifact, root, size, plain.parent / "store"]
    shown = subprocess.run(
        [sys.executable, "-c", FILE, *map(str, arguments)], check=True, capture_output=True, text=True
    ).stdout.split("\n")
    seconds, peak = map(float, shown[1].split())
    return shown[0], seconds, peak


def by_listing(most: int) -> Iterator[Series]:
    """Read so many listings with their manifests into one index, and search them.

    A made-up node tells of them, and the index reads it as any other. It reads on from one size to the next:
    what a size costs is all that was spent until then.
    """
    reading, searching, space = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        town = Town(most)
        deployment = Deployment(
            31337, address(9), {name: Placed(address(i + 10), 1) for i, name in enumerate(CONTRACTS)}
        )
        town.node.place(deployment)
        index = EventIndex(Path(folder) / "index.db", deployment)
        client = ChainClient(town.node, deployment, index=index)
        market = Market(client, town, None, Path(folder))  # type: ignore[arg-type]

        def read() -> None:
            index.sync(market.client.node)
            fetch_manifests(market)

        spent = 0.0
        for count in (n for n in LISTINGS if n <= most):
            town.node.blocks = 1 + count // PER_BLOCK
            spent += busy(read)
            reading.append((float(count), spent))
            space.append((float(count), index.database.size_bytes() / MIB))
            ask = [Query("zygote", limit=20), Query("diabetes", limit=20), Query(sort="name", limit=20)]
            searching.append((float(count), sum(least(lambda q=q: search_assets(market, q)) for q in ask)))
    yield Series("read into the index", "listings", "processor time, s", reading)
    yield Series("three searches", "listings", "processor time, s", searching)
    yield Series("index on disk", "listings", "MiB", space)


def by_model() -> Iterator[Series]:
    """Score by number of trees and by number of rows, and make evidence."""
    from sklearn.ensemble import RandomForestClassifier

    chance = np.random.default_rng(1)
    space = FeatureSpace(tuple(f"f{i}" for i in range(20)), (1,) * 20)
    rows = chance.integers(-1000, 1000, size=(300_000, 20), dtype=np.int32)
    training = space.decode(rows[:2000])
    labels = (training[:, 0] + training[:, 1] * np.sin(training[:, 2]) > 0).astype(int)
    models = {}
    for trees in (10, 30, 100, 300, 1000):
        estimator = RandomForestClassifier(trees, max_depth=8, random_state=1).fit(training, labels)
        models[trees] = convert(estimator, space, rows=rows[:2000])
    some = rows[:10_000]
    yield Series(
        "score 10,000 rows",
        "trees",
        "processor time, s",
        [(float(trees), least(lambda m=m: predict(m, some))) for trees, m in models.items()],
    )
    sizes = (1000, 3000, 10_000, 30_000, 100_000, 300_000)
    model = models[30]
    yield Series(
        "score with 30 trees",
        "rows",
        "processor time, s",
        [(float(n), least(lambda n=n: predict(model, rows[:n]))) for n in sizes],
    )
    evidence = []
    for n in sizes[:-1]:
        y = predict(model, rows[:n])
        seconds = least(lambda n=n, y=y: build_evidence(model, rows[:n], y, 1, 2, 0, bytes(32), bytes(32)))
        evidence.append((float(n), seconds))
    yield Series("evidence with 30 trees", "rows", "processor time, s", evidence)


def by_seat(most: int) -> Iterator[Series]:
    """Draw panels of three out of more and more seats, and list files of more and more bytes."""
    with tempfile.TemporaryDirectory() as place, Localnet(Path(place) / "net") as state:
        folder = Path(place)
        meter = Meter()
        cast = make_cast(folder, state.url, deploy_to_localnet(Node(state.url)), meter.watch, PEOPLE)
        for name in PEOPLE:  # seats are dear
            wallet = cast[name].account
            cast.chain.mint(cast[name].client.deployment.token, wallet, most * SEAT_TOKENS)
        for market in cast.markets.values():
            deposit(market, START_TOKENS // 2)
        for name in (*EVALUATORS, "requester"):
            deposit(cast[name], most * SEAT_TOKENS)
        listing = []
        for size in (1, 16, 256):
            path = folder / f"{size}.csv"
            path.write_bytes(b"a,b\n" + b"1,2\n" * (size * 2**8))
            meter.read()
            asset = publish(cast["seller"], plan_dataset(path, price=TOKEN), again=True).asset_id
            listing.append((float(size), float(meter.read()["list the asset"][-1])))
        draws, seats, number = [], 0, 0
        while (target := max(10, seats * 3)) <= most:
            while seats < target:
                operators.join(cast[EVALUATORS[seats % len(EVALUATORS)]])
                seats += 1
            cast.pass_time(cast["anybody"].now())
            gas = []
            for _ in range(3):
                meter.read()
                run_contest(cast, MAKERS[:1], asset, relayed=False, number=number)
                number += 1
                gas += [sum(used) for what, used in meter.read().items() if what.startswith("draw")]
            draws.append((float(seats), sum(gas) / len(gas)))
        yield Series("list a dataset", "file, KiB", "gas", listing)
        yield Series("draw a panel of three", "seats", "gas", draws)


def busy(work: Callable[[], object]) -> float:
    """Return the processor time of work, seconds."""
    started = time.process_time()
    work()
    return max(time.process_time() - started, 1e-6)


def least(work: Callable[[], object]) -> float:
    """Return the least processor time of three."""
    return min(busy(work) for _ in range(3))
