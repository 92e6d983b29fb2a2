"""What may be wanted twice, by a process that is killed between the block and its last line.

Typed again the command tells of the first one, also when that has used up all that it took; and only after
that is the same command another one.
"""

import json

import pytest
from eth_account import Account

from marketplace.chain.finished import Unfinished
from marketplace.crypto.keystore import Wallet
from marketplace.crypto.secrets import MarketSecret
from marketplace.errors import DataError
from marketplace.services import accounts, catalog, operators, publish, sell
from marketplace.services.market import Market
from tests.integration.shell import citizen

COIN = 10**18


class Person:
    """Somebody each of whose commands is another process, as far as memory goes."""

    def __init__(self, town, tokens):
        self.town, self.wallet = town, Wallet("late", Account.create(), MarketSecret.generate())
        self.settings = town.settings(f"late-{next(town.numbers)}")
        town.fund(self.wallet.address, tokens)

    def market(self):
        return Market.connect(self.settings, self.wallet)

    def does(self, work, *args):
        """Do something; return what came of it, and how many transactions it took."""
        before, found = self.count(), work(self.market(), *args)
        return found, self.count() - before

    def dies(self, work, *args):
        """Do something in a process that is killed before it has told of its last transaction."""
        before, market = self.count(), self.market()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Unfinished, "told", killed)
            with pytest.raises(KeyboardInterrupt):
                work(market, *args)
        assert self.count() == before + 1

    def count(self):
        return self.town.node.web3.eth.get_transaction_count(self.wallet.address)

    def money(self):
        call = self.market().client.call
        return tuple(
            call(where, "balanceOf", self.wallet.address) // COIN for where in ("TestToken", "Vault")
        )


def killed(*_):
    raise KeyboardInterrupt


def test_deposit__of_all_there_is__is_told_of_and_not_refused(town):
    someone = Person(town, 40)
    someone.dies(accounts.deposit, 40 * COIN)
    receipt, sent = someone.does(accounts.deposit, 40 * COIN)
    assert (receipt.reused, sent, someone.money()) == (True, 0, (0, 40))
    with pytest.raises(DataError, match="not enough money"):
        someone.does(accounts.deposit, 40 * COIN)


def test_withdraw__of_all_there_is__is_told_of_and_the_next_one_is_made(town):
    someone = Person(town, 40)
    someone.does(accounts.deposit, 40 * COIN)
    someone.dies(accounts.withdraw, 40 * COIN)
    receipt, sent = someone.does(accounts.withdraw, 40 * COIN)
    assert (receipt.reused, sent, someone.money()) == (True, 0, (40, 0))
    with pytest.raises(DataError, match="are free in the vault"):
        someone.does(accounts.withdraw, 40 * COIN)
    someone.does(accounts.deposit, 40 * COIN)
    receipt, sent = someone.does(accounts.withdraw, 40 * COIN)
    assert (receipt.reused, sent, someone.money()) == (False, 1, (40, 0))


def test_join__with_all_there_is__is_told_of_and_locks_no_second_bond(town):
    bond = Person(town, 0).market().client.call("Operators", "SEAT_BOND") // COIN
    someone = Person(town, bond + 1)
    market = someone.market()
    accounts.ensure_funds(market, "Operators", bond * COIN)
    someone.dies(operators.join)
    seat, sent = someone.does(operators.join)
    assert (sent, someone.money()) == (0, (1, 0))
    assert [one.seat for one in operators.list_seats(market, market.account)] == [seat]
    assert market.client.call("Vault", "capOf", market.account, market.address("Operators")) == 0


def test_transfer__of_all_shares__is_told_of_and_not_refused(town, table):
    someone, other = Person(town, 0), Account.create().address
    plan = publish.plan_dataset(table, price=COIN, bond=0)
    asset = publish.publish(someone.market(), plan).asset_id
    listing = catalog.load_asset(someone.market(), asset)
    someone.dies(sell.transfer, listing, other, catalog.SHARES)
    receipt, sent = someone.does(sell.transfer, listing, other, catalog.SHARES)
    assert (receipt.reused, sent) == (True, 0)
    with pytest.raises(DataError, match="has 0 of 10000 shares"):
        someone.does(sell.transfer, listing, other, catalog.SHARES)


def test_withdraw__typed__says_that_it_was_sent_before(town):
    alice = citizen(town, "alice", 40)
    assert alice.json("vault", "deposit", "40")["sent_before"] is False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Unfinished, "told", killed)
        assert "interrupted" in alice.run("vault", "withdraw", "40", "--yes").stderr
    again = alice.run("vault", "withdraw", "40", "--yes", "--json")
    assert again.exit_code == 0, again.output
    assert "withdraw from the vault (sent before)" in again.stderr
    assert json.loads(again.stdout)["sent_before"] is True
    assert "are free in the vault" in alice.fails("vault", "withdraw", "40")
