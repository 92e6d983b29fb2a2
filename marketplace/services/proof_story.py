"""The story of a proved bounty on a local chain: a model is paid for that nobody else ever sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from eth_account import Account

from marketplace.datasets import Table, split
from marketplace.models import encode_model, model_hash
from marketplace.proving.toolchain import Toolchain
from marketplace.services import proof_request, proof_submit
from marketplace.services.cast import Cast
from marketplace.services.market import Market
from marketplace.services.narrator import Narrator
from marketplace.services.proof_models import to_integers, to_proved
from marketplace.services.proofs import ProofView, load_proof
from marketplace.services.story import StoryError
from marketplace.services.train import train

REQUESTER, MAKER, CHEAT = "insurer", "ada", "cleo"
PEOPLE = (REQUESTER, MAKER, CHEAT)
TOKEN = 10**18
REWARD, BOND = 1_000 * TOKEN, 40 * TOKEN
TEST_PERCENT, SEED = 40, 7
WRONG_PART = 10
"""A tenth of the test rows may be wrong."""


@dataclass(frozen=True)
class Data:
    """What the story is about.

    Parameters
    ----------
    table : Table
    target : str
    kind : str
        Of the model, as `ProofDraft` has it.
    """

    table: Table
    target: str
    kind: str = "linear"


def play(cast: Cast, tell: Narrator, folder: Path, data: Data, tools: Toolchain) -> None:
    """Tell the story; everything in it is checked.

    Raises
    ------
    StoryError
        If something did not come out as promised.
    """
    insurer, ada, cleo = (cast[name] for name in PEOPLE)
    schema = proof_request.coarse_schema(data.table, data.target)
    training, tests = split(data.table, TEST_PERCENT, SEED)
    model = train(training, schema, data.kind).model

    tell.chapter("The insurer asks for a model, and proves that its encrypted rows are the promised ones")
    draft = proof_request.ProofDraft(schema, tests, tests.count // WRONG_PART, REWARD, BOND, 4, data.kind)
    terms = proof_request.draft_proof(insurer, draft, tools)
    bounty_id = proof_request.open_proof(insurer, terms)
    tell.say(f"{draft.shape.words_for}, wrong on at most {terms.most_wrong} of {terms.row_count} rows")
    tell.say("no panel, no row is public")

    tell.chapter("Makers bind themselves to models before they see a row")
    proof_submit.commit_model(ada, bounty_id, model)
    _poison(cleo, bounty_id)
    tell.say("cleo posts a lock that nobody can open, to make the insurer look silent")
    cast.pass_time(load_proof(insurer, bounty_id).committing_until)

    tell.chapter("The insurer hands out the rows by the key equation; only ada can read the key")
    proof_request.hand_out(insurer, bounty_id)
    tell.say("cleo's lock is declined; she can't show that it was right, so her bond will burn")

    tell.chapter("Ada proves in zero knowledge, and is paid in the same transaction")
    view = load_proof(ada, bounty_id)
    proof_submit.send_proof(ada, view, proof_submit.make_proof(ada, view, model, tools))

    tell.chapter("The insurer decrypts the model from the log")
    path = folder / "received.bin"
    received = proof_request.receive_proved(insurer, bounty_id, path)
    expected = to_integers(to_proved(model, view.shape), schema.width)
    if encode_model(received) != encode_model(expected) or path.read_bytes() != encode_model(expected):
        raise StoryError("the received model is not the proved one")
    tell.say(f"model {model_hash(received).hex()[:16]}…, the very one that was proved")

    cast.pass_time(view.proving_until)
    proof_submit.release(insurer, bounty_id)
    proof_request.close_proof(insurer, bounty_id)
    _check(cast, load_proof(insurer, bounty_id), bounty_id)


def _poison(market: Market, bounty_id: int) -> None:
    """Commit with a lock that belongs to no key."""
    view = load_proof(market, bounty_id)
    fair = proof_submit.prepare(market, view, proof_submit.ZERO_MODEL)
    wrong = replace(fair, key_lock=str(Account.create().address))
    proof_submit.send_commitment(market, view, wrong)


def _check(cast: Cast, view: ProofView, bounty_id: int) -> None:
    """Hold what everybody has against what the rules say."""
    changes = {REQUESTER: -REWARD, MAKER: REWARD, CHEAT: -BOND}
    for name, change in changes.items():
        market = cast[name]
        found = market.client.call("Vault", "balanceOf", market.account)
        start = {REQUESTER: view.terms.locked, MAKER: BOND, CHEAT: BOND}[name]
        if found != start + change:
            raise StoryError(f"{name} has {found} base units in the vault, not {start + change}")
    market = cast[REQUESTER]
    if market.client.call("Vault", "bucketOf", market.address("Proofs"), bounty_id):
        raise StoryError("money is left in the bounty's bucket")
