"""A local market with something in it: a dataset and a model for sale, orders, and an open bounty.

It is what the story comes to halfway, left standing for whoever wants to try things out.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.datasets import read_table
from marketplace.models import encode_model
from marketplace.services import buy, contest, story, submit
from marketplace.services.amounts import show_time, show_tokens
from marketplace.services.catalog import find_order, load_asset
from marketplace.services.publish import plan_model, publish
from marketplace.services.scene import Scene
from marketplace.services.story import DATASET_BPS, MODEL_PRICE
from marketplace.services.structs import Parent
from marketplace.services.train import train
from marketplace.types import format_id

MODEL_MAKER, LATE_BUYER, ENTRANT = "ada", "clinic", "ben"


@dataclass(frozen=True)
class Sample:
    """What was put in place.

    Parameters
    ----------
    dataset_id, model_id : int
        Assets: the hospital's table, and a model that ada made from it; it pays a part to the table.
    order_id : int
        The clinic's order of the table, which waits for the hospital's key.
    bounty_id : int
        The insurer's, which takes submissions; ben has handed one in.
    """

    dataset_id: int
    model_id: int
    order_id: int
    bounty_id: int


def fill(scene: Scene) -> Sample:
    """Put listings, settled and open orders, seats and an open bounty on a fresh local market."""
    story.sell_dataset(scene)
    model_id = list_model(scene)
    scene.tell.chapter("An order is left open: it waits for the seller's key")
    sale = buy.order(scene.cast[LATE_BUYER], scene.dataset)
    story.fill_seats(scene)
    story.open_contest(scene)
    scene.tell.chapter("A first model is submitted; the bounty stays open")
    maker = scene.cast[ENTRANT]
    schema = submit.read_schema(maker, scene.view.terms)
    table = read_table(scene.folder / f"{ENTRANT}.csv")
    model = train(table, schema, "boosting").model
    listing = submit.ModelListing(f"{ENTRANT}'s boosting model", MODEL_PRICE, MODEL_PRICE)
    submit.submit_model(maker, scene.bounty_id, encode_model(model), listing)
    return Sample(scene.dataset.asset_id, model_id, sale.order_id, scene.bounty_id)


def list_model(scene: Scene) -> int:
    """Let ada list a model made from the table she bought, which pays a part of its income to it."""
    scene.tell.chapter("A model made from it is listed; the dataset earns with it")
    maker = scene.cast[MODEL_MAKER]
    table = read_table(scene.folder / f"{MODEL_MAKER}.csv")
    path = scene.folder / "linear.model"
    path.write_bytes(encode_model(train(table, scene.schema, "linear").model))
    parents = (Parent(scene.dataset.asset_id, DATASET_BPS),)
    plan = plan_model(path, price=MODEL_PRICE, name=f"{MODEL_MAKER}'s linear model", parents=parents)
    return publish(maker, plan).asset_id


def describe(scene: Scene, found: Sample) -> list[str]:
    """Say who is there, what is for sale, and what is due next."""
    cast, view = scene.cast, scene.view
    somebody = cast[LATE_BUYER]
    sale = find_order(somebody, format_id(found.order_id))
    next_step = contest.due(view)
    lines = []
    for what, asset_id in (("dataset", found.dataset_id), ("model", found.model_id)):
        terms = load_asset(somebody, asset_id).terms
        price, seller = show_tokens(terms.price), cast.name_of(terms.seller)
        lines.append(f"{what:8} {format_id(asset_id)[:12]}  {price} tokens, listed by {seller}")
    lines.append(
        f"order    {format_id(found.order_id)[:12]}  {sale.state}: {LATE_BUYER} waits for the key of "
        f"{cast.name_of(sale.terms.seller)} until {show_time(sale.order.deadline)}"
    )
    lines.append(
        f"bounty   {format_id(found.bounty_id)[:12]}  {next_step.stage}: {show_tokens(view.terms.reward)} "
        f"tokens, {len(view.entrants)} submission, until {show_time(next_step.until)}"
    )
    lines.append(f"people   {', '.join(cast.markets)}")
    return lines
