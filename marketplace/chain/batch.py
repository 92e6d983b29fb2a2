"""Many transactions of one account at once: estimated, signed, journalled, sent and followed together.

One after the other each waits for its block. Here all are journalled in one write and sent in few
requests, so that many are in one block. One that would revert is left out and stops no other.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils import keccak
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint

from marketplace.chain.calls import Call
from marketplace.chain.fees import own_gas
from marketplace.chain.journal import Entry, Taken
from marketplace.chain.journal_batch import Signed, find_many, record_many, settle_many, shown_of
from marketplace.chain.journal_tables import DROPPED, FAILED, MINED
from marketplace.chain.reverts import shipped_errors
from marketplace.chain.rpc import NO_GAS_HINT
from marketplace.chain.sender import (
    FIRST_POLL_SECONDS,
    LAST_POLL_SECONDS,
    MAX_ATTEMPTS,
    POLL_GROWTH,
    Sender,
    as_mined,
    not_final,
    pause_a_little,
)
from marketplace.chain.stuck import Watch, too_late_to_begin
from marketplace.errors import ChainError, MarketplaceError, NodeUnavailable, TransactionFailed

REQUESTS = 100
"""Requests sent at once: public nodes commonly take so many."""


SELECTOR_DIGITS = 10
"""Characters of a call's data that name the function: 0x and four bytes."""

ALIKE_PERCENT = 2
"""More gas than one call takes is what others of its function are tried with: all keep a fifth in hand."""


@dataclass(frozen=True)
class Wish:
    """A transaction that is wanted.

    Parameters
    ----------
    intent : str
        See `ChainClient.send`.
    call : Call
    until : int or None
        Unix seconds after which it must not be sent, because it shows a secret; None: no such time.
    """

    intent: str
    call: Call
    until: int | None = None


@dataclass(frozen=True)
class Planned:
    """A transaction that is to be sent with others.

    Parameters
    ----------
    intent, contract, function : str
    args : tuple
        As the ABI wants them.
    until : int or None
        See `Wish`.
    what, subject : str
        What is done, and to what, as it is shown.
    """

    intent: str
    contract: str
    function: str
    args: tuple[Any, ...]
    until: int | None = None
    what: str = ""
    subject: str = ""


Outcome = tuple[Entry, Any, bool] | MarketplaceError
"""Entry, receipt of the node, and whether it had been sent before; or what went wrong."""


def send_many(sender: Sender, wishes: Sequence[Wish]) -> list[Outcome]:
    """Make transactions and wait until all are final; return what became of each, in order.

    Raises
    ------
    ChainError
        If nothing could be sent: no node, no coin for gas, fees above the limit.
    """
    sender.resume_once()
    outcomes: dict[str, Outcome] = {}
    waiting: dict[str, tuple[Entry, bool]] = {}
    known = find_many(
        sender.journal, sender.node.network, sender.signer.address, [one.intent for one in wishes]
    )
    for one in wishes:
        if one.intent in known:
            _find(sender, one, waiting, outcomes)
    fresh = [one for one in dict.fromkeys(wishes) if one.intent not in waiting | outcomes]
    _begin(sender, _price(sender, fresh, outcomes), waiting, outcomes)
    open_ones = {intent: one for intent, one in waiting.items() if intent not in outcomes}
    _follow(sender, open_ones, outcomes)
    return [outcomes[one.intent] for one in wishes]


def _find(
    sender: Sender, wish: Wish, waiting: dict[str, tuple[Entry, bool]], outcomes: dict[str, Outcome]
) -> None:
    """Take up what was sent before for a wish."""
    late = wish.until is not None and time.time() > wish.until
    try:
        if (entry := sender.find(wish.intent, None if late else lambda: wish.call)) is not None:
            waiting[wish.intent] = (entry, True)
    except NodeUnavailable:
        raise
    except ChainError as error:
        outcomes[wish.intent] = error


