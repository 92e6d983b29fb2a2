"""Referee.demand

├── not committed, or by another → reverts
├── another finding → reverts
├── no such node, row, subject → reverts
├── a model → by the requester only, for a score that holds
├── after the end of the window as it was → reverts, although another demand holds it
└── else → bond locked, window held; each further one costs more
"""

from eth_abi import encode
from eth_utils import keccak

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_values import HOUR, ZERO
from tests.contracts.referee.demanding import ASKED, BOND, BOND_AT, LANES, MODEL, NONE, reverts_named


def test_demand__nodes_below_the_root__locks_the_bond_and_holds_the_window(case):
    before = case.free("mallory")
    tx = case.demand(case.nodes(7, 0))
    state = case.state
    assert (state["turn"], state["answers"], tuple(state["question"])) == (ASKED, 0, (1, 7, 0, 0, 0))
    assert state["deadline"] == tx.timestamp + HOUR
    assert case.deadline == tx.timestamp + 2 * HOUR
    assert before - case.free("mallory") == case.bucket == BOND
    assert case.terms[BOND_AT] == BOND
    assert tuple(tx.events["WindowHeld"].values()) == (case.contest.id, case.deadline)


def test_demand__each_further_one__costs_one_bond_more(case):
    case.demand(case.nodes(7, 0))
    case.demand(case.nodes(7, 0), who="alice")
    assert case.terms[BOND_AT] == 2 * BOND
    assert case.bucket == 3 * BOND
    line = case.referee.lineOf(case.contest.id)
    assert (line["round"], line["count"]) == (1, 2)


def test_demand__not_committed__reverts_not_committed(case, people):
    arguments = (case.scored(), case.nodes(7, 0), b"")
    data = bytes.fromhex(case.referee.demand.encode_input(*arguments)[2:])
    hidden = keccak(encode(["address", "bytes32"], [people["mallory"].address, keccak(data)]))
    with reverts_with("Referee_NotCommitted", hidden, 0):
        case.referee.demand(*arguments, {"from": people["mallory"]})


def test_demand__another_finding__reverts_not_verdict(case):
    other = (*case.finding[:3], b"\1" * 32)
    got = keccak(encode(["uint8", "uint64", "uint128[]", "bytes32"], other))
    expected = case.contest.panels.verdictOf(case.contest.id)
    with reverts_with("Referee_NotVerdict", case.contest.id, got, bytes(expected)):
        case.demand(case.nodes(7, 0), finding=other)


def test_demand__of_what_there_is_not__reverts_bad_question(case):
    for question, got, most in (
        (case.nodes(0, 0), 0, 7),
        (case.nodes(8, 0), 8, 7),
        (case.nodes(7, 1), 128, 100),
        (case.nodes(6, 2), 128, 100),
        (case.leaf(100), 100, 100),
        ((NONE, 0, 0, 0, 0), 0, 4),
    ):
        with reverts_with("Referee_BadQuestion", got, most):
            case.demand(question)


def test_demand__lanes_of_what_is_no_model_of_trees__reverts(case, people):
    with reverts_with("Referee_WrongLength", 0, 32):
        case.demand((LANES, 0, 1, 0, 0))
    submitted = case.contest.submissions[people["bob"].address][4]
    from hashlib import sha256

    with reverts_with("Referee_NotModel", sha256(b"\2" + bytes(64)).digest(), submitted):
        case.demand((LANES, 0, 1, 0, 0), trees=bytes(64))


def test_demand__model_by_another_than_the_requester__reverts_not_requester(case, people):
    with reverts_with("Referee_NotRequester", case.contest.id, people["mallory"], people["alice"]):
        case.demand((MODEL, 0, 0, 0, 0))


def test_demand__without_the_bond__reverts_not_approved(case, people):
    case.contest.vault.approve(case.referee, BOND - 1, {"from": people["mallory"]})
    with reverts_with("Vault_NotApproved", people["mallory"], case.referee, BOND - 1, BOND):
        case.demand(case.nodes(7, 0))


def test_demand__in_the_last_second__counts_and_later_not(case):
    end = case.deadline
    case.commit(case.people["mallory"], case.scored(), case.nodes(7, 0), b"")
    case.late(end - 40)
    tx = case.demand(case.nodes(7, 0), who="alice")
    assert tx.timestamp <= end < case.deadline
    case.late(end)
    with reverts_named("Referee_AfterDeadline"):
        case.referee.demand(case.scored(), case.nodes(7, 0), b"", {"from": case.people["mallory"]})


def test_demand__verdict_voided_meanwhile__reverts(case, people):
    case.demand(case.nodes(7, 0))
    case.late()
    case.enforce()
    got = keccak(encode(["uint8", "uint64", "uint128[]", "bytes32"], case.finding))
    with reverts_with("Referee_NotVerdict", case.contest.id, got, ZERO):
        case.demand(case.nodes(7, 0), who="alice")
