"""
commit
├── there is no bounty of these terms: reverts Proofs_NotTerms
├── after the committing stage: reverts Proofs_AfterDeadline
├── twice by one maker: reverts Proofs_WrongTurn
├── all places are taken: reverts Proofs_Full
├── the model is no number of the circuits': reverts Proofs_BadModel
├── the lock is zero: reverts Proofs_BadLock
├── the blind point is off its curve: reverts Proofs_BadPoint
└── else: the first 208 bits of its hash are kept, the bond is locked
"""

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import ZERO, at
from tests.contracts.proofs.deal import COMMITTED, FIELD, Deal

OFF_CURVE = next(x for x in range(5, 100) if not twin.on_curve(x))


def test_commit__in_time__locks_the_bond_and_keeps_its_hash(house, bob, deal):
    tx = deal.commit(bob)
    assert house.vault.balanceOf(bob) == FUNDS - deal.terms.bond
    assert deal.bucket(house.vault) == deal.terms.reward + 4 * deal.terms.bond
    kept = deal.proofs.pledgeOf(deal.id, bob).dict()
    assert bytes(kept["digest"]) == deal.digest(deal.pledge(bob))
    assert (kept["until"], kept["turn"]) == (0, COMMITTED)
    assert deal.state["committed"] == 1
    assert (tx.events["ModelCommitted"]["bountyId"], tx.events["ModelCommitted"]["maker"]) == (deal.id, bob)


def test_commit__other_terms__reverts_not_terms(deployed, alice, bob, deal):
    other = Deal(*deployed, alice, least=81)
    with reverts_with("Proofs_NotTerms", other.id):
        other.commit(bob)


def test_commit__at_its_deadline_and_after__counts_and_reverts_after_deadline(bob, carol, deal):
    at(deal.committed_until)
    deal.commit(bob)
    late = deal.committed_until + 1
    at(late)
    with reverts_with("Proofs_AfterDeadline", deal.id, late, deal.committed_until):
        deal.commit(carol)


def test_commit__twice__reverts_wrong_turn(bob, deal):
    deal.commit(bob)
    with reverts_with("Proofs_WrongTurn", deal.id, bob, COMMITTED):
        deal.commit(bob, model=5)


def test_commit__no_place_left__reverts_full(deployed, alice, bob, carol):
    deal = Deal(*deployed, alice, makers=1)
    deal.open()
    deal.commit(bob)
    with reverts_with("Proofs_Full", deal.id, 1):
        deal.commit(carol)


def test_commit__model_lock_or_point_that_is_none__is_refused(bob, deal):
    with reverts_with("Proofs_BadModel", deal.id, FIELD):
        deal.commit(bob, model=FIELD)
    with reverts_with("Proofs_BadLock", deal.id):
        deal.commit(bob, key_lock=ZERO)
    with reverts_with("Proofs_BadPoint", OFF_CURVE, 1):
        deal.commit(bob, blind=(OFF_CURVE, 1))
    deal.commit(bob, model=FIELD - 1)
