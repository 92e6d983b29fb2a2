"""Gas of receipts on anvil, calldata included, in steady state.

Balances, buckets and approvals that a user has after his first time are there already; deposits and bonds of
listings are apart.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from bench_challenges import measure_challenges
from bench_common import Results, figure
from bench_files import measure_files

from marketplace.chain import Localnet, Node, new_intent
from marketplace.constants import PIECE_BYTES
from marketplace.datasets import BREAST_CANCER_TARGET, build_schema, load_breast_cancer_table, split
from marketplace.models import Metric, encode_model
from marketplace.services import buy, contest, dispute, evaluate, operators, relays, request, sell, submit
from marketplace.services.accounts import MODULES, UNLIMITED, deposit
from marketplace.services.bounties import load_bounty
from marketplace.services.cast import START_TOKENS, Cast, make_cast
from marketplace.services.catalog import load_asset, load_order
from marketplace.services.market import Market, Step
from marketplace.services.publish import plan_dataset, publish
from marketplace.services.setup import deploy_to_localnet
from marketplace.services.structs import Parent
from marketplace.services.train import train
from marketplace.services.two_faced import sell_another

TOKEN = 10**18
MAKERS = [f"maker{i}" for i in range(20)]
EVALUATORS = [f"evaluator{i}" for i in range(5)]
PEOPLE = ["seller", "buyer", "requester", "anybody", *MAKERS, *EVALUATORS]


class Meter:
    """Sums the gas of the steps since the last reading, by what they do."""

    def __init__(self) -> None:
        self._gas: dict[str, list[int]] = defaultdict(list)

    def watch(self, _name: str, step: Step) -> None:
        """Take a step."""
        self._gas[step.what].append(step.receipt.gas_used)

    def read(self) -> dict[str, list[int]]:
        """Return the gas of each step by what it does, and start anew."""
        found, self._gas = self._gas, defaultdict(list)
        return found


def measure_gas(folder: Path) -> Results:
    """Run sales and contests on a local chain."""
    with Localnet(folder / "net") as state:
        meter = Meter()
        deployment = deploy_to_localnet(Node(state.url))
        cast = make_cast(folder, state.url, deployment, meter.watch, PEOPLE)
        for market in cast.markets.values():
            deposit(market, START_TOKENS // 2)
            for module in MODULES:
                args = (market.address(module), UNLIMITED)
                market.client.send("Vault", "approve", *args, intent=new_intent("approve"))
        sales = {**measure_sales(cast, meter, folder), **measure_dispute(cast, meter, folder)}
        contests = measure_contests(cast, meter, folder)
        return {
            **sales,
            **contests,
            **measure_challenges(cast, EVALUATORS),
            **measure_files(cast, EVALUATORS),
        }


def measure_sales(cast: Cast, meter: Meter, folder: Path) -> Results:
    """List, sell ten times, collect."""
    seller, buyer = cast["seller"], cast["buyer"]
    listings = []
    for i in range(2):
        path = folder / f"{i}.csv"
        path.write_text("a,b\n" + "".join(f"{i},{j}\n" for j in range(100)))
        published = publish(seller, plan_dataset(path, price=TOKEN, bond=i * TOKEN))
        listings.append(load_asset(seller, published.asset_id))
        if i == 0:
            unbonded = meter.read()["list the asset"][0]
    publish(seller, plan_dataset(folder / "1.csv", price=TOKEN, bond=TOKEN), again=True)
    bonded = meter.read()["list the asset"][-1]
    for _ in range(11):
        sale = buy.order(buyer, listings[0], again=True)
        sell.settle(seller, sale)
    steps = meter.read()
    orders, settles = steps["order, lock the price"], steps["settle an order"]
    cast.pass_time(seller.now() + listings[0].terms.dispute_window)
    matured = sell.matured_sales(seller)
    sell.collect(seller, matured[:1])
    meter.read()
    sell.collect(seller, matured[1:])
    collected = meter.read()["collect income"][0]
    return {
        "gas.list": gas(unbonded, 95_000, "list a dataset without parents; its bond is a deposit, apart"),
        "gas.list_bonded": gas(bonded, None, "the same, the bond locked in the same transaction"),
        "gas.order_settle": gas(orders[-1] + settles[-1], 130_000, "one order and its settlement"),
        "gas.collect": gas(collected // 10, 25_000, "ten orders of one asset collected at once, each"),
    }


def measure_dispute(cast: Cast, meter: Meter, folder: Path) -> Results:
    """Disprove files of one piece and of 4,096, the last piece of which is wrong."""
    seller, buyer = cast["seller"], cast["buyer"]
    found = []
    for pieces in (1, 4096):
        promised = bytes(range(256)) * 16 * pieces
        path = folder / f"pieces{pieces}.csv"
        path.write_text("a,b\n1,2\n")
        published = publish(seller, plan_dataset(path, price=TOKEN, bond=TOKEN))
        listing = load_asset(seller, published.asset_id)
        listing = sell_another(seller, listing, promised, promised[:-1] + b"x")
        sale = buy.order(buyer, listing)
        sell.settle(seller, sale)
        sale = load_order(buyer, sale.order_id)
        proof = dispute.verify_file(buyer, sale)
        if proof is None or len(proof.cipher) != PIECE_BYTES:
            raise RuntimeError("the wrong piece is not found, or not whole")
        meter.read()
        dispute.dispute_file(buyer, sale, proof)
        found.append(meter.read()["disprove the file by one piece"][0])
    one, many = found
    return {
        "gas.challenge_piece": gas(
            many,
            500_000,
            "a whole piece of 4 KiB of a file of 16 MiB disproved: decrypted, its price refunded, the bond "
            f"taken; {one:,} for a file of one piece",
        )
    }


def measure_contests(cast: Cast, meter: Meter, folder: Path) -> Results:
    """Run contests with one and with twenty submissions; the first only brings the steady state."""
    for name in EVALUATORS:
        for _ in range(2):
            operators.join(cast[name])
    cast.pass_time(cast["anybody"].now())  # only seats older than a bounty are drawn for it
    seat = meter.read()["take a seat"][-1]
    asset = publish(cast["seller"], plan_dataset(folder / "0.csv", price=TOKEN), again=True).asset_id
    run_contest(cast, MAKERS[:1], asset, relayed=False)
    meter.read()
    run_contest(cast, MAKERS[:1], asset, relayed=False, number=1)
    alone = meter.read()
    run_contest(cast, MAKERS[:1], asset)
    steps = meter.read()
    run_contest(cast, MAKERS, asset)
    many = sum(map(sum, meter.read().values())) // len(MAKERS)
    return {
        "gas.seat": gas(
            seat, 110_000, "one more seat of an operator, its bond locked in the same transaction"
        ),
        "gas.attest": gas(
            attest_gas(steps), 110_000, "commit and reveal, each relayed for three at once; mean of three"
        ),
        "gas.attest_own": gas(
            attest_gas(alone), None, "commit and reveal, each in a transaction of its own; mean of three"
        ),
        "gas.contest_3": gas(
            whole(steps),
            900_000,
            "open to finalize, one submission, three evaluators; commitments and attestations relayed, "
            f"the grant with the draw, lock and delivery with the attestations: {shown(steps)}",
        ),
        "gas.contest_3_own": gas(
            whole(alone), None, f"the same, everybody sending each step for himself: {shown(alone)}"
        ),
        "gas.contest_20_per_submission": gas(
            many,
            180_000,
            "open to release, twenty submissions that all claim, three evaluators, relayed as above and "
            "the claims too; each",
        ),
    }


Steps = dict[str, list[int]]


def whole(steps: Steps) -> int:
    """Return the gas of a contest up to finalize."""
    return sum(map(sum, steps.values())) - sum(steps.get("pay bonds out", []))


def shown(steps: Steps) -> str:
    """Show the gas of each step."""
    return ", ".join(f"{what} {sum(values):,}" for what, values in steps.items())


def attest_gas(steps: Steps) -> int:
    """Return the gas of one evaluator's attestation, of three."""
    return sum(sum(values) for what, values in steps.items() if "attestation" in what) // 3


