// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestChecks} from "./support/ContestChecks.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {BountyTerms, Stage, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";

/// @notice Keys, deliveries and voided verdicts: what is due, to the second, and what it costs not to do it.
contract DeliveryMoney is ContestChecks {
    /* NO KEY */

    function test_unscorable__key_not_published__forfeits_after_the_cure() public {
        _judging();
        _round(_plain(Verdict.UNSCORABLE));
        _isStage(Stage.CURE, 9000);
        _toDeadline();
        _cannotLapse(0, Errors.Bounties_BeforeDeadline.selector);
        vm.warp(block.timestamp + 1);
        _cannotLapse(1, Errors.Bounties_NotCandidate.selector);
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.publishKey(ref, _submission(0), MODEL_KEY);
        uint256 bucket = _bucket();
        BOUNTIES.lapse(ref, _modeller(0));
        assertEq(_bucket(), bucket - 307);
        assertEq(uint256(_bounty().stage), uint256(Stage.CHOOSING));
        _choose(2); // nobody is left
        assertEq(uint256(_bounty().stage), uint256(Stage.DONE));
        assertEq(_bucket(), 0);
    }

    function test_unscorable__key_published__is_judged_again_and_no_delivery_is_due() public {
        _judging();
        _round(_plain(Verdict.UNSCORABLE));
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(Errors.Bounties_WrongKey.selector);
        BOUNTIES.publishKey(ref, _submission(0), MODEL_KEY + 1);
        vm.expectPartialRevert(Errors.Bounties_NotCandidate.selector);
        BOUNTIES.publishKey(ref, _submission(1), MODEL_KEY);
        _toDeadline();
        BOUNTIES.publishKey(ref, _submission(0), MODEL_KEY);
        assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        assertEq(_bounty().flags, 1);
        assertEq(PANELS.roundOf(_id()).deadline, block.timestamp + 5400);
        assertEq(PANELS.roundOf(_id()).number, 2);
        _round(_scored(900));
        _isStage(Stage.WINDOW, 8400);
        _past();
        int256 maker = _pay(_modeller(0));
        _finalize(0);
        assertEq(_pay(_modeller(0)) - maker, 2602 + 307);
    }

    function test_unscorable__with_the_key__forfeits_after_the_window() public {
        _judging();
        _round(_plain(Verdict.UNSCORABLE));
        BOUNTIES.publishKey(_ref(), _submission(0), MODEL_KEY);
        _round(_plain(Verdict.UNSCORABLE));
        _isStage(Stage.WINDOW, 8400);
        _past();
        _finalize(0);
        assertEq(uint256(_bounty().stage), uint256(Stage.CHOOSING));
        assertEq(_entry(0).flags & 4, 4);
    }

    function test_noQuorum__twice__the_maker_may_publish__then_nobody_is_at_fault() public {
        _judging();
        _disagree();
        assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        assertEq(_bounty().flags, 8);
        assertEq(PANELS.roundOf(_id()).number, 2);
        _disagree();
        _isStage(Stage.CURE, 9000);
        BOUNTIES.publishKey(_ref(), _submission(0), MODEL_KEY);
        uint256 bucket = _bucket();
        _draw();
        _commit(0, _scored(900));
        _commit(1, _plain(Verdict.UNSCORABLE)); // as many, and nobody could disprove it
        _commit(2, _plain(Verdict.BAD_ROWS));
        _reveal();
        _isStage(Stage.CHOOSING, 0);
        assertEq(uint256(_bounty().verdict), uint256(Verdict.NONE));
        assertEq(_bucket(), bucket); // his bond comes back at the end
        _choose(2);
        _releases(0, 0, 307);
        assertEq(_bucket(), 0);
    }

    /* DELIVERY */

    function test_lock__requester_in_time() public {
        _judging();
        _round(_scored(901)); // better than claimed
        _isStage(Stage.LOCKING, 7200);
        TermsRef memory ref = _ref();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotRequester.selector, _id(), STRANGER, ASKER));
        vm.prank(STRANGER);
        BOUNTIES.lock(ref, vm.addr(T));
        vm.startPrank(ASKER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_BadLock.selector, _id()));
        BOUNTIES.lock(ref, address(0));
        _past();
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.lock(ref, vm.addr(T));
        vm.stopPrank();
    }

    function test_lock__another_stage__reverts_wrong_stage() public {
        _judging();
        TermsRef memory ref = _ref();
        vm.prank(ASKER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 6));
        BOUNTIES.lock(ref, vm.addr(T));
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 7));
        BOUNTIES.deliver(ref, T);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 6));
        BOUNTIES.deliverSigned(ref, T, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 5));
        BOUNTIES.publishKey(ref, _submission(0), MODEL_KEY);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 11));
        BOUNTIES.release(ref, _makers(1));
        BountyTerms memory t = _terms();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 7));
        BOUNTIES.refute(t, _submission(0), SEAL);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 8));
        BOUNTIES.voidVerdict(ref, CHALLENGER);
        bytes32 rows = _rows();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 8));
        BOUNTIES.finalize(ref, _submission(0), rows, datasets);
    }

    function test_deliver__wrong_key_or_late__reverts__and_then_the_bond_is_gone() public {
        _delivering();
        TermsRef memory ref = _ref();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongKey.selector, _id(), vm.addr(6), vm.addr(T)));
        BOUNTIES.deliver(ref, 6);
        _toDeadline();
        _cannotLapse(0, Errors.Bounties_BeforeDeadline.selector);
        vm.warp(block.timestamp + 1);
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.deliver(ref, T);
        uint256 bucket = _bucket();
        BOUNTIES.lapse(ref, _modeller(0));
        assertEq(_bucket(), bucket - 307);
        assertEq(uint256(_bounty().stage), uint256(Stage.CHOOSING));
    }

    function test_lapse__no_lock__waives_the_delivery() public {
        _judging();
        _round(_scored(900));
        _toDeadline();
        _cannotLapse(0, Errors.Bounties_BeforeDeadline.selector);
        vm.warp(block.timestamp + 1);
        _cannotLapse(1, Errors.Bounties_NotCandidate.selector);
        BOUNTIES.lapse(_ref(), _modeller(0));
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags, 32 + 4);
        _past();
        _cannotLapse(0, Errors.Bounties_WrongStage.selector);
    }

    function test_deliverSigned__locking_or_delivering__signed_by_the_requester() public {
        _judging();
        _round(_scored(900));
        (bytes32 r, bytes32 vs) = _signedLock(REQUESTER, 1, vm.addr(T));
        uint256 before = vm.snapshotState();
        _toDeadline();
        BOUNTIES.deliverSigned(_ref(), T, r, vs);
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags, 32 + 2 + 4);
        vm.revertToState(before);
        _lock(9); // another lock does not stop it
        BOUNTIES.deliverSigned(_ref(), T, r, vs);
        assertEq(uint256(_bounty().stage), uint256(Stage.WINDOW));
        vm.revertToState(before);
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(Errors.Bounties_NotRequester.selector);
        BOUNTIES.deliverSigned(ref, T + 1, r, vs);
        vm.expectPartialRevert(Errors.Bounties_WrongKey.selector);
        BOUNTIES.deliverSigned(ref, 0, r, vs);
        (r, vs) = _signedLock(MAKER, 1, vm.addr(T));
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotRequester.selector, _id(), _modeller(0), ASKER));
        BOUNTIES.deliverSigned(ref, T, r, vs);
        (r, vs) = _signedLock(REQUESTER, 1, vm.addr(T));
        _past();
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.deliverSigned(ref, T, r, vs);
    }

    function test_refute__a_wrong_lock__waives_the_delivery() public {
        _delivering();
        BountyTerms memory t = _terms();
        vm.expectPartialRevert(Errors.Bounties_WrongKey.selector);
        BOUNTIES.refute(t, _submission(0), SEAL + 1);
        vm.expectPartialRevert(Errors.Bounties_NotCandidate.selector);
        BOUNTIES.refute(t, _submission(1), SEAL);
        _toDeadline();
        uint256 before = vm.snapshotState();
        BOUNTIES.refute(t, _submission(0), SEAL);
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags, 32 + 4);
        vm.revertToState(before);
        vm.warp(block.timestamp + 1);
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.refute(t, _submission(0), SEAL);
    }

    function test_refute__the_right_lock__reverts_lock_is_right() public {
        _judging();
        _round(_scored(900));
        address shared = vm.addr(mulmod(SEAL, SEAL, KeyEquation.N));
        uint256 submissionId = BOUNTIES.submissionIdOf(_id(), _modeller(0));
        uint256 h = uint256(keccak256(abi.encode(shared, block.chainid, BOUNTIES, submissionId))) % KeyEquation.N;
        uint256 t = addmod(MODEL_KEY, h, KeyEquation.N);
        _lock(t);
        BountyTerms memory terms = _terms();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_LockIsRight.selector, _id(), vm.addr(t)));
        BOUNTIES.refute(terms, _submission(0), SEAL);
    }

    /* TOO FEW SEATS, AND VOIDS */

    function test_drawFailed__all_goes_back__bonds_too() public {
        _judging();
        int256 before = _pay(ASKER);
        uint256 id = _id();
        vm.prank(address(PANELS));
        BOUNTIES.drawFailed(id);
        assertEq(uint256(_bounty().stage), uint256(Stage.ABANDONED));
        _finalize(2); // any submission
        assertEq(_pay(ASKER) - before, 3001 + 1299 + 30);
        _releases(0, 0, 307);
        assertEq(_bucket(), 0);
    }

    function test_drawFailed__delivered__halves() public {
        _delivered();
        _void();
        uint256 id = _id();
        vm.prank(address(PANELS));
        BOUNTIES.drawFailed(id);
        assertEq(uint256(_bounty().stage), uint256(Stage.HALVING));
        _halves();
    }

    function test_voidVerdict__referee_in_the_window__slashes_the_signers() public {
        _judging();
        _draw();
        address loser = _owner(0);
        address other = _owner(1);
        _commit(0, _scored(899));
        _commit(1, _scored(900));
        _commit(2, _scored(899));
        _reveal();
        TermsRef memory ref = _ref();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotReferee.selector, STRANGER, address(this)));
        vm.prank(STRANGER);
        BOUNTIES.voidVerdict(ref, CHALLENGER);
        uint256 bond = VAULT.bucketOf(address(OPERATORS), uint160(loser));
        uint256 kept = VAULT.bucketOf(address(OPERATORS), uint160(other));
        _toDeadline();
        BOUNTIES.voidVerdict(ref, CHALLENGER);
        assertEq(VAULT.balanceOf(CHALLENGER), 0);
        assertTrue(OPERATORS.isLocked(_seat(0)) && OPERATORS.isLocked(_seat(1)) && OPERATORS.isLocked(_seat(2)));
        assertEq(PANELS.verdictOf(_id()), 0);
        assertEq(PANELS.commitmentsOf(_id()), 0);
        vm.prank(STRANGER);
        PANELS.collect(ref);
        assertEq(VAULT.balanceOf(CHALLENGER), 2 * BOND / 4);
        assertEq(VAULT.bucketOf(address(OPERATORS), uint160(loser)), bond - BOND);
        assertEq(VAULT.bucketOf(address(OPERATORS), uint160(other)), kept);
        assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        assertEq(_bounty().flags, 64);
        assertEq(PANELS.roundOf(_id()).deadline, block.timestamp + 5400);
        _round(_scored(900));
        _isStage(Stage.LOCKING, 7200);
    }

    function test_collect__nothing_voided_or_twice__reverts_wrong_phase() public {
        _judging();
        _round(_scored(899));
        TermsRef memory ref = _ref();
        uint256 id = _id();
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_WrongPhase.selector, id, 4, 5));
        PANELS.collect(ref);
        _void();
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_WrongPhase.selector, id, 1, 5));
        PANELS.collect(ref);
    }

    /// @dev Nobody collects: the next candidate's round does it first, and the end as well.
    function test_collect__by_the_next_step__slashes_once() public {
        _judging();
        for (uint256 i = 0; i < 3; i++) {
            _round(_scored(899));
            BOUNTIES.voidVerdict(_ref(), CHALLENGER);
            if (i < 2) PANELS.collect(_ref());
        }
        _isStage(Stage.CHOOSING, 0);
        assertEq(VAULT.balanceOf(CHALLENGER), 6 * BOND / 4);
        _choose(2); // nobody is left, and so it ends
        assertEq(VAULT.balanceOf(CHALLENGER), 9 * BOND / 4);
        assertEq(uint256(PANELS.roundOf(_id()).phase), 0);
        for (uint256 seat = 0; seat < 18; seat++) {
            assertFalse(OPERATORS.isLocked(seat));
        }
    }

    function test_collect__by_the_next_candidates_round__slashes_once() public {
        _claiming(2);
        _claim(0, 9e8);
        _claim(1, 8e8);
        _past();
        _choose(2);
        for (uint256 i = 0; i < 3; i++) {
            _round(_scored(899));
            BOUNTIES.voidVerdict(_ref(), CHALLENGER);
            if (i < 2) PANELS.collect(_ref());
        }
        _choose(2);
        assertEq(VAULT.balanceOf(CHALLENGER), 9 * BOND / 4);
        assertEq(uint256(PANELS.roundOf(_id()).phase), 1);
        _round(_scored(800));
        _isStage(Stage.LOCKING, 7200);
    }

    function test_voidVerdict__past_the_window__reverts_after_deadline() public {
        _judging();
        _round(_scored(899));
        TermsRef memory ref = _ref();
        _past();
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.voidVerdict(ref, CHALLENGER);
    }

    function test_voidVerdict__third__ends_the_candidate_without_fault() public {
        _judging();
        for (uint256 i = 0; i < 3; i++) {
            assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
            _round(_scored(899));
            _void();
        }
        _isStage(Stage.CHOOSING, 0);
        assertEq(uint256(_bounty().verdict), 0);
        _choose(2);
        _releases(0, 0, 307);
        assertEq(_bucket(), 0);
    }

    function test_voidVerdict__third_after_delivery__halves() public {
        _delivered();
        for (uint256 i = 0; i < 3; i++) {
            if (i != 0) _round(_scored(900));
            _void();
        }
        assertEq(uint256(_bounty().stage), uint256(Stage.HALVING));
        _halves();
    }

    /// @dev Delivered, then found unscorable by a second panel, and not cured.
    function test_lapse__cure_after_delivery__halves() public {
        _delivered();
        _void();
        _round(_plain(Verdict.UNSCORABLE));
        _isStage(Stage.CURE, 9000);
        int256 maker = _pay(_modeller(0));
        int256 asker = _pay(ASKER);
        _past();
        BOUNTIES.lapse(_ref(), _modeller(0));
        assertEq(_pay(_modeller(0)) - maker, 1500);
        assertEq(_pay(ASKER) - asker, 1501 + 1299 + 30);
        _releases(0, 0, 307);
        assertEq(_bucket(), 0);
    }

    function test_noQuorum__twice_after_delivery__halves() public {
        _delivered();
        _void();
        _disagree();
        assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        _disagree();
        _isStage(Stage.HALVING, 0);
        _halves();
    }

    function test_met__after_delivery__needs_no_second_one() public {
        _delivered();
        _void();
        _round(_scored(900));
        _isStage(Stage.WINDOW, 8400);
        _void();
        _round(_scored(899)); // and now it is not met any more
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags & 32, 0);
    }
}
