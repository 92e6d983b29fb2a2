"""A story told step by step, each by a real process that may be killed at any of its points.

A step is one command of one person. Before it the chain is snapshotted and all files are copied, so that
it can be tried again from there with another death, and what is there afterwards compared with what is
there without a death.
"""

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from marketplace.services.bounties import VOID_ONE, load_bounty
from marketplace.services.catalog import list_orders
from marketplace.services.demands import load_demands
from marketplace.services.market import Market
from tests.integration.conftest import Town
from tests.integration.daemons import environment
from tests.integration.forks import Forks

HEX = re.compile(r"(0x)?[0-9a-f]{16,}")
KILLED = -9
PURSES = ("TestToken", "Vault")


@dataclass(frozen=True)
class Step:
    """One command of one person.

    Parameters
    ----------
    who : str
    words : tuple of str
        ``{name}`` stands for what an earlier step found.
    finds : mapping of str to str
        What later steps are told: by name, the key in the command's JSON.
    again : str
        What a repetition may say instead of doing nothing: the step was done before its process died.
    last : str
        Of what may be wanted twice: the transaction after which its user knows that it is done.
    swept : bool
        Whether it is killed at its points; else only in a storm, as another story has it.
    """

    who: str
    words: tuple
    finds: Mapping[str, str] = field(default_factory=dict)
    again: str = ""
    last: str = ""
    swept: bool = True

    def __str__(self):
        return f"{self.who}: {' '.join(str(word) for word in self.words)}"


def step(who, *words, again="", last="", **finds):
    """Return a step."""
    return Step(who, words, finds, again, last)