def _price(
    sender: Sender, wishes: Sequence[Wish], outcomes: dict[str, Outcome]
) -> list[tuple[Wish, dict[str, Any]]]:
    """Return the transactions without their nonces; what would revert goes to the outcomes."""
    if not wishes:
        return []
    fee, tip, block_gas = sender.fees()
    fields = [one.call.fields(sender.signer.address) for one in wishes]
    answers = _estimate(sender, [_hexed(one) for one in fields])
    priced = []
    for wish, one, answer in zip(wishes, fields, answers):
        if isinstance(answer, MarketplaceError):
            outcomes[wish.intent] = answer
            continue
        del one["from"]
        gas = own_gas(answer, block_gas)
        common = {"chainId": sender.node.chain_id, "type": 2, "gas": gas}
        priced.append((wish, {**one, **common, "maxFeePerGas": fee, "maxPriorityFeePerGas": tip}))
    return _affordable(sender, priced, outcomes)


def _estimate(sender: Sender, calls: Sequence[dict[str, Any]]) -> list[int | MarketplaceError]:
    """Return the gas that each call takes, or why it is refused.

    A node estimates by trying a call again and again. So of those that are alike one is estimated, and the
    others are tried once, with little more gas than that; where it is not enough, they are estimated as well.
    """
    alike: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(calls):
        alike.setdefault((one.get("to", ""), one["data"][:SELECTOR_DIGITS]), []).append(place)
    found: dict[int, Any] = {}

    def estimate(places: Sequence[int]) -> None:
        answers = _ask(sender, [("eth_estimateGas", [calls[place]]) for place in places])
        found.update(
            {n: one if isinstance(one, MarketplaceError) else int(one, 16) for n, one in zip(places, answers)}
        )

    estimate([places[0] for places in alike.values()])
    tried = {
        place: found[first]
        for first, *others in alike.values()
        if isinstance(found[first], int)
        for place in others
    }
    answers = _ask(sender, [("eth_call", [_with_gas(calls[n], gas), "latest"]) for n, gas in tried.items()])
    passed = [not isinstance(one, MarketplaceError) for one in answers]
    found |= {place: tried[place] for place, fine in zip(tried, passed) if fine}
    estimate([place for place in range(len(calls)) if place not in found])
    return [found[place] for place in range(len(calls))]


def _affordable(
    sender: Sender, priced: Sequence[tuple[Wish, dict[str, Any]]], outcomes: dict[str, Outcome]
) -> list[tuple[Wish, dict[str, Any]]]:
    """Return those for which there is coin, the first ones first; the others go to the outcomes."""
    have = left = sender.node.balance_wei(sender.signer.address)
    costs = [one["gas"] * one["maxFeePerGas"] + one["value"] for _, one in priced]
    error = ChainError(
        f"{sender.signer.address} has {have / 10**18:.6f} coins for gas, {len(priced)} transactions may "
        f"take {sum(costs) / 10**18:.6f}",
        NO_GAS_HINT,
    )
    found = []
    for (wish, one), cost in zip(priced, costs):
        if cost > left:
            outcomes[wish.intent] = error
            continue
        left -= cost
        found.append((wish, one))
    if priced and not found:
        raise error
    return found


def _begin(
    sender: Sender,
    priced: Sequence[tuple[Wish, dict[str, Any]]],
    waiting: dict[str, tuple[Entry, bool]],
    outcomes: dict[str, Outcome],
) -> None:
    """Journal and send transactions; those whose nonce went to another one get the next."""
    least, left = 0, list(priced)
    for _ in range(MAX_ATTEMPTS):
        left = _in_time(sender, left, outcomes)
        if not left:
            return
        entries = _record(sender, left, least)
        waiting |= {entry.intent: (entry, False) for entry in entries}
        passed_over = _broadcast(sender, entries, outcomes)
        left = [one for one in left if one[0].intent in passed_over]
        least = max(entry.nonce for entry in entries) + 1
    error = TransactionFailed(f"no free nonce for {sender.signer.address} after {MAX_ATTEMPTS} tries")
    outcomes |= {wish.intent: error for wish, _ in left}


