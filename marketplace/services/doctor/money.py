"""Money: enough to act, and none that lies about."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.config import Settings
from marketplace.crypto.keystore import Keystore
from marketplace.services.accounts import UNLIMITED
from marketplace.services.amounts import show_tokens
from marketplace.services.balances import Balances, load_balances
from marketplace.services.doctor.finding import Finding, fine, note, wrong
from marketplace.services.market import Market

LOW_COIN_WEI = 10**16
"""About a hundred transactions at 1 gwei; a contest takes a dozen."""

SHOWN_LOCKS = 5
"""Locks that can be freed are listed up to here; `tessera vault show` has them all."""

_FAUCET = "send it some of the chain's own coin; on a local chain: tessera localnet faucet"


def check_money(settings: Settings) -> Iterator[Finding]:
    """Coin for gas, tokens, what contracts may lock, and locks that can be ended."""
    entries = {entry.name: entry.address for entry in Keystore(settings.wallets_path).list()}
    if settings.wallet not in entries:
        return
    account = entries[settings.wallet]
    market = Market.connect(settings)
    found = load_balances(market, account)
    yield _coin(found)
    yield fine(
        "money",
        f"{show_tokens(found.wallet)} tokens in the wallet, {show_tokens(found.free)} free in the vault, "
        f"{show_tokens(found.locked_units)} locked",
    )
    for module, cap in found.caps.items():
        if cap >= UNLIMITED // 2:
            do = f"to bound it: tessera vault approve {module} AMOUNT"
            yield note("money", f"{module} may lock everything in the vault", do)
    yield from _stuck(found)


def _coin(found: Balances) -> Finding:
    says = f"{show_tokens(found.coin_wei)} coin for gas"
    if found.coin_wei == 0:
        return wrong("gas", f"no coin for gas: {found.account} can't send a transaction", _FAUCET)
    return note("gas", f"{says}: little", _FAUCET) if found.coin_wei < LOW_COIN_WEI else fine("gas", says)


def _stuck(found: Balances) -> Iterator[Finding]:
    """Money that waits for nothing but a transaction."""
    ready = [one for one in found.locked if one.ready]
    for lock in ready[:SHOWN_LOCKS]:
        says = f"{show_tokens(lock.amount)} tokens could be freed: {lock.what}; {lock.why}"
        yield note("locks", says, lock.command)
    if len(ready) > 1:
        says = f"{show_tokens(found.ready_units)} tokens of {len(ready)} locks could be freed"
        yield note("locks", says, "all at once: tessera vault sweep")
