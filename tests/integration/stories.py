"""The stories of the sweep: a sale and a contest, each by daemons and by plain commands."""

from marketplace.datasets import load_breast_cancer_table, write_table
from marketplace.services.structs import Stage
from tests.integration.sweep import step

DAY = 86_400
EVALUATORS = ("carol", "dave", "erin")
SEATS_EACH = 3
FEW_ROWS = 40
"""Of the second maker's table: his model is surely the worse one."""

SERVE = ("serve", "--once")


class Story:
    """People, and beats: each gives the steps that come next, by what the chain says then."""

    def __init__(self, world):
        self.world = world

    @classmethod
    def some(cls, world, deep, chance):
        """Return the story, or a part of it that chance chooses where not all is swept."""
        return cls(world)

    def beats(self):
        """Return functions, each of which may move time on, and returns steps."""
        raise NotImplementedError

    def later(self, seconds, *steps):
        """Return a beat that comes after a while."""

        def beat():
            self.world.town.advance(seconds)
            return steps

        return beat

    def late(self, *steps):
        """Return a beat that comes after the deadline of the stage under way."""

        def beat():
            view = self.world.view()
            until = view.panel.deadline if view.stage is Stage.JUDGING else view.deadline
            self.world.town.advance(max(1, until - view.now + 1))
            return steps

        return beat


class Sale(Story):
    """Two buyers, one by the seller's daemon and one by his hand; a third, whom he leaves; the end of it."""

    def people(self):
        for name in ("bob", "alice", "dan", "mary"):
            self.world.settle_in(name)
        table = self.world.town.folder / "patients.csv"
        rows = "\n".join(f"{i},{i * 7 % 91},{'yes' if i % 3 else 'no'}" for i in range(3000))
        table.write_text(f"id,age,ill\n{rows}\n")
        self.world.found["table"] = str(table)

    def beats(self):
        publish = ("asset", "publish", "{table}", "--price", "10", "--bond", "2", "--licence", "CC-BY-4.0")
        once = r"is settled|is collected|is refunded"
        bought = r"was ordered already: (0x[0-9a-f]+)"
        return [
            lambda: [
                step("bob", *publish, asset="asset"),
                step("alice", "order", "create", "{asset}", again=bought, first="order"),
                step("bob", *SERVE),
                step("alice", "order", "receive", "{first}", "--out", "{out}/first.csv"),
                step("dan", "order", "create", "{asset}", again=bought, second="order"),
                step("bob", "order", "settle", "{second}", again=once),
                step("dan", "order", "receive", "{second}", "--out", "{out}/second.csv"),
                step("mary", "order", "create", "{asset}", again=bought, third="order"),
            ],
            self.later(3601, step("mary", "order", "refund", "{third}", again=once)),
            self.later(
                DAY + 1,
                step("dan", "order", "collect", "{second}", again=once),
                step("bob", *SERVE),
                step("bob", "asset", "unlist", "{asset}", again="is unlisted"),
                step(
                    "mary",
                    "vault",
                    "withdraw",
                    "10",
                    last="withdraw from the vault",
                    again="free in the vault|more than",
                ),
            ),
            self.later(
                DAY + 3602,
                step("bob", "asset", "release-bond", "{asset}", again="is released|is ended|not unlisted"),
                step(
                    "bob",
                    "vault",
                    "withdraw",
                    "22",
                    last="withdraw from the vault",
                    again="free in the vault|more than",
                ),
            ),
        ]


class Odds(Story):
    """What else moves money or makes files, and would cost twice if it were done twice."""

    def people(self):
        for name in ("bob", "alice", "carol"):
            self.world.settle_in(name, 3000)
        table = self.world.town.folder / "patients.csv"
        rows = "\n".join(f"{i},{i * 7 % 91},{i % 3}" for i in range(500))
        table.write_text(f"id,age,ill\n{rows}\n")
        self.world.found["table"] = str(table)

    def beats(self):
        publish = ("asset", "publish", "{table}", "--price", "10", "--bond", "2", "--licence", "CC-BY-4.0")
        return [
            lambda: [
                step("carol", "operator", "join", last="take a seat"),
                step("alice", "vault", "deposit", "40", last="deposit into the vault"),
                step("alice", "vault", "approve", "exchange", "30", last="let Exchange use the vault"),
                step(
                    "alice",
                    "vault",
                    "withdraw",
                    "10",
                    "--to",
                    "{carol}",
                    last="withdraw from the vault",
                    again="free in the vault|more than",
                ),
                step("bob", *publish, asset="asset"),
                step("bob", "asset", "transfer", "{asset}", "{carol}", "1000", last="transfer shares"),
                step("bob", "asset", "revise", "{asset}", "--price", "12", again="the price already"),
                step("bob", "wallet", "limit", "--per-day", "100"),
                step("bob", "wallet", "backup", "--out", "{out}/bob.backup", again="exists"),
            ],
        ]