class World:
    """A town with people whose commands are real processes, and all of whose state can be put back."""

    def __init__(self, folder, url):
        self.folder = folder
        self.town = Town(folder / "town", url)
        self.forks = Forks(folder / "forks")
        self.people, self.found, self.groups, self.names = {}, {}, {}, {}
        self.environment, self.more_facts = {}, dict
        self.connect()
        self.out = folder / "town" / "out"
        self.out.mkdir()
        self.kills = 0

    def connect(self):
        """Read the chain by the deployment as it is now."""
        self.reader = Market.connect(replace(self.town.settings("reader"), index_url="off"))

    # --- people

    def settle_in(self, name, tokens=1000, group=None, **options):
        """Let somebody in; what a group has is only compared as a whole."""
        self.people[name], address = self.town.citizen(name, tokens, **options)
        self.found[name] = address
        self.groups[name], self.names[address] = group or name, name

    def run(self, given, left=0):
        """Run a step, to its end or to its death."""
        words = [str(word).format(**self.found, out=self.out) for word in given.words]
        folders = (self.folder / "town",)
        env = environment(self.people[given.who]) | self.environment
        return self.forks.run(env, [*words, "--yes", "--json"], left=left, folders=folders)

    def do(self, given):
        """Do a step without a death; return the points it passed."""
        ended = self.run(given)
        assert ended.code == 0, f"{given}: {ended.code}\n{ended.out}{ended.err}"
        self.learn(given, ended)
        return ended.points

    def learn(self, given, ended):
        """Keep what later steps want to know."""
        if ended.code == 0 and given.finds:
            data = json.loads(ended.out)
            self.found |= {name: data[key] for name, key in given.finds.items()}
        elif given.finds:  # refused, because it was done before: the refusal says what it made
            made = re.search(given.again, ended.err)
            self.found |= dict.fromkeys(given.finds, made.group(1))

    def die_and_repeat(self, given, left):
        """Kill a step at a point and do it again, as its user or systemd would; return what died."""
        dead = self.run(given, left)
        if dead.code != KILLED:
            assert dead.code == 0, f"{given}: {dead.code}\n{dead.out}{dead.err}"
            self.learn(given, dead)  # chance took another way, with fewer points
            return dead
        self.kills += 1
        if given.last and f"  {given.last}: gas" in dead.err:
            return dead  # he was told that it is done: who types it again wants it a second time
        ended = self.run(given)
        told = f"{given}, killed at {len(dead.points)} ({dead.points[-1]}):\n{ended.out}{ended.err}"
        refused = ended.code == 1 and given.again and re.search(given.again, ended.err)
        assert ended.code == 0 or refused, told
        assert "Traceback" not in ended.err, told
        self.learn(given, ended)
        return dead

    # --- state

    def keep(self):
        """Remember where all is; gives what `put_back` takes."""
        copy = self.folder / "kept"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.town.folder, copy, symlinks=True)
        return self.town.node.request("evm_snapshot"), dict(self.found)

    def put_back(self, kept):
        """Make all as it was; gives what the next `put_back` takes."""
        snapshot, found = kept
        assert self.town.node.request("evm_revert", snapshot)
        shutil.rmtree(self.town.folder)
        shutil.copytree(self.folder / "kept", self.town.folder, symlinks=True)
        self.found = dict(found)
        return self.town.node.request("evm_snapshot"), found

    def facts(self, *, exact=True):
        """Return all that a death must not change.

        Parameters
        ----------
        exact : bool, default True
            Also how often each has sent; else only what does not hang on whom a panel is drawn from.
        """
        with self.reader.client.at() as now:
            vault = self.reader.address("Vault")
            asked = [(where, "balanceOf", self.found[name]) for name in self.people for where in PURSES]
            *amounts, held = now.call_many([*asked, ("TestToken", "balanceOf", vault)])
        money, sent, waiting = Counter(), Counter(), Counter()
        for (_, _, address), amount in zip(asked, amounts):
            money[self.groups[self.names[address]]] += amount
        for name, settings in self.people.items():
            address, group = self.found[name], self.groups[name]
            sent[group] += self.town.node.web3.eth.get_transaction_count(address)
            waiting[group] += waits(settings.journal_path)
        facts = {
            "money": dict(money),
            "waiting": dict(waiting),
            "vault": held,
            "orders": Counter(str(one.state) for one in list_orders(self.reader)),
            "contest": self.contest(exact),
            **self.more_facts(),
        }
        if exact:
            facts |= {"sent": dict(sent), "files": self.files(), "blocks": self.blocks()}
        return facts

    def view(self, name="bounty"):
        return load_bounty(self.reader, int(self.found[name], 16))

    def contest(self, exact, name="bounty"):
        """Return where a contest is; with the claims, which hang on the rows that were drawn, if exact."""
        if name not in self.found:
            return None
        view = self.view(name)
        claims = sorted(str(one.claimed) for one in view.entrants) if exact else len(view.entrants)
        asked = tuple((one.turn.name, len(one.given)) for one in load_demands(self.reader, view.bounty_id))
        voids = view.flags // VOID_ONE
        return view.stage.name, view.outcome.name, view.panel.phase.name, claims, len(view.owed), voids, asked

    def files(self):
        """Return the names of all files of people, less what chance gave them."""
        found, top = Counter(), self.town.folder
        for path in top.rglob("*"):
            name = path.relative_to(top)
            remade = path.name.startswith("index.db") or path.name.endswith(("-wal", "-shm"))
            if path.is_file() and not remade and name.parts[0] != "store":
                found[HEX.sub("…", str(name))] += 1
        return found

    def blocks(self):
        """Return how many blocks of each size the store has."""
        return Counter(path.stat().st_size for path in (self.town.folder / "store" / "blocks").rglob("*/*"))


def waits(path):
    """Return how many transactions a journal holds for unsettled."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as journal:
        return journal.execute("SELECT count(*) FROM transactions WHERE status = 'pending'").fetchone()[0]


def told(before, now):
    """Return how facts differ, for eyes; empty if they don't.

    An upload that was cut off leaves blocks in the store that nothing names: waste, but no loss, so
    that only missing blocks are a difference.
    """
    lines = []
    for name in before:
        if name == "blocks":
            if lost := before[name] - now[name]:
                lines.append(f"blocks are lost: {dict(lost)}")
        elif before[name] != now[name]:
            if isinstance(before[name], Counter):
                more, less = now[name] - before[name], before[name] - now[name]
                lines.append(f"{name}: more {dict(more)}, less {dict(less)}")
            else:
                lines.append(f"{name}: {before[name]} became {now[name]}")
    return "\n".join(lines)
