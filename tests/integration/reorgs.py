"""Reorgs of any depth at any step of a story, made from state dumps.

A story is told once, undisturbed. After each step its files are copied and what is there is noted; at the
end the chain is unwound, and dumped at each height that is needed. A reorg of d blocks after a step is then
a node that has come back with the chain as it was d blocks earlier, and goes on with other blocks, while
all files are as after the step.

Anvil keeps old states for its own blocks only, so that it can be rolled back neither after a dump was loaded
nor, once it was rolled back, to a snapshot above; hence a fresh process for each case.
"""

import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from marketplace.chain import Journal, Node
from marketplace.chain.localnet import find_anvil
from marketplace.services.accounts import conservation
from tests.integration.sweep import Step

START_SECONDS = 120
ROUNDS = 4
"""Times that the lost steps are repeated until nothing is left to do: another panel has other turns, and a
transaction that is sent again may fail once, since what came before it was mined at another time."""
SLACK_SECONDS = 30
"""So much later each further time: stages end later than before where they began later."""
STEP_SECONDS = 5
"""So much later each further step of a time: what its stage began with was mined a little later."""

PHASES = ("COMMITTING", "REVEALING", "JUDGED")
"""Of a panel that judges."""


class Anvil:
    """A node at one address, which can come back with another chain."""

    def __init__(self, folder):
        self.log = Path(folder) / "anvil.log"
        self.process = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, dump=None, timestamp=0):
        """Start, with the chain of a dump if one is given; its clock goes on from the newest block."""
        self.stop()
        words = ["--host", "127.0.0.1", "--port", str(self.port), "--hardfork", "prague", "--accounts", "1"]
        command = [find_anvil(), *words, "--chain-id", "31337", "--silent", "--no-request-size-limit"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        ends = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < ends, "anvil does not start"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.01)
        node = Node(self.url)
        if dump is not None:
            node.request("anvil_loadState", dump)
            node.request("evm_setTime", timestamp)
        return node

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(START_SECONDS)
            self.process = None


@dataclass(frozen=True, eq=False)
class Told:
    """A step that was told.

    Parameters
    ----------
    step : Step
    began : int
        Time of the newest block before it, Unix seconds.
    low, high : int
        Newest block before and after it.
    found : dict
        What the story knew after it.
    facts : dict
        What was there after it.
    files : Path
        A copy of all files after it.
    """

    step: Step
    began: int
    low: int
    high: int
    found: dict
    facts: dict
    files: Path


@dataclass(frozen=True)
class Answer:
    """What became of a step that was run again.

    Parameters
    ----------
    done : bool
        It was carried out, or found nothing to do.
    wrong : bool
        It failed, and not as a repetition may.
    shown : str
        What it printed.
    """

    done: bool
    wrong: bool
    shown: str