def run_contest(
    cast: Cast, makers: list[str], asset_id: int, *, relayed: bool = True, number: int = 0
) -> None:
    """Run a contest whose best claim holds; ``relayed``: whatever can be sent together is."""
    table = load_breast_cancer_table()
    schema = build_schema(table, BREAST_CANCER_TARGET)
    training, tests = split(table, 30, 1)
    data = encode_model(train(training, schema, "linear").model)
    requester, anybody, winner = cast["requester"], cast["anybody"], cast[makers[0]]
    draft = request.BountyDraft(
        schema=schema,
        tests=tests,
        metric=Metric.ACCURACY,
        threshold=1 + 4 * len(makers) + 2 * number + relayed,  # one draft, one bounty
        reward=1_000 * TOKEN,
        deposit=200 * TOKEN,
        panel_fee=TOKEN,
        datasets=(Parent(asset_id, 1_000),),
    )
    bounty_id = request.open_bounty(requester, request.draft_bounty(requester, draft))
    for name in makers:
        submit.submit_model(cast[name], bounty_id, data)
    cast.pass_time(load_bounty(requester, bounty_id).deadline)
    request.open_rows(requester, bounty_id)
    if len(makers) > 1:
        claims = [relays.sign_claim(cast[name], bounty_id) for name in makers]
        relays.relay_claims(anybody, bounty_id, claims)
    else:
        submit.claim_score(winner, bounty_id)
    cast.pass_time(load_bounty(requester, bounty_id).deadline)
    contest.choose(anybody, bounty_id)
    cast.chain.mine(5)
    (judge if relayed else judge_alone)(cast, bounty_id)
    if not relayed:
        request.lock_delivery(requester, bounty_id)
        submit.deliver(winner, bounty_id)
    cast.pass_time(load_bounty(requester, bounty_id).deadline)
    contest.finalize(anybody, bounty_id)
    if len(makers) > 1:
        contest.release(anybody, bounty_id)


