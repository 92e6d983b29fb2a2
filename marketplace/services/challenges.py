"""File a challenge of a verdict: commit to it, wait for the next block, send it (docs/disputes.md)."""

from __future__ import annotations

import contextlib
import time
from hashlib import sha256
from typing import Any

from eth_abi.abi import encode
from eth_utils import keccak

from marketplace.chain import LocalChain, Receipt
from marketplace.chain.encoding import encode_call
from marketplace.chain.rpc import LOCAL_CHAIN_ID
from marketplace.crypto.points import Point
from marketplace.errors import ChainError, ContractReverted
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.catalog import ZERO_ADDRESS
from marketplace.services.lies import Shown, call_of
from marketplace.services.market import Market
from marketplace.services.structs import Attestation, Submission, scored_case
from marketplace.types import format_id

LABEL_SALT = b"tessera/v1/challenge-salt"
_NOTHING, _NOWHERE = bytes(32), Point(0, 0)

NO_SUBMISSION = Submission(ZERO_ADDRESS, _NOTHING, 0, _NOTHING, _NOTHING, _NOTHING, _NOWHERE, _NOWHERE)
"""Where a verdict is about rows alone: the contract does not look at it."""

BLOCK_TIMEOUT_SECONDS = 180.0
BLOCK_POLL_SECONDS = 1.0


def challenge_call(
    market: Market, view: BountyView, attestation: Attestation, dispute: Shown
) -> tuple[str, tuple[Any, ...]]:
    """Return the function of `Referee` that decides a dispute, and its arguments.

    The same each time for one account, so that what was committed can be sent after a crash.

    Parameters
    ----------
    market : Market
    view : BountyView
        In its window.
    attestation : Attestation
        The verdict that stands.
    dispute : Shown
    """
    function, proof = call_of(dispute)
    return function, (own_case(market, view, attestation), *proof)


def own_case(market: Market, view: BountyView, attestation: Attestation) -> tuple[Any, ...]:
    """Return the case of a verdict, with a salt that is the same each time for one account."""
    submission = NO_SUBMISSION if view.candidate is None else view.candidate.submission
    secret = market.request_key(attestation.evidence_root).to_bytes(32, "big")
    return scored_case(sha256(LABEL_SALT + secret).digest(), view.terms, submission, attestation)


def file_challenge(market: Market, bounty_id: int, attestation: Attestation, dispute: Shown) -> Receipt:
    """Commit to a challenge and send it in a later block; the verdict is void then.

    Those who signed it are slashed, and the challenger rewarded, by `contest.collect`.

    Raises
    ------
    ContractReverted
        If the score is right about what is shown, or its window is over.
    """
    view = load_bounty(market, bounty_id)
    function, arguments = challenge_call(market, view, attestation, dispute)
    intent = commit_call(market, view, function, arguments)
    what = "disprove the verdict"
    if function == "challengeNode":
        return market.send(what, "Referee", "challengeNode", *arguments, intent=intent)
    if function == "challengeRoot":
        return market.send(what, "Referee", "challengeRoot", *arguments, intent=intent)
    if function == "challengeModel":
        return market.send(what, "Referee", "challengeModel", *arguments, intent=intent)
    if function == "challengePiece":
        return market.send(what, "Referee", "challengePiece", *arguments, intent=intent)
    if function == "challengeLength":
        return market.send(what, "Referee", "challengeLength", *arguments, intent=intent)
    if function == "challengeRows":
        return market.send(what, "Referee", "challengeRows", *arguments, intent=intent)
    if function == "challengeLinear":
        return market.send(what, "Referee", "challengeLinear", *arguments, intent=intent)
    return market.send(what, "Referee", "challengeTrees", *arguments, intent=intent)


def commit_call(market: Market, view: BountyView, function: str, arguments: tuple[Any, ...]) -> str:
    """Commit to a call of `Referee` that must be committed, and wait for the block in which it may be sent.

    Returns
    -------
    str
        The name to send it by.
    """
    data = encode_call(market.client.node.web3, "Referee", function, arguments)
    if data is None:
        raise ValueError("the proof has not the types of the contract")
    inner = keccak(bytes.fromhex(data[2:]))
    hidden = keccak(encode(["address", "bytes32"], [market.account, inner]))
    name = f"{format_id(view.bounty_id)}:{view.panel.number}:{hidden.hex()}"
    market.client.expire(f"challenge:{name}", view.deadline)  # it shows something of the model
    _commit(market, hidden, name)
    _await_later_block(market, hidden)
    return f"challenge:{name}"


def _commit(market: Market, hidden: bytes, name: str) -> None:
    """Commit to a challenge; that a stranger who saw the hash in the pool was faster does no harm."""
    if market.client.call("Referee", "committedAt", hidden):
        return
    try:
        market.send("commit to a challenge", "Referee", "commit", hidden, intent=f"commit-challenge:{name}")
    except ContractReverted as refused:
        if refused.name != "Referee_Committed":
            raise


def _await_later_block(market: Market, hidden: bytes) -> None:
    """Wait until the challenge may be sent; a local chain, which stands still, mines a block.

    Raises
    ------
    ChainError
        If no block is mined in time.
    """
    node = market.client.node
    committed = market.client.call("Referee", "committedAt", hidden)
    if market.chain_id == LOCAL_CHAIN_ID and node.block().number <= committed:
        with contextlib.suppress(ChainError):
            LocalChain(node).mine(1)
    end = time.monotonic() + BLOCK_TIMEOUT_SECONDS
    while node.block().number <= committed:
        if time.monotonic() > end:
            raise ChainError("no block was mined since the challenge was committed", "send it again later")
        time.sleep(BLOCK_POLL_SECONDS)