class Contest(Story):
    """A requester, two makers and three evaluators."""

    def people(self):
        for name in ("ruth", "alice", "bob"):
            self.world.settle_in(name, 6000)
        for name in EVALUATORS:
            self.world.settle_in(name, 6000, group="evaluators")
        table = self.world.town.folder / "cancer.csv"
        table.write_bytes(write_table(load_breast_cancer_table()))
        few = self.world.town.folder / "few.csv"
        few.write_bytes(b"".join(table.read_bytes().splitlines(keepends=True)[:FEW_ROWS]))
        self.world.found |= {"table": str(table), "few": str(few)}
        for name in EVALUATORS:
            for _ in range(SEATS_EACH):
                self.world.do(step(name, "operator", "join"))
        self.world.town.advance(10)

    def opening(self):
        return [
            step(
                "ruth", "bounty", "open", "{table}", "--target", "diagnosis", "--test-share", "30",
                "--train-out", "{out}/train.csv", "--reward", "500", "--fast", bounty="bounty",
            ),
            self.train("alice", "{out}/train.csv", "linear"),
            self.train("bob", "{few}", "tree"),
            self.submit("alice", "--price", "20", "--bond", "5", "--name", "The winner"),
            self.submit("bob"),
        ]  # fmt: skip

    def train(self, who, table, kind):
        words = ("--bounty", "{bounty}", "--kind", kind, "--out", f"{{out}}/{who}.bin")
        return step(who, "model", "train", table, *words)

    def submit(self, who, *words):
        return step(who, "bounty", "submit", "{bounty}", f"{{out}}/{who}.bin", *words, again="already")

    def panel(self):
        """Return who sits on the panel, by name."""
        world = self.world
        owners = {
            world.reader.client.call("Operators", "ownerOf", seat)
            for seat in world.view().panel.seats.values()
        }
        return [name for name in EVALUATORS if world.found[name] in owners]


class DaemonContest(Contest):
    """Every step by a daemon that is run until it finds no more to do."""

    def follow(self, who, *words):
        return step(who, "bounty", "follow", "--once", *words)

    def judge(self):
        return [step(name, "operator", "run", "--once") for name in EVALUATORS]

    def beats(self):
        ruth = self.follow("ruth", "--out", "{out}")
        alice, bob = self.follow("alice"), self.follow("bob")
        return [
            self.opening,
            self.late(ruth, alice, bob),
            self.late(ruth, alice),
            self.judge,
            self.judge,
            lambda: [ruth, alice, ruth],
            self.late(ruth, alice, bob),
            lambda: [step("alice", "bounty", "activate", "{bounty}", again="already|is listed")],
        ]


class TypedContest(Contest):
    """Every step by hand."""

    def typed(self, who, verb, *words, again="already"):
        return step(who, "bounty", verb, "{bounty}", *words, again=again)

    def judge(self):
        commits = [step(who, "operator", "commit", "{bounty}", again="already") for who in self.panel()]
        return [*commits, *(step(who, "operator", "reveal", "{bounty}", again=".") for who in self.panel())]

    def beats(self):
        typed = self.typed
        return [
            self.opening,
            self.late(
                typed("ruth", "open-rows", again="."),
                typed("alice", "claim"),
                typed("bob", "claim"),
            ),
            self.late(
                typed("bob", "choose", again="."),
                typed("bob", "draw", again="."),
                typed("alice", "grant", again="."),
            ),
            self.judge,
            lambda: [
                typed("ruth", "lock", again="."),
                typed("alice", "deliver", again="."),
                typed("ruth", "receive", "--out", "{out}/received.bin"),
            ],
            self.late(
                typed("bob", "finalize", again="."),
                typed("bob", "release", again="."),
                typed("alice", "activate", again="already|is listed"),
            ),
        ]
