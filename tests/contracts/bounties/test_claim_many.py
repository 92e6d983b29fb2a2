"""Bounties.claimMany

├── nobody claims now → reverts Bounties_WrongStage
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── signed for another bounty, score, chain or contract, or by no maker → reverts Bounties_NoSubmission
├── below the threshold, or above a perfect score → reverts Bounties_BadScore
├── a maker has claimed meanwhile, or has no bond or no approval left → passed over, the others claim
├── too little gas → reverts, Bounties_TooLittleGas where it is a bond's; nobody is passed over
└── else, whoever sends it, every maker's bond is locked and his claim counts once
"""

import pytest
from brownie.exceptions import VirtualMachineError
from eth_account import Account

from tests.contracts.conftest import FUNDS, SUBMISSION_FEE, reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_signing import claimer, make_signers, signed_claim
from tests.contracts.contest_values import CLAIMING, ONE, SUBMITTING, scalar_of


@pytest.fixture
def signing(house, contest):
    """Return a contest in which two accounts whose keys the tests hold can claim."""
    contest.makers = make_signers(house, 2)
    contest.fast = True
    contest.open()
    for maker in contest.makers:
        contest.submit(maker)
    contest.open_rows()
    contest.fast = False
    return contest


def relay(contest, *claims, who=None):
    return contest.bounties.claimMany(contest.terms, list(claims), {"from": who or contest.requester})


def both(contest):
    return [signed_claim(contest, maker, 900 - i) for i, maker in enumerate(contest.makers)]


def test_claim_many__submitting__reverts_wrong_stage(submitting):
    with reverts_with("Bounties_WrongStage", submitting.id, SUBMITTING, CLAIMING):
        relay(submitting)


def test_claim_many__at_the_deadline__counts(signing):
    set_next(signing.state["deadline"])
    relay(signing, *both(signing))


def test_claim_many__after_the_deadline__reverts_after_deadline(signing):
    deadline = signing.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", signing.id, deadline + 1, deadline):
        relay(signing, *both(signing))


@pytest.mark.parametrize(
    "changes",
    [
        {"bountyId": 1},
        {"chainId": 1},
        {"verifyingContract": "0x" + "11" * 20},
        {"name": "Tessera Panels"},
        {"version": "2"},
        {"score": ONE},
    ],
)
def test_claim_many__signed_for_something_else__reverts_no_submission(signing, changes):
    claim = signed_claim(signing, signing.makers[0], 900, changes)
    with reverts_with("Bounties_NoSubmission", signing.id, claimer(signing, claim)):
        relay(signing, claim)


def test_claim_many__signed_by_no_maker__reverts_no_submission(signing):
    stranger = Account.from_key(scalar_of("stranger"))
    with reverts_with("Bounties_NoSubmission", signing.id, stranger.address):
        relay(signing, signed_claim(signing, stranger, 900))


def test_claim_many__no_signature__reverts_no_submission(signing):
    for r, vs in ((b"\0" * 32, b"\0" * 32), (b"\xff" * 32, b"\1" * 32)):
        with reverts_with("Bounties_NoSubmission", signing.id, "0x" + "00" * 20):
            relay(signing, (900_000_000, r, vs))


def test_claim_many__out_of_bounds__reverts_bad_score(signing):
    for correct in (499, 1_001):
        score = correct * ONE // 1_000
        with reverts_with("Bounties_BadScore", signing.id, score, ONE // 2, ONE):
            relay(signing, signed_claim(signing, signing.makers[0], correct))


def take_money(house, maker):
    house.vault.withdraw(FUNDS - SUBMISSION_FEE, maker, {"from": maker})


def take_approval(house, maker):
    house.vault.approve(house.bounties, 0, {"from": maker})


@pytest.mark.parametrize("take", [take_money, take_approval])
def test_claim_many__one_without_the_bond__passed_over(house, signing, take):
    rich, poor = signing.makers
    take(house, poor)
    tx = relay(signing, *reversed(both(signing)))
    signing.money.claim(rich.address)
    assert [event["maker"] for event in tx.events["ScoreClaimed"]] == [rich]
    assert signing.bounties.entryOf(signing.id, poor)["flags"] == 0


def test_claim_many__one_has_claimed_meanwhile__passed_over(signing, mallory):
    relay(signing, both(signing)[0], who=mallory)  # front-run
    signing.money.claim(signing.makers[0].address)
    tx = relay(signing, *both(signing))
    signing.money.claim(signing.makers[1].address)
    assert [event["maker"] for event in tx.events["ScoreClaimed"]] == [signing.makers[1]]
    signing.check_money()


def test_claim_many__second_score_of_a_maker__passed_over(signing):
    relay(signing, both(signing)[0])
    relay(signing, signed_claim(signing, signing.makers[0], 1_000))
    assert signing.bounties.entryOf(signing.id, signing.makers[0])["score"] == 900_000_000


def test_claim_many__by_a_stranger__bonds_are_the_makers(signing, mallory):
    relay(signing, *both(signing), who=mallory)
    for i, maker in enumerate(signing.makers):
        signing.money.claim(maker.address)
        assert signing.bounties.entryOf(signing.id, maker)["score"] == (900 - i) * ONE // 1_000
    signing.check_money()


def test_claim_many__too_little_gas__reverts_and_nobody_is_passed_over(signing):
    arguments = (signing.terms, both(signing))
    enough = signing.bounties.claimMany.estimate_gas(*arguments, {"from": signing.requester})
    named = 0
    for gas in range(enough - 30_000, enough, 1_000):
        with pytest.raises(VirtualMachineError) as caught:
            signing.bounties.claimMany(*arguments, {"from": signing.requester, "gas_limit": gas})
        named += "Bounties_TooLittleGas" in str(caught.value)
    assert named
    assert not any(signing.bounties.entryOf(signing.id, maker)["flags"] for maker in signing.makers)
