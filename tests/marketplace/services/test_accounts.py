"""Money that must be in the vault before a module locks it."""

from types import SimpleNamespace

import pytest

from marketplace.services import accounts

PRICE = 10


class Vault:
    """What an account has free, and the wishes of which dead processes did not tell."""

    def __init__(self, monkeypatch, *, left):
        self.free, self.cap, self.left, self.sent = 0, 0, left, []
        monkeypatch.setattr(accounts, "missing_funds", self.missing)
        monkeypatch.setattr(accounts, "_top_up", lambda _, short, module, cap: self.move(short, cap))
        monkeypatch.setattr(accounts, "approve", lambda _, module, cap: self.move(0, cap))

    def missing(self, _market, _module, amount):
        return max(0, amount - self.free), self.cap < amount

    def move(self, short, cap):
        """Send, or find what was sent long ago, which moves nothing now."""
        if reused := self.left > 0:
            self.left -= 1
        else:
            self.free, self.cap = self.free + short, max(self.cap, cap)
        self.sent.append(reused)
        return SimpleNamespace(reused=reused)


@pytest.mark.parametrize("free", [0, PRICE])
@pytest.mark.parametrize("left", [0, 1, 2])
def test_ensure_funds__old_wish_of_the_same_amount__the_money_is_there_all_the_same(monkeypatch, left, free):
    vault = Vault(monkeypatch, left=left)
    vault.free = free
    assert accounts.ensure_funds(None, "Exchange", PRICE) is not None
    assert (vault.free, vault.cap) == (PRICE, PRICE)
    assert vault.sent == [True] * left + [False]


def test_ensure_funds__what_was_sent_before_is_enough__sends_nothing_more(monkeypatch):
    vault = Vault(monkeypatch, left=1)
    vault.cap = PRICE
    monkeypatch.setattr(accounts, "_top_up", lambda *_: vault.move(0, 0) if vault.sent else arrive(vault))
    receipt = accounts.ensure_funds(None, "Exchange", PRICE)
    assert receipt.reused
    assert vault.sent == [True]


def arrive(vault):
    """Let what was pending be mined now."""
    vault.free = PRICE
    return vault.move(0, 0)