def judge(cast: Cast, bounty_id: int) -> None:
    """Draw a panel, let it attest and the winner deliver, in as few transactions as can be."""
    anybody = cast["anybody"]
    maker = cast.name_of(load_bounty(anybody, bounty_id).require_candidate().maker)
    if submit.draw_and_grant(cast[maker], bounty_id) is None:
        raise SystemExit("a panel that one draw could not complete: nothing was measured")
    panel = panel_of(cast, bounty_id)
    signed = [one for market in panel for one in relays.sign_commitments(market, bounty_id)]
    relays.relay_commitments(anybody, bounty_id, signed)
    opened = [one for market in panel for one in evaluate.open_attestations(market, bounty_id)]
    lock = relays.sign_lock(cast["requester"], bounty_id)
    relays.reveal_and_deliver(cast[maker], bounty_id, opened, lock)


def judge_alone(cast: Cast, bounty_id: int) -> None:
    """Draw a panel and let it attest, everybody in a transaction of his own."""
    anybody = cast["anybody"]
    while not contest.draw(anybody, bounty_id):
        pass
    maker = cast.name_of(load_bounty(anybody, bounty_id).require_candidate().maker)
    submit.grant_key(cast[maker], bounty_id)
    panel = panel_of(cast, bounty_id)
    for market in panel:
        evaluate.commit(market, bounty_id)
    for market in panel:
        for one in evaluate.open_attestations(market, bounty_id):
            evaluate.reveal(market, bounty_id, [one])


def panel_of(cast: Cast, bounty_id: int) -> list[Market]:
    """Return who sits on the panel, each once."""
    anybody = cast["anybody"]
    owners = evaluate.owners_of(anybody, load_bounty(anybody, bounty_id)).values()
    return [cast[name] for name in dict.fromkeys(map(cast.name_of, owners))]


def gas(value: int, goal: int | None, how: str) -> dict[str, object]:
    """Describe a figure of gas."""
    return figure(value, "gas", goal, how, better="lower")
