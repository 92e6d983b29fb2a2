"""The whole story on a local chain: a dataset sold, a contest decided, everybody paid by contract."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from marketplace.constants import SCORE_ONE
from marketplace.datasets import RowSchema, Table, build_schema, parse_target, read_table, split, write_table
from marketplace.models import encode_model, model_hash
from marketplace.services import buy, contest, dispute, operators, relays, request, sell, submit
from marketplace.services.cast import BUYER, CHEAT, EVALUATORS, MAKERS, REQUESTER, SEATS_EACH, SELLER, Cast
from marketplace.services.catalog import Listing, load_asset
from marketplace.services.market import Market
from marketplace.services.narrator import Narrator
from marketplace.services.publish import plan_dataset, publish
from marketplace.services.scene import Scene, StoryError, percent, require
from marketplace.services.story_panel import PANEL_FEE, catch_quorum, run_panel
from marketplace.services.structs import Outcome, Parent, Stage
from marketplace.services.train import Trained, baseline_score, default_metric, fit, train
from marketplace.services.two_faced import sell_another

TOKEN = 10**18
PRICE, MODEL_PRICE = 50 * TOKEN, 80 * TOKEN
REWARD, DEPOSIT = 1_000 * TOKEN, 200 * TOKEN
DATASET_BPS = 2_000
TEST_PERCENT, SPLIT_SEED = 30, 11


def make_scene(cast: Cast, tell: Narrator, folder: Path, table: Table, target: str) -> Scene:
    """Split a table into what is sold and what is kept to test models; describe its rows."""
    schema = build_schema(table, parse_target(table, target))
    training, tests = split(table, TEST_PERCENT, SPLIT_SEED)
    for note in (*table.notes, *schema.notes):
        tell.say(note)
    return Scene(cast, tell, folder, schema, training, tests)


def play(scene: Scene) -> None:
    """Play every act; raise `StoryError` at the first thing that is not as promised."""
    sell_dataset(scene)
    fill_seats(scene)
    open_contest(scene)
    enter_contest(scene)
    claim_scores(scene)
    judge_claims(scene)
    deliver_and_pay(scene)
    sell_model(scene)
    catch_cheat(scene)


def sell_dataset(scene: Scene) -> None:
    """List the dataset; sell it to each maker against a verified key."""
    scene.tell.chapter("A dataset is listed, and sold against a verified key")
    seller = scene.cast[SELLER]
    path = scene.folder / "dataset.csv"
    path.write_bytes(write_table(scene.training))
    published = publish(seller, plan_dataset(path, price=PRICE, name="demo dataset"))
    scene.listing = load_asset(seller, published.asset_id)
    scene.tell.say(
        f"public: columns, {scene.training.count} rows, licence {published.manifest.licence}, "
        "allowed uses; never a row"
    )
    for maker in MAKERS:
        copy = buy_file(scene, scene.cast[maker], scene.dataset, f"{maker}.csv")
        require(copy == path.read_bytes(), f"{maker} did not get the file that was sold")
    scene.tell.say(f"{len(MAKERS)} buyers hold the file, every piece verified against what they paid for")


def buy_file(scene: Scene, buyer: Market, listing: Listing, name: str) -> bytes:
    """Order, settle and receive one file; return its bytes."""
    seller = next(m for m in scene.cast.markets.values() if m.account == listing.terms.seller)
    sale = buy.order(buyer, listing)
    (waiting,) = [one for one in sell.open_sales(seller) if one.order_id == sale.order_id]
    sell.settle(seller, waiting)
    path = scene.folder / name
    buy.receive(buyer, buy.load_order(buyer, sale.order_id), path)
    return path.read_bytes()


def catch_cheat(scene: Scene) -> None:
    """Sell another file than was listed; one piece of it convicts the seller, and the buyer is refunded."""
    scene.tell.chapter(
        "A seller lists one file and encrypts another: one piece convicts her before the contract"
    )
    seller, buyer = scene.cast[CHEAT], scene.cast[BUYER]
    path = scene.folder / "promised.csv"
    path.write_bytes(write_table(scene.tests))
    published = publish(seller, plan_dataset(path, price=PRICE, name="demo rows"))
    promised = path.read_bytes()
    listing = sell_another(seller, load_asset(seller, published.asset_id), promised, bytes(len(promised)))
    sale = buy.order(buyer, listing)
    sell.settle(seller, buy.load_order(seller, sale.order_id))
    sale = buy.load_order(buyer, sale.order_id)
    proof = dispute.verify_file(buyer, sale)
    if proof is None:
        raise StoryError(f"the file that {CHEAT} sold is the one she listed")
    found = dispute.dispute_file(buyer, sale, proof)
    require(found.refund == PRICE, "the price did not come back")
    scene.lost_bond, scene.reward = found.reward + found.burned, found.reward
    scene.tell.say(
        f"the key is right, but piece {proof.index} does not decrypt to what {CHEAT} committed to; the "
        f"contract has decrypted it too: the {BUYER} has the price back and a quarter of the bond, "
        "the rest burns"
    )


def fill_seats(scene: Scene) -> None:
    """Let every evaluator bond his seats."""
    scene.tell.chapter("Evaluators bond their seats; panels are drawn from them, nobody picks")
    for name in EVALUATORS:
        for _ in range(SEATS_EACH):
            operators.join(scene.cast[name])
    scene.cast.pass_time(scene.cast[SELLER].now())  # only seats older than a bounty are drawn for it


def open_contest(scene: Scene) -> None:
    """Let the requester lock reward, deposit and fees, with hidden test rows."""
    scene.tell.chapter("A bounty is opened: the test rows are hidden, the reward is locked")
    metric = default_metric(scene.schema)
    baseline = guessed_score(scene)
    draft = request.BountyDraft(
        schema=scene.schema,
        tests=scene.tests,
        metric=metric,
        threshold=max(1, baseline // 2),
        reward=REWARD,
        deposit=DEPOSIT,
        panel_fee=PANEL_FEE,
        datasets=(Parent(scene.dataset.asset_id, DATASET_BPS),),
    )
    requester = scene.cast[REQUESTER]
    scene.bounty_id = request.open_bounty(requester, request.draft_bounty(requester, draft))
    scene.tell.say(
        f"{scene.tests.count} hidden rows, target {scene.schema.target.spec!r}, metric "
        f"{metric.name.lower().replace('_', ' ')}; guessing would score {percent(baseline)}"
    )


def guessed_score(scene: Scene) -> int:
    """Return the score of whoever knows no row, and always says what is most frequent, or the median."""
    _, labels = scene.schema.encode(scene.tests)
    return baseline_score(labels, scene.schema, default_metric(scene.schema))


def enter_contest(scene: Scene) -> None:
    """Let makers train on what they bought, and submit encrypted models; one of them is worthless."""
    scene.tell.chapter("Makers train on what they bought, and submit models that stay closed")
    for maker, kind in zip(MAKERS, ("linear", "boosting", "tree"), strict=True):
        market = scene.cast[maker]
        table = read_table(scene.folder / f"{maker}.csv")
        schema = submit.read_schema(market, scene.view.terms)
        trained = worthless(table, schema) if maker == CHEAT else train(table, schema, kind)
        scene.models[maker] = trained.model
        listing = submit.ModelListing(f"{maker}'s {kind} model", MODEL_PRICE, MODEL_PRICE)
        submit.submit_model(market, scene.bounty_id, encode_model(trained.model), listing)
        if maker != CHEAT:
            scene.tell.say(
                f"{maker}: {kind} model, integer and float predictions agree on "
                f"{trained.agreement.equal:.1%} of the training rows"
            )
    scene.cast.pass_time(scene.view.deadline)
    request.open_rows(scene.cast[REQUESTER], scene.bounty_id)
    scene.tell.say("the test rows are public from now on, for everybody to check")


def worthless(table: Table, schema: RowSchema) -> Trained:
    """Train a tree on labels that were all made wrong: it can't reach the score its maker will claim."""
    rows, labels = schema.encode(table)
    target = schema.target
    if target.is_classes:
        wrong = (labels + 1) % len(target.classes)
    else:
        wrong = np.where(labels > np.median(labels), labels.min(), labels.max())
    return fit(rows, wrong, schema, "tree")


