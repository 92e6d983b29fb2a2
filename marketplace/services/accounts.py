"""Moving money of an account: into the Vault and out, caps of modules; and whether everything adds up."""

from __future__ import annotations

from typing import Any

from web3 import Web3

from marketplace.chain import TOKEN, Receipt
from marketplace.errors import DataError
from marketplace.services.amounts import show_tokens
from marketplace.services.conservation import Conservation, conservation
from marketplace.services.market import Market
from marketplace.services.permits import sign_permit

__all__ = [
    "MODULES",
    "UNLIMITED",
    "Conservation",
    "approve",
    "checked_address",
    "conservation",
    "deposit",
    "ensure_funds",
    "missing_funds",
    "once",
    "require_withdrawable",
    "sent_before",
    "withdraw",
]

MODULES = ("Assets", "Exchange", "Operators", "Bounties", "Referee")
"""Contracts of every deployment that lock money of who approved them."""

LATER = ("Proofs",)
"""Such contracts that may be added to a deployment."""

UNLIMITED = 2**256 - 1
"""A cap without limit (contracts/interfaces/IVault.sol)."""


def deposit(market: Market, amount: int) -> Receipt:
    """Put tokens into the Vault, by a signed permit where the token knows them: one transaction.

    Parameters
    ----------
    amount : int
        Token base units.

    Raises
    ------
    DataError
        If the wallet has fewer, or the amount is nothing.
    """
    _require_some(amount)
    if not sent_before(market, _deposit(amount, None, 0)):
        _require_tokens(market, amount)
    return _top_up(market, amount, None, 0)


def withdraw(market: Market, amount: int, to: str | None = None) -> Receipt:
    """Take tokens out of the free balance, to an address, the own one by default.

    Raises
    ------
    DataError
        If fewer are free, or the amount is nothing.
    """
    to = market.account if to is None else checked_address(to)
    require_withdrawable(market, amount, to)
    intent = once(market, _withdrawal(amount, to))
    return market.send("withdraw from the vault", "Vault", "withdraw", amount, to, intent=intent)


def require_withdrawable(market: Market, amount: int, to: str) -> None:
    """Refuse to take out more than is free, unless it was taken out by a process that died before it told.

    Raises
    ------
    DataError
        As `require_free`.
    """
    if not sent_before(market, _withdrawal(amount, to)):
        require_free(market, amount)


def _withdrawal(amount: int, to: str) -> str:
    return f"withdraw:{to}:{amount}"


def _deposit(amount: int, module: str | None, cap: int) -> str:
    return f"deposit:{amount}:{module}:{cap}"


def require_free(market: Market, amount: int) -> None:
    """Refuse to take out more than is free, before the contract does.

    Raises
    ------
    DataError
        If fewer tokens are free, or the amount is nothing.
    """
    _require_some(amount)
    free = market.client.call("Vault", "balanceOf", market.account)
    if free < amount:
        has = show_tokens(free)
        raise DataError(
            f"{has} tokens of {market.account} are free in the vault, not {show_tokens(amount)}",
            "see what is locked, and where: tessera vault show; income comes with: tessera order collect",
        )


def _require_some(amount: int) -> None:
    if amount <= 0:
        raise DataError("0 tokens are nothing to move", "name an amount above 0")


def approve(market: Market, module: str, cap: int) -> Receipt:
    """Let a module lock up to ``cap`` of this account's money; `UNLIMITED` for no limit, 0 to stop it."""
    if module not in (*MODULES, *LATER):
        raise DataError(f"no module {module[:40]!r} locks money", f"choose among {', '.join(MODULES)}")
    intent = once(market, f"approve:{module}:{cap}")
    what = f"let {module} use the vault"
    return market.send(what, "Vault", "approve", market.address(module), cap, intent=intent)


