"""Demands: what is hidden is asked for, bonded, and answered in time, or the verdict is void."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from marketplace.errors import ContractReverted, DataError
from marketplace.models.demands import (
    MAX_ANSWERS,
    Honest,
    Question,
    Subject,
    answer,
    answer_model,
    go_on,
    honest_evidence,
    shown_trees,
)
from marketplace.models.disputes import RowDispute
from marketplace.services import contest
from marketplace.services.accounts import ensure_funds
from marketplace.services.amounts import show_time
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.challenges import commit_call, file_challenge, own_case
from marketplace.services.market import Market
from marketplace.services.spending import demand_line, next_bond
from marketplace.services.structs import Attestation, DemandTerms, Phase, Stage, Turn, flat
from marketplace.services.truth import Standing, Truth, attested_of
from marketplace.types import format_id

LABEL_WAY = b"tessera/v1/demand-way"
SHAPE_AT, LINEAR = 5, 1
"""Where a model's head says its shape, and that of a linear one (docs/models.md)."""


@dataclass(frozen=True)
class Given:
    """A question, and its answer as the contract took it."""

    question: Question
    who: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Demand:
    """A demand as it stands.

    Parameters
    ----------
    demand_id : int
    terms : DemandTerms
    turn : Turn
    deadline : int
        Of this turn, Unix seconds.
    question : Question
        The last one.
    given : tuple of Given
        Answers, oldest first.
    """

    demand_id: int
    terms: DemandTerms
    turn: Turn
    deadline: int
    question: Question
    given: tuple[Given, ...]


class Move(StrEnum):
    """What a demand is in need of."""

    WAIT = "wait"
    GO_ON = "go on"
    ENFORCE = "enforce"
    SETTLE = "settle"


def load_demands(market: Market, bounty_id: int) -> tuple[Demand, ...]:
    """Return all demands that were opened about a bounty's verdicts, oldest first."""
    opened = market.client.events("Referee", "DemandOpened", argument_filters={"bountyId": bounty_id})
    return tuple(_load(market, event["demandId"], event["terms"]) for event in opened)


def live_demands(market: Market, view: BountyView) -> tuple[Demand, ...]:
    """Return the demands about the verdict in its window that are not over."""
    if view.stage is not Stage.WINDOW:
        return ()
    number = view.panel.number
    found = [one for one in load_demands(market, view.bounty_id) if one.turn is not Turn.CLOSED]
    return tuple(one for one in found if one.terms.round == number and not is_voided(market, one.terms))


def own_demand(market: Market, view: BountyView) -> Demand | None:
    """Return this account's demand about the verdict in its window, if it has one."""
    mine = [one for one in live_demands(market, view) if one.terms.demander == market.account]
    return mine[-1] if mine else None


def _load(market: Market, demand_id: int, terms: dict[str, object]) -> Demand:
    this = {"demandId": demand_id}
    asked = market.client.events("Referee", "QuestionAsked", argument_filters=this)
    answered = market.client.events("Referee", "DemandAnswered", argument_filters=this)
    state = market.client.call("Referee", "demandOf", demand_id)
    questions = [_question(event["question"]) for event in asked]
    given = (Given(q, event["who"], bytes(event["data"])) for q, event in zip(questions, answered))
    return Demand(
        demand_id,
        DemandTerms.from_log(terms),
        Turn(state.turn),
        state.deadline,
        questions[-1],
        tuple(given),
    )


def _question(told: dict[str, int]) -> Question:
    names = ("level", "index", "chunk", "steps")
    return Question(Subject(told["subject"]), *(told[name] for name in names))


def bond_of(market: Market, view: BountyView) -> int:
    """Return the bond of the next demand about a verdict, token base units."""
    return next_bond(market, view.bounty_id, view.terms.reward)


def opens_until(market: Market, view: BountyView) -> int:
    """Return the last moment for a new demand: the end of the window as it was before any, Unix seconds."""
    line = demand_line(market, view.bounty_id)
    return view.deadline if line is None else int(line.until)


def open_demand(
    market: Market, view: BountyView, told: Attestation, question: Question, trees: bytes = b""
) -> None:
    """Lock the bond and ask the first question. May be repeated.

    Parameters
    ----------
    market : Market
    view : BountyView
        In its window.
    told : Attestation
        The verdict that stands.
    question : Question
    trees : bytes
        See `shown_trees`; only where their contributions are asked for.
    """
    arguments = (own_case(market, view, told), flat(question), trees)
    ensure_funds(market, "Referee", bond_of(market, view))
    intent = commit_call(market, view, "demand", arguments)
    market.send("demand what is hidden", "Referee", "demand", *arguments, intent=intent)


