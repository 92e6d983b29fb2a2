"""What the spending limit counts, compared with what the vault's log says left an account's control."""

import pytest

from marketplace.services.market import Market
from marketplace.services.spending import spent_by


@pytest.fixture(scope="module", autouse=True)
def spending_counted():
    """Whatever happens here, what the spending limit counts is what really left the account's control."""
    original, seen = Market.send, set()

    def send(self, what, contract, function, *args, intent):
        counted = spent_by(self, contract, function, args)
        receipt = original(self, what, contract, function, *args, intent=intent)
        if not receipt.reused:
            assert counted == left_control(receipt, self.account), f"{contract}.{function}"
            seen.update({(contract, function)} if counted else ())
        return receipt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Market, "send", send)
        yield seen


def left_control(receipt, account):
    """Sum what the vault's log says was locked of an account, burned, or withdrawn to others."""
    vault = [event for event in receipt.events if event.contract == "Vault"]
    taken = [e["amount"] for e in vault if e.name in ("Locked", "FeeBurned") and e["from"] == account]
    sent = [e["amount"] for e in vault if e.name == "Withdrawn" and e["to"] != account]
    return sum(taken + sent)
