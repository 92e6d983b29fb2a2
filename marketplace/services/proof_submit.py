"""The maker's side of a proved bounty: check the sheet, commit, read the rows, prove, be paid."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from web3.exceptions import Web3Exception

from marketplace.constants import LABEL_B, LABEL_MODEL
from marketplace.crypto.points import Point, coordinates, recover_key
from marketplace.datasets.schema import MAX_SCHEMA_BYTES
from marketplace.errors import ContractReverted, DataError, TransactionFailed
from marketplace.proving.linear import ProvedModel
from marketplace.proving.provable import Provable
from marketplace.proving.shapes import WIDTH, Shape, circuit_of
from marketplace.proving.statement import Statement, model_commitment
from marketplace.proving.tables import TestTable, open_sheet, parse_sheet, public_inputs, read_table
from marketplace.proving.toolchain import Proof, Toolchain
from marketplace.services.accounts import ensure_funds
from marketplace.services.amounts import show_time
from marketplace.services.confirmed import require_deep
from marketplace.services.market import Market
from marketplace.services.proof_exits import ended_pledges
from marketplace.services.proof_kept import keep_model
from marketplace.services.proof_models import AnyModel, to_proved
from marketplace.services.proof_request import (
    SALT_BITS,
    lock_of,
    pledge_id_of,
    read_proof_schema,
    sheet_length,
)
from marketplace.services.proof_structs import Commitment, ProofTerms, Turn
from marketplace.services.proofs import PledgeView, ProofView, load_proof
from marketplace.services.sell import SETTLE_MARGIN_SECONDS
from marketplace.types import RAW_CODEC, Cid, format_id

ANNOUNCE_STEP = "announce a proof"
PROOF_STEP = "prove the score, be paid"
"""How the transactions are shown."""

ZERO_MODEL = ProvedModel((0,) * WIDTH, 0)
"""The model that always says the first class."""


def read_sheet(market: Market, terms: ProofTerms) -> tuple[list[int], bytes]:
    """Fetch a bounty's encrypted rows; return words and proof.

    Raises
    ------
    ContentNotFound, ContentMismatch, DataError
    """
    shape = _sheet_of(terms)
    length = sheet_length(shape)
    data = b"".join(market.store.get(Cid.from_digest(terms.sheet, length), 0, length + 1))
    return parse_sheet(data, shape)


def _sheet_of(terms: ProofTerms) -> Shape:
    """Return the circuit of a bounty's sheet; refuse more rows than it has."""
    shape = circuit_of(terms.circuit).sheet
    if terms.row_count > shape.rows:
        raise DataError(f"the bounty promises {terms.row_count} rows, its circuit has {shape.rows}")
    return shape


def check_sheet(market: Market, terms: ProofTerms) -> None:
    """Make sure that the encrypted rows are the committed ones, before money is staked on them.

    The verifier on the chain is asked, which costs nothing.

    Raises
    ------
    DataError
        If the proof is not valid: whoever commits might get rows that he can't prove anything about.
    """
    sheet, proof = read_sheet(market, terms)
    inputs = public_inputs(coordinates(terms.key), terms.rows, sheet)
    web3, shape = market.client.node.web3, _sheet_of(terms)
    words = [number.to_bytes(32, "big") for number in inputs]
    verifier = web3.eth.contract(
        web3.to_checksum_address(market.address(shape.verifier)), abi=shape.artifact()["verifier"]["abi"]
    )
    try:
        valid = verifier.functions.verify(proof, words).call()
    except Web3Exception:
        valid = False
    if not valid:
        raise DataError(
            "the requester's proof that the encrypted rows are the promised ones is not valid",
            "commit to nothing here: you might never be able to prove",
        )


def commit_model(market: Market, bounty_id: int, model: AnyModel) -> Commitment:
    """Bind oneself to a model and stake the bond, after the sheet was checked and the model kept.

    If this account has committed before, nothing is sent.

    Raises
    ------
    DataError
        If the sheet is not what it should be, or another model was committed to.
    """
    view = load_proof(market, bounty_id)
    commitment = prepare(market, view, to_proved(model, view.shape))
    for pledge in view.pledges:
        if pledge.maker == market.account:
            if pledge.commitment != commitment:
                raise DataError("you have committed to another model here", "one commitment a maker counts")
            keep_model(market, bounty_id, model)
            return commitment
    if view.now > view.committing_until:
        raise DataError("the time for commitments is over", "see others with: tessera proved list")
    check_sheet(market, view.terms)
    _keep(market, view.terms)
    keep_model(market, bounty_id, model)
    send_commitment(market, view, commitment)
    return commitment


