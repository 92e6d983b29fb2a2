"""Gas of demanding evidence that is hidden: each step of a descent, as whole transactions."""

from __future__ import annotations

from dataclasses import replace

from marketplace.models.demands import Honest, Question, Subject, answer, first_question, shown_trees
from marketplace.models.disputes import RowDispute
from marketplace.services import demands
from marketplace.services.bounties import load_bounty
from marketplace.services.market import Market
from marketplace.services.structs import Attestation, flat


def measure_demand(
    demander: Market, liar: Market, bounty_id: int, said: Attestation, lie: Honest, dispute: RowDispute
) -> dict[str, int]:
    """Ask down to the row that is wrong, and let a liar answer; return the gas of each step by name."""
    row = dispute.proof.index
    used = {"open": _open(demander, bounty_id, said, first_question(lie))}
    further = [Question(Subject.LEAF, 0, row)]
    if not isinstance(dispute.model, bytes):
        further.append(Question(Subject.LANES, 0, row))
    used["answer_nodes"] = _answer(liar, bounty_id, lie, dispute)
    for question in further:
        (one,) = demands.load_demands(demander, bounty_id)
        trees = shown_trees(lie.model) if question.subject is Subject.LANES else b""
        told, intent = (flat(one.terms), flat(question), trees), f"ask {bounty_id} {question.subject}"
        used["ask"] = demander.send("ask", "Referee", "ask", *told, intent=intent).gas_used
        used[f"answer_{question.subject.name.lower()}"] = _answer(liar, bounty_id, lie, dispute)
    return used


def _open(demander: Market, bounty_id: int, said: Attestation, question: Question) -> int:
    seen: list[int] = []
    watched = demander.watched(lambda step: seen.append(step.receipt.gas_used))
    demands.open_demand(watched, load_bounty(demander, bounty_id), said, question)
    return seen[-1]


def _answer(liar: Market, bounty_id: int, lie: Honest, dispute: RowDispute) -> int:
    (one,) = demands.load_demands(liar, bounty_id)
    question, intent = one.question, f"answer {bounty_id} {one.question.subject}"
    if question.subject is Subject.LANES:  # what the trees contribute is the lie
        leaf = answer(lie, replace(question, subject=Subject.LEAF))
        data = shown_trees(lie.model) + leaf + dispute.model.lanes
    else:
        data = answer(lie, question)
    return liar.send("answer", "Referee", "answer", flat(one.terms), data, intent=intent).gas_used
