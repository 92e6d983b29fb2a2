"""A contest's page at every stage, for everybody who looks: whose turn it is, and that the command works."""

import re

import click
import pytest

from marketplace.cli.bounty_page import page_data, page_lines, read_page
from marketplace.errors import DataError
from marketplace.services import contest, evaluate, request, stakes, submit
from marketplace.services.openable import require_openable
from marketplace.services.prizes import ModelListing
from marketplace.services.turns import timeline
from tests.integration.contest_world import E


def look(world, bounty_id, name):
    """Return a page's data, checked to fit 80 and 120 columns with nothing lost."""
    market = world[name]
    page = read_page(market, world.view(bounty_id), market.account)
    words = {}
    for width in (80, 120):
        lines = [click.unstyle(line) for line in page_lines(page, width)]
        assert max(map(len, lines)) <= width
        assert not [line for line in lines if line != line.rstrip()]
        words[width] = re.sub(r"\s+", " ", " ".join(lines))
    assert all(turn.command in words[80] for turn in page.turns)
    return page_data(page) | {"text": words[120]}


def commands(world, bounty_id, name):
    """Return what the page tells somebody to type."""
    return [turn["command"].split()[1:3] for turn in look(world, bounty_id, name)["turns"]]


def states(world, bounty_id):
    return [step.state for step in timeline(world.view(bounty_id))]


def test_page__whole_contest__tells_each_his_turn(world):
    bounty_id = world.open()
    assert commands(world, bounty_id, "alice") == [["bounty", "submit"]]
    assert commands(world, bounty_id, "requester") == []
    assert states(world, bounty_id) == ["now"] + 6 * ["next"]
    listing = ModelListing("The winner", E, E)
    submit.submit_model(world["alice"], bounty_id, world.good_model, listing)
    world.submit(bounty_id, bob=world.fair_model)
    assert commands(world, bounty_id, "alice") == []
    world.late(bounty_id)
    assert commands(world, bounty_id, "requester") == [["bounty", "open-rows"]]
    assert states(world, bounty_id)[:2] == ["done", "now"]
    request.open_rows(world["requester"], bounty_id)
    assert commands(world, bounty_id, "alice") == [["bounty", "claim"], ["bounty", "claim-bad-rows"]]
    for name in ("alice", "bob"):
        submit.claim_score(world[name], bounty_id)
    assert commands(world, bounty_id, "alice") == []
    found = look(world, bounty_id, "bob")
    assert float(found["locked"]) == 1000 + 256 + 30 + 2 * 92.5
    assert "2 claim bonds 185" in found["text"]
    world.late(bounty_id)
    assert commands(world, bounty_id, "alice") == [["bounty", "choose"]]
    assert "the time was over" in look(world, bounty_id, "alice")["text"]
    contest.choose(world["anybody"], bounty_id)
    assert commands(world, bounty_id, "anybody") == [["bounty", "draw"]]
    assert commands(world, bounty_id, "alice") == [["bounty", "grant"], ["bounty", "draw"]]
    world.draw(bounty_id)
    found = look(world, bounty_id, "alice")
    assert [turn["command"].split()[2] for turn in found["turns"]] == ["grant"]
    assert found["turns"][0]["until"] == world.view(bounty_id).panel.grant_deadline
    assert "has not committed yet" in found["text"]
    judge(world, bounty_id)
    assert commands(world, bounty_id, "requester") == [["bounty", "lock"]]
    request.lock_delivery(world["requester"], bounty_id)
    assert commands(world, bounty_id, "alice") == [["bounty", "deliver"]]
    submit.deliver(world["alice"], bounty_id)
    assert commands(world, bounty_id, "requester") == [["bounty", "receive"]]
    world.late(bounty_id)
    assert commands(world, bounty_id, "anybody") == [["bounty", "finalize"]]
    contest.finalize(world["anybody"], bounty_id)
    ended(world, bounty_id)


def judge(world, bounty_id):
    """Let the panel act as its pages tell it to."""
    panel = world.panel(bounty_id)
    names = [next(n for n, m in world.markets.items() if m is one) for one in panel]
    assert commands(world, bounty_id, names[0]) == [["operator", "commit"]]
    submit.grant_key(world["alice"], bounty_id)
    world.commit(bounty_id)
    assert commands(world, bounty_id, names[0]) == [["operator", "reveal"]]
    for one in panel:
        evaluate.reveal(one, bounty_id)
    assert commands(world, bounty_id, names[0]) == []


