"""A process that is killed while it publishes or orders: doing it again does it once."""

import signal
import subprocess
import sys

import pytest

from marketplace.crypto.keystore import Keystore
from marketplace.services import buy, catalog, dispute, publish, sell
from marketplace.services.market import Market
from marketplace.services.two_faced import sell_another

COIN = 10**18

CHILD = """
import os, signal, sys
from pathlib import Path

from marketplace.chain import ChainClient
from marketplace.config import Settings
from marketplace.crypto.keystore import Keystore
from marketplace.services import buy, catalog, dispute, publish
from marketplace.services.market import Market

what, moment, home, url, store, deployment, name, password, given = sys.argv[1:]


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


settings = Settings(home=Path(home), rpc_url=url, store=Path(store), deployment=Path(deployment), wallet=name)
market = Market.connect(settings, Keystore(settings.wallets_path).unlock(name, password))
if moment == "before sending":
    Market.send = die
elif moment == "after sending":
    ChainClient.wait = die
progress = die if moment == "while reading" else None
if what == "publish":
    publish.publish(market, publish.plan_dataset(given, price=10**18, bond=0), progress=progress)
elif what == "dispute":
    sale = catalog.find_order(market, given)
    dispute.dispute_file(market, sale, dispute.verify_file(market, sale, progress))
else:
    buy.order(market, catalog.find_asset(market, given), progress=progress)
"""


class Person:
    """Somebody with a wallet file, here and in a process that will be killed."""

    def __init__(self, town, name):
        self.settings, self.address = town.citizen(name)
        self.password = self.settings.password_file.read_text().strip()
        wallet = Keystore(self.settings.wallets_path).unlock(self.settings.wallet, self.password)
        self.market = Market.connect(self.settings, wallet)

    def killed(self, what, moment, given):
        s = self.settings
        places = [s.home, s.rpc_url, s.store, s.deployment, s.wallet, self.password, given]
        command = [sys.executable, "-c", CHILD, what, moment, *map(str, places)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr


MOMENTS = ("while reading", "before sending", "after sending")


@pytest.mark.parametrize("moment", MOMENTS)
def test_publish__killed__lists_once_when_repeated(town, alice, table, tmp_path, moment):
    bob = Person(town, "bob")
    bob.killed("publish", moment, table)
    if moment != "after sending":
        bob.killed("publish", moment, table)
    found = publish.publish(bob.market, publish.plan_dataset(table, price=COIN, bond=0))
    assert [one.asset_id for one in catalog.list_assets(alice, bob.address)] == [found.asset_id]
    sale = buy.order(alice, catalog.load_asset(alice, found.asset_id))
    sell.settle(bob.market, sale)
    buy.receive(alice, catalog.load_order(alice, sale.order_id), tmp_path / "bought")
    assert (tmp_path / "bought").read_bytes() == table.read_bytes()


@pytest.mark.parametrize("moment", MOMENTS)
def test_order__killed__orders_once_when_repeated(town, bob, plan, tmp_path, table, moment):
    alice = Person(town, "alice")
    asset = publish.publish(bob, plan).asset_id
    alice.killed("order", moment, f"{asset:#066x}")
    sales = catalog.list_orders(bob, asset_id=asset)
    if not sales:
        sales = [buy.order(alice.market, catalog.load_asset(alice.market, asset))]
    assert len(catalog.list_orders(bob, asset_id=asset)) == 1
    sell.settle(bob, sales[0])
    buy.receive(alice.market, catalog.load_order(alice.market, sales[0].order_id), tmp_path / "bought")
    assert (tmp_path / "bought").read_bytes() == table.read_bytes()


@pytest.mark.parametrize("moment", ["while reading", "before sending", "after sending"])
def test_dispute__killed__refunds_once_when_repeated(town, bob, plan, table, moment):
    alice = Person(town, "alice")
    honest = catalog.load_asset(bob, publish.publish(bob, plan).asset_id)
    listing = sell_another(bob, honest, table.read_bytes(), bytes(table.stat().st_size))
    sale = buy.order(alice.market, listing)
    sell.settle(bob, catalog.load_order(bob, sale.order_id))
    alice.killed("dispute", moment, f"{sale.order_id:#066x}")
    sale = catalog.load_order(alice.market, sale.order_id)
    if moment == "after sending":
        assert sale.state is catalog.OrderState.REVERSED
    else:
        assert sale.state is catalog.OrderState.SETTLED
        dispute.dispute_file(alice.market, sale, dispute.verify_file(alice.market, sale))
    found = dispute.load_reversal(alice.market, sale)
    assert (found.refund, found.reward, found.burned) == (10 * COIN, COIN, 3 * COIN)
    assert alice.market.client.call("Vault", "balanceOf", alice.market.account) == 11 * COIN
