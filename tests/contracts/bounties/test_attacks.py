"""Attacks that the rules of a contest were made against, each with what it comes to.

├── keys: invalid points (test_open, test_submit); a poisoned lock; a right lock called wrong (test_refute)
├── grants: none, or rubbish → unscorable, cured, fresh panel; an honest maker called unscorable
├── panels: copied commitment; attestation of another bounty, round or seat; one bond behind two panels
├── draws: re-rolled by joining, leaving or waiting (test_draw)
├── sybils: a seat's owner opens or submits (test_open, test_submit); a party in a redraw (test_draw)
├── money: voiding one's own panel; eight false claims (test_exits); stranger's releases
└── time: the most rounds that a candidate can have
"""

from eth_abi import encode
from eth_account import Account
from eth_keys import keys
from eth_utils import keccak

from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_signing import bundle, short
from tests.contracts.contest_values import (
    CHOOSING,
    COMMITTING,
    CURE,
    DRAWING,
    JUDGING,
    LOCKING,
    NOBODY,
    PAID,
    UNSCORABLE,
    WINDOW,
    plain,
    scored,
)


def test_reveal__copied_commitment__cannot_be_opened(committing):
    committing.commit(0, scored(900))
    copied = committing.commitments[0][1]
    committing.commit_hash(1, copied)
    committing.commit(2, scored(900))
    _, salt, attestation, *signature = committing.opened[0]
    digest = committing.digest(1, attestation)[0]
    got = keccak(encode(["bytes32", "bytes32"], [digest, salt]))
    with reverts_with("Panels_NotCommitted", committing.id, got, copied):
        committing.panels.reveal(
            committing.terms,
            committing.commitments,
            *bundle([(1, salt, attestation, *signature)]),
            {"from": committing.evaluator(1)},
        )
    copier = committing.signers(1)
    committing.reveal(0, 2)
    committing.close_reveals()
    committing.money.silent(copier[0])
    committing.check_money()


def replayed(contest, place, **changes):
    """Commit to an attestation that was signed for something else, and return what would open it."""
    _, signable = contest.digest(place, scored(900), **changes)
    signature = bytes(Account.sign_message(signable, contest.evaluator(place).private_key).signature)
    digest, _ = contest.digest(place, scored(900))
    salt = b"\7" * 32
    contest.commit_hash(place, keccak(encode(["bytes32", "bytes32"], [digest, salt])))
    return place, salt, scored(900), *short(signature)


def signer_seen(contest, place, r, vs):
    """Return whom the contract takes for the signer."""
    digest, _ = contest.digest(place, scored(900))
    v, s = vs[0] >> 7, bytes([vs[0] & 127]) + vs[1:]
    key = keys.Signature(r + s + bytes([v])).recover_public_key_from_msg_hash(digest)
    return key.to_checksum_address()


def test_reveal__attestation_of_another_bounty_round_seat_or_candidate__reverts_not_evaluator(committing):
    for place, changes in enumerate(
        ({"bountyId": committing.id + 1}, {"round": 2}, {"seat": committing.seat(0)})
    ):
        opened = replayed(committing, place, **changes)
        committing.opened[place] = opened
    for place, opened in committing.opened.items():
        seen = signer_seen(committing, place, *opened[3:])
        with reverts_with("Panels_NotEvaluator", committing.id, seen, committing.evaluator(place)):
            committing.reveal(place)


def test_grant__none_and_cured__paid_by_a_fresh_panel(drawing, bob):
    drawing.fast = True
    drawing.judge(plain(UNSCORABLE))
    assert drawing.stage == CURE
    drawing.publish(bob)
    drawing.judge(scored(900))
    panel = drawing.signers()
    drawing.finalize(bob)
    drawing.money.paid(bob.address, panel)
    drawing.check_end(PAID)


def test_judged__honest_maker_called_unscorable_with_k_public__liars_lose_their_bonds(drawing, bob):
    drawing.fast = True
    drawing.judge(plain(UNSCORABLE))  # he did grant; they lie
    drawing.publish(bob)
    drawing.judge(plain(UNSCORABLE))  # again, but now everybody has the key
    assert drawing.stage == WINDOW
    liars = drawing.signers()
    drawing.void_and_collect(bob)
    drawing.money.voided(liars, bob.address)
    drawing.judge(scored(900))
    panel = drawing.signers()
    drawing.finalize(bob)
    drawing.money.paid(bob.address, panel)
    drawing.check_end(PAID)