def truth_of(view: BountyView, standing: Standing, truth: Truth) -> Honest:
    """Return what evidence about the candidate must be, node by node, beside what was attested."""
    attested = attested_of(view, standing, truth.k)
    return honest_evidence(attested, truth.model, truth.rows, truth.evidence.file_bytes)


def move_of(view: BountyView, demand: Demand) -> Move:
    """Tell what a demand is in need of now."""
    if demand.turn is Turn.ASKED and view.now > demand.deadline and view.now <= view.deadline:
        return Move.ENFORCE
    if view.now > view.deadline:
        return Move.SETTLE
    return Move.WAIT if demand.turn is Turn.ASKED else Move.GO_ON


def enforce(market: Market, view: BountyView, demand: Demand) -> None:
    """Void the verdict of which something was demanded that nobody showed; its signers pay."""
    try:
        market.send(
            "void a verdict that hides something",
            "Referee",
            "enforce",
            view.terms.ref(),
            flat(demand.terms),
            intent=f"enforce:{format_id(demand.demand_id)}",
        )
    except ContractReverted as refused:
        if refused.name not in ("Referee_WrongTurn", "Referee_OtherVerdict", "Bounties_WrongStage"):
            raise  # else somebody was faster


def settle(market: Market, demand: Demand) -> None:
    """Pay the bond of a demand out, once it is known what became of the verdict."""
    intent = f"settle-demand:{format_id(demand.demand_id)}"
    market.send("pay the bond of a demand out", "Referee", "settle", flat(demand.terms), intent=intent)


def ask(market: Market, demand: Demand, question: Question, trees: bytes = b"") -> None:
    """Go on with a demand, below what was answered."""
    market.send(
        "ask on",
        "Referee",
        "ask",
        flat(demand.terms),
        flat(question),
        trees,
        intent=f"ask:{format_id(demand.demand_id)}:{len(demand.given)}",
    )


def next_step(demand: Demand, honest: Honest | None) -> Question | RowDispute | None:
    """Return what follows from the answers so far: a question, the proof of a lie, or nothing more to ask.

    Parameters
    ----------
    demand : Demand
    honest : Honest or None
        None where the model is what is asked for.
    """
    given = [(one.question, one.data) for one in demand.given]
    if demand.question.subject is Subject.MODEL:
        return _other_way(demand)
    if honest is None:
        raise DataError("the true score is not known here", "open the model with the wallet that has its key")
    found = go_on(honest, given)
    if isinstance(found, Question) and len(given) >= MAX_ANSWERS:
        return None
    return found if isinstance(found, Question | RowDispute) else None


def _other_way(demand: Demand) -> Question | None:
    """Ask for another tree: of what is no model, some ways may be there and others not."""
    shown = demand.given[-1].data
    if len(demand.given) >= MAX_ANSWERS or shown[SHAPE_AT] == LINEAR:  # a linear model is there, or it is not
        return None
    return model_question(demand.demand_id.to_bytes(32, "big"), len(demand.given))


def model_question(seed: bytes, number: int) -> Question:
    """Choose a tree and a way in it by chance that follows from a seed."""
    digest = sha256(LABEL_WAY + seed + number.to_bytes(4, "big")).digest()
    tree, steps = int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:12], "big")
    return Question(Subject.MODEL, 0, tree, 0, steps)


@dataclass(frozen=True)
class Plan:
    """What is due of an own demand.

    Parameters
    ----------
    move : Move
    question : Question or None
        To ask on with.
    trees : bytes
        What that needs.
    dispute : RowDispute or None
        What the answers disprove.
    """

    move: Move
    question: Question | None = None
    trees: bytes = b""
    dispute: RowDispute | None = None


def plan_move(
    view: BountyView, standing: Standing | None, demand: Demand, truth: Truth | None
) -> Plan | None:
    """Tell what is due of an own demand; None if it waits, or nothing that was opened is wrong.

    Parameters
    ----------
    view : BountyView
    standing : Standing or None
        None if no verdict stands any more.
    demand : Demand
    truth : Truth or None
        None where the model is what is asked for.
    """
    move = move_of(view, demand)
    if move is not Move.GO_ON:
        return None if move is Move.WAIT else Plan(move)
    honest = None if truth is None or standing is None else truth_of(view, standing, truth)
    found = next_step(demand, honest)
    if isinstance(found, RowDispute):
        return Plan(move, dispute=found)
    if found is None or view.now > demand.deadline:
        return None
    lanes = found.subject is Subject.LANES and honest is not None
    return Plan(move, found, shown_trees(honest.model) if lanes and honest is not None else b"")