def missing_funds(market: Market, module: str, amount: int) -> tuple[int, bool]:
    """Return how many tokens must come from the wallet, and whether the module needs approval.

    Raises
    ------
    DataError
        If the wallet does not have them.
    SpendingLimitReached
        If so much can't be spent now.
    """
    market.client.check_spending(amount)
    with market.client.at() as now:
        free = now.call("Vault", "balanceOf", market.account)
        cap = now.call("Vault", "capOf", market.account, market.address(module))
    short = max(0, amount - free)
    if short:
        _require_tokens(market, short, free)
    return short, cap < amount


def ensure_funds(market: Market, module: str, amount: int) -> Receipt | None:
    """Make sure that a module can lock an amount: top up from the wallet and approve, if needed, at once.

    Parameters
    ----------
    module : str
        One of `MODULES`.
    amount : int
        Token base units.

    Returns
    -------
    Receipt or None
        None if nothing was needed.

    Raises
    ------
    DataError
        If the account has fewer tokens.
    """
    short, needs_approval = missing_funds(market, module, amount)
    if short:
        receipt = _top_up(market, short, module if needs_approval else None, amount)
    elif needs_approval:
        receipt = approve(market, module, amount)
    else:
        return None
    if receipt.reused:  # an old wish, of which a process died before it told: its money may be spent since
        return ensure_funds(market, module, amount) or receipt
    return receipt


def once(market: Market, purpose: str) -> str:
    """Name an intent that a crash does not repeat, but that may be wanted again later.

    The same name comes out until the account's next transaction is mined; and once more after a process
    that died before it told of it: then it is the same wish, not a second one.
    """
    if (begun := market.client.unfinished.take(purpose)) is not None:
        return begun
    with market.client.node.errors():
        count = market.client.node.web3.eth.get_transaction_count(Web3.to_checksum_address(market.account))
    intent = f"{purpose}:{count}"
    market.client.unfinished.begin(intent)
    return intent


def sent_before(market: Market, purpose: str) -> bool:
    """Tell whether a process sent what `once` names, and died before it told: it needs nothing any more."""
    begun = market.client.unfinished.begun(purpose)
    return begun is not None and market.client.was_sent(begun)


def checked_address(text: str) -> str:
    """Return the checksummed form of an address.

    Raises
    ------
    DataError
        If it is none, or its checksum is wrong.
    """
    mixed = text.lower() != text and text[2:].upper() != text[2:]
    if not Web3.is_address(text) or (mixed and not Web3.is_checksum_address(text)):
        raise DataError(
            f"not an address: {text[:60]!r}", "an address is 0x and 40 hex digits: check each of them"
        )
    return str(Web3.to_checksum_address(text))


def _require_tokens(market: Market, amount: int, free: int | None = None) -> None:
    has = market.client.call(TOKEN, "balanceOf", market.account)
    if has < amount:
        beside = "" if free is None else f" beside {show_tokens(free)} free in the vault"
        raise DataError(
            f"not enough money: {market.account} has {show_tokens(has)} tokens in its wallet{beside}, "
            f"{show_tokens(amount)} more are needed from it",
            "send it tokens; on a local chain: tessera localnet faucet",
        )


def _top_up(market: Market, amount: int, module: str | None, cap: int) -> Receipt:
    """Deposit, and approve a module, in one transaction if the token knows permits."""
    vault: Any = market.client.contract("Vault")
    intent = once(market, _deposit(amount, module, cap))
    what = "deposit into the vault" if module is None else f"deposit into the vault, let {module} use it"
    calls = [] if module is None else [vault.encode_abi("approve", args=[market.address(module), cap])]
    permit = sign_permit(market, amount)
    if permit is not None:
        calls.insert(0, vault.encode_abi("depositWithPermit", args=[market.account, amount, *permit]))
    else:
        market.send(
            "approve the vault at the token", TOKEN, "approve", vault.address, amount, intent=f"a{intent}"
        )
        calls.insert(0, vault.encode_abi("deposit", args=[amount]))
    return market.send(what, "Vault", "multicall", calls, intent=intent)
