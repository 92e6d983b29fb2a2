"""A contest whose panel found what a small world tells of bob's model, and challenges of that."""

import contextlib
from hashlib import sha256
from typing import NamedTuple

import brownie
import numpy as np
import pytest
from brownie import chain
from eth_abi import encode
from eth_utils import keccak

from marketplace import merkle
from marketplace.models import Metric, model_hash, score_from_sums
from marketplace.models.disputes import RowDispute
from marketplace.services.structs import flat
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_values import SCORED, ZERO
from tests.integration.score_worlds import make_world

ACCURACY, ROWS = 1, 5


def world_of(draw_model, seed=1):
    """Return a true world whose model is wrong about some row, so that a claim of all rows is refuted."""
    rng = np.random.default_rng(seed)
    while True:
        world = make_world(rng, draw_model(rng), ROWS, ACCURACY)
        if sum(world.attested.sums) < ROWS:
            return world, rng


class Judged(NamedTuple):
    """A contest in its window, whose panel said what ``world`` says."""

    contest: Contest
    world: object
    maker: object

    def case(self, **changes):
        """Return what a challenge says of the verdict."""
        core, key, files, _ = self.contest.whole
        attested = self.world.attested
        values = {
            "salt": ZERO,
            "core": core,
            "key": key,
            "files": files,
            "datasets": self.contest.rows_proof[2],
            "submission": self.contest.submissions[self.maker.address],
            "finding": (SCORED, score_of(self.world), list(attested.sums), attested.root),
        }
        return tuple({**values, **changes}.values())

    def call(self, dispute, **changes):
        """Return the function that decides a dispute, and its arguments."""
        referee, proof = self.contest.house.referee, flat(dispute.proof)
        if not isinstance(dispute, RowDispute):
            return referee.challengeNode, (self.case(**changes), proof)
        if isinstance(dispute.model, bytes):
            return referee.challengeLinear, (self.case(**changes), proof, dispute.model)
        return referee.challengeTrees, (self.case(**changes), proof, flat(dispute.model))

    def challenge(self, dispute, who, committed_by=None, blocks=1, **changes):
        """Commit to a challenge and send it so many blocks later."""
        function, arguments = self.call(dispute, **changes)
        commit(self.contest.house, function, arguments, committed_by or who)
        chain.mine(blocks)
        return function(*arguments, {"from": who})


def commit(house, function, arguments, who):
    """Commit to a call; return the hash."""
    inner = keccak(bytes.fromhex(function.encode_input(*arguments).removeprefix("0x")))
    hidden = keccak(encode(["address", "bytes32"], [who.address, inner]))
    house.referee.commit(hidden, {"from": who})
    return hidden


def score_of(world):
    """Return the score that the attested sums come to."""
    return score_from_sums(Metric(world.metric), world.attested.sums, ROWS, world.classes, world.bound)


def judged(house, requester, maker, world):
    """Bring a contest into the window of what ``world`` says; the maker claimed more."""
    leaves = [
        sha256(b"\0" + i.to_bytes(8, "big") + salt + row).digest()
        for i, (salt, row) in enumerate(zip(world.rows.salts, world.rows.rows, strict=True))
    ]
    rules = {"metric": world.metric, "classes": world.classes, "rowCount": ROWS, "threshold": 1}
    contest = Contest(house, requester, rowsRoot=merkle.root(leaves), **rules)
    contest.fast = True
    contest.open()
    contest.submit(maker, modelHash=model_hash(world.model))
    contest.open_rows()
    contest.claim(maker, 1_000)
    contest.choose()
    attested = world.attested
    contest.judge((SCORED, score_of(world), list(attested.sums), attested.root, ZERO))
    contest.fast = False
    return Judged(contest, world, maker)


@contextlib.contextmanager
def named(error):
    """Expect a custom error by its name, whatever it says: hashes that only the contract computes."""
    with pytest.raises(brownie.exceptions.VirtualMachineError) as caught:
        yield
    assert caught.value.revert_msg.startswith(f"{error}:"), caught.value.revert_msg