def take_move(market: Market, view: BountyView, standing: Standing | None, demand: Demand, plan: Plan) -> str:
    """Do what is due of an own demand, and say what that was. May be repeated."""
    if plan.move is Move.ENFORCE:
        enforce(market, view, demand)
        _collect(market, view.bounty_id)
        return "nobody answered what was demanded: the verdict is void, its signers pay"
    if plan.move is Move.SETTLE:
        settle(market, demand)
        return "the bond of the demand is paid out"
    if plan.question is not None:
        ask(market, demand, plan.question, plan.trees)
        return f"asked for {describe(plan.question)}"
    if plan.dispute is None or standing is None:
        return ""
    file_challenge(market, view.bounty_id, standing.finding, plan.dispute)
    _collect(market, view.bounty_id)
    settle(market, demand)
    return f"disproved by what was answered, row {plan.dispute.proof.index}: {plan.dispute.why}"


def _collect(market: Market, bounty_id: int) -> None:
    if load_bounty(market, bounty_id).panel.phase is Phase.VOIDED:
        contest.collect(market, bounty_id)


def give_answer(market: Market, view: BountyView, standing: Standing, demand: Demand, truth: Truth) -> None:
    """Answer a demand about a verdict that is right.

    Raises
    ------
    DataError
        If the verdict is not what this account recomputes: then there is nothing to answer with.
    """
    if demand.question.subject is Subject.MODEL:
        data = answer_model(truth.model, demand.question)
    elif truth.evidence.root != standing.finding.evidence_root:
        raise DataError(
            f"the verdict about {format_id(view.bounty_id)[:14]} is not what is recomputed here",
            "it can't be answered for: audit it with: tessera bounty audit",
        )
    else:
        data = answer(truth_of(view, standing, truth), demand.question)
    intent = f"answer:{format_id(demand.demand_id)}:{len(demand.given)}"
    market.send("answer a demand", "Referee", "answer", flat(demand.terms), data, intent=intent)


def may_answer(market: Market, view: BountyView, standing: Standing) -> bool:
    """Tell whether this account loses by silence, or is paid for an answer: it signed, or made the model."""
    mine = view.candidate is not None and view.candidate.maker == market.account
    return mine or market.account in standing.signers.values()


def describe(question: Question) -> str:
    """Say in a phrase what is asked for."""
    if question.subject is Subject.NODES:
        return f"what is below node {question.index} of level {question.level} of the evidence"
    if question.subject is Subject.LEAF:
        return f"the record of row {question.index}"
    if question.subject is Subject.LANES:
        part = f", chunk {question.chunk - 1}" if question.chunk else ""
        return f"what the trees contribute to row {question.index}{part}"
    return "the model: whole if it is linear, else one way through one tree"


def waits_for(view: BountyView, demand: Demand) -> str:
    """Say what a demand waits for."""
    until = show_time(demand.deadline)
    if demand.turn is Turn.ASKED:
        return f"{describe(demand.question)} is demanded: an answer is due until {until}"
    return f"{describe(demand.question)} was answered: the demander may go on until {until}"


def earns(demand: Demand, account: str) -> int:
    """Return what an account is paid for its answers if the verdict stands, token base units."""
    return sum(one.who == account for one in demand.given) * (demand.terms.bond // MAX_ANSWERS)


def is_voided(market: Market, terms: DemandTerms) -> bool:
    """Tell whether the verdict that a demand is about was voided: a round can have come to several."""
    this = {"bountyId": terms.bounty_id}
    judged = market.client.events("Panels", "Judged", argument_filters=this)
    mine = [event for event in judged if event["number"] == terms.round]
    if not mine or terms.signers & ~mine[-1]["seated"]:
        return bool(mine)  # who signed it was taken from the panel
    voided = market.client.events("Bounties", "VerdictVoided", argument_filters=this)
    rounds = [max(event["number"] for event in judged if event.block <= one.block) for one in voided]
    return rounds.count(terms.round) == len(mine)


def settle_of(market: Market, bounty_id: int, demand_id: int) -> None:
    """Pay the bond of one of a bounty's demands out."""
    (one,) = (one for one in load_demands(market, bounty_id) if one.demand_id == demand_id)
    settle(market, one)


def settleable(market: Market, view: BountyView) -> tuple[Demand, ...]:
    """Return the demands of a bounty whose bonds can be paid out now."""
    waiting = [one for one in load_demands(market, view.bounty_id) if one.turn is not Turn.CLOSED]
    late = view.stage is not Stage.WINDOW or view.now > view.deadline
    return tuple(
        one for one in waiting if late or one.terms.round != view.panel.number or is_voided(market, one.terms)
    )


def voided_bonds(market: Market, view: BountyView) -> tuple[Demand, ...]:
    """Return this account's demands about voided verdicts of a bounty whose bonds are not back yet."""
    mine = [one for one in settleable(market, view) if one.terms.demander == market.account]
    return tuple(one for one in mine if is_voided(market, one.terms))
