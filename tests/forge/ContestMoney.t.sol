// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestChecks} from "./support/ContestChecks.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Birth, Parent} from "../../contracts/types/Asset.sol";
import {Stage, Submission, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";

/// @notice A contest from its verdict to the last bond: who is paid what, to the unit and to the second. The reward is 3,001,
///         of which the datasets get 300 and 99; the deposit 1,299; the panel 3 times 10; a claim bond 307.
contract ContestMoney is ContestChecks {
    /* PAID */

    function test_paid__locked_delivered_and_finalized__at_the_last_moments() public {
        int256 asker = _pay(ASKER);
        _judging();
        int256 maker = _pay(_modeller(0));
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
        assertEq(_pay(_modeller(0)) - maker, 2602 + 307);
        assertEq(_pay(ASKER) - asker, -3001 - 30);
        assertEq(VAULT.bucketOf(address(ASSETS), datasets[0].assetId), 300);
        assertEq(VAULT.bucketOf(address(ASSETS), datasets[1].assetId), 99);
        for (uint256 place = 0; place < 3; place++) {
            assertEq(VAULT.balanceOf(signers[place]) - had[place], 10);
            assertFalse(OPERATORS.isLocked(_seat(place)));
        }
        assertEq(_bucket(), 0);
        Birth memory birth =
            Birth(_modeller(0), address(BOUNTIES), bytes32(BOUNTIES.submissionIdOf(_id(), _modeller(0))), datasets);
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
        int256 maker = _pay(_modeller(1));
        _finalize(1);
        assertEq(_pay(_modeller(1)) - maker, 2602 + 307);
        assertEq(_bucket(), 307);
        Birth memory birth =
            Birth(_modeller(1), address(BOUNTIES), bytes32(BOUNTIES.submissionIdOf(_id(), _modeller(1))), datasets);
        assertEq(ASSETS.recordOf(ASSETS.assetIdOf(birth)), 0);
        _releases(0, 0, 307);
        _releases(0, Errors.Bounties_Released.selector, 0);
        _releases(2, Errors.Bounties_NoSubmission.selector, 0);
        assertEq(_bucket(), 0);
    }

    function test_finalize__other_submission_or_datasets__reverts_not_candidate_or_not_terms() public {
        _judging();
        _round(_scored(900));
        _waive();
        _past();
        TermsRef memory ref = _ref();
        bytes32 rows = _rows();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, _id(), _modeller(1)));
        BOUNTIES.finalize(ref, _submission(1), rows, datasets);
        Submission memory wrong = _submission(0);
        wrong.listingHash = "other";
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, _id(), _modeller(0)));
        BOUNTIES.finalize(ref, wrong, rows, datasets);
        vm.expectPartialRevert(Errors.Bounties_NotTerms.selector);
        BOUNTIES.finalize(ref, _submission(0), rows, new Parent[](0));
        vm.expectPartialRevert(Errors.Bounties_NotTerms.selector);
        BOUNTIES.finalize(ref, _submission(0), 0, datasets);
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
        int256 maker = _pay(_modeller(0));
        _finalize(0);
        assertEq(_pay(_modeller(0)) - maker, 2602 + 307);
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
        int256 maker = _pay(_modeller(1));
        _finalize(1);
        assertEq(_pay(_modeller(1)) - maker, 2602 + 2 * 307);
        assertEq(_bucket(), 0);
    }

    /* NOBODY HANDED IN */

    function test_lapse__no_submission__all_goes_back() public {
        int256 before = _pay(ASKER);
        _open();
        _toDeadline();
        _cannotLapse(0, Errors.Bounties_BeforeDeadline.selector);
        vm.warp(block.timestamp + 1);
        BOUNTIES.lapse(_ref(), _modeller(0));
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
        BOUNTIES.lapse(_ref(), _modeller(0));
        assertEq(_logged("Burned(address,uint256,uint256)"), 1299 - 30);
        assertEq(_pay(ASKER) - before, -1299);
        assertEq(_bucket(), 30);
        for (uint256 i = 0; i < 3; i++) {
            _releases(i, 0, 10);
        }
        assertEq(_bucket(), 0);
    }
}
