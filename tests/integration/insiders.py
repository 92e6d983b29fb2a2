"""A sweep's people as markets of this process: what comes before a story, or between its steps."""

from dataclasses import replace
from functools import cached_property

from marketplace.chain import ChainClient, Journal, LocalSigner
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from marketplace.services import evaluate, truth
from marketplace.services.market import Market
from marketplace.services.operators import join, list_seats
from marketplace.services.submit import open_test_rows
from marketplace.storage import FolderStore
from tests.integration import contest_world
from tests.integration.audit_lies import told_of
from tests.integration.conftest import PASSWORD

PLACES = 7
"""Most seats of a panel."""


class Insiders(contest_world.World):
    """The people of a sweep, whose files are those of their commands; journals are kept nowhere.

    Parameters
    ----------
    swept : sweep.World
        Its people are settled in.
    """

    reward = 1000 * contest_world.E

    def __init__(self, swept):
        super().__init__(swept.town.node, swept.folder, swept.town.deployment)
        self.swept = swept
        for name, settings in swept.people.items():
            keystore = Keystore(settings.wallets_path, SCRYPT_N_LIGHT)
            self.wallets[name] = keystore.unlock(settings.wallet, PASSWORD)
        self.meet()

    @cached_property
    def chain(self):
        return self.swept.town.local

    def meet(self):
        """Forget what was sent before: the chain may have been put back."""
        for name, settings in self.swept.people.items():
            wallet = self.wallets[name]
            client = ChainClient(self.node, self.deployment, LocalSigner(wallet.account), Journal(None))
            self.markets[name] = Market(client, FolderStore(settings.store), wallet, settings.home / "work")
        return self

    def draft(self, **changes):
        """Return the terms of another contest than before, if the reward is another."""
        return super().draft(**{"reward": self.reward, **changes})

    def sit_down(self, names, seats):
        for name in names:
            for _ in range(seats):
                join(self[name])
        self.chain.advance(10)

    def candidate(self, maker, bounty):
        """Return the evidence of a maker's model, every node of it, and the key."""
        market, view = self[maker], self.view(bounty)
        k, rows = truth.find_key(market, view), open_test_rows(market, view)
        found = truth.find_truth(market, view, rows, k)
        return told_of(view, found.model, rows, k), k

    def plant(self, names, bounty, number, told):
        """Write down for evaluators what they attest in a round, whatever place they are drawn to."""
        view = self.view(bounty)
        for name in names:
            market = self[name]
            for seat in (one.seat for one in list_seats(market, market.account)):
                panel = replace(view.panel, number=number, seats=dict.fromkeys(range(PLACES), seat))
                for place in range(PLACES):
                    evaluate.keep_attestation(market, replace(view, panel=panel), place, told)
