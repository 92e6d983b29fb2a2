"""The requester's side of a proved bounty: prove the sheet, open, hand out rows, read the model, close."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from eth_utils import keccak

from marketplace.constants import LABEL_DRAFT, LABEL_R, LABEL_READER, LABEL_TABLE
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.points import (
    Point,
    contest_h,
    coordinates,
    lock_address,
    settlement_scalar,
    shared_address,
)
from marketplace.datasets import Feature, RowSchema, Table, build_schema, parse_schema
from marketplace.datasets.schema import MAX_SCHEMA_BYTES
from marketplace.errors import ContractReverted, DataError, TransactionFailed
from marketplace.proving import grumpkin
from marketplace.proving.shapes import CELL_OFFSET, CIRCUITS, Shape, shape_for
from marketplace.proving.statement import read_model, unseal
from marketplace.proving.tables import TestTable, rows_commitment, sheet_bytes, sheet_inputs, table_words
from marketplace.proving.toolchain import Toolchain
from marketplace.services.accounts import ensure_funds
from marketplace.services.amounts import show_seconds, show_tokens
from marketplace.services.confirmed import HINT
from marketplace.services.market import Market
from marketplace.services.proof_models import AnyModel, encode_any, to_integers
from marketplace.services.proof_structs import ProofTerms, Turn
from marketplace.services.proofs import PledgeView, ProofView, load_proof, require_proofs
from marketplace.services.sell import SETTLE_MARGIN_SECONDS
from marketplace.types import RAW_CODEC, Cid, format_id

DAY = 86_400
STAGES = ("committing", "opening", "proving")
DEFAULT_STAGES: Mapping[str, int] = {"committing": 3 * DAY, "opening": DAY, "proving": 2 * DAY}
MIN_STAGE, MAX_STAGE = 60, 30 * DAY
"""Seconds (contracts/libraries/ProofRules.sol)."""

MIN_OPENING = SETTLE_MARGIN_SECONDS + 180
"""Rows are first handed out while that margin is left: a shorter stage would be over before it began."""

FAST_STAGES: Mapping[str, int] = {"committing": MIN_STAGE, "opening": MIN_OPENING, "proving": MIN_STAGE}
BOND_PARTS = 64
"""A bond is at least this part of the reward (contracts/libraries/ProofRules.sol)."""

SALT_BITS = 248
TOP_CELL = CELL_OFFSET - 1


@dataclass(frozen=True)
class ProofDraft:
    """What a requester asks for.

    Parameters
    ----------
    schema : RowSchema
        Published; two classes, features of at most nine bits (`coarse_schema`).
    tests : Table
        Hidden test rows; only makers who commit ever see them.
    most_wrong : int
        Rows on which a model may be wrong.
    reward, bond : int
        Token base units; the bond is what each side stakes on each commitment.
    makers : int
        Most commitments.
    kind : str
        Of models: a key of `marketplace.proving.shapes.KINDS`.
    stages : mapping of str to int
        Seconds by stage.
    """

    schema: RowSchema
    tests: Table
    most_wrong: int
    reward: int
    bond: int
    makers: int = 8
    kind: str = "linear"
    stages: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_STAGES))

    def __post_init__(self) -> None:
        """Refuse what the contract would refuse, before anything is proved or paid.

        Raises
        ------
        DataError
        """
        least, count = -(-self.reward // BOND_PARTS), self.tests.count
        if self.reward < 1:
            raise DataError("the reward is more than 0", "give another: --reward")
        if not least <= self.bond <= self.reward:
            raise DataError(
                f"the bond is {show_tokens(least)} to {show_tokens(self.reward)} tokens, as the reward is, "
                f"not {show_tokens(self.bond)}",
                "leave --bond out, or give another",
            )
        if not 0 <= self.most_wrong <= (count - 1) // 2:
            raise DataError(
                f"a model is wrong on at most {(count - 1) // 2} of {count} rows, less than half: "
                f"not on {self.most_wrong}",
                "give another number: --wrong",
            )
        for name in STAGES:
            self._require_stage(name, MIN_OPENING if name == "opening" else MIN_STAGE)

    def _require_stage(self, name: str, least: int) -> None:
        if not least <= self.stages[name] <= MAX_STAGE:
            raise DataError(
                f"the stage {name} lasts {show_seconds(least)} to {show_seconds(MAX_STAGE)}, "
                f"not {show_seconds(self.stages[name])}",
                f"give another length: --{name} 1h",
            )

    def table(self) -> TestTable:
        """Return the test rows as integers.

        Raises
        ------
        DataError
            If they do not fit the circuit.
        """
        if not self.schema.target.is_classes or len(self.schema.target.classes) != 2:
            raise DataError("a proof takes a target with two classes", "name a condition, such as: 'G3>=10'")
        rows, labels = self.schema.encode(self.tests)
        table = TestTable(tuple(tuple(row) for row in rows.tolist()), tuple(labels.tolist()))
        table.check(self.shape)
        return table

    @property
    def shape(self) -> Shape:
        """The smallest circuit for the models and the rows.

        Raises
        ------
        DataError
            If there are too many rows.
        """
        return shape_for(self.kind, self.tests.count)


def coarse_schema(table: Table, target: str) -> RowSchema:
    """Return a row schema whose integers fit the circuits: the largest number of a column becomes 255.

    Raises
    ------
    DataError
        If the table gives no features, or more than a circuit takes.
    """
    schema = build_schema(table, target)
    features = tuple(f if f.category is not None else _coarse(f.column, table) for f in schema.features)
    return replace(schema, features=features)


def _coarse(column: str, table: Table) -> Feature:
    largest = float(np.abs(table.frame[column].dropna().to_numpy()).max())
    if largest == 0 or not math.isfinite(largest):
        return Feature(column)
    digits = max(0, 6 - math.floor(math.log10(largest)))  # seven digits of the largest number
    divisor = math.ceil(largest * 10.0**digits)
    return Feature(column, TOP_CELL * 10**digits, divisor)


def draft_proof(market: Market, draft: ProofDraft, tools: Toolchain) -> ProofTerms:
    """Prepare a proved bounty: the rows' sheet proved and stored, terms on disk. Nothing is public yet.

    The same draft gives the same terms again, so that a crash costs nothing and opens nothing twice.

    Raises
    ------
    DataError
        If the rows do not fit the circuit.
    ProvingError
    """
    require_proofs(market)
    table = draft.table()
    salt = _draft_salt(market, draft, table)
    path = market.workspace() / f"proof-{salt.hex()[:16]}.abi"
    if path.exists():
        return ProofTerms.from_bytes(path.read_bytes())
    k, count = market.artifact_key("Proofs", salt, b""), len(table.labels)
    key, rows_salt = Point.from_scalar(k), market.proof_key(LABEL_TABLE, salt) % 2**SALT_BITS
    shape = draft.shape
    inputs = sheet_inputs(shape.sheet, k, coordinates(key), table, rows_salt)
    proof = tools.prove(shape.sheet, inputs)
    reader = grumpkin.multiply(market.proof_key(LABEL_READER, salt))
    terms = ProofTerms(
        requester=market.account,
        salt=salt,
        reward=draft.reward,
        bond=draft.bond,
        makers=draft.makers,
        circuit=CIRCUITS.index(shape),
        least=count - 2 * draft.most_wrong,
        row_count=count,
        **{stage: draft.stages[stage] for stage in STAGES},
        rows=rows_commitment(rows_salt, table_words(inputs["cells"], inputs["labels"])),
        schema=market.store.add(draft.schema.to_bytes()).digest,
        sheet=market.store.add(sheet_bytes(proof.inputs[-1 - shape.table_words :], proof.data)).digest,
        key=key,
        seal=Point.from_scalar(market.proof_key(LABEL_R, salt)),
        reader_x=reader[0],
        reader_y=reader[1],
    )
    with atomic_writer(path) as sink:
        sink.write(terms.to_bytes())
    return terms


def _draft_salt(market: Market, draft: ProofDraft, table: TestTable) -> bytes:
    """Name a draft by all that goes in; the wallet's secret keeps the rows from being guessed."""
    wishes = (
        draft.most_wrong,
        draft.reward,
        draft.bond,
        draft.makers,
        draft.kind,
        sorted(draft.stages.items()),
    )
    rows = sha256(repr((table.features, table.labels)).encode()).digest()
    parts = market.require_wallet().secret.mac_key(LABEL_DRAFT) + draft.schema.digest() + rows
    return sha256(parts + repr(wishes).encode()).digest()


