"""``tessera proved``, the makers' side: commit, prove, vindicate, release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from marketplace.cli.common import App, funds_lines, shared

if TYPE_CHECKING:
    from marketplace.services.proof_models import AnyModel

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")
MODEL = click.argument("path", metavar="MODEL", type=click.Path(path_type=Path))


def _read_model(path: Path) -> AnyModel:
    from marketplace.constants import MAX_MODEL_BYTES
    from marketplace.crypto.files import read_file
    from marketplace.services.proof_models import decode_any

    return decode_any(read_file(path, MAX_MODEL_BYTES))


@click.command("train")
@BOUNTY
@click.argument("table_path", metavar="TABLE", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write the model to.")
@shared
def train(app: App, bounty_id: str, table_path: Path, out: Path) -> None:
    """Train a model of the kind that a bounty takes, for its row schema, on a table of yours.

    \b
    tessera proved train 0x5a1e rest.csv --out model.bin
    """
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.datasets import read_table
    from marketplace.services.proof_models import encode_any
    from marketplace.services.proof_request import read_proof_schema
    from marketplace.services.proof_train import train_for
    from marketplace.services.proofs import find_proof, load_proof

    market = app.reader()
    view = load_proof(market, find_proof(market, bounty_id))
    schema, table = read_proof_schema(market, view.terms), read_table(table_path)
    require_writable(app, out)
    with app.busy(f"training {view.shape.words_for}"):
        model = train_for(view.shape, table, schema)
    write_file(out, encode_any(model))
    lines = (f"wrote {out}: {view.shape.words_for}", f"next: tessera proved commit {bounty_id} {out}")
    app.done({"file": str(out), "kind": view.shape.circuit, "rows": table.count}, *lines)


@click.command("commit")
@BOUNTY
@MODEL
@shared
def commit(app: App, bounty_id: str, path: Path) -> None:
    """Bind yourself to a model before you see the rows, and stake the bond on it. Keep the file.

    \b
    tessera proved commit 0x5a1e model.bin
    """
    from marketplace.services.amounts import show_tokens
    from marketplace.services.proof_models import to_proved
    from marketplace.services.proof_submit import check_sheet, commit_model
    from marketplace.services.proofs import find_proof, load_proof
    from marketplace.types import format_id

    market, model = app.market(), _read_model(path)
    view = load_proof(market, find_proof(market, bounty_id))
    to_proved(model, view.shape)
    with app.busy("checking that the encrypted rows are the promised ones"):
        check_sheet(market, view.terms)
    terms = view.terms
    app.confirm(
        f"Stake {show_tokens(terms.bond)} tokens of {market.account} that this model is wrong on at most "
        f"{terms.most_wrong} of {terms.row_count} rows you have not seen.",
        "  lost if it is not, or you prove too late, unless another maker proves; doubled if you get no rows",
        "  nobody learns the model; who pays gets it with the proof",
        *funds_lines(market, "Proofs", terms.bond),
    )
    commit_model(market, view.bounty_id, model)
    shown = format_id(view.bounty_id)
    lines = (
        "committed: keep the model's file",
        f"when you have the rows: tessera proved prove {shown[:10]} {path}",
        "or leave it to: tessera proved follow",
    )
    app.done({"bounty": shown, "model": str(path)}, *lines)


@click.command("prove")
@BOUNTY
@MODEL
@shared
def prove(app: App, bounty_id: str, path: Path) -> None:
    """Prove that your committed model is good enough, and be paid in the same transaction.

    \b
    tessera proved prove 0x5a1e model.bin
    """
    from marketplace.proving.toolchain import Toolchain
    from marketplace.services import proof_submit
    from marketplace.services.amounts import show_tokens
    from marketplace.services.proof_models import to_proved
    from marketplace.services.proofs import find_proof, load_proof
    from marketplace.types import format_id

    market, model = app.market(), _read_model(path)
    tools = Toolchain(app.given.proving_path, app.note)
    tools.require()
    view = load_proof(market, find_proof(market, bounty_id))
    if view.winner == market.account:
        app.done({"bounty": format_id(view.bounty_id)}, "you have proved it and were paid")
        return
    proof_submit.require_unpaid(view)
    table, _ = proof_submit.own_rows(market, view)
    wrong = proof_submit.require_lead(view, to_proved(model, view.shape), table)
    paid = show_tokens(view.terms.reward + view.terms.bond)
    app.confirm(
        f"The model is wrong on {wrong} of {len(table.labels)} rows; nobody else learns how many.",
        f"Prove it, and give the model to {view.terms.requester} for {paid} tokens, your bond among them.",
        "First it is announced: for half an hour only you can prove. Not mined by then, the bond is lost.",
    )
    proof_submit.send_proof(market, view, proof_submit.make_proof(market, view, model, tools))
    app.done({"bounty": format_id(view.bounty_id), "wrong": wrong}, f"proved and paid: {paid} tokens")


@click.command("vindicate")
@BOUNTY
@shared
def vindicate(app: App, bounty_id: str) -> None:
    """Show that your lock was right although the requester declined it: you get both bonds.

    \b
    tessera proved vindicate 0x5a1e
    """
    from marketplace.services.proof_submit import vindicate as show_right
    from marketplace.services.proofs import find_proof
    from marketplace.types import format_id

    market = app.market()
    found = find_proof(market, bounty_id)
    app.confirm("Show the one-time key of your lock. It opens nothing but that.")
    show_right(market, found)
    app.done({"bounty": format_id(found)}, "the lock was right; next: tessera proved release")


@click.command("release")
@BOUNTY
@shared
def release(app: App, bounty_id: str) -> None:
    """Pay out, or burn, the bonds of makers whose turn is over. Anybody may.

    \b
    tessera proved release 0x5a1e
    """
    from marketplace.services.proof_submit import release as end_pledges
    from marketplace.services.proofs import find_proof
    from marketplace.types import format_id

    market = app.market()
    found = find_proof(market, bounty_id)
    app.confirm(f"End the pledges of {format_id(found)}.")
    names = end_pledges(market, found)
    lines = [f"ended: {name}" for name in names] or ["no pledge is left"]
    app.done({"bounty": format_id(found), "makers": names}, *lines)


COMMANDS = (train, commit, prove, vindicate, release)
