// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Answers} from "./Answers.sol";
import {BountyChecks} from "./BountyChecks.sol";
import {Challenges} from "./Challenges.sol";
import {TesseraErrors as Errors} from "./Errors.sol";
import {Places} from "./Places.sol";
import {Rounds} from "./Rounds.sol";
import {Terms} from "./Terms.sol";
import {IBounties} from "../interfaces/IBounties.sol";
import {IPanels} from "../interfaces/IPanels.sol";
import {IReferee} from "../interfaces/IReferee.sol";
import {IVault, Payment} from "../interfaces/IVault.sol";
import {Bounty, BountyFlags, EntryFlags, Stage, TermsRef} from "../types/Bounty.sol";
import {ScoredCase} from "../types/Challenge.sol";
import {Demand, DemandTerms, Line, Question, Subject, Turn} from "../types/Demand.sol";
import {Round, Sitting} from "../types/Panel.sol";
import {Stages} from "../types/Schedule.sol";

/// @notice All that the referee remembers of demands.
struct DemandBook {
    mapping(uint256 bountyId => Line line) lines;
    mapping(uint256 demandId => Demand demand) demands;
    mapping(uint256 demandId => mapping(uint256 answer => address who)) answerers; // makers and signers only
}

/// @notice Opening what was withheld: a bonded question, to be answered in time, or the verdict is void. Events are those of
///         {IReferee}.
/// @dev Linked, not inlined: the code of {Referee} must stay below 24,576 bytes.
library Demands {
    uint256 internal constant BOND_PART = 16; // of the reward: bond of the first demand of a verdict, twice that of the second ...
    uint256 internal constant MAX_ANSWERS = 8; // of one demand; each earns that part of its bond

    /// @notice The contracts that demands go through.
    struct House {
        IVault vault;
        IBounties bounties;
        IPanels panels;
    }

    /* THE DEMANDER'S */

    /// @notice Opens a demand with its first question.
    function open(
        DemandBook storage book,
        House memory house,
        ScoredCase calldata one,
        Question calldata question,
        bytes calldata trees
    ) external returns (uint256 demandId) {
        // Checks
        (uint256 bountyId,) = Challenges.requireVerdict(house.bounties, house.panels, one);
        DemandTerms memory terms = _begin(book, house, bountyId, one, question.subject);
        Answers.requireGood(terms.rules, terms.modelHash, question, trees);

        // Effects
        demandId = _idOf(terms);
        emit IReferee.DemandOpened(demandId, bountyId, msg.sender, terms);
        uint40 deadline = _ask(book, demandId, question, 0, terms.answering);

        // Interactions
        house.vault.lock(bountyId, msg.sender, terms.bond);
        house.bounties.hold(bountyId, deadline + terms.deciding);
    }

    /// @notice Asks on, below what was answered.
    function ask(
        DemandBook storage book,
        House memory house,
        DemandTerms calldata terms,
        Question calldata question,
        bytes calldata trees
    ) external {
        // Checks
        uint256 demandId = _idOf(terms);
        require(msg.sender == terms.demander, Errors.Referee_NotDemander(demandId, msg.sender, terms.demander));
        Demand memory demand = _take(book, demandId, Turn.ANSWERED);
        _requireTime(terms.bountyId, demand.deadline);
        _requireStanding(house, terms);
        require(demand.answers < MAX_ANSWERS, Errors.Referee_AllAnswered(demandId, MAX_ANSWERS));
        require(Answers.isBelow(demand.question, question), Errors.Referee_NotBelow(demandId));
        Answers.requireGood(terms.rules, terms.modelHash, question, trees);

        // Effects
        uint40 deadline = _ask(book, demandId, question, demand.answers, terms.answering);

        // Interactions
        house.bounties.hold(terms.bountyId, deadline + terms.deciding);
    }

    /* ANYBODY'S */

    /// @notice Answers. Who signed the verdict, or made the model, earns a part of the bond if the verdict stands.
    function answer(DemandBook storage book, House memory house, DemandTerms calldata terms, bytes calldata data) external {
        // Checks
        uint256 demandId = _idOf(terms);
        Demand memory demand = _take(book, demandId, Turn.ASKED);
        _requireTime(terms.bountyId, demand.deadline);
        Round memory round = _requireStanding(house, terms);
        Answers.requireGiven(terms, demand.question, data);

        // Effects
        bool earns = msg.sender == terms.maker || _hasSigned(house.panels, terms.bountyId, round);
        if (earns) book.answerers[demandId][demand.answers] = msg.sender;
        uint40 deadline = uint40(block.timestamp) + terms.deciding; // seconds fit 40 bits for 34,000 years
        Demand storage kept = book.demands[demandId];
        (kept.turn, kept.answers, kept.deadline) = (Turn.ANSWERED, demand.answers + 1, deadline);
        emit IReferee.DemandAnswered(demandId, terms.bountyId, msg.sender, deadline, data);

        // Interactions
        house.bounties.hold(terms.bountyId, deadline);
    }

    /// @notice Voids a verdict of which something was demanded that nobody showed in time.
    function enforce(DemandBook storage book, House memory house, TermsRef calldata bounty, DemandTerms calldata terms)
        external
    {
        // Checks
        uint256 demandId = _idOf(terms);
        Demand memory demand = _take(book, demandId, Turn.ASKED);
        _requireLate(terms.bountyId, demand.deadline);
        _requireStanding(house, terms);
        uint256 got = Terms.idOf(address(house.bounties), bounty);
        require(got == terms.bountyId, Errors.Referee_NotDemanded(got));

        // Effects
        book.demands[demandId].turn = Turn.CLOSED;
        emit IReferee.DemandUnanswered(demandId, terms.bountyId, terms.demander);

        // Interactions: stage and window are checked there
        house.bounties.voidVerdict(bounty, terms.demander);
        house.vault.pay(terms.bountyId, terms.demander, terms.bond);
    }

    /// @notice Pays the bond of a demand out, when it is known what became of the verdict.
    function settle(DemandBook storage book, House memory house, DemandTerms calldata terms) external {
        // Checks
        uint256 demandId = _idOf(terms);
        Demand memory demand = book.demands[demandId];
        require(demand.turn != Turn.NONE, Errors.Referee_NotDemanded(demandId));
        bool waits = demand.turn != Turn.CLOSED;
        require(waits, Errors.Referee_WrongTurn(demandId, uint256(demand.turn), uint256(Turn.ANSWERED)));
        bool voided = _isVoided(house, terms);

        // Effects
        book.demands[demandId].turn = Turn.CLOSED;
        Payment[] memory payments = new Payment[](demand.answers + 1);
        uint256 paid;
        for (uint256 i = 0; i < demand.answers; i++) {
            address who = book.answerers[demandId][i];
            if (voided || who == address(0)) continue;
            payments[i] = Payment(who, terms.bond / MAX_ANSWERS);
            paid += terms.bond / MAX_ANSWERS;
        }
        // who was right, or was not answered and had nobody enforce it, is not at fault
        bool back = voided || demand.turn == Turn.ASKED;
        uint256 rest = terms.bond - paid;
        if (back) payments[demand.answers] = Payment(terms.demander, rest);
        emit IReferee.DemandSettled(demandId, terms.bountyId, paid, back ? rest : 0);

        // Interactions
        house.vault.payMany(terms.bountyId, payments);
        if (!back) house.vault.burn(terms.bountyId, rest);
    }

    /* INTERNAL */

    /// @dev Whether the verdict was voided; reverts while that can still happen. Nothing is kept of a void once the next candidate is
    ///      chosen: then who did not lose his claim bond was never told that his claim is false. One who did lose it may have been
    ///      told so by another panel, after a void: that void must be settled before, while the candidate is the same.
    function _isVoided(House memory house, DemandTerms calldata terms) private view returns (bool) {
        Bounty memory bounty = house.bounties.bountyOf(terms.bountyId);
        if (bounty.tried != terms.tried || bounty.candidate == 0) {
            return house.bounties.entryOf(terms.bountyId, terms.maker).flags & EntryFlags.FORFEITED == 0;
        }
        if (bounty.flags / BountyFlags.VOID_ONE > terms.voids) return true;
        if (bounty.stage == Stage.WINDOW) _requireLate(terms.bountyId, bounty.deadline);
        return false;
    }

    /// @dev Only who pays for a model may have it opened, or its secret would cost a bond.
    function _requireBuyer(uint256 bountyId, Bounty memory bounty, address requester) private view {
        require(msg.sender == requester, Errors.Referee_NotRequester(bountyId, msg.sender, requester));
        require(bounty.flags & BountyFlags.MET != 0, Errors.Referee_NotMet(bountyId));
    }

    /// @dev Counts the demand, and puts together what it is about.
    function _begin(
        DemandBook storage book,
        House memory house,
        uint256 bountyId,
        ScoredCase calldata one,
        Subject subject
    ) private returns (DemandTerms memory terms) {
        // Checks
        Bounty memory bounty = house.bounties.bountyOf(bountyId);
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.WINDOW);
        if (subject == Subject.MODEL) _requireBuyer(bountyId, bounty, one.core.requester);
        Line memory line = book.lines[bountyId];
        terms.round = house.panels.roundOf(bountyId).number;
        if (line.round != terms.round) line = Line({round: terms.round, until: bounty.deadline, count: 0});
        _requireTime(bountyId, line.until);

        // Effects
        line.count += 1;
        book.lines[bountyId] = line;
        terms.bountyId = bountyId;
        terms.tried = bounty.tried;
        terms.voids = bounty.flags / BountyFlags.VOID_ONE;
        terms.number = line.count;
        terms.demander = msg.sender;
        terms.maker = one.submission.maker;
        terms.bond = uint256(line.count) * (one.core.reward / BOND_PART);
        terms.answering = one.core.schedule.length(Stages.COMMITTING);
        terms.deciding = one.core.schedule.length(Stages.REVEALING);
        terms.rules = one.core.rules;
        terms.modelHash = one.submission.modelHash;
        terms.evidenceRoot = one.finding.evidenceRoot;
        terms.sums = one.finding.sums;
    }

    function _ask(DemandBook storage book, uint256 demandId, Question calldata question, uint8 answers, uint40 length)
        private
        returns (uint40 deadline)
    {
        deadline = uint40(block.timestamp) + length; // seconds fit 40 bits for 34,000 years
        book.demands[demandId] = Demand({turn: Turn.ASKED, answers: answers, deadline: deadline, question: question});
        emit IReferee.QuestionAsked(demandId, question, deadline);
    }

    function _hasSigned(IPanels panels, uint256 bountyId, Round memory round) private view returns (bool found) {
        Sitting memory sitting = panels.sittingOf(bountyId);
        address[7] memory owners = panels.OPERATORS().ownersOf(sitting.seats, Rounds.signers(round, sitting));
        for (uint256 place = 0; place < Places.MAX; place++) {
            found = found || owners[place] == msg.sender;
        }
    }

    function _idOf(DemandTerms memory terms) private view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), terms)));
    }

    function _take(DemandBook storage book, uint256 demandId, Turn expected) private view returns (Demand memory demand) {
        demand = book.demands[demandId];
        require(demand.turn != Turn.NONE, Errors.Referee_NotDemanded(demandId));
        bool right = demand.turn == expected;
        require(right, Errors.Referee_WrongTurn(demandId, uint256(demand.turn), uint256(expected)));
    }

    /// @dev That it is in its window is checked by {IBounties.hold} and {IBounties.voidVerdict}.
    function _requireStanding(House memory house, DemandTerms calldata terms) private view returns (Round memory round) {
        round = house.panels.roundOf(terms.bountyId);
        bool stands = round.number == terms.round;
        require(stands, Errors.Referee_OtherVerdict(terms.bountyId, round.number, terms.round));
    }

    function _requireTime(uint256 bountyId, uint256 deadline) private view {
        require(block.timestamp <= deadline, Errors.Referee_AfterDeadline(bountyId, block.timestamp, deadline));
    }

    function _requireLate(uint256 bountyId, uint256 deadline) private view {
        require(block.timestamp > deadline, Errors.Referee_BeforeDeadline(bountyId, block.timestamp, deadline));
    }
}
