"""Panels.revealAndDeliver, and reveals that need no list of commitments

├── commitments are still missing → reverts Bounties_WrongStage
├── the claim does not hold → reverts Bounties_WrongStage, nothing is revealed
├── the lock is not signed by the requester → reverts Bounties_NotRequester, nothing is revealed
├── somebody revealed meanwhile, all or some → delivered all the same
├── one of them is opened twice → reverts Panels_NotCommitments
├── no list of commitments, and not all of them opened in their order → reverts Panels_NotCommitments
└── else all is revealed, judged and delivered
"""

import pytest

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_signing import bundle, make_signers, signed_lock
from tests.contracts.contest_values import (
    DELIVERED,
    JUDGING,
    LOCKING,
    PAID,
    REVEALING,
    WINDOW,
    ZERO,
    scored,
)


@pytest.fixture
def drawn(house, evaluators, bob):
    """Return a contest of a requester whose key the tests hold, its panel drawn."""
    contest = Contest(house, make_signers(house, 1)[0])
    contest.fast = True
    contest.ready({bob: 900})
    contest.choose()
    contest.draw()
    contest.fast = False
    return contest


def committed(contest, correct=900):
    for place in (2, 0, 1):
        contest.commit(place, scored(correct))
    return contest


def finish(contest, maker, *places, signature=None, commitments=(), who=None):
    key_lock, t = contest.key_lock(maker)
    opened = bundle([contest.opened[place] for place in places])
    signature = signature or signed_lock(contest, key_lock)
    arguments = (contest.terms, list(commitments), *opened, t, *signature)
    return contest.panels.revealAndDeliver(*arguments, {"from": who or maker})


def test_reveal_and_deliver__all_at_once__judged_delivered_and_paid(drawn, bob):
    panel = [one.address for one in drawn.panel().values()]
    tx = finish(committed(drawn), bob, 2, 0, 1)
    assert len(tx.events["Revealed"]) == 3
    assert drawn.stage == WINDOW
    assert drawn.flag(DELIVERED)
    drawn.finalize(bob)
    drawn.money.paid(bob.address, panel)
    drawn.check_end(PAID)


def test_reveal_and_deliver__with_the_commitments__in_any_order(drawn, bob):
    committed(drawn)
    finish(drawn, bob, 0, 1, 2, commitments=drawn.commitments)
    assert drawn.stage == WINDOW


def test_reveal_and_deliver__committing__reverts_wrong_stage(drawn, bob):
    drawn.commit(0, scored(900))
    with reverts_with("Bounties_WrongStage", drawn.id, JUDGING, LOCKING):
        finish(drawn, bob)


def test_reveal_and_deliver__claim_does_not_hold__reverts_and_nothing_is_revealed(drawn, bob):
    committed(drawn, 899)
    with reverts_with("Bounties_WrongStage", drawn.id, WINDOW, LOCKING):
        finish(drawn, bob, 2, 0, 1)
    assert drawn.round["phase"] == REVEALING


def test_reveal_and_deliver__not_signed__reverts_not_requester(drawn, bob):
    committed(drawn)
    with reverts_with("Bounties_NotRequester", drawn.id, "0x" + "00" * 20, drawn.requester):
        finish(drawn, bob, 2, 0, 1, signature=(ZERO, ZERO))
    assert drawn.round["phase"] == REVEALING


def test_reveal_and_deliver__some_are_missing__reverts_wrong_stage(drawn, bob):
    committed(drawn)
    with reverts_with("Bounties_WrongStage", drawn.id, JUDGING, LOCKING):
        finish(drawn, bob, 2, 0, commitments=drawn.commitments)


def test_reveal_and_deliver__revealed_meanwhile__delivered_all_the_same(drawn, bob, mallory):
    committed(drawn)
    drawn.reveal(who=mallory)  # front-run
    finish(drawn, bob, 2, 0, 1)
    assert drawn.flag(DELIVERED)


@pytest.mark.parametrize("places", [(2,), (0, 1), (1, 2)])
def test_reveal_and_deliver__some_revealed_meanwhile__delivered_all_the_same(drawn, bob, mallory, places):
    panel = [one.address for one in drawn.panel().values()]
    committed(drawn)
    drawn.reveal(*places, who=mallory)  # front-run
    tx = finish(drawn, bob, 2, 0, 1)
    assert {event["place"] for event in tx.events["Revealed"]} == {0, 1, 2} - set(places)
    assert drawn.flag(DELIVERED)
    drawn.finalize(bob)
    drawn.money.paid(bob.address, panel)
    drawn.check_end(PAID)


@pytest.mark.parametrize("places", [(0,), (1,), (0, 1)])
def test_reveal_and_deliver__more_revealed_while_the_rest_is_sent__delivered_all_the_same(
    drawn, bob, mallory, places
):
    committed(drawn)
    drawn.reveal(2)  # by himself, so that the maker sends the rest, with the list
    drawn.reveal(*places, who=mallory)  # front-run: t is public by now
    finish(drawn, bob, 0, 1, commitments=drawn.commitments)
    assert drawn.flag(DELIVERED)


def test_reveal__no_list_and_one_twice__reverts_not_commitments(drawn):
    committed(drawn)
    opened = [drawn.opened[place] for place in (2, 0, 1, 1)]
    with pytest.raises(Exception, match="Panels_NotCommitments"):
        drawn.panels.reveal(drawn.terms, [], *bundle(opened), {"from": drawn.requester})


def test_reveal__no_list__all_in_the_order_of_the_log(drawn):
    committed(drawn)
    opened = [drawn.opened[place] for place in (2, 0, 1)]
    drawn.panels.reveal(drawn.terms, [], *bundle(opened), {"from": drawn.requester})
    assert drawn.stage == LOCKING


@pytest.mark.parametrize("places", [(0, 1, 2), (2, 0), (2,), ()])
def test_reveal__no_list_and_another_order_or_not_all__reverts_not_commitments(drawn, places):
    committed(drawn)
    opened = [drawn.opened[place] for place in places]
    with pytest.raises(Exception, match="Panels_NotCommitments"):
        drawn.panels.reveal(drawn.terms, [], *bundle(opened), {"from": drawn.requester})


def test_reveal__finding_that_is_not_there__reverts_no_finding(drawn):
    committed(drawn)
    findings, reveals = bundle([drawn.opened[0]])
    wrong = [(reveals[0][0], 1, *reveals[0][2:])]
    with reverts_with("Panels_NoFinding", drawn.id, 1, 1):
        drawn.panels.reveal(drawn.terms, drawn.commitments, findings, wrong, {"from": drawn.requester})
