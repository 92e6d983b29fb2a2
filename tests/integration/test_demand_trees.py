"""A lie in what one tree contributes, of which nothing is published: opened down to that tree."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from marketplace.models import convert, encode_model
from marketplace.models.demands import Subject, shown_trees
from marketplace.models.tree_proofs import open_lanes, row_contributions
from marketplace.services import demands
from marketplace.services.accounts import conservation
from marketplace.services.structs import Turn
from marketplace.services.train import feature_space
from tests.integration.audit_lies import HIDDEN, answer_of_liars, granted, lie_about
from tests.integration.audit_lies import truth as true_evidence
from tests.integration.contest_world import E
from tests.integration.score_lies import followed, hash_of, opened, raws
from tests.integration.test_demands import advance, bucket, open_by

BOND = 1_000 * E


def boosted(world, trees):
    """Return a model of so many trees of one node."""
    space = feature_space(world.schema)
    rows, labels = world.schema.encode(world.table[0])
    boosting = HistGradientBoostingClassifier(max_iter=trees, max_leaf_nodes=2, early_stopping=False)
    return encode_model(convert(boosting.fit(space.decode(rows), labels), space, rows=rows))


def one_tree_lies(told):
    """Turn the least certain of the rows that are predicted right, by what its last tree contributes."""
    records = told.told.records
    right = [n for n in range(len(records)) if told.told.contributions(n) == (1,)]
    i = min(right, key=lambda n: abs(raws(records[n], 1)[0]))
    (raw,) = raws(records[i], 1)
    values = row_contributions(told.model, told.rows.rows[i]).copy()
    tree = len(values) - 1
    step = (0 if raw > 0 else 1) - raw  # just beyond the border of the two classes
    assert -(2**31) <= int(values[tree, 0]) + step < 2**31
    values[tree, 0] = np.int32(int(values[tree, 0]) + step)
    lanes = open_lanes(told.model, values)
    return opened(told, i, lanes, followed(told, i, [raw + step], hash_of(lanes)))


def answer_of(lie, question):
    """Answer as liars who have hashed other contributions."""
    if question.subject is not Subject.LANES:
        return answer_of_liars(lie, question)
    lanes = lie.opened[question.index]
    chunk = question.chunk - 1 if lanes.chunks else 0
    shown = lanes.chunks + (lanes.lanes[chunk] if chunk >= 0 else b"")
    leaf = answer_of_liars(lie, replace(question, subject=Subject.LEAF))
    return shown_trees(lie.model) + leaf + shown


@pytest.mark.parametrize(("trees", "answers"), [(40, 4), (300, 5)])
def test_demand__one_tree_of_many_lies__its_contributions_are_opened(world, trees, answers):
    model = boosted(world, trees)
    bounty = granted(world, alice=model)
    lie = one_tree_lies(true_evidence(world, bounty, model))
    lie_about(world, bounty, model, lambda _: lie, digest=HIDDEN)
    liar = world.panel(bounty)[0]
    before = world.money("alice")
    open_by(world, "alice", bounty)
    for _ in range(2 * answers):
        mine = demands.own_demand(world["alice"], world.view(bounty))
        if mine is None:
            break
        if mine.turn is Turn.ASKED:
            data, intent = answer_of(lie, mine.question), f"a{len(mine.given)}"
            liar.send("answer", "Referee", "answer", demands.flat(mine.terms), data, intent=intent)
        else:
            done = advance(world, "alice", bounty)
    assert f"tree {trees - 1} contributes something else" in done
    (demand,) = demands.load_demands(world["alice"], bounty)
    assert [one.question.subject for one in demand.given][-1] is Subject.LANES
    assert len(demand.given) == answers
    assert world.view(bounty).panel.number == 2
    assert world.money("alice") == before + 3 * BOND // 4
    assert bucket(world, bounty) == 0
    assert conservation(world["anybody"]).holds
