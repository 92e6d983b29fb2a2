"""People of a whole contest, each with his daemon: who they are, and the clock that nobody else moves."""

from __future__ import annotations

import time

from marketplace.services.bounties import load_bounty
from marketplace.services.market import Market
from marketplace.services.structs import Stage
from tests.integration.daemons import Daemon
from tests.integration.shell import citizen

EVALUATORS = ("carol", "dave", "erin")
SEATS_EACH = 3
PLAY_SECONDS = 900
"""A contest takes some 15 where nobody else wants the processor."""

LOOK_SECONDS = 0.25


class Cast:
    """Requester, maker, seller and evaluators of one contest, and their daemons."""

    def __init__(self, town, table, folder):
        self.town, self.folder = town, folder
        self.people = {name: citizen(town, name, 6000) for name in ("ruth", "alice", "bob", *EVALUATORS)}
        self.daemons = {}
        for name in EVALUATORS:
            for _ in range(SEATS_EACH):
                self[name].ok("operator", "join")
        town.advance(10)
        self.bounty = self._open(table)
        self.reader = Market.connect(town.settings("reader"))

    def __getitem__(self, name):
        return self.people[name]

    def _open(self, table):
        """Open a contest and enter it; what follows is left to the daemons."""
        train = self.folder / "train.csv"
        opened = self["ruth"].json(
            "bounty", "open", table, "--target", "diagnosis", "--test-share", "30", "--train-out", train,
            "--reward", "500", "--fast",
        )  # fmt: skip
        bounty, model = opened["bounty"], self.folder / "model.bin"
        self["alice"].ok("model", "train", train, "--bounty", bounty, "--kind", "tree", "--out", model)
        self["alice"].ok("bounty", "submit", bounty, model)
        return bounty

    # --- daemons

    def words(self, name):
        if name in EVALUATORS:
            return ("operator", "run")
        out = ("--out", str(self.folder)) if name == "ruth" else ()
        return ("bounty", "follow", *out)

    def start(self, name, **options):
        self.daemons[name] = Daemon(self[name].settings, *self.words(name), **options)
        return self.daemons[name]

    def start_all(self):
        for name in ("ruth", "alice", *EVALUATORS):
            self.start(name)

    def stop_all(self):
        return {name: one.stop() for name, one in self.daemons.items()}

    def kill_all(self):
        for one in self.daemons.values():
            one.kill()

    # --- the contest

    def view(self):
        return load_bounty(self.reader, int(self.bounty, 16))

    def pass_deadline(self):
        """Move time past what the contest waits for."""
        view = self.view()
        judging = view.stage is Stage.JUDGING
        until = view.panel.deadline if judging else view.deadline
        self.town.advance(max(1, until - view.now + 1))

    def require_alive(self, _=None):
        """Fail as soon as a daemon has ended."""
        ended = [one.text() for one in self.daemons.values() if one.process.poll() is not None]
        assert not ended, "it ended:\n" + "\n".join(ended)

    def play(self, tick=None):
        """Move time on when everybody has done what he can in a stage, until all is paid.

        Parameters
        ----------
        tick : callable (BountyView), optional
            Told how the contest stands, again and again; by default nobody may end.
        """
        tick = tick or self.require_alive
        end = time.monotonic() + PLAY_SECONDS
        while (view := self.view()).stage is not Stage.DONE or view.owed:
            tick(view)
            assert time.monotonic() < end, self.texts()
            if self.may_pass(view):
                self.pass_deadline()
            time.sleep(LOOK_SECONDS)
        return view

    def may_pass(self, view):
        """Tell whether a stage lasts to its deadline, and everybody has done what he can before."""
        if view.stage is Stage.CLAIMING:
            return all(one.claimed is not None for one in view.entrants)
        if view.stage is Stage.WINDOW:
            return bool(self.received())
        return view.stage is Stage.SUBMITTING and view.now <= view.deadline

    def received(self):
        """Return the files of models that ruth has received."""
        return list(self.folder.glob("model-0x*.bin"))

    def texts(self):
        return "\n".join(f"--- {name}\n{one.text()}" for name, one in self.daemons.items())

    def money(self):
        """Return everybody's money outside of buckets, in the wallet and free in the vault, base units."""
        call = self.reader.client.call
        return {
            name: call("TestToken", "balanceOf", one.address) + call("Vault", "balanceOf", one.address)
            for name, one in self.people.items()
        }

    def bonds(self):
        """Return what is left of the evaluators' bonds, base units."""
        call, operators = self.reader.client.call, self.reader.address("Operators")
        buckets = (int(self[name].address, 16) for name in EVALUATORS)
        return [call("Vault", "bucketOf", operators, bucket) for bucket in buckets]

    def gains(self, before):
        """Return what requester, maker and all evaluators together have more than before, base units."""
        now = self.money()
        more = {name: now[name] - before[name] for name in now}
        return more["ruth"], more["alice"], sum(more[name] for name in EVALUATORS), more["bob"]
