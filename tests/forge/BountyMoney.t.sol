// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {Bounty, BountyTerms, SignedClaim, Stage} from "../../contracts/types/Bounty.sol";
import {Submission, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";
import {Point} from "../../contracts/types/Point.sol";
import {Schedule} from "../../contracts/types/Schedule.sol";

/// @notice A contest from its opening to the choice of a candidate: what moves, to the unit and to the second, and who may.
contract BountyMoney is ContestSteps {
    uint256 internal constant LOCKED = 3001 + 1299 + 30;

    constructor() ContestSteps(new HookToken()) {}

    /* SUBMIT */

    function test_submit__at_the_deadline__burns_the_fee() public {
        _open();
        _toDeadline();
        int256 before = _pay(_modeller(0));
        uint256 accounted = VAULT.accounted();
        _submit(0);
        assertEq(_pay(_modeller(0)) - before, -1);
        assertEq(VAULT.accounted(), accounted);
        assertEq(_bucket(), LOCKED);
        assertEq(_bounty().submissions, 1);
        assertEq(_entry(0).index, 1);
        assertEq(_entry(0).digest, bytes22(keccak256(abi.encode(_submission(0)))));
        _submit(1);
        assertEq(_entry(1).index, 2);
        uint256 id = _id();
        Submission memory submission = _submission(0);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_Twice.selector, id, _modeller(0)));
        vm.prank(_modeller(0));
        BOUNTIES.submit(id, submission);
        uint256 deadline = block.timestamp;
        vm.warp(deadline + 1);
        _cannotSubmit(
            2, _submission(2), abi.encodeWithSelector(Errors.Bounties_AfterDeadline.selector, id, deadline + 1, deadline)
        );
    }

    function test_submit__who_and_what__is_checked() public {
        uint256 id = _id();
        _cannotSubmit(0, _submission(0), abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, id, 0, 1));
        _open();
        bytes memory why = abi.encodeWithSelector(Errors.Bounties_NotMaker.selector, id, _modeller(0), _modeller(1));
        _cannotSubmit(0, _submission(1), why);
        Submission memory bad = _submission(0);
        bad.key = Point(bad.key.x, 2);
        _cannotSubmit(0, bad, abi.encodeWithSelector(Errors.Bounties_BadPoint.selector, bad.key.x, 2));
        bad = _submission(0);
        bad.seal = Point(KeyEquation.N, 0);
        _cannotSubmit(0, bad, abi.encodeWithSelector(Errors.Bounties_BadPoint.selector, KeyEquation.N, 0));
        vm.prank(_modeller(0));
        OPERATORS.join(0);
        _cannotSubmit(0, _submission(0), abi.encodeWithSelector(Errors.Bounties_OwnsSeat.selector, _modeller(0), 1));
    }

    function test_submit__64_and_no_more() public {
        _open();
        uint256 id = _id();
        for (uint256 i = 0; i < 64; i++) {
            _fundMaker(i);
            _submit(i);
        }
        assertEq(_bounty().submissions, 64);
        _cannotSubmit(65, _submission(65), abi.encodeWithSelector(Errors.Bounties_Full.selector, id, 65, 64));
    }

    /* ROWS */

    function test_openRows__after_submitting_and_in_time() public {
        _open();
        _submit(0);
        _toDeadline();
        uint256 id = _id();
        uint256 deadline = block.timestamp;
        _cannotOpenRows(
            ROWS_KEY, abi.encodeWithSelector(Errors.Bounties_BeforeDeadline.selector, id, deadline, deadline)
        );
        uint256 before = vm.snapshotState();
        vm.warp(deadline + 1);
        _cannotOpenRows(7, abi.encodeWithSelector(Errors.Bounties_WrongKey.selector, id, vm.addr(7), vm.addr(ROWS_KEY)));
        _openRows();
        _isStage(Stage.CLAIMING, 4800);
        vm.revertToState(before);
        vm.warp(deadline + 4200);
        _openRows();
        _isStage(Stage.CLAIMING, 4800);
        _cannotOpenRows(ROWS_KEY, abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, id, 2, 1));
        vm.revertToState(before);
        vm.warp(deadline + 4201);
        bytes memory why =
            abi.encodeWithSelector(Errors.Bounties_AfterDeadline.selector, id, deadline + 4201, deadline + 4200);
        _cannotOpenRows(ROWS_KEY, why);
    }

    function test_openRows__nobody_submitted_or_other_files__reverts_no_submission_or_not_terms() public {
        _open();
        _past();
        uint256 id = _id();
        bytes memory why = abi.encodeWithSelector(Errors.Bounties_NoSubmission.selector, id, address(0));
        _cannotOpenRows(ROWS_KEY, why);
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(Errors.Bounties_NotTerms.selector);
        BOUNTIES.openRows(ref, points[0], 0, 0, ROWS_KEY);
    }

    /* CLAIMS */

    function test_claim__at_the_deadline__locks_the_bond_once() public {
        _claiming(2);
        _toDeadline();
        int256 before = _pay(_modeller(0));
        _claim(0, 5e8); // the threshold
        assertEq(_pay(_modeller(0)) - before, -307);
        assertEq(_bucket(), LOCKED + 307);
        assertEq(_entry(0).score, 5e8);
        assertEq(_entry(0).flags, 1);
        assertEq(_entry(0).index, 1);
        _claim(1, 1e9); // the best there is
        uint256 id = _id();
        _cannotClaim(0, 6e8, abi.encodeWithSelector(Errors.Bounties_Twice.selector, id, _modeller(0)));
        uint256 deadline = block.timestamp;
        vm.warp(deadline + 1);
        _cannotClaim(
            1, 6e8, abi.encodeWithSelector(Errors.Bounties_AfterDeadline.selector, id, deadline + 1, deadline)
        );
    }

    function test_claim__who_and_what__is_checked() public {
        _open();
        _submit(0);
        uint256 id = _id();
        _cannotClaim(0, 9e8, abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, id, 1, 2));
        _past();
        _openRows();
        _cannotClaim(1, 9e8, abi.encodeWithSelector(Errors.Bounties_NoSubmission.selector, id, _modeller(1)));
        bytes memory why = abi.encodeWithSelector(Errors.Bounties_BadScore.selector, id, 5e8 - 1, 5e8, 1e9);
        _cannotClaim(0, 5e8 - 1, why);
        why = abi.encodeWithSelector(Errors.Bounties_BadScore.selector, id, 1e9 + 1, 5e8, 1e9);
        _cannotClaim(0, 1e9 + 1, why);
    }

    function test_claimMany__passes_over_who_claimed_or_has_no_money() public {
        _claiming(3);
        _claim(0, 8e8);
        vm.prank(_modeller(1));
        VAULT.approve(address(BOUNTIES), 306);
        SignedClaim[] memory some = new SignedClaim[](3);
        for (uint256 i = 0; i < 3; i++) {
            some[i] = _signedClaim(MAKER + i, 7e8);
        }
        _toDeadline();
        int256 before = _pay(_modeller(2));
        BOUNTIES.claimMany(_ref(), some);
        assertEq(_entry(0).score, 8e8);
        assertEq(_entry(1).flags, 0);
        assertEq(_entry(2).flags, 1);
        assertEq(_entry(2).score, 7e8);
        assertEq(_pay(_modeller(2)) - before, -307);
        assertEq(_bucket(), LOCKED + 2 * 307);
        vm.warp(block.timestamp + 1);
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        BOUNTIES.claimMany(ref, some);
    }

    function test_claimMany__of_others_or_bad_scores__reverts_no_submission_or_bad_score() public {
        _claiming(2);
        SignedClaim[] memory some = new SignedClaim[](1);
        TermsRef memory ref = _ref();
        some[0] = _signedClaim(MAKER + 2, 7e8);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NoSubmission.selector, _id(), _modeller(2)));
        BOUNTIES.claimMany(ref, some);
        some[0] = _signedClaim(MAKER, 5e8 - 1);
        vm.expectPartialRevert(Errors.Bounties_BadScore.selector);
        BOUNTIES.claimMany(ref, some);
        some[0] = _signedClaim(MAKER, 7e8);
        some[0].score += 1; // another message, another signer
        vm.expectPartialRevert(Errors.Bounties_NoSubmission.selector);
        BOUNTIES.claimMany(ref, some);
    }

    function test_claimBadRows__one_of_the_makers_once() public {
        _claiming(2);
        TermsRef memory ref = _ref();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NoSubmission.selector, _id(), STRANGER));
        vm.prank(STRANGER);
        BOUNTIES.claimBadRows(ref);
        _toDeadline();
        int256 before = _pay(_modeller(1));
        _claimBadRows(1);
        assertEq(_pay(_modeller(1)) - before, -307);
        assertEq(_bucket(), LOCKED + 307);
        assertEq(BOUNTIES.rowsClaimerOf(_id()), _modeller(1));
        assertEq(_bounty().flags, 16);
        assertTrue(_bounty().rowsBond);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_Twice.selector, _id(), _modeller(1)));
        vm.prank(_modeller(0));
        BOUNTIES.claimBadRows(ref);
    }

    function test_claimBadRows__too_late__reverts_after_deadline() public {
        _claiming(2);
        TermsRef memory ref = _ref();
        _past();
        vm.expectPartialRevert(Errors.Bounties_AfterDeadline.selector);
        vm.prank(_modeller(0));
        BOUNTIES.claimBadRows(ref);
    }

    /* CHOICE */

    function test_choose__after_claiming__takes_the_best_and_at_a_tie_the_earlier() public {
        _claiming(3);
        _claim(0, 6e8);
        _claim(1, 7e8);
        _claim(2, 7e8);
        _toDeadline();
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(Errors.Bounties_BeforeDeadline.selector);
        BOUNTIES.choose(ref, _makers(3));
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotAllMakers.selector, _id(), 2, 3));
        BOUNTIES.choose(ref, _makers(2));
        address[] memory wrong = _makers(3);
        (wrong[0], wrong[1]) = (wrong[1], wrong[0]);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotAllMakers.selector, _id(), 2, 1));
        BOUNTIES.choose(ref, wrong);
        _choose(3);
        Bounty memory bounty = _bounty();
        assertEq(uint256(bounty.stage), uint256(Stage.JUDGING));
        assertEq(bounty.candidate, 2);
        assertEq(bounty.claimed, 7e8);
        assertEq(bounty.tried, 1);
        assertEq(bounty.flags, 0);
        assertEq(_entry(1).flags, 3);
        assertEq(PANELS.roundOf(_id()).candidate, 2);
        assertEq(PANELS.roundOf(_id()).size, 3);
        assertEq(PANELS.roundOf(_id()).quorum, 2);
        assertEq(PANELS.roundOf(_id()).revealing, 6600);
        assertEq(PANELS.roundOf(_id()).deadline, block.timestamp + 5400);
        assertEq(PANELS.roundOf(_id()).cutoff, bounty.openedAt);
        vm.expectPartialRevert(Errors.Bounties_WrongStage.selector);
        BOUNTIES.choose(ref, _makers(3));
    }

    function test_choose__nobody_claimed__the_requester_gets_all_back() public {
        int256 before = _pay(ASKER);
        _claiming(2);
        _past();
        _choose(2);
        assertEq(_pay(ASKER), before);
        assertEq(_bucket(), 0);
        assertEq(uint256(_bounty().stage), uint256(Stage.DONE));
    }

    function test_choose__bad_rows_are_claimed__are_judged_first() public {
        _claiming(2);
        _claim(0, 9e8);
        _claimBadRows(1);
        _past();
        _choose(2);
        Bounty memory bounty = _bounty();
        assertEq(uint256(bounty.stage), uint256(Stage.JUDGING));
        assertEq(bounty.candidate, 0);
        assertEq(bounty.claimed, 0);
        assertEq(bounty.tried, 0);
        assertEq(bounty.flags, 0);
        assertEq(PANELS.roundOf(_id()).candidate, 0);
    }

    /* MODULES */

    function test_modules_actions__stranger__reverts_not_panels() public {
        _judging();
        uint256 id = _id();
        bytes memory why = abi.encodeWithSelector(Errors.Bounties_NotPanels.selector, STRANGER, address(PANELS));
        vm.startPrank(STRANGER);
        vm.expectRevert(why);
        BOUNTIES.judged(id, Schedule.wrap(schedule), Verdict.NONE, 0);
        vm.expectRevert(why);
        BOUNTIES.granted(id, _modeller(0), 0);
        vm.expectRevert(why);
        BOUNTIES.drawFailed(id);
        vm.stopPrank();
    }

    function test_modules_actions__wrong_stage__reverts_wrong_stage() public {
        _claiming(2);
        uint256 id = _id();
        vm.startPrank(address(PANELS));
        bytes memory why = abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, id, 2, 4);
        vm.expectRevert(why);
        BOUNTIES.judged(id, Schedule.wrap(schedule), Verdict.NONE, 0);
        vm.expectRevert(why);
        BOUNTIES.granted(id, _modeller(0), 0);
        vm.expectRevert(why);
        BOUNTIES.drawFailed(id);
        vm.stopPrank();
    }

    function test_grant__the_candidates_maker_in_the_first_half_of_committing() public {
        _judging();
        uint256 id = _id();
        _cannotGrant(0, abi.encodeWithSelector(Errors.Bounties_GrantsOver.selector, id, block.timestamp, 0));
        _draw();
        uint256 end = block.timestamp + 3000;
        assertEq(PANELS.grantDeadline(id), end);
        _cannotGrant(1, abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, id, _modeller(1)));
        _cannotGrant(2, abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, id, _modeller(2)));
        vm.warp(end);
        vm.prank(_modeller(0));
        BOUNTIES.grant(id, "grant");
        vm.warp(end + 1);
        _cannotGrant(0, abi.encodeWithSelector(Errors.Bounties_GrantsOver.selector, id, end + 1, end));
    }

    /* INTERNAL */

    function _fundMaker(uint256 i) private {
        TOKEN.mint(_modeller(i), 1000);
        vm.startPrank(_modeller(i));
        TOKEN.approve(address(VAULT), 1000);
        VAULT.deposit(1000);
        VAULT.approve(address(BOUNTIES), type(uint256).max);
        vm.stopPrank();
    }

    function _cannotSubmit(uint256 i, Submission memory submission, bytes memory why) private {
        uint256 id = _id();
        vm.expectRevert(why);
        vm.prank(_modeller(i));
        BOUNTIES.submit(id, submission);
    }

    function _cannotOpenRows(uint256 k, bytes memory why) private {
        BountyTerms memory t = _terms();
        TermsRef memory ref = _ref();
        vm.expectRevert(why);
        BOUNTIES.openRows(ref, t.key, keccak256(abi.encode(t.files)), keccak256(abi.encode(t.datasets)), k);
    }

    function _cannotClaim(uint256 i, uint64 score, bytes memory why) private {
        TermsRef memory ref = _ref();
        vm.expectRevert(why);
        vm.prank(_modeller(i));
        BOUNTIES.claim(ref, score);
    }

    function _cannotGrant(uint256 i, bytes memory why) private {
        uint256 id = _id();
        vm.expectRevert(why);
        vm.prank(_modeller(i));
        BOUNTIES.grant(id, "grant");
    }
}