def _in_time(
    sender: Sender, priced: Sequence[tuple[Wish, dict[str, Any]]], outcomes: dict[str, Outcome]
) -> list[tuple[Wish, dict[str, Any]]]:
    """Leave out what would show a secret for the first time, and too late by now."""
    times = {wish.intent: wish.until for wish, _ in priced if wish.until is not None}
    if not times:
        return list(priced)
    now = sender.latest_time()
    late = [intent for intent, until in times.items() if now > until]
    late = sorted(set(late) - shown_of(sender.journal, sender.node.network, sender.signer.address, late))
    outcomes |= {intent: too_late_to_begin(intent) for intent in late}
    return [one for one in priced if one[0].intent not in late]


def _record(sender: Sender, priced: Sequence[tuple[Wish, dict[str, Any]]], least: int) -> list[Entry]:
    """Sign and journal transactions, all in one write; again if another process took a nonce."""
    node, address = sender.node, sender.signer.address
    for _ in range(MAX_ATTEMPTS):
        taken = {entry.nonce for entry in sender.waiting()}
        count = max(sender.count("pending"), least)
        free = (nonce for nonce in range(count, count + len(priced) + len(taken)) if nonce not in taken)
        signed = []
        for (wish, transaction), nonce in zip(priced, free):
            raw = sender.signer.sign_transaction({**transaction, "nonce": nonce})
            name = "0x" + keccak(raw).hex()
            signed.append(Signed(wish.intent, nonce, name, raw, transaction["gas"], wish.until))
        try:
            return record_many(sender.journal, node.network, address, signed)
        except Taken:
            known = find_many(sender.journal, node.network, address, [one.intent for one, _ in priced])
            if known:
                raise ChainError(
                    f"another process sends for {address} what this one was about to send",
                    "let one of them run, or wait: this one looks again",
                ) from None
            pause_a_little()
    raise TransactionFailed(f"no free nonce for {address} after {MAX_ATTEMPTS} tries")


def _broadcast(sender: Sender, entries: Sequence[Entry], outcomes: dict[str, Outcome]) -> set[str]:
    """Send journalled transactions; return the intents of those whose nonce went to another one.

    What a node refuses is judged as if it were sent alone. Where nothing came back, or what says little,
    it may have arrived: it is sent once more, as one that somebody may have.
    """
    passed_over: set[str] = set()
    answers = _ask(sender, [("eth_sendRawTransaction", ["0x" + one.raw.hex()]) for one in entries])
    taken_ones = [one for one, answer in zip(entries, answers) if not isinstance(answer, MarketplaceError)]
    sender.note_shown([one.intent for one in taken_ones])
    for entry, answer in zip(entries, answers):
        if not isinstance(answer, MarketplaceError):
            continue
        try:
            taken = sender.judge(entry, str(answer), fresh=True)
            if taken is None:
                if sender.journal.again(entry).status == DROPPED:
                    raise answer
                if not sender.broadcast(entry):
                    raise sender.why_dropped(entry)
            elif not taken:
                passed_over.add(entry.intent)
        except MarketplaceError as error:
            outcomes[entry.intent] = error
    return passed_over


def _follow(sender: Sender, waiting: dict[str, tuple[Entry, bool]], outcomes: dict[str, Outcome]) -> None:
    """Wait until transactions are final, and journal what became of them."""
    deadline, pause = sender.deadline(), FIRST_POLL_SECONDS
    watch, highest = Watch(sender), max((entry.nonce for entry, _ in waiting.values()), default=0)
    while waiting:
        moved = _settle(sender, waiting, outcomes)
        if waiting and watch.look(highest):
            _look_again(sender, waiting, outcomes)
        if waiting and time.monotonic() > deadline:
            outcomes.update({intent: not_final(one, sender.limits) for intent, (one, _) in waiting.items()})
            return
        if waiting:
            time.sleep(pause)
            pause = pause if moved else min(pause * POLL_GROWTH, LAST_POLL_SECONDS)