def _keep(market: Market, terms: ProofTerms) -> None:
    """Store what the rows are read with: a requester could take it away once bonds are staked."""
    length = sheet_length(_sheet_of(terms))
    sheet, schema = Cid.from_digest(terms.sheet, length), Cid(RAW_CODEC, terms.schema)
    market.store.add(market.store.get(sheet, 0, length + 1))
    market.store.add(market.store.get(schema, 0, MAX_SCHEMA_BYTES))


def prepare(market: Market, view: ProofView, model: Provable) -> Commitment:
    """Return this account's commitment to a model; the same model gives the same one."""
    b = own_key(market, view)
    lock, _ = lock_of(market, view, b, view.terms.seal, market.account)
    return Commitment(model_commitment(_model_salt(market, view), model), Point.from_scalar(b), lock)


def send_commitment(market: Market, view: ProofView, commitment: Commitment) -> None:
    """Stake the bond on a commitment."""
    ensure_funds(market, "Proofs", view.terms.bond)
    intent = f"pledge:{format_id(view.bounty_id)}:{market.account}"
    market.send("commit to a model", "Proofs", "commit", view.terms, commitment, intent=intent)


def own_rows(market: Market, view: ProofView) -> tuple[TestTable, int]:
    """Decrypt the rows that this maker was handed; return them and the salt of their commitment.

    Raises
    ------
    DataError
        If they were not handed over.
    """
    pledge = view.pledge_of(market.account)
    if pledge.t is None:
        raise DataError("the requester has not handed you the rows yet", "see tessera proved show")
    b = own_key(market, view)
    _, h = lock_of(market, view, b, view.terms.seal, market.account)
    salt, words = open_sheet(recover_key(pledge.t, h), read_sheet(market, view.terms)[0])
    width = read_proof_schema(market, view.terms).width
    return read_table(words, view.shape, width, view.terms.row_count), salt


def make_proof(market: Market, view: ProofView, model: AnyModel, tools: Toolchain) -> Proof:
    """Prove that the committed model is good enough on the rows, and encrypt it to the requester.

    Raises
    ------
    DataError
        If it is not, or another model was committed to.
    ProvingError
    """
    pledge, proved = view.pledge_of(market.account), to_proved(model, view.shape)
    salt = _model_salt(market, view)
    if model_commitment(salt, proved) != pledge.commitment.model:
        raise DataError("this is not the model that you have committed to", "name the file you committed")
    table, rows_salt = own_rows(market, view)
    require_lead(view, proved, table)
    statement = _statement(market, view, pledge)
    return tools.prove(view.shape, statement.inputs(view.shape, proved, salt, table, rows_salt))


def require_lead(view: ProofView, model: Provable, table: TestTable) -> int:
    """Return on how many rows a model is wrong; refuse one that is not good enough.

    Raises
    ------
    DataError
    """
    wrong = (len(table.labels) - model.lead(table)) // 2
    if model.lead(table) < view.terms.least:
        raise DataError(
            f"the model is wrong on {wrong} of {len(table.labels)} rows, allowed are {view.terms.most_wrong}",
            "it can't be proved: the bond is lost unless another maker proves",
        )
    return wrong


def require_unpaid(view: ProofView) -> None:
    """Refuse to prove where somebody was paid.

    Raises
    ------
    DataError
    """
    if view.winner is not None:
        raise DataError(f"{view.winner} has proved it and was paid", "your bond: tessera proved release")


def announce(market: Market, view: ProofView) -> ProofView:
    """Take the half hour in which only this maker can prove; nothing is sent if it runs already.

    What a proof is sent for must be deep in the chain: it shows the requester the model.

    Returns
    -------
    ProofView
        As it is then.

    Raises
    ------
    DataError
        If the time for it is over, or has not come, or the announcement may still be undone.
    """
    if view.pledge_of(market.account).turn is Turn.OPENED:
        _require_free(view)
        intent = f"announce:{format_id(view.bounty_id)}:{market.account}"
        market.send(ANNOUNCE_STEP, "Proofs", "announce", view.terms, intent=intent)
        view = load_proof(market, view.bounty_id)
    pledge = view.pledge_of(market.account)
    require_deep(market, pledge.announced_in, "your announcement")
    if view.now > pledge.until and view.winner != market.account:
        raise DataError("you announced a proof and did not send it in time", "the bond is lost")
    return view


