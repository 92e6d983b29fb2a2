"""Money: enough to act, and none that lies about."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.config import Settings
from marketplace.crypto.keystore import Keystore
from marketplace.services.accounts import UNLIMITED, Balances, load_balances
from marketplace.services.amounts import show_tokens
from marketplace.services.bounties import load_bounty
from marketplace.services.catalog import OrderState, list_orders
from marketplace.services.doctor.finding import Finding, fine, note, wrong
from marketplace.services.market import Market
from marketplace.types import format_id

LOW_COIN_WEI = 10**16
"""About a hundred transactions at 1 gwei; a contest takes a dozen."""

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
    locked = sum(one.amount for one in found.locked)
    yield fine(
        "money",
        f"{show_tokens(found.wallet)} tokens in the wallet, {show_tokens(found.free)} free in the vault, "
        f"{show_tokens(locked)} locked",
    )
    for module, cap in found.caps.items():
        if cap >= UNLIMITED // 2:
            do = f"to bound it: tessera vault approve {module} AMOUNT"
            yield note("money", f"{module} may lock everything in the vault", do)
    yield from _stuck_orders(market, account)
    yield from _owed_by_contests(market, account)


def _coin(found: Balances) -> Finding:
    says = f"{show_tokens(found.coin_wei)} coin for gas"
    if found.coin_wei == 0:
        return wrong("gas", f"no coin for gas: {found.account} can't send a transaction", _FAUCET)
    return note("gas", f"{says}: little", _FAUCET) if found.coin_wei < LOW_COIN_WEI else fine("gas", says)


def _stuck_orders(market: Market, account: str) -> Iterator[Finding]:
    """Orders whose seller was silent, and income that nobody has collected."""
    for sale in list_orders(market, buyer=account):
        if sale.state is OrderState.EXPIRED:
            shown, price = format_id(sale.order_id)[:14], show_tokens(sale.order.price)
            says = f"{price} tokens of order {shown} are locked, its seller was silent"
            yield note("locks", says, f"tessera order refund {shown}")
    now = market.now()
    ripe = [
        sale
        for sale in list_orders(market, seller=account)
        if sale.state is OrderState.SETTLED and sale.matures_at < now
    ]
    if ripe:
        amount = show_tokens(sum(sale.order.price for sale in ripe))
        yield note("locks", f"{amount} tokens of {len(ripe)} sales can be collected", "tessera order collect")


def _owed_by_contests(market: Market, account: str) -> Iterator[Finding]:
    """Bonds that a finished contest still holds."""
    mine = {"maker": account}
    for event in market.client.events("Bounties", "ModelSubmitted", argument_filters=mine):
        view = load_bounty(market, event["bountyId"])
        if account in view.owed:
            shown = format_id(view.bounty_id)[:14]
            yield note("locks", f"bounty {shown} holds a bond of yours", f"tessera bounty release {shown}")