def _settle(sender: Sender, waiting: dict[str, tuple[Entry, bool]], outcomes: dict[str, Outcome]) -> bool:
    """Take out and journal those that are final; tell whether there were any.

    One question, how many are mined, comes before that for the receipts of those.
    """
    count, settled, left = sender.count("latest"), [], len(waiting)
    mined = {intent: entry for intent, (entry, _) in waiting.items() if entry.nonce < count}
    if not mined:
        return False
    versions = sender.journal.versions(*mined.values())
    asked = [(intent, name) for intent, entry in mined.items() for name in versions[entry.id]]
    newest = sender.node.block().number
    answers = _ask(sender, [("eth_getTransactionReceipt", [name]) for _, name in asked])
    for (intent, _), answer in zip(asked, answers):
        if not isinstance(answer, dict):
            continue
        receipt = _receipt(answer)
        if newest - receipt["blockNumber"] + 1 < sender.limits.confirmations:
            continue
        entry, before = waiting.pop(intent)
        found = as_mined(entry, versions[entry.id], receipt)
        status = MINED if receipt["status"] == 1 else FAILED
        if (entry.status, entry.tx_hash) != (status, found.tx_hash):
            settled.append((found, status, receipt))
        outcomes[intent] = (found, receipt, before) if status == MINED else sender.failure(found, receipt)
    settle_many(sender.journal, settled)
    return len(waiting) < left


def _look_again(sender: Sender, waiting: dict[str, tuple[Entry, bool]], outcomes: dict[str, Outcome]) -> None:
    """Take over what was journalled of them since."""
    for intent, (entry, before) in list(waiting.items()):
        now = sender.journal.again(entry)
        waiting[intent] = (now, before)
        if now.status == DROPPED:
            del waiting[intent]
            outcomes[intent] = sender.why_dropped(now)


def _ask(sender: Sender, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
    """Make requests in few round trips; an answer that is an error becomes one of ours."""
    provider, found = sender.node.web3.provider, []
    for start in range(0, len(requests), REQUESTS):
        part = requests[start : start + REQUESTS]
        answers: Any = None
        if len(part) > 1 and isinstance(provider, JSONBaseProvider):
            with sender.node.errors():
                asked: Any = [(RPCEndpoint(method), params) for method, params in part]
                answers = provider.make_batch_request(asked)
        if isinstance(answers, list) and len(answers) == len(part):
            found += [_answer(sender, one) for one in answers]
        else:  # a node that takes no batches
            found += [_one(sender, *one) for one in part]
    return found


def _one(sender: Sender, method: str, params: list[Any]) -> Any:
    try:
        return sender.node.request(method, *params)
    except MarketplaceError as error:
        return error


def _answer(sender: Sender, answer: Any) -> Any:
    if isinstance(answer, dict) and "result" in answer:
        return answer["result"]
    details = answer.get("error") if isinstance(answer, dict) else None
    details = details if isinstance(details, dict) else {}
    data = details.get("data")
    if isinstance(data, str) and data.startswith("0x") and len(data) > 2:
        return shipped_errors().decode(bytes.fromhex(data[2:]))
    return ChainError(f"the node at {sender.node.where} refused: {str(details.get('message'))[:200]}")


def _with_gas(call: dict[str, Any], gas: int) -> dict[str, Any]:
    return {**call, "gas": hex(gas * (100 + ALIKE_PERCENT) // 100)}


def _hexed(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a call as JSON-RPC wants it."""
    return {**fields, "value": hex(fields["value"])}


def _receipt(raw: dict[str, Any]) -> dict[str, Any]:
    """Return what is used of a receipt, and of its logs, as web3 gives it: numbers, and bytes."""
    logs = [
        {
            **log,
            **{name: int(log[name], 16) for name in ("blockNumber", "logIndex")},
            **{name: _bytes(log[name]) for name in ("blockHash", "transactionHash", "data")},
            "topics": [_bytes(topic) for topic in log["topics"]],
        }
        for log in raw["logs"]
    ]
    numbers = {name: int(raw[name], 16) for name in ("status", "blockNumber", "gasUsed", "effectiveGasPrice")}
    hashes = {name: _bytes(raw[name]) for name in ("blockHash", "transactionHash")}
    return {**raw, **numbers, **hashes, "logs": logs}


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
