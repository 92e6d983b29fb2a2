"""
views
├── bountyIdOf, pledgeIdOf, contextOf: what the twin computes, and below the circuits' modulus
└── stateOf, pledgeOf: zeros of what there is not
"""

from tests.contracts.proofs.deal import FIELD, Deal


def test_ids__many_terms__are_those_of_the_twin(deployed, alice, bob, carol):
    for salt in range(8):
        deal = Deal(*deployed, alice, salt=bytes([salt] * 32), reward=2**100 + salt)
        assert deal.proofs.bountyIdOf(deal.terms) == deal.id
        for maker in (bob, carol):
            assert deal.proofs.pledgeIdOf(deal.id, maker) == deal.pledge_id(maker)
            assert deal.proofs.contextOf(deal.id, maker) == deal.context(maker) < FIELD


def test_states__of_nothing__are_zeros(bob, draft):
    assert not any(draft.state.values())
    kept = draft.proofs.pledgeOf(draft.id, bob).dict()
    assert (int.from_bytes(bytes(kept["digest"]), "big"), kept["until"], kept["turn"]) == (0, 0, 0)
