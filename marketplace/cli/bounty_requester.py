"""``tessera bounty``, the requester's side: open, open-rows, lock, receive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import AMOUNT, LENGTH, App, funds_lines, shared
from marketplace.cli.scores import METRICS, SCORE, metric_name, show_score
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.datasets import RowSchema, Table
    from marketplace.services.bounties import BountyView
    from marketplace.services.market import Market
    from marketplace.services.request import BountyDraft
    from marketplace.services.structs import Parent

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")
STAGES = (
    "submitting rows claiming drawing committing revealing locking delivering window cure".split()
)  # fmt: skip
MAX_SCHEMA_BYTES = 2**20


def _stage_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for stage in reversed(STAGES):
        command = click.option(f"--{stage}", type=LENGTH, help=f"Length of the stage {stage}.")(command)
    return command


@click.command("open")
@click.argument("path", metavar="TABLE", type=click.Path(path_type=Path))
@click.option("--target", help="What is to be predicted: a column, or a condition such as G3>=10.")
@click.option("--schema", "schema_path", type=click.Path(path_type=Path), help="A row schema made before.")
@click.option(
    "--test-share",
    type=click.IntRange(1, 99),
    help="Per cent of the rows, drawn at random, that are hidden test rows; else the whole table is.",
)
@click.option("--train-out", type=click.Path(path_type=Path), help="Where to write the other rows, as CSV.")
@click.option("--metric", type=click.Choice(METRICS), help="Accuracy or absolute error by default.")
@click.option("--threshold", type=SCORE, help="Least score to claim, 0 to 1; by default that of guessing.")
@click.option("--reward", type=AMOUNT, required=True, help="Tokens for the best model.")
@click.option("--deposit", type=AMOUNT, help="Lost if the rows are bad; a quarter of the reward by default.")
@click.option("--panel-fee", type=AMOUNT, help="Tokens for each evaluator; a hundredth of the reward.")
@click.option(
    "--dataset", "datasets", multiple=True, metavar="ID:BPS", help="Part of the reward to an asset."
)
@click.option("--panel-size", type=click.IntRange(3, 7), default=3, show_default=True, help="Evaluators.")
@click.option("--quorum", type=int, help="How many must agree; more than half by default.")
@click.option("--fast", is_flag=True, help="Every stage as short as possible: ten minutes.")
@_stage_options
@click.option("--anyway", is_flag=True, help="Even if an earlier contest of yours made the test rows public.")
@shared
def open_(app: App, path: Path, train_out: Path | None, anyway: bool, **options: Any) -> None:
    """Open a contest for the best model, judged on hidden rows of your table.

    \b
    tessera bounty open table.csv --target "G3>=10" --test-share 30 --train-out train.csv --reward 500
    """
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.datasets import write_table
    from marketplace.services import openable, request
    from marketplace.services.amounts import show_time
    from marketplace.services.bounties import load_bounty
    from marketplace.types import format_id

    market = app.market()
    _require_train_out(path, train_out, options)
    schema, tests, rest = _read(app, market, path, options)
    draft = _draft(market, schema, tests, options)
    if not openable.was_opened(market, draft):
        openable.require_openable(market, draft)
        if not anyway:
            openable.require_hidden(market, draft)
    if train_out is not None:
        require_writable(app, train_out)
    for line in _public_lines(draft):
        app.note(line)
    app.confirm(*_money_lines(market, draft), *funds_lines(market, "Bounties", draft.locked))
    with app.busy("encrypting the test rows"):
        terms = request.draft_bounty(market, draft)
    if train_out is not None and rest is not None:
        write_file(train_out, write_table(rest))
    view = load_bounty(market, request.open_bounty(market, terms))
    bounty_id = format_id(view.bounty_id)
    opens, closes = show_time(view.deadline), show_time(view.rows_deadline)
    data = {"bounty": bounty_id, "test_rows": terms.row_count, "threshold": terms.threshold}
    data["train_rows"] = None if rest is None else rest.count
    app.done(
        data,
        f"open: {bounty_id}",
        f"open the rows between {opens} and {closes}: tessera bounty open-rows {bounty_id[:10]}",
    )


def _require_train_out(path: Path, train_out: Path | None, options: dict[str, Any]) -> None:
    """Refuse to write the training rows over the table, which holds the test rows too."""
    if train_out is None:
        return
    if options["test_share"] is None:
        raise click.UsageError("--train-out writes the rows that --test-share leaves: give both")
    if train_out.exists() and path.exists() and train_out.samefile(path):
        raise DataError(f"{train_out} is the table itself", "name another file for the training rows")


def _read(
    app: App, market: Market, path: Path, options: dict[str, Any]
) -> tuple[RowSchema, Table, Table | None]:
    """Return the row schema, the test rows, and the others if the table is split."""
    from marketplace.crypto.files import read_file
    from marketplace.datasets import build_schema, parse_schema, read_table
    from marketplace.services.splits import secret_split

    table = read_table(path)
    if (options["target"] is None) == (options["schema_path"] is None):
        raise click.UsageError("give --target, or --schema with a row schema that was made before")
    if options["schema_path"] is not None:
        schema = parse_schema(read_file(options["schema_path"], MAX_SCHEMA_BYTES))
    else:
        schema = build_schema(table, options["target"])
    for note in (*table.notes, *schema.notes):
        app.note(note)
    if options["test_share"] is None:
        return schema, table, None
    rest, tests = secret_split(market, table, options["test_share"])
    return schema, tests, rest


def _draft(market: Market, schema: RowSchema, tests: Table, options: dict[str, Any]) -> BountyDraft:
    from marketplace.models import Metric
    from marketplace.services.openable import MIN_STAGE
    from marketplace.services.request import DEFAULT_SCHEDULE, BountyDraft
    from marketplace.services.stakes import SILENCE_PARTS
    from marketplace.services.train import baseline_score, default_metric

    name, reward = options["metric"], options["reward"]
    metric = default_metric(schema) if name is None else Metric(METRICS.index(name) + 1)
    threshold = options["threshold"]
    if threshold is None:
        threshold = max(1, baseline_score(schema.encode(tests)[1], schema, metric))
    least = SILENCE_PARTS * market.client.call("Bounties", "SUBMISSION_FEE")
    schedule = dict.fromkeys(DEFAULT_SCHEDULE, MIN_STAGE) if options["fast"] else dict(DEFAULT_SCHEDULE)
    schedule |= {stage: options[stage] for stage in STAGES if options[stage] is not None}
    return BountyDraft(
        schema=schema,
        tests=tests,
        metric=metric,
        threshold=threshold,
        reward=reward,
        deposit=max(least, reward // 4) if options["deposit"] is None else options["deposit"],
        panel_fee=reward // 100 if options["panel_fee"] is None else options["panel_fee"],
        datasets=tuple(_dataset(market, text) for text in options["datasets"]),
        panel_size=options["panel_size"],
        quorum=options["quorum"] or options["panel_size"] // 2 + 1,
        schedule=schedule,
    )


def _dataset(market: Market, text: str) -> Parent:
    from marketplace.services.catalog import find_asset
    from marketplace.services.structs import Parent

    name, _, bps = text.rpartition(":")
    if not name or not bps.isdigit() or not 1 <= int(bps) <= 10_000:
        raise click.UsageError(f"--dataset takes ASSET:BPS, basis points of the reward, not {text[:60]!r}")
    return Parent(find_asset(market, name).asset_id, int(bps))


def _public_lines(draft: BountyDraft) -> list[str]:
    from marketplace.services.amounts import show_seconds

    schema = draft.schema
    labels = f" ({', '.join(schema.target.classes)})" if schema.target.classes else ""
    return [
        "This becomes public now:",
        f"  target: {schema.target.spec}{labels}",
        f"  {schema.width} features with their scales and categories: {', '.join(schema.names)}",
        f"  {draft.tests.count} test rows, encrypted; after the submissions you open them to all, for ever",
        f"  score: {metric_name(draft.metric)} of at least {show_score(draft.threshold)}",
        f"  stages: {', '.join(f'{name} {show_seconds(draft.schedule[name])}' for name in STAGES)}",
    ]


def _money_lines(market: Market, draft: BountyDraft) -> list[str]:
    from marketplace.services.amounts import show_tokens
    from marketplace.types import format_id

    panel = draft.panel_size * draft.panel_fee
    lines = [
        f"Lock {show_tokens(draft.locked)} tokens of {market.account} in the contract Bounties:",
        f"  reward: {show_tokens(draft.reward)}, to the maker of the best model",
        f"  deposit: {show_tokens(draft.deposit)}, back at the end unless the rows are bad or stay closed",
        f"  panel: {show_tokens(panel)}, to {draft.panel_size} evaluators, {draft.quorum} of whom must agree",
    ]
    for part in draft.datasets:
        lines.append(f"  of the reward: {part.bps / 100:g} % to the dataset {format_id(part.asset_id)}")
    return lines


@click.command("open-rows")
@BOUNTY
@shared
def open_rows(app: App, bounty_id: str) -> None:
    """Open the test rows, so that makers can score their models. They are public from then on, for ever.

    \b
    tessera bounty open-rows 0x71c0
    """
    from marketplace.services import request
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    request.require_requester(market, view)
    request.require_stage(view, Stage.SUBMITTING)
    request.require_over(view, view.deadline)
    count = view.terms.row_count
    app.confirm(f"Publish the key of the {count} test rows: everybody can read them from then on, for ever.")
    request.open_rows(market, view.bounty_id)
    app.done({"bounty": format_id(view.bounty_id), "rows": count}, f"{count} test rows are public now")


@click.command("lock")
@BOUNTY
@click.option(
    "--sign",
    "out",
    type=click.Path(path_type=Path),
    help="Sign the lock into this file for the maker instead, as soon as his claim is judged.",
)
@shared
def lock(app: App, bounty_id: str, out: Path | None) -> None:
    """Lock the delivery: only the winner's real key opens it, and only you can read the key from it.

    \b
    tessera bounty lock 0x71c0
    tessera bounty lock 0x71c0 --sign the.lock
    """
    from marketplace.services import request
    from marketplace.services.amounts import show_seconds
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.structs import Stage

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    request.require_requester(market, view)
    if out is not None:
        _sign_lock(app, view, out)
        return
    request.require_stage(view, Stage.LOCKING)
    maker = view.require_candidate().maker
    length = show_seconds(view.lengths["delivering"])
    app.confirm(
        f"Ask {maker} for the key of its model, within {length}.",
        f"  once it is delivered, or if a lock is wrong, the reward is due to {maker} after the window",
    )
    keylock = request.lock_delivery(market, view.bounty_id)
    app.done({"lock": keylock, "maker": maker}, f"locked; {maker} delivers within {length}")


def _sign_lock(app: App, view: BountyView, out: Path) -> None:
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.services import relay_files, relays

    market = app.market()
    maker = view.require_candidate().maker
    app.confirm(
        f"Sign the lock for {maker}, who can deliver with it once his claim holds.",
        f"  once it is delivered, the reward is due to {maker} after the window",
        "  if he has not delivered when half of the locking stage has passed, post the lock: without "
        "either the delivery is waived, and the reward due all the same",
    )
    require_writable(app, out)
    signed = relays.sign_lock(market, view.bounty_id)
    write_file(out, relay_files.write_lock(market, view, signed))
    data = {"lock": signed.key_lock, "maker": maker, "file": str(out)}
    app.done(data, f"signed the lock into {out}; send it to {maker}")


@click.command("receive")
@BOUNTY
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def receive(app: App, bounty_id: str, out: Path) -> None:
    """Open the delivered model; every piece and its hash are verified.

    \b
    tessera bounty receive 0x71c0 --out model.bin
    """
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.models import encode_model, model_hash
    from marketplace.services import request
    from marketplace.services.bounties import find_bounty

    market = app.market()
    found = find_bounty(market, bounty_id)
    require_writable(app, out)
    with app.busy("opening the model"):
        model = request.receive_model(market, found)
    write_file(out, encode_model(model))
    digest = model_hash(model).hex()
    app.done({"file": str(out), "model_hash": digest}, f"wrote the model {digest}, verified, to {out}")


COMMANDS = (open_, open_rows, lock, receive)
