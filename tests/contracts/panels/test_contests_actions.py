"""Panels.open, reopen, release, slash: what only the contest's contract may do

├── anybody else → reverts Panels_NotBounties
└── release before the round is judged → does nothing
"""

from brownie import accounts

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_values import COMMITTING, HOUR


def test_open__not_the_contest__reverts_not_bounties(drawing, house, people, evaluators):
    order = (1, 3, 2, HOUR, HOUR, 0)
    for who in (people["alice"], people["bob"], people["mallory"], people["referee"], evaluators[0]):
        with reverts_with("Panels_NotBounties", who, house.bounties):
            house.panels.open(drawing.id, order, {"from": who})


def test_reopen__not_the_contest__reverts_not_bounties(drawing, house, people, evaluators):
    for who in (people["alice"], people["bob"], people["mallory"], people["referee"], evaluators[0]):
        with reverts_with("Panels_NotBounties", who, house.bounties):
            house.panels.reopen(drawing.id, HOUR, {"from": who})


def test_release__not_the_contest__reverts_not_bounties(locking, house, people, evaluators):
    for who in (people["alice"], people["bob"], people["mallory"], people["referee"], evaluators[0]):
        with reverts_with("Panels_NotBounties", who, house.bounties):
            house.panels.release(locking.id, {"from": who})


def test_slash__not_the_contest__reverts_not_bounties(locking, house, people, evaluators):
    for who in (people["alice"], people["bob"], people["mallory"], people["referee"], evaluators[0]):
        with reverts_with("Panels_NotBounties", who, house.bounties):
            house.panels.slash(locking.id, who, True, {"from": who})


def test_release__round_under_way__does_nothing(committing, house):
    bounties = accounts.at(house.bounties.address, force=True)
    house.panels.release(committing.id, {"from": bounties})
    assert committing.round["phase"] == COMMITTING
    assert all(house.operators.isLocked(committing.seat(place)) for place in range(3))