def claim_scores(scene: Scene) -> None:
    """Let honest makers claim what their models score, and one a perfect score; one transaction sends all."""
    scene.tell.chapter("Makers score their own models and sign claims, with a bond; anybody sends them")
    claims = []
    for maker in MAKERS:
        claimed = SCORE_ONE if maker == CHEAT else None
        claims.append(relays.sign_claim(scene.cast[maker], scene.bounty_id, claimed))
        scene.tell.say(f"{maker} claims {percent(claims[-1].score)}")
    honest = max(claim.score for maker, claim in zip(MAKERS, claims, strict=True) if maker != CHEAT)
    if honest <= guessed_score(scene):
        scene.tell.say("none beats guessing: these columns do not tell the target; try another one")
    require(not relays.relay_claims(scene.cast[BUYER], scene.bounty_id, claims), "a claim was left out")
    scene.cast.pass_time(scene.view.deadline)


def judge_claims(scene: Scene) -> None:
    """Judge the best claim, and the next, until one holds."""
    somebody = scene.cast[BUYER]
    for _ in MAKERS:
        contest.choose(somebody, scene.bounty_id)
        if scene.cast.name_of(scene.view.require_candidate().maker) != CHEAT:
            catch_quorum(scene)
        scene.tell.chapter("A panel is drawn; it scores the best claim bit-exactly, commits and reveals")
        verdict = run_panel(scene)
        view = scene.view
        maker = scene.cast.name_of(view.require_candidate().maker)
        if view.stage is Stage.LOCKING:
            scene.winner = maker
            scene.tell.say(f"{maker}'s claim of {percent(view.require_candidate().claimed or 0)} holds")
            return
        require(view.stage is Stage.WINDOW and maker == CHEAT, f"{maker} was judged {verdict.name}")
        scene.tell.say(f"{maker} claimed too much: after the window the bond pays the panel, the rest burns")
        scene.cast.pass_time(view.deadline)
        contest.finalize(somebody, scene.bounty_id)
        scene.forfeited.append(maker)
    raise StoryError("no claim held")


