"""What happened: every event about an asset, an order, a bounty or an account, with time and amounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.chain.events import Event
from marketplace.errors import DataError
from marketplace.services.accounts import UNLIMITED, checked_address
from marketplace.services.amounts import show_tokens
from marketplace.services.catalog import find_id
from marketplace.services.market import Market
from marketplace.services.phrases import PHRASES
from marketplace.services.proofs import has_proofs
from marketplace.services.search import require_index
from marketplace.types import format_id

SUBJECTS = {
    "asset": ("Assets", ("AssetListed", "AssetActivated"), "assetId"),
    "order": ("Exchange", ("OrderFunded",), "orderId"),
    "bounty": ("Bounties", ("BountyOpened",), "bountyId"),
    "proved bounty": ("Proofs", ("ProofAsked",), "bountyId"),
}
"""What has a history besides accounts: the events that begin it, and their argument."""

AMOUNTS = (
    "amount",
    "price",
    "bond",
    "reward",
    "deposit",
    "panelFee",
    "claimBond",
    "toHolders",
    "toParents",
    "paid",
    "back",
    "burned",
    "rewarded",
    "cap",
)
"""Arguments, also inside terms, that are token base units."""

_SALES = ("OrderFunded", "OrderSettled", "OrderCollected")
_IDS = {"assetId", "orderId", "bountyId", "submissionId", "bucket", "toBucket", "id"}

NAMED = {
    "assetId": "asset",
    "orderId": "order",
    "bountyId": "bounty",
    "seat": "seat",
    "number": "round",
    "id": "asset",
}
"""Arguments that say which: shown beside an event."""


@dataclass(frozen=True)
class Entry:
    """One event of a history.

    Parameters
    ----------
    event : Event
    time : int
        Of its block, Unix seconds.
    what : str
        One phrase.
    amounts : dict of str to int
        Token base units, by argument.
    """

    event: Event
    time: int
    what: str
    amounts: Mapping[str, int] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """Return it as plain data: amounts in whole tokens, bytes as hex, ids with all their digits."""
        return {
            "time": self.time,
            "block": self.event.block,
            "transaction": self.event.tx_hash,
            "log_index": self.event.log_index,
            "contract": self.event.contract,
            "event": self.event.name,
            "what": self.what,
            "amounts": {name: show_amount(units) for name, units in self.amounts.items()},
            "arguments": {name: _plain(name, value) for name, value in self.event.args.items()},
        }


def history(
    market: Market,
    subject: str,
    *,
    kind: str | None = None,
    contracts: Collection[str] = (),
    names: Collection[str] = (),
    since: int | None = None,
    until: int | None = None,
) -> list[Entry]:
    """Return what happened to something, newest last.

    Parameters
    ----------
    market : Market
    subject : str
        An address, or a unique beginning of an asset's, order's or bounty's id.
    kind : {"asset", "order", "bounty", "proved bounty"}, optional
        What the id is of; any of them by default.
    contracts, names : collection of str
        Only events of these contracts, of these names.
    since, until : int, optional
        Unix seconds, both included.

    Raises
    ------
    DataError
        If there is no such thing, or several begin so.
    IndexUnavailable
        If there is no event index.
    """
    index, node = require_index(market), market.client.node
    if kind is None and _is_address(subject):
        account = checked_address(subject)
        found = _merge(index.about(node, account), _sales_of(market, account))
    else:
        found = index.about(node, find_subject(market, subject, kind))
    found = [e for e in found if not contracts or e.contract in contracts]
    wanted = {name.lower() for name in names}
    found = [e for e in found if not wanted or e.name.lower() in wanted]
    times = market.client.block_times(event.block for event in found)
    low, high = since or 0, until if until is not None else 1 << 62
    return [_entry(event, times[event.block]) for event in found if low <= times[event.block] <= high]


def find_subject(market: Market, text: str, kind: str | None = None) -> int:
    """Return the id of the asset, order or bounty that a unique beginning names.

    Raises
    ------
    DataError
        If none or several match.
    """
    found: list[int] = []
    for name in _kinds(market) if kind is None else (kind,):
        try:
            found.append(find_id(market, text, name, *SUBJECTS[name]))
        except DataError as error:
            if kind is not None or "begin" in str(error):
                raise
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"an asset, an order or a bounty begins with {text[:70]}", "give more digits of it")
    raise DataError(
        f"nothing on this market has the id {text[:70]}",
        "give an address, or the beginning of an asset's, order's or bounty's id",
    )


def _kinds(market: Market) -> list[str]:
    return [name for name, place in SUBJECTS.items() if place[0] != "Proofs" or has_proofs(market)]


def show_amount(units: int) -> str:
    """Show token base units as whole tokens; no limit is said in words."""
    return "unlimited" if units >= UNLIMITED else show_tokens(units)


def _sales_of(market: Market, account: str) -> list[Event]:
    """Return the orders of an account's assets: the seller is not named in them."""
    names = ("AssetListed", "AssetActivated")
    born = market.client.events("Assets", names, argument_filters={"seller": account})
    ids = [event["assetId"] for event in born]
    if not ids:
        return []
    return market.client.events("Exchange", _SALES, argument_filters={"assetId": ids})


def _merge(*several: list[Event]) -> list[Event]:
    found = {(event.block, event.log_index): event for events in several for event in events}
    return [found[place] for place in sorted(found)]


def _entry(event: Event, time: int) -> Entry:
    phrase = PHRASES.get(f"{event.contract}.{event.name}", event.name)
    amounts: dict[str, int] = {}
    for values in (event.args, *(v for v in event.args.values() if isinstance(v, Mapping))):
        for name in AMOUNTS:
            if isinstance(values.get(name), int):
                amounts.setdefault(name, values[name])
    return Entry(event, time, phrase, amounts)


def _is_address(text: str) -> bool:
    return len(text) == 42 and text[:2].lower() == "0x"


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool) or not isinstance(value, int | dict | list):
        return value
    if isinstance(value, int):
        # Programs that read JSON lose digits of numbers beyond 2**53.
        return format_id(value) if name in _IDS else value if value < 2**53 else str(value)
    if isinstance(value, dict):
        return {key: _plain(key, item) for key, item in value.items()}
    return [_plain(name, item) for item in value]