def test_publish_key__while_unscorable__liars_of_a_private_key_are_not_slashed(drawing, bob, mallory):
    drawing.judge(plain(UNSCORABLE))
    with reverts_with("Bounties_WrongStage", drawing.id, CURE, WINDOW):
        drawing.void(mallory)
    drawing.publish(bob)
    drawing.check_money()


def test_draw__one_bond_behind_two_panels__seat_is_drawn_once(house, committing, alice, bob):
    other = Contest(house, alice, salt=b"\2" * 32)
    other.fast = True
    other.ready({bob: 900})
    other.choose()
    other.draw()
    ours = {committing.seat(place) for place in range(3)}
    theirs = {other.seat(place) for place in range(3)}
    assert not ours & theirs


def test_leave__while_on_a_panel__reverts_locked(house, committing):
    seat, owner = committing.seat(0), committing.evaluator(0)
    with reverts_with("Operators_Locked", seat):
        house.operators.leave(seat, {"from": owner})


def test_void_verdict__requester_voids_his_own_panel__loses_more_than_half_the_reward(drawing, alice):
    drawing.fast = True
    drawing.judge(scored(600))
    panel = drawing.signers()
    drawing.void_and_collect(alice)
    drawing.money.voided(panel, alice.address)
    drawing.check_money()
    lost = 3 * SEAT_BOND - 3 * SEAT_BOND // 4
    assert lost > drawing["reward"]


def test_void_verdict__twice_then_an_honest_panel__paid(delivered, bob, mallory):
    delivered.fast = True
    for _ in range(2):
        panel = delivered.signers()
        delivered.void_and_collect(mallory)
        delivered.money.voided(panel, mallory.address)
        delivered.judge(scored(900))
    panel = delivered.signers()
    delivered.finalize(bob)
    delivered.money.paid(bob.address, panel)
    delivered.check_end(PAID)


def test_candidate__as_many_rounds_as_there_can_be__five(drawing, bob, mallory):
    drawing.fast = True
    drawing.judge(scored(700), scored(701), scored(702))  # 1: no quorum
    drawing.judge(plain(UNSCORABLE))  # 2: a fresh panel
    drawing.publish(bob)
    for rounds in (3, 4, 5):  # 3: the cure, 4 and 5: after voids
        drawing.judge(plain(UNSCORABLE))
        assert (drawing.stage, drawing.round["number"]) == (WINDOW, rounds)
        panel = drawing.signers()
        drawing.void_and_collect(mallory)
        drawing.money.voided(panel, mallory.address)
    assert drawing.stage == CHOOSING
    drawing.choose()  # dave is next: the count of rounds goes on, that of his own begins
    drawing.check_money()


def test_release__a_strangers_call__money_goes_to_its_maker_alone(over, dave, mallory):
    before = over.vault.balanceOf(mallory)
    over.bounties.release(over.terms, [dave], {"from": mallory})
    assert over.vault.balanceOf(mallory) == before


def test_claim__false_claim_again_and_again__next_best_is_never_the_same(drawing, bob, dave):
    drawing.fast = True
    for maker in (bob, dave):
        drawing.judge(scored(600))
        panel = drawing.signers()
        drawing.finalize(maker)
        drawing.money.forfeit(maker.address, panel)
        drawing.choose()
    drawing.money.back()
    drawing.check_end(NOBODY)


def test_grant__late_grant__counts_as_none(committing, bob):
    end = committing.panels.grantDeadline(committing.id)
    set_next(end + 1)
    with reverts_with("Bounties_GrantsOver", committing.id, end + 1, end):
        committing.grant(bob)
    assert committing.round["phase"] == COMMITTING


def test_judged__everybody_split__redrawn_without_them_then_decided(drawing):
    drawing.judge(scored(700), scored(701), scored(702))
    assert (drawing.stage, drawing.round["phase"]) == (JUDGING, DRAWING)
    first = drawing.last_panel
    drawing.judge(scored(900))
    assert drawing.stage == LOCKING
    assert not set(first) & set(drawing.last_panel)
