"""Panels.drawAndGrant, Bounties.granted

├── as draw; the seed is stale, or the panel not complete → reverts Panels_OtherSeats, nothing happened
├── other seats come out than the grant was sealed to → reverts Panels_OtherSeats
├── the caller is not the candidate's maker → reverts Bounties_NotCandidate
├── granted by anybody but the panels' contract → reverts Bounties_NotPanels
└── else the panel is complete and the grant in the log; anybody can draw without it all the same
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import sleep, view
from tests.contracts.contest_values import COMMITTING, DRAWING, SEED_LIFE

GRANT = b"\x22" * 32


def simulated(contest):
    """Return the seats that a draw would take now."""
    contest.past_seed()
    return view(contest.panels.draw, contest.terms)


def draw(contest, seats, who):
    return contest.panels.drawAndGrant(contest.terms, seats, GRANT, {"from": who})


def test_draw_and_grant__by_the_maker__panel_and_grant(drawing, bob):
    seats, complete = simulated(drawing)
    tx = draw(drawing, seats, bob)
    assert complete
    assert (drawing.round["phase"], drawing.sitting["seats"]) == (COMMITTING, seats)
    granted = tx.events["KeyGranted"]
    assert (granted["maker"], granted["grant"]) == (bob, "0x" + GRANT.hex())


def test_draw_and_grant__other_seats__reverts_other_seats(drawing, bob):
    seats, _ = simulated(drawing)
    with reverts_with("Panels_OtherSeats", drawing.id, seats, seats + 1):
        draw(drawing, seats + 1, bob)
    assert drawing.round["phase"] == DRAWING


def test_draw_and_grant__stale_seed__reverts_and_leaves_the_seed_to_draw(drawing, bob):
    seats, _ = simulated(drawing)
    sleep(SEED_LIFE + 10)
    before = drawing.round["seedBlock"]
    with reverts_with("Panels_OtherSeats", drawing.id, 0, seats):
        draw(drawing, seats, bob)
    drawing.panels.draw(drawing.terms, {"from": bob})
    assert drawing.round["seedBlock"] > before


def test_draw_and_grant__not_the_candidates_maker__reverts_not_candidate(drawing, people, evaluators):
    seats, _ = simulated(drawing)
    for who in (people["alice"], people["dave"], people["mallory"], people["referee"], evaluators[0]):
        with reverts_with("Bounties_NotCandidate", drawing.id, who):
            draw(drawing, seats, who)


def test_draw_and_grant__about_the_rows__reverts_not_candidate(claiming, bob):
    claiming.claim_bad_rows(bob)
    claiming.choose()
    seats, _ = simulated(claiming)
    with reverts_with("Bounties_NotCandidate", claiming.id, bob):
        draw(claiming, seats, bob)


def test_draw_and_grant__drawn_by_another_meanwhile__grant_alone_is_left(drawing, bob, mallory):
    seats, _ = simulated(drawing)
    drawing.panels.draw(drawing.terms, {"from": mallory})
    with reverts_with("Panels_WrongPhase", drawing.id, COMMITTING, DRAWING):
        draw(drawing, seats, bob)
    drawing.grant(bob)


def test_granted__not_the_panels__reverts_not_panels(committing, people):
    for who in (people["bob"], people["alice"], people["mallory"]):
        with reverts_with("Bounties_NotPanels", who, committing.panels):
            committing.bounties.granted(committing.id, who, GRANT, {"from": who})
