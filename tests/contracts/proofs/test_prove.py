"""
prove
├── the reward is paid: reverts Proofs_Paid
├── the maker has not announced it: reverts Proofs_WrongTurn
├── the commitment is another: reverts Proofs_NotCommitted
├── after his half hour: reverts Proofs_AfterDeadline
├── the verifier says no, or reverts: reverts Proofs_NotProved
└── else, sent by anybody: reward and bond are his, what is sealed is in the log
"""

import pytest

from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import at
from tests.contracts.proofs.deal import ANNOUNCED_FOR, DONE, OPENED, SEALED


@pytest.fixture
def announced(bob, carol, deal):
    """Return a bounty in which bob has announced what the verifier accepts, and when his time is over."""
    deal.serve(bob, carol)
    deal.accept(bob)
    return deal, deal.announce(bob).timestamp + ANNOUNCED_FOR


def test_prove__valid__by_anybody__pays_reward_and_bond(house, bob, mallory, announced):
    deal, until = announced
    at(until)
    tx = deal.prove(bob, mallory)
    assert house.vault.balanceOf(bob) == FUNDS + deal.terms.reward
    event = tx.events["ScoreProved"]
    assert (event["bountyId"], event["maker"]) == (deal.id, bob)
    assert (event["paid"], list(event["sealed_"])) == (deal.terms.reward + deal.terms.bond, SEALED)
    assert deal.turn(bob) == DONE
    assert deal.state["paid"]
    assert deal.bucket(house.vault) == 4 * deal.terms.bond


def test_prove__twice__reverts_paid(bob, announced):
    deal, _ = announced
    deal.prove(bob, bob)
    with reverts_with("Proofs_Paid", deal.id):
        deal.prove(bob, bob)


def test_prove__not_announced__reverts_wrong_turn(carol, announced):
    deal, _ = announced
    deal.accept(carol)
    with reverts_with("Proofs_WrongTurn", deal.id, carol, OPENED):
        deal.prove(carol, carol)


def test_prove__another_commitment__reverts_not_committed(bob, announced):
    deal, _ = announced
    with reverts_with("Proofs_NotCommitted", deal.id, bob):
        deal.prove(bob, bob, model=5)


def test_prove__after_the_half_hour__reverts_after_deadline(bob, announced):
    deal, until = announced
    at(until + 1)
    with reverts_with("Proofs_AfterDeadline", deal.id, until + 1, until):
        deal.prove(bob, bob)


@pytest.mark.parametrize("angry", [False, True])
def test_prove__anything_else_than_what_is_accepted__reverts_not_proved(bob, announced, angry):
    deal, _ = announced
    deal.accept(bob, angry)
    for changes in ({"proof": b"other"}, {"sealed": [11, 12, 14]}, {"sealed": [11, 12]}, {"proof": b""}):
        with reverts_with("Proofs_NotProved", deal.id, bob):
            deal.prove(bob, bob, **changes)
    deal.prove(bob, bob)


def test_prove__accepted_for_another_payee__reverts_not_proved(bob, carol, announced):
    deal, _ = announced
    deal.accept(carol)
    with reverts_with("Proofs_NotProved", deal.id, bob):
        deal.prove(bob, bob)