def open_proof(market: Market, terms: ProofTerms) -> int:
    """Open a drafted bounty: the reward and the bonds are locked, its terms become public.

    If it was opened before, nothing is sent.

    Returns
    -------
    int
        The bounty's id.
    """
    bounty_id = terms.bounty_id(market.chain_id, market.address("Proofs"))
    if market.client.call("Proofs", "stateOf", bounty_id).openedAt:
        return bounty_id
    ensure_funds(market, "Proofs", terms.locked)
    market.send("open the proved bounty", "Proofs", "open", terms, intent=f"ask:{format_id(bounty_id)}")
    return bounty_id


def lock_of(market: Market, view: ProofView, scalar: int, point: Point, maker: str) -> tuple[str, int]:
    """Return the right lock of a pledge and its h, from r and B or from b and R."""
    proofs, pledge_id = market.address("Proofs"), pledge_id_of(market, view.bounty_id, maker)
    h = contest_h(shared_address(scalar, point), market.chain_id, proofs, pledge_id)
    return lock_address(view.terms.key, h), h


def pledge_id_of(market: Market, bounty_id: int, maker: str) -> bytes:
    """Return the id of a maker's pledge, from which its keys derive: a hash of where, what and who."""
    proofs = bytes.fromhex(market.address("Proofs")[2:])
    words = (
        proofs.rjust(32, b"\0"),
        bounty_id.to_bytes(32, "big"),
        bytes.fromhex(maker[2:]).rjust(32, b"\0"),
    )
    return keccak(market.chain_id.to_bytes(32, "big") + b"".join(words))