def _require_free(view: ProofView) -> None:
    """Refuse to announce before all are served, while another maker's half hour runs, or too late."""
    require_unpaid(view)
    if not view.served:
        raise DataError("not all makers have the rows yet", "wait: proofs count from then on")
    if view.on_turn is not None:
        until = show_time(view.on_turn.until)
        raise DataError(f"{view.on_turn.maker} has announced a proof", f"wait until it fails, {until}")
    if view.now > view.proving_until:
        raise DataError("the time for proofs is over", "end it with: tessera proved release")


def send_proof(market: Market, view: ProofView, proof: Proof) -> None:
    """Announce a proof, then show it to the contract, which pays in the same transaction.

    Who sees it can't be faster, and it is not first sent when it may be mined too late: the requester reads
    the model from it, whether it is paid for or not.

    Raises
    ------
    DataError
        If it is too early or too late.
    """
    view = load_proof(market, view.bounty_id)  # proving took a while
    if view.winner != market.account:
        view = announce(market, view)
    if view.winner == market.account:
        return
    pledge = view.pledge_of(market.account)
    sealed = proof.inputs[len(_statement(market, view, pledge).public_inputs(())) :]
    arguments = (view.terms, market.account, pledge.commitment, list(sealed), proof.data)
    intent = f"prove:{format_id(view.bounty_id)}:{market.account}"
    market.client.expire(intent, pledge.until - SETTLE_MARGIN_SECONDS)
    try:
        market.send(PROOF_STEP, "Proofs", "prove", *arguments, intent=intent)
    except (ContractReverted, TransactionFailed):
        if load_proof(market, view.bounty_id).winner != market.account:  # else a stranger sent it first
            raise


def vindicate(market: Market, bounty_id: int) -> None:
    """Show that one's lock was right although the requester declined it; nothing is sent if it was shown."""
    view = load_proof(market, bounty_id)
    pledge = view.pledge_of(market.account)
    if pledge.turn is Turn.VINDICATED:
        return
    if pledge.turn is not Turn.DECLINED:
        raise DataError("your lock was not declined", "see tessera proved show")
    arguments = (view.terms, market.account, pledge.commitment, own_key(market, view))
    intent = f"vindicate:{format_id(bounty_id)}:{market.account}"
    market.send("show that the lock was right", "Proofs", "vindicate", *arguments, intent=intent)


def release(market: Market, bounty_id: int, makers: Iterable[str] | None = None) -> list[str]:
    """End the pledges that can be ended now, of all makers or of some. Anybody may send it.

    Returns
    -------
    list of str
        The makers whose bonds went back, or were burned.
    """
    view = load_proof(market, bounty_id)
    ended = [pledge.maker for pledge in ended_pledges(view)]
    names = sorted(ended if makers is None else set(makers) & set(ended))
    if names:
        named = sha256("".join(names).encode()).hexdigest()
        intent = f"release-pledges:{format_id(bounty_id)}:{named}"
        market.send("end the pledges", "Proofs", "release", view.terms, names, intent=intent)
    return names


def _statement(market: Market, view: ProofView, pledge: PledgeView) -> Statement:
    context = market.client.call("Proofs", "contextOf", view.bounty_id, pledge.maker)
    reader = (view.terms.reader_x, view.terms.reader_y)
    return Statement(context, pledge.commitment.model, view.terms.rows, view.terms.least, reader)


def own_key(market: Market, view: ProofView) -> int:
    """Return the one-time scalar of this account's pledge, b of B = b·G."""
    return market.proof_key(LABEL_B, pledge_id_of(market, view.bounty_id, market.account))


def _model_salt(market: Market, view: ProofView) -> int:
    pledge_id = pledge_id_of(market, view.bounty_id, market.account)
    return market.proof_key(LABEL_MODEL, pledge_id) % 2**SALT_BITS