def ended(world, bounty_id):
    """Check the page of a contest that was won, before and after its bonds are paid."""
    assert commands(world, bounty_id, "anybody") == [["bounty", "release"]]
    assert commands(world, bounty_id, "alice") == [["bounty", "activate"], ["bounty", "release"]]
    contest.release(world["anybody"], bounty_id)
    found = look(world, bounty_id, "requester")
    assert found["locked"] == "0"
    assert "Ended: a model earned the reward" in found["text"]
    money = {flow["what"]: float(flow["amount"]) for flow in found["money"]}
    assert sum(money.values()) == 1000 + 256 + 30
    assert states(world, bounty_id) == 7 * ["done"]


def test_openable__too_few_seats__is_refused_before_money_moves(world):
    draft = world.draft(panel_size=7, quorum=4)
    with pytest.raises(DataError, match="takes a market of 21 seats, there are 10"):
        require_openable(world["requester"], draft)


def test_page__key_given_with_the_draw__asks_for_no_second_grant(world):
    bounty_id = world.open()
    assert commands(world, bounty_id, "carol") == []  # who owns a seat can't enter
    world.submit(bounty_id, alice=world.good_model, bob=world.fair_model)
    world.open_rows(bounty_id)
    submit.claim_score(world["alice"], bounty_id)
    submit.claim_score(world["bob"], bounty_id, 10**9)  # a lie
    world.close_claims(bounty_id)
    contest.await_seed(world["bob"], bounty_id)
    granted = submit.draw_and_grant(world["bob"], bounty_id)
    assert submit.last_grant(world["bob"], bounty_id) == granted
    assert commands(world, bounty_id, "bob") == []
    assert "evaluators: commit, until" in look(world, bounty_id, "bob")["text"]
    world.commit(bounty_id)
    for one in world.panel(bounty_id):
        evaluate.reveal(one, bounty_id)
    text = look(world, bounty_id, "alice")["text"]
    assert "everybody: wait until the verdict is final" in text
    assert "the claim of submission 2 is false: its bond is lost, the next one is judged" in text
    assert "after the claims that are left" in text


def test_page__silent_requester__says_who_lost_what(world):
    bounty_id = world.open()
    world.submit(bounty_id, alice=world.good_model)
    world.late(bounty_id)
    world.chain.advance(world.view(bounty_id).lengths["rows"] + 1)
    assert commands(world, bounty_id, "requester") == [["bounty", "lapse"]]
    contest.lapse(world["anybody"], bounty_id)
    found = look(world, bounty_id, "alice")
    assert "never opened the test rows" in found["text"]
    assert [turn["command"].split()[2] for turn in found["turns"]] == ["release"]
    assert states(world, bounty_id) == ["done"] + 5 * ["skipped"] + ["done"]
    before = world.money("alice")
    contest.release(world["anybody"], bounty_id)
    gain = next(one.gain for one in stakes.cases(world.view(bounty_id).terms, 0) if "hides" in one.what)
    assert world.money("alice") == before + gain > before


def test_cases__won_and_false__are_what_the_contract_pays(world):
    """What a maker is told before he submits is what his money then does."""
    fee = world["alice"].client.call("Bounties", "SUBMISSION_FEE")
    before = {name: world.money(name) for name in ("alice", "bob")}
    bounty_id = world.open()
    world.submit(bounty_id, alice=world.good_model, bob=world.fair_model)
    world.open_rows(bounty_id)
    submit.claim_score(world["alice"], bounty_id)
    submit.claim_score(world["bob"], bounty_id, 10**9)  # a lie
    world.close_claims(bounty_id)
    world.judge(bounty_id)
    world.late(bounty_id)
    contest.finalize(world["anybody"], bounty_id)
    contest.choose(world["anybody"], bounty_id)
    world.judge(bounty_id)
    request.lock_delivery(world["requester"], bounty_id)
    submit.deliver(world["alice"], bounty_id)
    world.finish(bounty_id)
    won, *_, false = [one.gain for one in stakes.cases(world.view(bounty_id).terms, fee)]
    assert world.money("alice") == before["alice"] + won
    assert world.money("bob") == before["bob"] + false
