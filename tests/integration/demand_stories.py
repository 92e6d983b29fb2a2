"""Stories of panels that lie: what is hidden is demanded, by daemons and by plain commands."""

from dataclasses import replace

from marketplace.services import demands, request, submit
from marketplace.services.structs import Turn
from marketplace.types import format_id
from tests.integration.audit_lies import HIDDEN, row_said_wrong, said
from tests.integration.crooked import KEY_FILE, NOTHING
from tests.integration.insiders import Insiders
from tests.integration.stories import EVALUATORS, SEATS_EACH, Story
from tests.integration.sweep import step

MOST_ANSWERS = 5
"""Of trees on a few rows: two for the nodes, the record, what the trees contribute; one to spare."""

ROUNDS = ("silent", "answered", "right")
"""What becomes of the verdicts, one after the other: each of the first two hides a lie."""


class Demands(Story):
    """A maker, whose panels lie and hide the evidence; then one that does not, of which a crook demands.

    Parameters
    ----------
    world : sweep.World
    rounds : tuple of str
        Some of `ROUNDS`, in that order.
    """

    def __init__(self, world, rounds=ROUNDS):
        super().__init__(world)
        self.rounds = rounds

    @classmethod
    def some(cls, world, deep, chance):
        return cls(world) if deep else cls(world, (chance.choice(ROUNDS),))

    def people(self):
        for name in ("requester", "alice", "mallory", "anybody"):
            self.world.settle_in(name, 100_000)
        for name in EVALUATORS:
            self.world.settle_in(name, 100_000, group="evaluators")
        self.inside = Insiders(self.world)
        self.inside.sit_down(EVALUATORS, SEATS_EACH)
        bounty = self.inside.open()
        self.world.found["bounty"] = format_id(bounty)
        self.inside.submit(bounty, alice=self.inside.fair_model)
        self.inside.open_rows(bounty)
        submit.claim_score(self.inside["alice"], bounty)
        self.inside.close_claims(bounty)
        told, k = self.inside.candidate("alice", bounty)
        (self.inside["alice"].store.path / KEY_FILE).write_text(hex(k))
        lie = said(self.inside, row_said_wrong(told), HIDDEN)
        lies = [what for what in self.rounds if what != "right"]
        for number, _ in enumerate(lies, 1):
            self.inside.plant(EVALUATORS, bounty, number, lie)

    @property
    def bounty(self):
        return int(self.world.found["bounty"], 16)

    def live(self):
        return demands.live_demands(self.world.reader, self.world.view())

    def crook(self, verb):
        return step("mallory", "crook", verb, "{bounty}", again=NOTHING)

    def beats(self):
        return [beat for what in self.rounds for beat in [*self.judging(), *getattr(self, what)()]]

    def judging(self):
        """Return the beats from the draw to the verdict."""
        raise NotImplementedError

    def unanswered(self, *steps):
        """Return a beat that comes when nobody has answered in time."""

        def beat():
            (one,) = self.live()
            self.world.town.advance(one.deadline - self.world.view().now + 1)
            return steps

        return beat

    def answers(self, *steps):
        """Return beats in each of which a liar answers, and steps follow, while anything is asked."""

        def beat():
            asked = [one for one in self.live() if one.turn is Turn.ASKED]
            return [self.crook("answer"), *steps] if asked else []

        return [beat] * MOST_ANSWERS


class DaemonDemands(Demands):
    """Every honest step by a daemon that is run until it finds no more to do."""

    def follow(self, who):
        return step(who, "bounty", "follow", "--once")

    def judge(self):
        return [step(name, "operator", "run", "--once") for name in EVALUATORS]

    def judging(self):
        known = [replace(one, swept=False) for one in [self.follow("alice"), *self.judge(), *self.judge()]]
        return [lambda: known]

    def silent(self):
        alice = self.follow("alice")
        return [lambda: [alice], self.unanswered(alice)]

    def answered(self):
        alice = self.follow("alice")
        return [lambda: [alice], *self.answers(alice)]

    def right(self):
        requester, alice = self.follow("requester"), self.follow("alice")
        return [
            lambda: [requester, alice, self.crook("demand"), alice, self.crook("ask"), *self.judge()],
            self.late(requester, alice, *self.judge()),
        ]


class TypedDemands(Demands):
    """Every honest step by hand; panels judge between the steps."""

    def judging(self):
        def beat():
            inside = self.inside.meet()
            inside.judge(self.bounty)
            return []

        return [beat]

    def typed(self, who, verb, again="already"):
        return step(who, "bounty", verb, "{bounty}", again=again)

    def silent(self):
        return [
            lambda: [self.typed("alice", "audit")],
            self.unanswered(self.typed("anybody", "settle", again="no demand of")),
        ]

    def answered(self):
        audit = self.typed("alice", "audit")
        return [lambda: [audit], *self.answers(audit)]

    def right(self):
        alice = self.typed("alice", "answer", again="nothing is demanded")
        return [
            self.delivered,
            lambda: [self.crook("demand"), alice, self.crook("ask")],
            lambda: [self.typed(self.signer(), "answer", again="nothing is demanded")],
            self.late(
                self.typed("anybody", "settle", again="no demand of"),
                self.typed("requester", "finalize", again="."),
            ),
        ]

    def delivered(self):
        inside = self.inside.meet()
        request.lock_delivery(inside["requester"], self.bounty)
        submit.deliver(inside["alice"], self.bounty)
        return []

    def signer(self):
        """Return the name of one who signed the verdict."""
        signed = self.inside.panel(self.bounty)
        return next(name for name in EVALUATORS if self.inside[name] in signed)
