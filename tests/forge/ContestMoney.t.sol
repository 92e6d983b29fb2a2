// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {Birth, Parent} from "../../contracts/types/Asset.sol";
import {BountyTerms, Stage, Submission, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";
import {Finding, Reveal} from "../../contracts/types/Panel.sol";

/// @notice A contest from its verdict to the last bond: who is paid what, to the unit and to the second. The reward is 3,001,
///         of which the datasets get 300 and 99; the deposit 1,299; the panel 3 times 10; a claim bond 307.
contract ContestMoney is ContestSteps {
    uint256 internal constant T = 5; // opens the lock of the delivery

    constructor() ContestSteps(new HookToken()) {}

    /* PAID */

    function test_paid__locked_delivered_and_finalized__at_the_last_moments() public {
        int256 asker = _pay(ASKER);
        _judging();
        int256 maker = _pay(_maker(0));
        _draw();
        address[3] memory signers = [_owner(0), _owner(1), _owner(2)];
        uint256[3] memory had;
        for (uint256 place = 0; place < 3; place++) {
            had[place] = VAULT.balanceOf(signers[place]);
            _commit(place, _scored(900)); // exactly as claimed
        }
        _reveal();
        _isStage(Stage.LOCKING, 7200);
        _toDeadline();
        _lock(T);
        _isStage(Stage.DELIVERING, 7800);
        assertEq(BOUNTIES.keyLockOf(_id()), vm.addr(T));
        _toDeadline();
        BOUNTIES.deliver(_ref(), T);
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags, 32 + 2 + 4);
        bytes32 attested = PANELS.verdictOf(_id());
        _cannotFinalizeYet();
        _finalize(0);
        assertEq(_pay(_maker(0)) - maker, 2602 + 307);
        assertEq(_pay(ASKER) - asker, -3001 - 30);
        assertEq(VAULT.bucketOf(address(ASSETS), datasets[0].assetId), 300);
        assertEq(VAULT.bucketOf(address(ASSETS), datasets[1].assetId), 99);
        for (uint256 place = 0; place < 3; place++) {
            assertEq(VAULT.balanceOf(signers[place]) - had[place], 10);
            assertFalse(OPERATORS.isLocked(_seat(place)));
        }
        assertEq(_bucket(), 0);
        Birth memory birth =
            Birth(_maker(0), address(BOUNTIES), bytes32(BOUNTIES.submissionIdOf(_id(), _maker(0))), datasets);
        uint256 recorded = ASSETS.assetIdOf(birth);
        assertEq(ASSETS.recordOf(recorded), keccak256(abi.encode(bytes32(uint256(1)), attested)));
        _cannotFinalizeTwice();
        _releases(0, Errors.Bounties_Released.selector, 0);
    }

    function test_paid__by_two_of_three__the_third_gets_nothing() public {
        _judging();
        int256 asker = _pay(ASKER);
        _draw();
        address other = _owner(1);
        int256 had = _pay(other);
        _commit(0, _scored(900));
        _commit(1, _scored(901));
        _commit(2, _scored(900));
        _reveal();
        _waive();
        _past();
        _finalize(0);
        assertEq(_pay(other), had);
        assertEq(_pay(ASKER) - asker, 1299 + 10);
        assertEq(_bucket(), 0);
    }

    /// @dev Without a hash of what it would be listed under, nothing is recorded.
    function test_paid__second_maker__is_not_recorded__and_the_first_gets_his_bond() public {
        _claiming(2);
        _claim(0, 6e8);
        _claim(1, 9e8);
        _past();
        _choose(2);
        _round(_scored(950));
        _waive();
        _past();
        int256 maker = _pay(_maker(1));
        _finalize(1);
        assertEq(_pay(_maker(1)) - maker, 2602 + 307);
        assertEq(_bucket(), 307);
        Birth memory birth =
            Birth(_maker(1), address(BOUNTIES), bytes32(BOUNTIES.submissionIdOf(_id(), _maker(1))), datasets);
        assertEq(ASSETS.recordOf(ASSETS.assetIdOf(birth)), 0);
        _releases(0, 0, 307);
        _releases(0, Errors.Bounties_Released.selector, 0);
        _releases(2, Errors.Bounties_NoSubmission.selector, 0);
        assertEq(_bucket(), 0);
    }

    function test_finalize__other_submission_or_datasets__reverts() public {
        _judging();
        _round(_scored(900));
        _waive();
        _past();
        TermsRef memory ref = _ref();
        bytes32 rows = _rows();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, _id(), _maker(1)));
        BOUNTIES.finalize(ref, submissionOf(1), rows, datasets);
        Submission memory wrong = submissionOf(0);
        wrong.listingHash = "other";
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, _id(), _maker(0)));
        BOUNTIES.finalize(ref, wrong, rows, datasets);
        vm.expectPartialRevert(Errors.Bounties_NotTerms.selector);
        BOUNTIES.finalize(ref, submissionOf(0), rows, new Parent[](0));
        vm.expectPartialRevert(Errors.Bounties_NotTerms.selector);
        BOUNTIES.finalize(ref, submissionOf(0), 0, datasets);
    }

    /* FORFEITED */

    function test_forfeited__a_row_worse_than_claimed__pays_the_panel_and_burns_the_rest() public {
        _claiming(2);
        _claim(0, 9e8);
        _claim(1, 8e8);
        _past();
        _choose(2);
        _draw();
        int256 signer = _pay(_owner(0));
        address first = _owner(0);
        _commit(0, _scored(899));
        _commit(1, _scored(900));
        _commit(2, _scored(899));
        _reveal();
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags, 0);
        uint256 bucket = _bucket();
        int256 asker = _pay(ASKER);
        _cannotFinalizeYet();
        _finalize(0);
        assertEq(_bucket(), bucket - 307);
        assertEq(_pay(first) - signer, 10);
        assertEq(_pay(ASKER), asker);
        assertEq(_entry(0).flags, 1 + 2 + 4);
        assertEq(uint256(_bounty().stage), uint256(Stage.CHOOSING));
        _choose(2);
        assertEq(_bounty().candidate, 2);
        assertEq(_bounty().tried, 2);
        _round(_scored(800));
        _waive();
        _past();
        _finalize(1);
        assertEq(_bucket(), 0);
        _releases(0, 0, 0); // his bond is gone
    }

    /// @dev Fees of two signers only: 307 - 20 is burned.
    function test_forfeited__burns_what_the_signers_do_not_get() public {
        _judging();
        _split(_scored(899), _scored(900));
        _past();
        vm.recordLogs();
        _finalize(0);
        assertEq(_logged("Burned(address,uint256,uint256)"), 287);
    }

    /* THE ROWS */

    function test_badRows__the_deposit_goes_to_the_makers_and_the_fire() public {
        _judging();
        int256 asker = _pay(ASKER);
        _round(_plain(Verdict.BAD_ROWS));
        _isStage(Stage.WINDOW, 8400);
        _past();
        vm.recordLogs();
        _finalize(0);
        assertEq(_logged("Burned(address,uint256,uint256)"), 1299 - 20);
        assertEq(_pay(ASKER) - asker, 3001);
        assertEq(_bucket(), 307 + 20);
        _releases(0, 0, 317);
        _releases(1, 0, 10);
        assertEq(_bucket(), 0);
    }

    function test_rowsClaim__is_right__the_claimer_gets_his_bond_back() public {
        _rowsClaimed();
        _round(_plain(Verdict.BAD_ROWS));
        _past();
        _finalize(2); // any submission
        assertEq(_bucket(), 2 * 307 + 20);
        _releases(1, 0, 317);
        _releases(0, 0, 317);
        assertEq(_bucket(), 0);
    }

    function test_rowsClaim__is_wrong__the_bond_is_gone_and_the_contest_goes_on() public {
        _rowsClaimed();
        uint256 bucket = _bucket();
        _round(_plain(Verdict.ROWS_GOOD));
        _isStage(Stage.WINDOW, 8400);
        _past();
        _finalize(2);
        assertEq(_bucket(), bucket - 307);
        assertEq(BOUNTIES.rowsClaimerOf(_id()), address(0));
        assertFalse(_bounty().rowsBond);
        _choose(2);
        assertEq(_bounty().candidate, 1);
        _round(_scored(900));
        _waive();
        _past();
        _finalize(0);
        assertEq(_bucket(), 0);
        _releases(1, 0, 0);
    }

    function test_rowsClaim__nobody_agrees__the_bond_comes_back_at_the_end() public {
        _rowsClaimed();
        _noQuorum(Verdict.BAD_ROWS, Verdict.ROWS_GOOD);
        assertEq(uint256(_bounty().stage), uint256(Stage.CHOOSING));
        assertTrue(_bounty().rowsBond);
        _choose(2);
        _round(_scored(900));
        _waive();
        _past();
        int256 maker = _pay(_maker(0));
        _finalize(0);
        assertEq(_pay(_maker(0)) - maker, 2602 + 307);
        _releases(1, 0, 307);
        assertEq(_bucket(), 0);
    }

    /// @dev The winner had claimed that the rows are bad as well: both bonds at once.
    function test_rowsClaim__of_the_winner__both_bonds() public {
        _claiming(2);
        _claim(1, 9e8);
        _claimBadRows(1);
        _past();
        _choose(2);
        _noQuorum(Verdict.BAD_ROWS, Verdict.ROWS_GOOD);
        _choose(2);
        _round(_scored(900));
        _waive();
        _past();
        int256 maker = _pay(_maker(1));
        _finalize(1);
        assertEq(_pay(_maker(1)) - maker, 2602 + 2 * 307);
        assertEq(_bucket(), 0);
    }

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
        BOUNTIES.publishKey(ref, submissionOf(0), MODEL_KEY);
        uint256 bucket = _bucket();
        BOUNTIES.lapse(ref, _maker(0));
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
        BOUNTIES.publishKey(ref, submissionOf(0), MODEL_KEY + 1);
        vm.expectPartialRevert(Errors.Bounties_NotCandidate.selector);
        BOUNTIES.publishKey(ref, submissionOf(1), MODEL_KEY);
        _toDeadline();
        BOUNTIES.publishKey(ref, submissionOf(0), MODEL_KEY);
        assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        assertEq(_bounty().flags, 1);
        assertEq(PANELS.roundOf(_id()).deadline, block.timestamp + 5400);
        assertEq(PANELS.roundOf(_id()).number, 2);
        _round(_scored(900));
        _isStage(Stage.WINDOW, 8400);
        _past();
        int256 maker = _pay(_maker(0));
        _finalize(0);
        assertEq(_pay(_maker(0)) - maker, 2602 + 307);
    }

    function test_unscorable__with_the_key__forfeits_after_the_window() public {
        _judging();
        _round(_plain(Verdict.UNSCORABLE));
        BOUNTIES.publishKey(_ref(), submissionOf(0), MODEL_KEY);
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
        BOUNTIES.publishKey(_ref(), submissionOf(0), MODEL_KEY);
        uint256 bucket = _bucket();
        _disagree();
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

    function test_lock__another_stage__reverts() public {
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
        BOUNTIES.publishKey(ref, submissionOf(0), MODEL_KEY);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 11));
        BOUNTIES.release(ref, _makers(1));
        BountyTerms memory t = _terms();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 7));
        BOUNTIES.refute(t, submissionOf(0), SEAL);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 8));
        BOUNTIES.voidVerdict(ref, CHALLENGER);
        bytes32 rows = _rows();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 8));
        BOUNTIES.finalize(ref, submissionOf(0), rows, datasets);
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
        BOUNTIES.lapse(ref, _maker(0));
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
        BOUNTIES.lapse(_ref(), _maker(0));
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
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotRequester.selector, _id(), _maker(0), ASKER));
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
        BOUNTIES.refute(t, submissionOf(0), SEAL + 1);
        vm.expectPartialRevert(Errors.Bounties_NotCandidate.selector);
        BOUNTIES.refute(t, submissionOf(1), SEAL);
        _toDeadline();
        uint256 before = vm.snapshotState();
        BOUNTIES.refute(t, submissionOf(0), SEAL);
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags, 32 + 4);
        vm.revertToState(before);
        vm.warp(block.timestamp + 1);
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.refute(t, submissionOf(0), SEAL);
    }

    function test_refute__the_right_lock__reverts() public {
        _judging();
        _round(_scored(900));
        address shared = vm.addr(mulmod(SEAL, SEAL, KeyEquation.N));
        uint256 submissionId = BOUNTIES.submissionIdOf(_id(), _maker(0));
        uint256 h = uint256(keccak256(abi.encode(shared, block.chainid, BOUNTIES, submissionId))) % KeyEquation.N;
        uint256 t = addmod(MODEL_KEY, h, KeyEquation.N);
        _lock(t);
        BountyTerms memory terms = _terms();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_LockIsRight.selector, _id(), vm.addr(t)));
        BOUNTIES.refute(terms, submissionOf(0), SEAL);
    }

    /* NOBODY HANDED IN */

    function test_lapse__no_submission__all_goes_back() public {
        int256 before = _pay(ASKER);
        _open();
        _toDeadline();
        _cannotLapse(0, Errors.Bounties_BeforeDeadline.selector);
        vm.warp(block.timestamp + 1);
        BOUNTIES.lapse(_ref(), _maker(0));
        assertEq(_pay(ASKER), before);
        assertEq(_bucket(), 0);
        assertEq(uint256(_bounty().stage), uint256(Stage.DONE));
    }

    function test_lapse__silent_requester__loses_the_deposit() public {
        int256 before = _pay(ASKER);
        _open();
        _submit(0);
        _submit(1);
        _submit(2);
        vm.warp(uint256(_bounty().deadline) + 4200);
        _cannotLapse(0, Errors.Bounties_BeforeDeadline.selector);
        vm.warp(block.timestamp + 1);
        vm.recordLogs();
        BOUNTIES.lapse(_ref(), _maker(0));
        assertEq(_logged("Burned(address,uint256,uint256)"), 1299 - 30);
        assertEq(_pay(ASKER) - before, -1299);
        assertEq(_bucket(), 30);
        for (uint256 i = 0; i < 3; i++) {
            _releases(i, 0, 10);
        }
        assertEq(_bucket(), 0);
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
        BOUNTIES.voidVerdict(_ref(), CHALLENGER);
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
        assertEq(VAULT.balanceOf(CHALLENGER), 2 * BOND / 4);
        assertEq(VAULT.bucketOf(address(OPERATORS), uint160(loser)), bond - BOND);
        assertEq(VAULT.bucketOf(address(OPERATORS), uint160(other)), kept);
        assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        assertEq(_bounty().flags, 64);
        assertEq(PANELS.roundOf(_id()).deadline, block.timestamp + 5400);
        _round(_scored(900));
        _isStage(Stage.LOCKING, 7200);
    }

    function test_voidVerdict__past_the_window__reverts() public {
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
            BOUNTIES.voidVerdict(_ref(), CHALLENGER);
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
            BOUNTIES.voidVerdict(_ref(), CHALLENGER);
        }
        assertEq(uint256(_bounty().stage), uint256(Stage.HALVING));
        _halves();
    }

    /// @dev Delivered, then found unscorable by a second panel, and not cured.
    function test_lapse__cure_after_delivery__halves() public {
        _delivered();
        BOUNTIES.voidVerdict(_ref(), CHALLENGER);
        _round(_plain(Verdict.UNSCORABLE));
        _isStage(Stage.CURE, 9000);
        int256 maker = _pay(_maker(0));
        int256 asker = _pay(ASKER);
        _past();
        BOUNTIES.lapse(_ref(), _maker(0));
        assertEq(_pay(_maker(0)) - maker, 1500);
        assertEq(_pay(ASKER) - asker, 1501 + 1299 + 30);
        _releases(0, 0, 307);
        assertEq(_bucket(), 0);
    }

    function test_noQuorum__twice_after_delivery__halves() public {
        _delivered();
        BOUNTIES.voidVerdict(_ref(), CHALLENGER);
        _disagree();
        assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        _disagree();
        _isStage(Stage.HALVING, 0);
        _halves();
    }

    function test_met__after_delivery__needs_no_second_one() public {
        _delivered();
        BOUNTIES.voidVerdict(_ref(), CHALLENGER);
        _round(_scored(900));
        _isStage(Stage.WINDOW, 8400);
        BOUNTIES.voidVerdict(_ref(), CHALLENGER);
        _round(_scored(899)); // and now it is not met any more
        _isStage(Stage.WINDOW, 8400);
        assertEq(_bounty().flags & 32, 0);
    }

    /* INTERNAL */

    function _delivering() private {
        _judging();
        _round(_scored(900));
        _lock(T);
    }

    function _delivered() private {
        _delivering();
        BOUNTIES.deliver(_ref(), T);
    }

    /// @dev The requester posts no lock.
    function _waive() private {
        _past();
        BOUNTIES.lapse(_ref(), _maker(uint256(_bounty().candidate) - 1));
    }

    /// @dev Two makers, one claims 900 rows and the other that they are bad; a panel looks at them.
    function _rowsClaimed() private {
        _claiming(2);
        _claim(0, 9e8);
        _claimBadRows(1);
        _past();
        _choose(2);
    }

    function _disagree() private {
        _draw();
        for (uint256 place = 0; place < 3; place++) {
            _commit(place, _scored(uint128(900 + place)));
        }
        _reveal();
    }

    /// @dev Two rounds without a verdict: the third place commits, and never opens it.
    function _noQuorum(Verdict a, Verdict b) private {
        for (uint256 i = 0; i < 2; i++) {
            _draw();
            _commit(0, _plain(a));
            _commit(1, _plain(b));
            _commit(2, _plain(a));
            (Finding[] memory findings, Reveal[] memory reveals) = _opened(3);
            PANELS.reveal(_ref(), _committed(), findings, reveals);
            delete voted;
            vm.warp(uint256(PANELS.roundOf(_id()).deadline) + 1);
            PANELS.closeReveals(_ref());
        }
    }

    function _halves() private {
        int256 maker = _pay(_maker(0));
        int256 asker = _pay(ASKER);
        _finalize(0);
        assertEq(_pay(_maker(0)) - maker, 1500);
        assertEq(_pay(ASKER) - asker, 1501 + 1299 + 30);
        _releases(0, 0, 307);
        assertEq(_bucket(), 0);
    }

    function _cannotFinalizeYet() private {
        _toDeadline();
        TermsRef memory ref = _ref();
        bytes32 rows = _rows();
        Submission memory submission = submissionOf(uint256(_bounty().candidate) - 1);
        vm.expectPartialRevert(Errors.Bounties_BeforeDeadline.selector);
        BOUNTIES.finalize(ref, submission, rows, datasets);
        vm.warp(block.timestamp + 1);
    }

    function _cannotFinalizeTwice() private {
        TermsRef memory ref = _ref();
        bytes32 rows = _rows();
        vm.expectPartialRevert(Errors.Bounties_WrongStage.selector);
        BOUNTIES.finalize(ref, submissionOf(0), rows, datasets);
    }

    function _cannotLapse(uint256 i, bytes4 why) private {
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(why);
        BOUNTIES.lapse(ref, _maker(i));
    }

    function _releases(uint256 i, bytes4 why, int256 amount) private {
        TermsRef memory ref = _ref();
        address[] memory one = new address[](1);
        one[0] = _maker(i);
        int256 before = _pay(one[0]);
        if (why != 0) vm.expectPartialRevert(why);
        BOUNTIES.release(ref, one);
        assertEq(_pay(one[0]) - before, amount);
    }

    /// @dev The amount in the last event of that name.
    function _logged(string memory name) private returns (uint256 amount) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == keccak256(bytes(name))) amount = abi.decode(logs[i].data, (uint256));
        }
    }
}