def hand_out(market: Market, bounty_id: int) -> list[tuple[str, str]]:
    """Hand the rows to every maker who waits for them; decline those whose lock is wrong.

    Returns
    -------
    list of (str, str)
        Maker, and ``"opened"`` or ``"declined"``.

    Raises
    ------
    DataError
        If it is too early or too late, or this is not the requester.
    """
    view = load_proof(market, bounty_id)
    require_requester(market, view)
    if view.now <= view.committing_until:
        raise DataError("makers may still commit: rows shown now would be known to them", EARLY)
    _require_deep_end(market, view.committing_until)
    if view.now > view.opening_until:
        raise DataError("the time for rows is over", "makers are paid with: tessera proved release")
    k, r = (market.artifact_key("Proofs", view.terms.salt, b""), market.proof_key(LABEL_R, view.terms.salt))
    served = []
    for pledge in view.pledges:
        if pledge.turn is Turn.COMMITTED:
            served.append((pledge.maker, _serve(market, view, pledge, k, r)))
    return served


EARLY = "wait until the deadline has passed; on a local chain: tessera localnet advance"


def _require_deep_end(market: Market, deadline: int) -> None:
    """Refuse to show rows after a deadline that a reorg could bring back, for somebody who has seen them.

    All commitments are older than the block that has to be deep.
    """
    newest = market.client.node.block().number
    if market.client.node.block(max(newest - market.client.confirmations + 1, 0)).timestamp <= deadline:
        raise DataError("the end of commitments has too few confirmations: a reorg may undo it", HINT)


def _serve(market: Market, view: ProofView, pledge: PledgeView, k: int, r: int) -> str:
    name = f"{format_id(view.bounty_id)}:{pledge.maker}"
    right, h = lock_of(market, view, r, pledge.commitment.blind, pledge.maker)
    if right != pledge.commitment.key_lock:
        what = "decline a wrong lock"
        market.send(what, "Proofs", "decline", view.terms, pledge.maker, intent=f"decline:{name}")
        return "declined"
    arguments = (view.terms, pledge.maker, pledge.commitment, settlement_scalar(k, h))
    market.client.expire(f"sheet:{name}", view.opening_until - SETTLE_MARGIN_SECONDS)
    try:
        market.send("hand over the rows", "Proofs", "openSheet", *arguments, intent=f"sheet:{name}")
    except (ContractReverted, TransactionFailed):
        if load_proof(market, view.bounty_id).pledge_of(pledge.maker).turn is Turn.COMMITTED:
            raise
    return "opened"  # if need be by a stranger who saw t on its way


def receive_proved(market: Market, bounty_id: int, path: Path | None = None) -> AnyModel:
    """Decrypt the model that was paid for, from the log alone.

    Parameters
    ----------
    path : Path, optional
        Where to write the model's canonical bytes.

    Raises
    ------
    DataError
        If nobody was paid yet, or this is not the requester.
    """
    view = load_proof(market, bounty_id)
    require_requester(market, view)
    if view.winner is None:
        raise DataError("no proof was paid yet", "see what is due with: tessera proved show")
    context = market.client.call("Proofs", "contextOf", bounty_id, view.winner)
    words = unseal(market.proof_key(LABEL_READER, view.terms.salt), context, view.sealed)
    model = to_integers(read_model(words, view.shape), read_proof_schema(market, view.terms).width)
    if path is not None:
        with atomic_writer(path) as sink:
            sink.write(encode_any(model))
    return model


def close_proof(market: Market, bounty_id: int) -> None:
    """Get back what is left; anybody may send it."""
    view = load_proof(market, bounty_id)
    intent = f"close:{format_id(bounty_id)}"
    market.send("close the proved bounty", "Proofs", "close", view.terms, intent=intent)


def require_requester(market: Market, view: ProofView) -> None:
    """Refuse anybody but the requester.

    Raises
    ------
    DataError
    """
    if view.terms.requester != market.account:
        raise DataError(
            f"the bounty belongs to {view.terms.requester}, not to {market.account}",
            "name the requester's wallet with --wallet",
        )


def read_proof_schema(market: Market, terms: ProofTerms) -> RowSchema:
    """Fetch and check a proved bounty's row schema."""
    data = b"".join(market.store.get(Cid(RAW_CODEC, terms.schema), 0, MAX_SCHEMA_BYTES))
    return parse_schema(data)


def sheet_length(shape: Shape) -> int:
    """Return the size of a sheet's file, bytes."""
    return (1 + shape.table_words) * 32 + shape.proof_bytes
