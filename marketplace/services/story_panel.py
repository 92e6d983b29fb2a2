"""The panels of the story: one that scores, and one that lies and is convicted by a row."""

from __future__ import annotations

from collections.abc import Callable

from marketplace.services import disproof, evaluate, relays, submit
from marketplace.services.amounts import show_tokens
from marketplace.services.audit import audit
from marketplace.services.bounties import BountyView
from marketplace.services.cast import BUYER
from marketplace.services.lying_panel import lying_finding
from marketplace.services.market import Market
from marketplace.services.scene import Scene, StoryError, percent, require
from marketplace.services.structs import Attestation, Stage, Verdict

PANEL_FEE = 10 * 10**18
SEED_BLOCKS = 5
"""Blocks after which a draw's seed is known (contracts/Panels.sol, SEED_DELAY)."""

Finding = Callable[[Market, BountyView], Attestation]


def run_panel(scene: Scene) -> Verdict:
    """Draw and grant, commit and reveal, each for all in one transaction; return the verdict."""
    for owner in _judge(scene, evaluate.judge, "finds"):
        name = scene.cast.name_of(owner)
        scene.fees[name] = scene.fees.get(name, 0) + PANEL_FEE
    return Verdict(scene.view.verdict)


def _judge(scene: Scene, find: Finding, verb: str) -> list[str]:
    """Let a fresh panel attest what it finds, or agrees on; return the owner of each place."""
    somebody = scene.cast[BUYER]
    scene.cast.chain.mine(SEED_BLOCKS)
    maker = scene.cast[scene.cast.name_of(scene.view.require_candidate().maker)]
    if submit.draw_and_grant(maker, scene.bounty_id) is None:
        raise StoryError("one draw did not complete the panel")
    view = scene.view
    owners = list(evaluate.owners_of(somebody, view).values())
    names = list(dict.fromkeys(scene.cast.name_of(owner) for owner in owners))
    signed = []
    for name in names:
        told = find(scene.cast[name], view)
        signed += relays.sign_commitments(scene.cast[name], scene.bounty_id, told)
        scene.tell.say(f"{name} {verb} {percent(told.score)} and signs a commitment to it")
    relays.relay_commitments(somebody, scene.bounty_id, signed)
    opened = [one for name in names for one in evaluate.open_attestations(scene.cast[name], scene.bounty_id)]
    require(len({one.attestation.evidence_root for one in opened}) == 1, "evaluators differ")
    evaluate.reveal(somebody, scene.bounty_id, opened)
    return owners


def catch_quorum(scene: Scene) -> None:
    """Let the panel of an honest claim agree on a lie; its maker shows one row, and their bonds are gone."""
    scene.tell.chapter("A panel is drawn for an honest claim, and agrees on a lie: one row convicts it")
    view = scene.view
    maker = scene.cast[scene.cast.name_of(view.require_candidate().maker)]
    owners = _judge(scene, lying_finding, "agrees to say")
    require(scene.view.stage is Stage.WINDOW, "the lie was not judged")
    found = audit(maker, scene.view)
    require(found.is_right is False, "the lie was not found")
    filing = disproof.plan_filing(maker, found)
    voided = disproof.file_dispute(maker, found)
    require(voided.reward == filing.reward, "the challenger was not paid what the rules say")
    lost = voided.reward + voided.burned
    scene.tell.say(f"caught: {filing.shown}; the contract has computed it too")
    scene.tell.say(
        f"the verdict is void, a fresh panel is due; the signers lose {show_tokens(lost)} tokens of bonds, "
        f"{show_tokens(voided.reward)} of them to the maker they cheated"
    )
    for owner in owners:
        name = scene.cast.name_of(owner)
        scene.slashed[name] = scene.slashed.get(name, 0) + lost // len(owners)
    scene.challenge_reward = voided.reward
