// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Stage, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";
import {Attestation, Commitment, Finding, Phase, Reveal, Round, RoundOrder} from "../../contracts/types/Panel.sol";
import {SignedCommitment} from "../../contracts/types/Panel.sol";

/// @notice Panels: who may say what and until when, who loses a part of his bond.
contract PanelMoney is ContestSteps {
    uint256 internal constant PART = BOND / 16;

    constructor() ContestSteps(new HookToken()) {}

    /* THE CONTEST'S ACTIONS */

    function test_contests_actions__stranger__reverts_not_bounties() public {
        _judging();
        uint256 id = _id();
        RoundOrder memory order;
        bytes memory why = abi.encodeWithSelector(Errors.Panels_NotBounties.selector, STRANGER, address(BOUNTIES));
        vm.startPrank(STRANGER);
        vm.expectRevert(why);
        PANELS.open(id, order);
        vm.expectRevert(why);
        PANELS.reopen(id, 1);
        vm.expectRevert(why);
        PANELS.release(id);
        vm.expectRevert(why);
        PANELS.slash(id, STRANGER, false);
        vm.stopPrank();
    }

    /* COMMITTING */

    function test_commit__at_the_deadline__each_place_once__the_last_opens_the_reveals() public {
        _judging();
        uint256 id = _id();
        vm.expectPartialRevert(Errors.Panels_WrongPhase.selector);
        PANELS.commit(id, 0, "hash");
        _draw();
        vm.warp(PANELS.roundOf(id).deadline);
        address owner = _owner(0);
        address other = _owner(1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NotEvaluator.selector, id, other, owner));
        vm.prank(other);
        PANELS.commit(id, 0, "hash");
        for (uint256 place = 3; place < 9; place++) {
            vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NotEvaluator.selector, id, owner, address(0)));
            vm.prank(owner);
            PANELS.commit(id, place, "hash");
        }
        vm.prank(owner);
        PANELS.commit(id, 0, "first");
        bytes32 chain = keccak256(abi.encode(bytes32(0), uint256(0), bytes32("first")));
        assertEq(PANELS.commitmentsOf(id), chain);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_Twice.selector, id, 0));
        vm.prank(owner);
        PANELS.commit(id, 0, "hash");
        uint256 before = vm.snapshotState();
        vm.warp(block.timestamp + 1);
        vm.expectPartialRevert(Errors.Panels_AfterDeadline.selector);
        vm.prank(other);
        PANELS.commit(id, 1, "hash");
        vm.revertToState(before);
        vm.prank(other);
        PANELS.commit(id, 1, "second");
        address third = _owner(2);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.COMMITTING));
        vm.prank(third);
        PANELS.commit(id, 2, "third");
        chain = keccak256(abi.encode(chain, uint256(1), bytes32("second")));
        chain = keccak256(abi.encode(chain, uint256(2), bytes32("third")));
        assertEq(PANELS.commitmentsOf(id), chain);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.REVEALING));
        assertEq(PANELS.roundOf(id).deadline, block.timestamp + 6600);
        assertEq(PANELS.grantDeadline(id), 0);
    }

    function test_commitMany__signed__passes_over_who_committed() public {
        _judging();
        _draw();
        uint256 id = _id();
        address first = _owner(0);
        vm.prank(first);
        PANELS.commit(id, 0, "first");
        SignedCommitment[] memory some = new SignedCommitment[](2);
        (some[0], some[1]) = (_signed(0, 0, "other"), _signed(2, 2, "third"));
        PANELS.commitMany(id, some);
        assertEq(_sitting().committed, 5);
        bytes32 chain = keccak256(abi.encode(bytes32(0), uint256(0), bytes32("first")));
        chain = keccak256(abi.encode(chain, uint256(2), bytes32("third")));
        assertEq(PANELS.commitmentsOf(id), chain);
        SignedCommitment[] memory one = new SignedCommitment[](1);
        address[3] memory owners = [first, _owner(1), _owner(2)];
        one[0] = _signed(2, 1, "second"); // by another
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NotEvaluator.selector, id, owners[2], owners[1]));
        PANELS.commitMany(id, one);
        one[0] = _signed(1, 1, "second");
        one[0].hash = "other";
        vm.expectPartialRevert(Errors.Panels_NotEvaluator.selector);
        PANELS.commitMany(id, one);
        for (uint8 place = 3; place < 9; place++) {
            (one[0].place, one[0].r) = (place, 0); // nobody's signature, at nobody's place
            vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NotEvaluator.selector, id, address(0), address(0)));
            PANELS.commitMany(id, one);
        }
        one[0] = _signed(1, 1, "second");
        vm.warp(PANELS.roundOf(id).deadline);
        uint256 before = vm.snapshotState();
        PANELS.commitMany(id, one);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.REVEALING));
        vm.revertToState(before);
        vm.warp(block.timestamp + 1);
        vm.expectPartialRevert(Errors.Panels_AfterDeadline.selector);
        PANELS.commitMany(id, one);
    }

    function test_closeCommits__after_the_deadline__silent_seats_lose_a_part_and_are_replaced_twice() public {
        _judging();
        _draw();
        uint256 id = _id();
        TermsRef memory ref = _ref();
        _commit(1, _scored(900));
        uint16 kept = _seat(1);
        for (uint256 times = 1; times <= 2; times++) {
            (uint16 a, uint16 b) = (_seat(0), _seat(2));
            vm.warp(PANELS.roundOf(id).deadline);
            vm.expectPartialRevert(Errors.Panels_BeforeDeadline.selector);
            PANELS.closeCommits(ref);
            vm.warp(block.timestamp + 1);
            uint256 before = VAULT.bucketOf(address(OPERATORS), uint160(OPERATORS.ownerOf(a)));
            PANELS.closeCommits(ref);
            assertEq(before - VAULT.bucketOf(address(OPERATORS), uint160(OPERATORS.ownerOf(a))), PART);
            assertEq(OPERATORS.seatOf(b).parts, 15);
            assertEq(OPERATORS.seatOf(kept).parts, 16);
            assertFalse(OPERATORS.isLocked(a));
            assertFalse(OPERATORS.isLocked(b));
            assertTrue(OPERATORS.isLocked(kept));
            Round memory round = PANELS.roundOf(id);
            assertEq(uint256(round.phase), uint256(Phase.DRAWING));
            assertEq(round.deadline, block.timestamp + 5400);
            assertEq(round.seedBlock, block.number + 4);
            assertEq(_sitting().seated, 2);
            assertEq(_sitting().replaced, 17 * times);
            _draw();
            assertEq(_seat(1), kept);
            assertEq(_sitting().seated, 7);
        }
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.closeCommits(ref);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.REVEALING));
        assertEq(PANELS.roundOf(id).deadline, block.timestamp + 6600);
        assertEq(_sitting().seated, 2);
        vm.expectPartialRevert(Errors.Panels_WrongPhase.selector);
        PANELS.closeCommits(ref);
        _reveal(); // one of three is no quorum
        assertEq(PANELS.roundOf(id).number, 2);
    }

    function test_closeCommits__all_silent_thrice__is_no_quorum() public {
        _judging();
        uint256 id = _id();
        TermsRef memory ref = _ref();
        for (uint256 times = 0; times < 3; times++) {
            _draw();
            vm.warp(PANELS.roundOf(id).deadline + 1);
            PANELS.closeCommits(ref);
        }
        assertEq(PANELS.roundOf(id).number, 2);
        assertEq(_bounty().flags, 8);
        assertEq(_sitting().replaced, 2); // of the candidate: none is left for the next round
        for (uint256 seat = 0; seat < 18; seat++) {
            assertFalse(OPERATORS.isLocked(seat));
        }
        _draw();
        _commit(0, _scored(900));
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.closeCommits(ref);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.REVEALING));
    }

    /* REVEALING */

    function test_reveal__at_the_deadline__in_two_calls_and_any_order() public {
        rules = (rules & ~uint256(0xFFFF << 16)) | (5 << 16) | (3 << 24);
        claimBond = 400;
        _judging();
        _draw();
        uint256 id = _id();
        for (uint256 place = 0; place < 5; place++) {
            _commit(place, place % 2 == 0 ? _scored(900) : _scored(901 + uint128(place)));
        }
        vm.warp(PANELS.roundOf(id).deadline);
        (Finding[] memory findings, Reveal[] memory reveals) = _opened((1 << 1) | (1 << 4));
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(_sitting().revealed, 18);
        assertEq(uint256(_sitting().verdict), 0);
        (findings, reveals) = _opened((1 << 0) | (1 << 1));
        PANELS.reveal(_ref(), _committed(), findings, reveals); // place 1 is passed over
        assertEq(_sitting().revealed, 19);
        TermsRef memory ref = _ref();
        (findings, reveals) = _opened((1 << 2) | (1 << 3));
        Commitment[] memory list = _committed();
        uint256 before = vm.snapshotState();
        vm.warp(block.timestamp + 1);
        vm.expectPartialRevert(Errors.Panels_AfterDeadline.selector);
        PANELS.reveal(ref, list, findings, reveals);
        vm.revertToState(before);
        PANELS.reveal(ref, list, findings, reveals);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.JUDGED));
        assertEq(uint256(_sitting().verdict), uint256(Verdict.SCORED));
        assertEq(_sitting().score, 9e8);
        Attestation memory a = _scored(900);
        assertEq(PANELS.verdictOf(id), keccak256(abi.encode(a.verdict, a.score, a.sums, a.evidenceRoot)));
        assertEq(uint256(_bounty().stage), uint256(Stage.LOCKING));
        vm.expectPartialRevert(Errors.Panels_WrongPhase.selector);
        PANELS.reveal(ref, list, findings, reveals);
    }

    function test_reveal__what_was_not_committed_or_signed__reverts_not_committed_or_not_evaluator_or_twice() public {
        _committedAll(_scored(900));
        TermsRef memory ref = _ref();
        Commitment[] memory none = new Commitment[](0);
        Commitment[] memory list = _committed();
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(7);
        reveals[1].salt = "other";
        vm.expectPartialRevert(Errors.Panels_NotCommitments.selector);
        PANELS.reveal(ref, none, findings, reveals);
        vm.expectPartialRevert(Errors.Panels_NotCommitted.selector);
        PANELS.reveal(ref, list, findings, reveals);
        (findings, reveals) = _opened(7);
        (reveals[0].r, reveals[0].vs) = (reveals[1].r, reveals[1].vs);
        vm.expectPartialRevert(Errors.Panels_NotEvaluator.selector);
        PANELS.reveal(ref, none, findings, reveals);
        (findings, reveals) = _opened(3); // without the list all must be opened
        vm.expectPartialRevert(Errors.Panels_NotCommitments.selector);
        PANELS.reveal(ref, none, findings, reveals);
        list[0].hash = "other";
        (findings, reveals) = _opened(2);
        vm.expectPartialRevert(Errors.Panels_NotCommitments.selector);
        PANELS.reveal(ref, list, findings, reveals);
        reveals[0].finding = 1;
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NoFinding.selector, _id(), 1, 1));
        PANELS.reveal(ref, none, findings, reveals);
        for (uint8 place = 3; place < 9; place++) {
            (reveals[0].finding, reveals[0].place) = (0, place);
            vm.expectRevert(abi.encodeWithSelector(Errors.Panels_Twice.selector, _id(), place));
            PANELS.reveal(ref, none, findings, reveals);
        }
    }

    function test_reveal__scores_and_verdicts__are_checked() public {
        Attestation memory a = _scored(900);
        a.score += 1;
        _cannotReveal(a, Errors.Panels_WrongScore.selector);
        a = _scored(900);
        a.sums[0] = 1001; // more than there are rows
        _cannotReveal(a, Errors.Panels_WrongScore.selector);
        a = _scored(900);
        a.sums = new uint128[](0);
        _cannotReveal(a, Errors.Panels_WrongScore.selector);
        _cannotReveal(_plain(Verdict.ROWS_GOOD), Errors.Panels_WrongVerdict.selector);
        _cannotReveal(_plain(Verdict.NONE), Errors.Panels_WrongVerdict.selector);
        a = _plain(Verdict.UNSCORABLE);
        a.score = 1;
        _cannotReveal(a, Errors.Panels_WrongScore.selector);
        a = _plain(Verdict.BAD_ROWS);
        a.evidenceRoot = "root";
        _cannotReveal(a, Errors.Panels_WrongScore.selector);
        a = _plain(Verdict.BAD_ROWS);
        a.sums = new uint128[](1);
        _cannotReveal(a, Errors.Panels_WrongScore.selector);
    }

    function test_reveal__about_the_rows__only_good_or_bad() public {
        Attestation[3] memory wrong = [_scored(900), _plain(Verdict.UNSCORABLE), _plain(Verdict.NONE)];
        _claiming(2);
        _claimBadRows(1);
        _past();
        _choose(2);
        _draw();
        for (uint256 i = 0; i < 3; i++) {
            uint256 before = vm.snapshotState();
            for (uint256 place = 0; place < 3; place++) {
                _commit(place, wrong[i]);
            }
            (Finding[] memory findings, Reveal[] memory reveals) = _opened(7);
            TermsRef memory ref = _ref();
            vm.expectPartialRevert(Errors.Panels_WrongVerdict.selector);
            PANELS.reveal(ref, new Commitment[](0), findings, reveals);
            vm.revertToState(before);
        }
    }

    function test_closeReveals__after_the_deadline__silent_seats_lose_a_part_and_the_rest_is_judged() public {
        _committedAll(_scored(900));
        uint256 id = _id();
        TermsRef memory ref = _ref();
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(5);
        PANELS.reveal(ref, _committed(), findings, reveals);
        uint16 silent = _seat(1);
        vm.warp(PANELS.roundOf(id).deadline);
        vm.expectPartialRevert(Errors.Panels_BeforeDeadline.selector);
        PANELS.closeReveals(ref);
        vm.warp(block.timestamp + 1);
        PANELS.closeReveals(ref);
        assertEq(OPERATORS.seatOf(silent).parts, 15);
        assertEq(OPERATORS.seatOf(_seat(0)).parts, 16);
        assertFalse(OPERATORS.isLocked(silent));
        assertTrue(OPERATORS.isLocked(_seat(0)));
        assertEq(_sitting().seated, 5);
        assertEq(uint256(_bounty().stage), uint256(Stage.LOCKING));
        Attestation memory a = _scored(900);
        assertEq(PANELS.verdictOf(id), keccak256(abi.encode(a.verdict, a.score, a.sums, a.evidenceRoot)));
        vm.expectPartialRevert(Errors.Panels_WrongPhase.selector);
        PANELS.closeReveals(ref);
        _past();
        BOUNTIES.lapse(ref, _modeller(0));
        _past();
        _finalize(0); // two signers are paid
        assertFalse(OPERATORS.isLocked(_seat(0)));
        assertFalse(OPERATORS.isLocked(_seat(2)));
    }

    function test_closeReveals__too_few__is_no_quorum() public {
        _committedAll(_scored(900));
        uint256 id = _id();
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(1);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        uint16 said = _seat(0);
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.closeReveals(_ref());
        assertEq(PANELS.roundOf(id).number, 2);
        assertFalse(OPERATORS.isLocked(said));
        assertEq(OPERATORS.seatOf(said).parts, 16);
        assertEq(OPERATORS.live(), 16);
    }

    function test_revealAndDeliver__both_or_only_the_delivery() public {
        _committedAll(_scored(900));
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(7);
        (bytes32 r, bytes32 vs) = _signedLock(REQUESTER, 1, vm.addr(5));
        TermsRef memory ref = _ref();
        uint256 before = vm.snapshotState();
        PANELS.revealAndDeliver(ref, new Commitment[](0), findings, reveals, 5, r, vs);
        _isStage(Stage.WINDOW, 8400);
        vm.revertToState(before);
        _reveal();
        PANELS.revealAndDeliver(ref, new Commitment[](0), findings, reveals, 5, r, vs);
        _isStage(Stage.WINDOW, 8400);
    }

    /* INTERNAL */

    function _committedAll(Attestation memory a) private {
        _judging();
        _draw();
        for (uint256 place = 0; place < 3; place++) {
            _commit(place, a);
        }
    }

    function _cannotReveal(Attestation memory a, bytes4 why) private {
        uint256 before = vm.snapshotState();
        _committedAll(a);
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(7);
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(why);
        PANELS.reveal(ref, new Commitment[](0), findings, reveals);
        vm.revertToState(before);
    }

    /// @dev The commitment for `place`, signed by the owner of the seat at `by`.
    function _signed(uint256 by, uint8 place, bytes32 hash) private view returns (SignedCommitment memory one) {
        bytes32 kind = keccak256(
            "Commitment(uint256 bountyId,uint8 candidate,uint8 round,uint8 place,uint16 seat,bytes32 hash)"
        );
        Round memory round = PANELS.roundOf(_id());
        bytes memory message = abi.encode(kind, _id(), round.candidate, round.number, place, _seat(place), hash);
        (one.r, one.vs) = _sign(keys[_owner(by)], "Tessera Panels", address(PANELS), message);
        (one.place, one.hash) = (place, hash);
    }
}
