"""``tessera proved``, the requester's side: open, rows, receive, close."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import AMOUNT, LENGTH, App, funds_lines, shared
from marketplace.errors import DataError
from marketplace.proving.shapes import KINDS

if TYPE_CHECKING:
    from marketplace.datasets import Table
    from marketplace.services.market import Market
    from marketplace.services.proof_request import ProofDraft

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")
STAGES = ("committing", "opening", "proving")
BOND_PART = 32


def _stage_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for stage in reversed(STAGES):
        command = click.option(f"--{stage}", type=LENGTH, help=f"Length of the stage {stage}.")(command)
    return command


@click.command("open")
@click.argument("path", metavar="TABLE", type=click.Path(path_type=Path))
@click.option("--target", required=True, help="Two classes: a column, or a condition such as G3>=10.")
@click.option(
    "--test-share",
    type=click.IntRange(1, 99),
    help="Per cent of the rows, drawn at random, that are hidden test rows; else the whole table is.",
)
@click.option("--train-out", type=click.Path(path_type=Path), help="Where to write the other rows, as CSV.")
@click.option("--wrong", type=click.IntRange(0, 4096), required=True, help="Most rows to be wrong on.")
@click.option("--reward", type=AMOUNT, required=True, help="Tokens for the first valid proof.")
@click.option("--bond", type=AMOUNT, help="Tokens that each side stakes on each maker; 1/32 of the reward.")
@click.option("--makers", type=click.IntRange(1, 32), default=8, show_default=True, help="Most makers.")
@click.option("--kind", type=click.Choice([*KINDS]), default="linear", show_default=True, help="Of models.")
@click.option("--fast", is_flag=True, help="Every stage as short as is safe: seven minutes.")
@_stage_options
@shared
def open_(app: App, path: Path, train_out: Path | None, **options: Any) -> None:
    """Open a bounty for a model that is proved to be good on hidden rows of your table.

    \b
    tessera proved open table.csv --target "G3>=10" --test-share 30 --train-out rest.csv --wrong 20 --reward 5
    """
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.datasets import write_table
    from marketplace.proving.toolchain import Toolchain
    from marketplace.services import proof_request
    from marketplace.services.amounts import show_time
    from marketplace.services.proofs import load_proof, require_proofs
    from marketplace.types import format_id

    market, tools = app.market(), Toolchain(app.given.proving_path, app.note)
    require_proofs(market)
    tools.require()
    draft, rest = _draft(market, path, options)
    if train_out is not None:
        if rest is None or (train_out.exists() and path.exists() and train_out.samefile(path)):
            raise DataError(
                f"{train_out} can't take the training rows", "give --test-share, and another file"
            )
        require_writable(app, train_out)
    app.confirm(*_lines(market, draft))
    terms = proof_request.draft_proof(market, draft, tools)
    if train_out is not None and rest is not None:
        write_file(train_out, write_table(rest))
    view = load_proof(market, proof_request.open_proof(market, terms))
    bounty_id = format_id(view.bounty_id)
    opens, closes = show_time(view.committing_until), show_time(view.opening_until)
    data = {"bounty": bounty_id, "test_rows": terms.row_count, "most_wrong": terms.most_wrong}
    app.done(
        data,
        f"open: {bounty_id}",
        f"hand out the rows between {opens} and {closes}: tessera proved rows {bounty_id[:10]}",
        "or leave it to: tessera proved follow",
    )


def _lines(market: Market, draft: ProofDraft) -> list[str]:
    from marketplace.services.amounts import show_tokens

    count = len(draft.table().labels)
    locked = draft.reward + draft.makers * draft.bond
    wanted = f"{draft.shape.words_for}, wrong on at most {draft.most_wrong} rows"
    return [
        f"Public now: columns {', '.join(draft.schema.names)} and their scales, {count} encrypted rows.",
        "  Only makers who commit to a model get the rows; they can keep them.",
        f"Lock {show_tokens(locked)} tokens of {market.account} in the contract Proofs:",
        f"  reward: {show_tokens(draft.reward)}, for {wanted}",
        f"  {draft.makers} bonds of {show_tokens(draft.bond)}, back at the end but for whom you give no rows",
        *funds_lines(market, "Proofs", locked),
    ]


def _draft(market: Market, path: Path, options: dict[str, Any]) -> tuple[ProofDraft, Table | None]:
    from marketplace.datasets import read_table
    from marketplace.services.proof_request import (
        DEFAULT_STAGES,
        FAST_STAGES,
        STAGES,
        ProofDraft,
        coarse_schema,
    )
    from marketplace.services.splits import secret_split

    table, rest = read_table(path), None
    schema = coarse_schema(table, options["target"])
    tests = table
    if options["test_share"] is not None:
        rest, tests = secret_split(market, table, options["test_share"])
    stages = dict(FAST_STAGES if options["fast"] else DEFAULT_STAGES)
    stages |= {stage: options[stage] for stage in STAGES if options[stage] is not None}
    reward = options["reward"]
    bond = -(-reward // BOND_PART) if options["bond"] is None else options["bond"]
    wishes = (options["wrong"], reward, bond, options["makers"], options["kind"], stages)
    return ProofDraft(schema, tests, *wishes), rest


@click.command("rows")
@BOUNTY
@shared
def rows(app: App, bounty_id: str) -> None:
    """Hand the rows to every maker who has committed; decline locks that nobody can open.

    \b
    tessera proved rows 0x5a1e
    """
    from marketplace.services.proof_request import hand_out
    from marketplace.services.proofs import find_proof, load_proof
    from marketplace.types import format_id

    market = app.market()
    found = find_proof(market, bounty_id)
    view = load_proof(market, found)
    app.confirm(f"Hand {view.terms.row_count} test rows to makers, {len(view.pledges)} of them committed.")
    served = hand_out(market, found)
    lines = [f"{maker}: {how}" for maker, how in served] or ["nobody waits for rows"]
    app.done({"bounty": format_id(found), "makers": [{"maker": m, "how": how} for m, how in served]}, *lines)


@click.command("receive")
@BOUNTY
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write the model to.")
@shared
def receive(app: App, bounty_id: str, out: Path) -> None:
    """Decrypt the model that was proved and paid for, from the chain's log alone.

    \b
    tessera proved receive 0x5a1e --out model.bin
    """
    from marketplace.cli.files import require_writable
    from marketplace.services.proof_models import hash_any
    from marketplace.services.proof_request import receive_proved
    from marketplace.services.proofs import find_proof
    from marketplace.types import format_id

    market = app.market()
    found = find_proof(market, bounty_id)
    require_writable(app, out)
    digest = hash_any(receive_proved(market, found, out)).hex()
    app.done({"bounty": format_id(found), "file": str(out), "model_hash": digest}, f"wrote {out}")


@click.command("close")
@BOUNTY
@shared
def close(app: App, bounty_id: str) -> None:
    """Give the requester what is left: unused bonds, and the reward if nobody proved. Anybody may.

    \b
    tessera proved close 0x5a1e
    """
    from marketplace.services.proof_request import close_proof
    from marketplace.services.proofs import find_proof
    from marketplace.types import format_id

    market = app.market()
    found = find_proof(market, bounty_id)
    app.confirm(f"Close {format_id(found)}.")
    close_proof(market, found)
    app.done({"bounty": format_id(found)}, "closed")


COMMANDS = (open_, rows, receive, close)
