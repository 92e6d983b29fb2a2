// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DemandHouse} from "./support/DemandHouse.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Stage, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";
import {Demand, DemandTerms, Line, Question, Subject, Turn} from "../../contracts/types/Demand.sol";

/// @notice Who may demand, ask, answer and enforce, until when, and whose the bond is in the end, to the unit and to the second.
contract DemandsMoney is DemandHouse {
    /* DEMANDING */

    function test_demand__locks_the_bond_and_holds_the_window() public {
        bytes memory data = _ready(REQUESTER, _model());
        DemandTerms memory terms = _terms(1, REQUESTER);
        uint256 deadline = block.timestamp + ANSWERING;
        vm.expectEmit(address(referee));
        emit IReferee.DemandOpened(_idOf(terms), terms.bountyId, REQUESTER, terms);
        vm.expectEmit(address(referee));
        emit IReferee.QuestionAsked(_idOf(terms), _model(), deadline);
        uint256 demandId = abi.decode(_send(REQUESTER, data), (uint256));
        assertEq(demandId, _idOf(terms));
        assertEq(court.moved(REQUESTER), -int256(BOND));
        assertEq(court.bucketOf(terms.bountyId), BOND);
        assertEq(court.held(), deadline + DECIDING);
        _isAt(demandId, Turn.ASKED, 0, deadline);
        _isLine(ROUND, SIGNERS, block.timestamp + WINDOW, 1);
    }

    function test_demand__each_of_one_verdict_costs_as_much_more() public {
        uint256 end = block.timestamp + WINDOW;
        for (uint32 number = 1; number < 4; number++) {
            assertEq(_demand(STRANGER, _leaf()), _idOf(_terms(number, STRANGER)));
            _isLine(ROUND, SIGNERS, end, number);
        }
        assertEq(court.moved(STRANGER), -int256(6 * BOND));
    }

    /// @dev A window that demands hold open lets no more demands in.
    function test_demand__until_the_window_would_have_ended() public {
        uint256 end = block.timestamp + WINDOW;
        vm.warp(end - 1);
        _demand(STRANGER, _leaf());
        vm.warp(end);
        _demand(STRANGER, _leaf());
        vm.warp(end + 1);
        bytes memory data = _ready(STRANGER, _leaf());
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_AfterDeadline.selector, _bountyId(), end + 1, end));
        _send(STRANGER, data);
    }

    function test_demand__of_another_verdict__begins_anew() public {
        uint256 end = block.timestamp + WINDOW;
        _demand(STRANGER, _leaf());
        bounty.deadline = uint40(end + 77); // small
        court.set(bounty);
        uint8[4] memory numbers = [ROUND + 1, ROUND, ROUND, ROUND + 1];
        uint32[4] memory groups = [uint32(0x10), 0x10, 0, 0]; // of places
        uint8[4] memory signers = [SIGNERS, SIGNERS, 127, 127];
        for (uint256 i = 0; i < 4; i++) {
            sitting.groups = groups[i];
            court.set(sitting, numbers[i]);
            _demand(STRANGER, _leaf());
            _isLine(numbers[i], signers[i], end + 77, 1);
            _demand(STRANGER, _leaf());
            _isLine(numbers[i], signers[i], end + 77, 2);
        }
        sitting.groups = 0x10;
        court.set(sitting, ROUND + 1);
        _demand(STRANGER, _leaf());
        _isLine(ROUND + 1, SIGNERS, end + 77, 1);
    }

    function test_demand__outside_of_the_window__reverts_wrong_stage() public {
        for (uint256 stage = 1; stage < 12; stage++) {
            if (Stage(stage) == Stage.WINDOW) continue;
            bounty.stage = Stage(stage);
            court.set(bounty);
            bytes memory data = _ready(STRANGER, _leaf());
            bytes4 error = Errors.Bounties_WrongStage.selector;
            vm.expectRevert(abi.encodeWithSelector(error, _bountyId(), stage, Stage.WINDOW));
            _send(STRANGER, data);
        }
    }

    function test_demand__of_a_model_by_another_than_the_requester__reverts_not_requester() public {
        bytes memory data = _ready(STRANGER, _model());
        bytes4 error = Errors.Referee_NotRequester.selector;
        vm.expectRevert(abi.encodeWithSelector(error, _bountyId(), STRANGER, REQUESTER));
        _send(STRANGER, data);
    }

    function test_demand__of_a_model_that_is_not_paid_for__reverts_not_met() public {
        bounty.flags = 64 | 16 | 15;
        court.set(bounty);
        bytes memory data = _ready(REQUESTER, _model());
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotMet.selector, _bountyId()));
        _send(REQUESTER, data);
        assertEq(_demand(REQUESTER, _leaf()) != 0, true); // whatever is not the model
    }

    function test_demand__of_no_such_row__reverts_bad_question() public {
        bytes memory data = _ready(STRANGER, Question(Subject.LEAF, 0, 2, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_BadQuestion.selector, 2, 2));
        _send(STRANGER, data);
    }

    /* ANSWERING */

    function test_answer__at_the_last_moment__is_kept() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        vm.warp(block.timestamp + ANSWERING);
        uint256 deadline = block.timestamp + DECIDING;
        vm.expectEmit(address(referee));
        emit IReferee.DemandAnswered(demandId, terms.bountyId, STRANGER, deadline, MODEL);
        _answer(STRANGER, terms);
        _isAt(demandId, Turn.ANSWERED, 1, deadline);
        assertEq(court.held(), deadline);
    }

    /// @dev Whoever answers early leaves the demander as long as any.
    function test_answer__holds_the_window_alone_in_which_it_comes() public {
        (DemandTerms memory terms,) = _asked();
        bounty.stage = Stage.LOCKING;
        court.set(bounty);
        vm.expectRevert("not held");
        _answer(MAKER, terms);
        bounty.stage = Stage.WINDOW;
        court.set(bounty);
        _answer(MAKER, terms);
        assertEq(court.held(), block.timestamp + DECIDING);
    }

    function test_answer__a_second_later__reverts_after_deadline() public {
        (DemandTerms memory terms,) = _asked();
        uint256 end = block.timestamp + ANSWERING;
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_AfterDeadline.selector, terms.bountyId, end + 1, end));
        _answer(MAKER, terms);
    }

    function test_answer__that_is_none__reverts_not_answer() public {
        (DemandTerms memory terms,) = _asked();
        vm.expectPartialRevert(Errors.Referee_NotAnswer.selector);
        referee.answer(terms, bytes.concat(MODEL, "x"));
    }

    function test_answer__out_of_turn__reverts() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        DemandTerms memory other = _terms(2, REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotDemanded.selector, _idOf(other)));
        _answer(MAKER, other);
        _answer(MAKER, terms);
        vm.expectRevert(_wrongTurn(demandId, Turn.ANSWERED, Turn.ASKED));
        _answer(MAKER, terms);
    }

    /// @dev What was demanded of one verdict says nothing of another.
    function test_demands__of_another_verdict__revert_other_verdict() public {
        (DemandTerms memory terms,) = _asked();
        uint32[4] memory groups = [uint32(0x10), 0x10, 0, 0x100];
        uint8[4] memory numbers = [ROUND + 1, ROUND - 1, ROUND, ROUND]; // signers: the same, the same, 127, 123
        for (uint256 turn = 0; turn < 2; turn++) {
            for (uint256 i = 0; i < 4; i++) {
                sitting.groups = groups[i];
                court.set(sitting, numbers[i]);
                bytes4 error = Errors.Referee_OtherVerdict.selector;
                bytes memory expected = abi.encodeWithSelector(error, terms.bountyId, numbers[i], ROUND);
                if (turn == 0) {
                    vm.expectRevert(expected);
                    _answer(MAKER, terms);
                    _isRefused(expected, terms, true);
                } else {
                    vm.expectRevert(expected);
                    _askOn(terms);
                }
            }
            sitting.groups = 0x10;
            court.set(sitting, ROUND);
            if (turn == 0) _answer(MAKER, terms);
        }
    }

    /* ASKING ON */

    function test_ask__until_the_end_of_the_turn() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        _answer(MAKER, terms);
        uint256 end = block.timestamp + DECIDING;
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_AfterDeadline.selector, terms.bountyId, end + 1, end));
        _askOn(terms);
        vm.warp(end);
        vm.expectEmit(address(referee));
        emit IReferee.QuestionAsked(demandId, _model(), end + ANSWERING);
        _askOn(terms);
        _isAt(demandId, Turn.ASKED, 1, end + ANSWERING);
        assertEq(court.held(), end + ANSWERING + DECIDING);
        assertEq(court.moved(REQUESTER), -int256(BOND)); // no more is locked
    }

    function test_ask__another_than_the_demander__reverts_not_demander() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        _answer(MAKER, terms);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotDemander.selector, demandId, STRANGER, REQUESTER));
        vm.prank(STRANGER);
        referee.ask(terms, _model(), "");
    }

    function test_ask__before_it_was_answered__reverts_wrong_turn() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        vm.expectRevert(_wrongTurn(demandId, Turn.ASKED, Turn.ANSWERED));
        _askOn(terms);
    }

    function test_ask__elsewhere__reverts_not_below() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        _answer(MAKER, terms);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotBelow.selector, demandId));
        vm.prank(REQUESTER);
        referee.ask(terms, _leaf(), "");
    }

    /// @dev Two rows, of which the second is right, and an answer that opens both.
    function test_ask__what_there_is_not__reverts_bad_question() public {
        bytes memory left = abi.encodePacked(bytes32("left"), uint64(1), uint128(0));
        bytes memory right = abi.encodePacked(bytes32("right"), uint64(1), uint128(1));
        bytes memory entry = abi.encodePacked(uint64(2), uint128(1));
        bytes32 top = sha256(bytes.concat(hex"01", left, right));
        one.finding.evidenceRoot = sha256(abi.encodePacked("tessera/v1/evidence-root", entry, top));
        _tell();
        _demand(STRANGER, Question(Subject.NODES, 1, 0, 0, 0));
        DemandTerms memory terms = _terms(1, STRANGER);
        referee.answer(terms, bytes.concat(left, right, entry));
        vm.startPrank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_BadQuestion.selector, 0, 1));
        referee.ask(terms, Question(Subject.NODES, 0, 1, 0, 0), "");
        referee.ask(terms, _leaf(), "");
    }

    function test_ask__after_eight_answers__reverts_all_answered() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        for (uint256 i = 0; i < 7; i++) {
            _answer(STRANGER, terms);
            _askOn(terms);
        }
        _answer(MAKER, terms);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_AllAnswered.selector, demandId, 8));
        _askOn(terms);
    }

    /* ENFORCING */

    function test_enforce__past_the_end__voids_the_verdict_and_gives_the_bond_back() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        uint256 end = block.timestamp + ANSWERING;
        for (uint256 at = end - 1; at <= end; at++) {
            vm.warp(at);
            bytes4 error = Errors.Referee_BeforeDeadline.selector;
            _isRefused(abi.encodeWithSelector(error, terms.bountyId, at, end), terms, false);
        }
        vm.warp(end + 1);
        vm.expectEmit(address(referee));
        emit IReferee.DemandUnanswered(demandId, terms.bountyId, REQUESTER);
        vm.prank(STRANGER);
        referee.enforce(_ref(), terms);
        assertEq(court.voided(), terms.bountyId);
        assertEq(court.challenger(), REQUESTER);
        assertEq(court.moved(REQUESTER), 0);
        assertEq(court.bucketOf(terms.bountyId), 0);
        _isAt(demandId, Turn.CLOSED, 0, end);
        _isRefused(_wrongTurn(demandId, Turn.CLOSED, Turn.ASKED), terms, false);
        vm.expectRevert(_wrongTurn(demandId, Turn.CLOSED, Turn.ANSWERED));
        referee.settle(terms);
    }

    function test_enforce__what_was_answered__reverts_wrong_turn() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        _answer(STRANGER, terms);
        _isRefused(_wrongTurn(demandId, Turn.ANSWERED, Turn.ASKED), terms, true);
    }

    /// @dev Ids of other bounties, greater and smaller.
    function test_enforce__of_another_bounty__reverts_not_demanded() public {
        (DemandTerms memory terms,) = _asked();
        vm.warp(block.timestamp + ANSWERING + 1);
        bool[2] memory seen;
        for (uint256 i = 0; !seen[0] || !seen[1]; i++) {
            TermsRef memory other = _ref();
            other.rest = bytes32(i);
            uint256 got = uint256(keccak256(abi.encode(block.chainid, court, other)));
            seen[got > terms.bountyId ? 1 : 0] = true;
            vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotDemanded.selector, got));
            referee.enforce(other, terms);
        }
    }

    /* SETTLING */

    /// @dev Three of five answers earn, an eighth of the bond each; the demander was wrong, so the rest is burned.
    function test_settle__verdict_stands__pays_who_answered_and_burns_the_rest() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        address[5] memory who = [_owner(0), MAKER, _owner(1), STRANGER, _owner(6)];
        for (uint256 i = 0; i < 5; i++) {
            if (i != 0) _askOn(terms);
            _answer(who[i], terms);
        }
        uint256 end = block.timestamp + WINDOW; // further than what was held
        for (uint256 at = end - 1; at <= end; at++) {
            vm.warp(at);
            vm.expectRevert(abi.encodeWithSelector(Errors.Referee_BeforeDeadline.selector, terms.bountyId, at, end));
            referee.settle(terms);
        }
        vm.warp(end + 1);
        vm.expectEmit(address(referee));
        emit IReferee.DemandSettled(demandId, terms.bountyId, 36, 0);
        referee.settle(terms);
        _isPaid([int256(-100), 12, 12, 0, 0, 12], 64);
        vm.expectRevert(_wrongTurn(demandId, Turn.CLOSED, Turn.ANSWERED));
        referee.settle(terms);
    }

    /// @dev Whoever did not enforce it has the rest back all the same.
    function test_settle__verdict_stands_unanswered__gives_the_rest_back() public {
        (DemandTerms memory terms, uint256 demandId) = _asked();
        _answer(MAKER, terms);
        _askOn(terms);
        bounty.stage = Stage.DONE;
        court.set(bounty);
        vm.expectEmit(address(referee));
        emit IReferee.DemandSettled(demandId, terms.bountyId, 12, 88);
        referee.settle(terms);
        _isPaid([int256(-12), 0, 12, 0, 0, 0], 0);
    }

    function test_settle__never_answered__gives_all_back() public {
        (DemandTerms memory terms,) = _asked();
        bounty.stage = Stage.DONE;
        court.set(bounty);
        referee.settle(terms);
        _isPaid([int256(0), 0, 0, 0, 0, 0], 0);
    }

    function test_settle__nothing_demanded__reverts_not_demanded() public {
        DemandTerms memory terms = _terms(1, REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotDemanded.selector, _idOf(terms)));
        referee.settle(terms);
    }

    /// @dev The candidate is the same: stage, round, signers and voids tell whether his verdict still stands.
    function test_settle__same_candidate__void_unless_all_is_as_it_was() public {
        Stage[3] memory stages = [Stage.DONE, Stage.LOCKING, Stage.HALVING];
        for (uint256 i = 0; i < 3; i++) {
            _isSettled(stages[i], ROUND, 0x10, 1, false);
        }
        _isSettled(Stage.JUDGING, ROUND, 0x10, 1, true);
        _isSettled(Stage.DONE, ROUND + 1, 0x10, 1, true);
        _isSettled(Stage.DONE, ROUND - 1, 0x10, 1, true);
        _isSettled(Stage.DONE, ROUND, 0, 1, true); // signed by all
        _isSettled(Stage.DONE, ROUND, 0x100, 1, true); // by other six
        _isSettled(Stage.DONE, ROUND, 0x10, 2, true);
        _isSettled(Stage.DONE, ROUND, 0x10, 0, false);
        _isSettled(Stage.WINDOW, ROUND + 1, 0x10, 1, true); // in whose window nothing is waited for
    }

    /// @dev Another candidate since, or none: who lost his claim bond was told that his claim is false, and not by what was voided.
    function test_settle__another_candidate__void_unless_the_claim_was_forfeited() public {
        for (uint256 i = 0; i < 6; i++) {
            uint256 before = vm.snapshotState();
            (DemandTerms memory terms,) = _asked();
            _answer(MAKER, terms);
            bounty.stage = i < 4 ? Stage.DONE : Stage.JUDGING;
            bounty.tried = i < 2 ? 3 : i < 4 ? 1 : 2;
            if (i > 3) bounty.candidate = 0;
            court.set(bounty);
            court.flag(MAKER, i % 2 == 0 ? 11 : 15);
            referee.settle(terms);
            if (i % 2 == 0) _isPaid([int256(0), 0, 0, 0, 0, 0], 0);
            else _isPaid([int256(-100), 0, 12, 0, 0, 0], 88);
            vm.revertToState(before);
        }
    }

    /* INTERNAL */

    function _isSettled(Stage stage, uint8 number, uint32 groups, uint8 voids, bool void) private {
        uint256 before = vm.snapshotState();
        (DemandTerms memory terms,) = _asked();
        _answer(MAKER, terms);
        (bounty.stage, bounty.flags) = (stage, 32 + 64 * voids);
        court.set(bounty);
        sitting.groups = groups;
        court.set(sitting, number);
        referee.settle(terms);
        if (void) _isPaid([int256(0), 0, 0, 0, 0, 0], 0);
        else _isPaid([int256(-100), 0, 12, 0, 0, 0], 88);
        vm.revertToState(before);
    }

    /// @dev What came of the bond: to requester, first place, maker, second place, stranger, last place; and burned.
    function _isPaid(int256[6] memory moved, uint256 burned) private view {
        address[6] memory who = [REQUESTER, _owner(0), MAKER, _owner(1), STRANGER, _owner(6)];
        for (uint256 i = 0; i < 6; i++) {
            assertEq(court.moved(who[i]), moved[i]);
        }
        assertEq(court.burned(), burned);
        assertEq(court.bucketOf(_bountyId()), 0);
    }

    function _isAt(uint256 demandId, Turn turn, uint256 answers, uint256 deadline) private view {
        Demand memory demand = referee.demandOf(demandId);
        assertTrue(demand.turn == turn && demand.answers == answers && demand.deadline == deadline);
        assertTrue(demand.question.subject == Subject.MODEL);
    }

    function _isLine(uint8 round, uint8 signers, uint256 until, uint256 count) private view {
        Line memory line = referee.lineOf(_bountyId());
        assertTrue(line.round == round && line.signers == signers && line.until == until && line.count == count);
    }

    function _isRefused(bytes memory reason, DemandTerms memory terms, bool late) private {
        uint256 before = block.timestamp;
        if (late) vm.warp(before + ANSWERING + 1);
        TermsRef memory ref = _ref();
        vm.expectRevert(reason);
        referee.enforce(ref, terms);
        vm.warp(before);
    }

    function _wrongTurn(uint256 demandId, Turn got, Turn expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.Referee_WrongTurn.selector, demandId, got, expected);
    }
}