class Reorgs:
    """A story with everything that is needed to disturb it.

    Parameters
    ----------
    story : Story
        Its people are there.
    anvil : Anvil
        On which it is told.
    """

    def __init__(self, story, anvil):
        self.story, self.world, self.anvil = story, story.world, anvil
        self.told, self.dumps, self.made, self.idle = [], {}, 0, 0
        self.first = self.node.block().number
        self._tell()

    @property
    def node(self):
        return self.world.town.node

    def _tell(self):
        for beat in self.story.beats():
            for given in beat():
                before = self.node.block()
                self.world.do(given)
                files = self.world.folder / "after" / str(len(self.told))
                shutil.copytree(self.world.town.folder, files, symlinks=True)
                high, facts = self.node.block().number, self.facts()
                found = dict(self.world.found)
                self.told.append(Told(given, before.timestamp, before.number, high, found, facts, files))

    def unwind(self, cases):
        """Dump the chain as it was so many blocks before each step of some; once, before any reorg.

        Parameters
        ----------
        cases : iterable of (int, int)
            Number of a step, and depth.
        """
        for height in sorted({self.told[number].high - depth for number, depth in cases}, reverse=True):
            if above := self.node.block().number - height:
                self.node.request("anvil_rollback", above)
            self.dumps[height] = (self.node.request("anvil_dumpState"), self.node.block().timestamp)

    def depths(self, number, wanted):
        """Return those depths that a step is deep enough in the story for."""
        return [depth for depth in wanted if self.told[number].high - depth >= self.first]

    def reorg(self, number, depth, *, others=0, idle=0):
        """Take the newest blocks away after a step, all files as they are; mine some empty ones instead.

        Parameters
        ----------
        number, depth : int
        others : int, default 0
            Empty blocks.
        idle : int, default 0
            Seconds that pass before anybody does anything.
        """
        told = self.told[number]
        shutil.rmtree(self.world.town.folder)
        shutil.copytree(told.files, self.world.town.folder, symlinks=True)
        self.world.found = dict(told.found)
        dump, timestamp = self.dumps[told.high - depth]
        self.anvil.start(dump, timestamp)
        self.world.connect()
        for _ in range(others):
            self.node.request("evm_mine")
        self.idle = idle
        if idle:
            self.world.town.advance(idle)
        self.made += 1

    def repeat(self, number, depth):
        """Let everybody run again what the reorg took from him; return how the end differs, or nothing."""
        told = self.told[number]
        lost = [one for one in self.told[: number + 1] if one.high > told.high - depth]
        due = lost
        for turn in range(ROUNDS):
            begins = self.idle + turn * SLACK_SECONDS
            said = {one: self._again(one, begins + lost.index(one) * STEP_SECONDS) for one in due}
            refused = [one.shown for one in said.values() if one.wrong]
            found = as_far(told.facts, self.facts())
            if found == told.facts:
                break
            # What a step's `again` allows may also mean that what it needs is not there yet.
            left = {one for one, answer in said.items() if not answer.done}
            due = [one for one in lost if one in left or "--once" in one.step.words]
        wrong = [
            f"{name}: {value} became {found[name]}"
            for name, value in told.facts.items()
            if found[name] != value
        ]
        if not self.holds():
            wrong.append("the vault's sums do not hold")
        return wrong + refused if wrong else []

    def holds(self):
        """Tell whether every token in the vault belongs to somebody."""
        return conservation(self.world.reader).holds

    def facts(self):
        """Return what is there; of what journals hold for unsettled only what the chain does not have.

        One that a reorg took away is mined again by the command that is repeated; that it was is journalled
        by the next command at the latest.
        """
        return self.world.facts(exact=False) | {
            "waiting": {name: self._lost(name) for name in self.world.people}
        }

    def _lost(self, name):
        settings, address = self.world.people[name], self.world.found[name]
        if not settings.journal_path.exists():
            return 0
        journal = Journal(settings.journal_path)
        try:
            waiting = journal.pending(self.node.network, address)
        finally:
            journal.close()
        asked = [self.node.request("eth_getTransactionReceipt", one.tx_hash) for one in waiting]
        return sum(receipt is None for receipt in asked)

    def _again(self, one, later):
        """Run a command as before, no earlier than then."""
        now = self.node.block().timestamp
        if one.began + later > now:
            self.world.town.advance(one.began + later - now)
        ended = self.world.run(one.step)
        if wrongly(one.step, ended) or "--once" in one.step.words:
            ended = self.world.run(one.step)  # people and daemons try again long before time moves on
        shown = f"{one.step}: {ended.code}\n{ended.out}{ended.err}"
        assert ended.code in (0, 1), shown
        assert "Traceback" not in ended.err, shown
        if not (wrong := wrongly(one.step, ended)):
            self.world.learn(one.step, ended)
        return Answer(ended.code == 0, wrong, shown)


def as_far(facts, found):
    """Return what was found, with the contest as it was told if its panel is only elsewhere with judging.

    Others sit on it: somebody whose turn is not told yet, or who reveals when he looks again. Steps after
    the judging are told with its end, which is compared.
    """
    told, now = facts.get("contest"), found.get("contest")
    if not told or not now or told[0] != "JUDGING" or now[0] not in ("JUDGING", "WINDOW"):
        return found
    judging = now[1] == told[1] and now[2] in PHASES and now[3:] == told[3:]
    return found | {"contest": told} if judging else found


def wrongly(step, ended):
    """Tell whether a step failed, and not because it was done before."""
    return ended.code != 0 and not (step.again and re.search(step.again, ended.err))


def tell(kind, folder):
    """Tell a story of a kind on a chain of its own; return what disturbs it."""
    from tests.integration.sweep import World

    anvil = Anvil(folder)
    anvil.start()
    (folder / "town").mkdir()
    world = World(folder, anvil.url)
    story = kind(world)
    story.people()
    return Reorgs(story, anvil)
