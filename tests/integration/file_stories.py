"""Stories of panels that vouch for what is wrong in whole: files, rows, bytes that are no model, a root."""

from hashlib import sha256

from marketplace.models import decode_model, model_hash
from marketplace.services.structs import Verdict
from marketplace.types import format_id
from tests.integration.audit_lies import delivered, granted, hand_in, judged, lie_about, of_another_form
from tests.integration.contest_world import E
from tests.integration.insiders import Insiders
from tests.integration.stories import EVALUATORS, Story
from tests.integration.sweep import step
from tests.integration.test_deliveries import other_file
from tests.integration.test_wrong_rows import accused, draft, other_piece

SEATS_EACH = 3

FINDERS = {
    "piece": "requester", "length": "bob", "model": "requester", "root": "alice", "rows": "requester",
    "rows_piece": "alice",
}  # fmt: skip
"""Who shows it, of each contest."""


class Files(Story):
    """Contests one after the other, each with another lie, which somebody finds.

    Parameters
    ----------
    world : sweep.World
    kinds : iterable of str
        Some of `FINDERS`.
    """

    MORE_SEATS = 2
    """Of each evaluator, for each contest: three seats are lost with it."""

    def __init__(self, world, kinds=tuple(FINDERS)):
        super().__init__(world)
        self.kinds = kinds

    @classmethod
    def some(cls, world, deep, chance):
        return cls(world) if deep else cls(world, (chance.choice(list(FINDERS)),))

    def people(self):
        for name in ("requester", "alice", "bob", "mallory", "anybody"):
            self.world.settle_in(name, 100_000)
        for name in EVALUATORS:
            self.world.settle_in(name, 100_000, group="evaluators")
        self.world.more_facts = self.facts
        self.inside = Insiders(self.world)
        self.inside.sit_down(EVALUATORS, SEATS_EACH + self.MORE_SEATS * len(self.kinds))

    def facts(self):
        """Return where each contest is."""
        return {kind: self.world.contest(exact=False, name=kind) for kind in self.kinds}

    def beats(self):
        return [self.beat(kind) for kind in self.kinds]

    def beat(self, kind):
        def beat():
            self.inside.reward = (1000 + list(FINDERS).index(kind)) * E
            self.world.found[kind] = format_id(getattr(self, kind)(self.inside.meet()))
            return [self.act(FINDERS[kind], f"{{{kind}}}")]

        return beat

    def act(self, who, bounty):
        """Return the step of who finds it."""
        raise NotImplementedError

    # --- lies

    def piece(self, inside):
        return self.crooked(inside, lambda bounty: other_file(inside, bounty, inside.good_model))

    def length(self, inside):
        def longer(bounty):
            root, length, digest = other_file(inside, bounty, inside.good_model)
            return root, length + 1, digest

        return self.crooked(inside, longer)

    def model(self, inside):
        data = inside.good_model + b"\0"
        return self.crooked(inside, lambda _: data, sha256(b"\3" + data).digest())

    def crooked(self, inside, file, hashed=None):
        """Return a contest in which mallory and the panel agree on a file that is not what it should be."""
        bounty, model = inside.open(), inside.good_model
        hand_in(inside, bounty, file(bounty), hashed or model_hash(decode_model(model)))
        judged(inside, bounty, model)
        return bounty

    def root(self, inside):
        bounty = granted(inside, alice=inside.good_model)
        lie_about(inside, bounty, inside.good_model, of_another_form)
        delivered(inside, bounty)
        return bounty

    def rows(self, inside):
        return accused(inside, draft(inside), Verdict.BAD_ROWS)

    def rows_piece(self, inside):
        return accused(inside, other_piece(inside), Verdict.ROWS_GOOD)


class TypedFiles(Files):
    """It is shown by hand."""

    def act(self, who, bounty):
        return step(who, "bounty", "audit", bounty)


class DaemonFiles(Files):
    """It is shown by a daemon, which then has a fresh panel drawn."""

    MORE_SEATS = 4

    def act(self, who, bounty):
        return step(who, "bounty", "follow", bounty, "--once")
