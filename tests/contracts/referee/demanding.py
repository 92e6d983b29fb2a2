"""A verdict whose evidence only the panel and the tests have, and demands of it."""

from hashlib import sha256

import brownie
from eth_abi import encode
from eth_utils import keccak

from marketplace.models.demands import LEVELS
from marketplace.models.evidence_tree import EvidenceNode, leaf_bytes, tree_of_leaves
from tests.contracts.contest_chain import now, sleep
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_values import ONE, PARENTS, SCORED, UNIT, WINDOW, ZERO

ROWS, RIGHT = 100, 90
K, OWN_ID = b"\x07" * 32, b"\x08" * 32
BOND = 1_600 * UNIT // 16
BOND_AT = 8  # in the terms of a demand
NONE, NODES, LEAF, LANES, MODEL = range(5)
ASKED, ANSWERED, CLOSED = 1, 2, 3


def evidence(rows=ROWS, right=RIGHT):
    """Return records of which so many are right, and their tree."""
    told = [int(i < right) for i in range(rows)]
    records = [
        (i - 50).to_bytes(16, "big", signed=True) + one.to_bytes(16, "big") for i, one in enumerate(told)
    ]
    leaves = [
        EvidenceNode(sha256(leaf_bytes(record, i, K, OWN_ID)).digest(), 1, (told[i],))
        for i, record in enumerate(records)
    ]
    return records, tree_of_leaves(leaves)


def reverts_named(error):
    """Expect a custom error, whatever its arguments: times and ids that the test does not know."""
    return brownie.reverts(revert_pattern=rf"{error}: .*")


class Case:
    """A contest in its window, the evidence behind its verdict, and the demands of it."""

    def __init__(self, contest, people, model_hash=None, told=RIGHT):
        self.contest = Contest(contest.house, contest.requester, rowCount=ROWS)
        self.referee, self.people = contest.house.referee, people
        self.records, self.tree = evidence(right=told if told < RIGHT - 1 else RIGHT)
        bob = people["bob"]
        one = self.contest
        one.fast = True
        one.open()
        one.submit(bob, **({} if model_hash is None else {"modelHash": model_hash}))
        one.open_rows()
        one.claim(bob, 900)
        one.choose()
        self.finding = (SCORED, told * ONE // ROWS, [told], self.tree.root)
        one.judge((*self.finding, ZERO))
        if told >= RIGHT:
            one.lock(bob)
            one.deliver(bob)
        one.fast = False
        assert one.stage == WINDOW

    def scored(self, salt=ZERO, **changes):
        """Return the verdict as a call names it."""
        one = self.contest
        core, key, files, datasets = one.whole
        digest = keccak(encode([PARENTS], [datasets]))
        submission = one.submissions[self.people["bob"].address]
        return (salt, core, key, files, digest, submission, changes.get("finding", self.finding))

    @staticmethod
    def nodes(level, index):
        return (NODES, level, index, 0, 0)

    @staticmethod
    def leaf(index):
        return (LEAF, 0, index, 0, 0)

    def commit(self, who, *arguments):
        """Commit to a demand, and mine the block."""
        data = bytes.fromhex(self.referee.demand.encode_input(*arguments)[2:])
        self.referee.commit(
            keccak(encode(["address", "bytes32"], [who.address, keccak(data)])), {"from": who}
        )

    def demand(self, question, who="mallory", trees=b"", salt=ZERO, **changes):
        """Commit to a demand and open it; its terms are those of its event."""
        who = self.people[who]
        arguments = (self.scored(salt, **changes), question, trees)
        self.commit(who, *arguments)
        tx = self.referee.demand(*arguments, {"from": who})
        self.terms = tuple(tx.events["DemandOpened"]["terms"])
        self.id = tx.events["DemandOpened"]["demandId"]
        return tx

    @property
    def state(self):
        """Return turn, answers, deadline and question."""
        return self.referee.demandOf(self.id)

    @property
    def deadline(self):
        return self.contest.state["deadline"]

    @property
    def bucket(self):
        return self.contest.vault.bucketOf(self.referee, self.contest.id)

    def free(self, who):
        """Return somebody's free balance."""
        return self.contest.vault.balanceOf(self.people[who])

    def shown(self, question):
        """Return the honest answer to a question about evidence."""
        subject, level, index = question[:3]
        tree = self.tree
        if subject == LEAF:
            salt = leaf_bytes(b"", index, K, OWN_ID)[9:]
            return tree.path(0, index) + salt + self.records[index]
        down = min(LEVELS, level)
        nodes = (tree.node(level - down, (index << down) + n).carried() for n in range(1 << down))
        return b"".join(nodes) + tree.path(level, index)

    def answer(self, who="bob", data=None, question=None):
        """Answer the question under way, honestly unless told otherwise."""
        data = self.shown(question or tuple(self.state["question"])) if data is None else data
        return self.referee.answer(self.terms, data, {"from": self.people.get(who, who)})

    def ask(self, question, who="mallory", trees=b""):
        return self.referee.ask(self.terms, question, trees, {"from": self.people[who]})

    def enforce(self, who="carol"):
        return self.referee.enforce(self.contest.terms, self.terms, {"from": self.people[who]})

    def settle(self, who="carol"):
        return self.referee.settle(self.terms, {"from": self.people[who]})

    def late(self, deadline=None):
        """Pass a deadline, by default that of the turn."""
        deadline = self.state["deadline"] if deadline is None else deadline
        sleep(max(1, deadline - now() + 10))