def deliver_and_pay(scene: Scene) -> None:
    """Deliver against the requester's lock, wait for the window, finalize, pay the bonds out."""
    scene.tell.chapter(
        "The winner delivers against a lock that the requester signed; after the window everybody is paid"
    )
    requester, winner = scene.cast[REQUESTER], scene.cast[scene.winner]
    relays.deliver_signed(winner, scene.bounty_id, relays.sign_lock(requester, scene.bounty_id))
    model = request.receive_model(requester, scene.bounty_id)
    own = scene.models[scene.winner]
    require(model_hash(model) == model_hash(own), "the requester got another model")
    scene.tell.say("the requester has opened the model: its hash is the one that was judged")
    scene.cast.pass_time(scene.view.deadline)
    contest.finalize(scene.cast[BUYER], scene.bounty_id)
    require(scene.view.outcome is Outcome.PAID, f"the bounty ended {scene.view.outcome.name}")
    contest.release(scene.cast[BUYER], scene.bounty_id)


def sell_model(scene: Scene) -> None:
    """Sell the winning model; its income flows to its maker and up to the dataset it learned from."""
    scene.tell.chapter("The model is an asset now: it is sold, and the dataset it learned from earns with it")
    winner, seller = scene.cast[scene.winner], scene.cast[SELLER]
    model_id = submit.activate_model(winner, scene.bounty_id)
    listing = load_asset(winner, model_id)
    data = buy_file(scene, scene.cast[BUYER], listing, "bought.model")
    require(data == encode_model(scene.models[scene.winner]), "the buyer got another model")
    scene.cast.pass_time(winner.now() + listing.terms.dispute_window + scene.dataset.terms.dispute_window)
    sell.collect(seller, sell.matured_sales(seller))
    sell.collect(winner, sell.matured_sales(winner))
    sell.flush_up(winner, listing)
    sell.claim(winner, listing)
    sell.claim(seller, load_asset(seller, scene.dataset.asset_id))
