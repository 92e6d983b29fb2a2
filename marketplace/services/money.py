"""Who paid whom in a transaction, read from the Vault's events."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.chain import Event, Receipt
from marketplace.services.amounts import show_tokens


def movements(receipt: Receipt, names: Mapping[str, str]) -> list[str]:
    """Say what money a transaction moved, one phrase for each movement.

    Parameters
    ----------
    receipt : Receipt
    names : mapping of str to str
        Names of accounts and contracts by address; others are shown by address.
    """
    found = []
    for event in receipt.events:
        if event.contract == "Vault" and (phrase := _phrase(event, names)):
            found.append(phrase)
    return found


def _phrase(event: Event, names: Mapping[str, str]) -> str | None:
    amount = show_tokens(event.args.get("amount", 0))

    def name(key: str) -> str:
        address = event[key]
        return names.get(address, address)

    if event.args.get("amount", 0) == 0:
        return None
    if event.name == "Deposited":
        return f"{name('owner')} deposits {amount}"
    if event.name == "Withdrawn":
        return f"{name('owner')} withdraws {amount}"
    if event.name == "Locked":
        return f"{name('from')} locks {amount} in {name('module')}"
    if event.name == "Paid":
        return f"{name('module')} pays {amount} to {name('to')}"
    if event.name == "Moved":
        return f"{name('module')} passes {amount} on to {name('toModule')}"
    if event.name == "Burned":
        return f"{name('module')} burns {amount}"
    if event.name == "FeeBurned":
        return f"{name('from')} burns a fee of {amount}"
    return None
