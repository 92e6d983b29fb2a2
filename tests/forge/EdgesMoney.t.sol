// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {Shipped} from "./support/Shipped.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {IBounties} from "../../contracts/interfaces/IBounties.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {BountyTerms, SignedClaim, Stage, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";
import {Phase} from "../../contracts/types/Panel.sol";

/// @notice Corners of contests: lists that lie, the last candidate, what only the log says, what must not happen twice.
contract EdgesMoney is ContestSteps {
    uint256 internal constant T = 5;

    constructor() ContestSteps(new HookToken()) {}

    function test_open__several_bad_terms__the_first_is_named() public {
        (reward, deposit) = (0, 127);
        _cannotOpen(BOUNTIES, abi.encodeWithSelector(Errors.Bounties_BadTerm.selector, 3, 0, 1));
        reward = 1;
        _cannotOpen(BOUNTIES, abi.encodeWithSelector(Errors.Bounties_BadTerm.selector, 4, 127, 128));
    }

    /// @dev Where a submission costs three, each of 128 must get three back.
    function test_open__deposit__covers_the_fee_of_128_submissions() public {
        string[] memory libraries = new string[](2);
        (libraries[0], libraries[1]) = ("BountyEnds", "BountyRules");
        bytes memory arguments = abi.encode(VAULT, ASSETS, OPERATORS, PANELS, address(this), 3);
        IBounties dear = IBounties(Shipped.deployLinked("Bounties", libraries, arguments));
        vm.prank(ASKER);
        VAULT.approve(address(dear), type(uint256).max);
        deposit = 383;
        _cannotOpen(dear, abi.encodeWithSelector(Errors.Bounties_BadTerm.selector, 4, 383, 384));
        deposit = 384;
        BountyTerms memory terms = _terms();
        vm.prank(ASKER);
        uint256 id = dear.open(terms);
        assertEq(VAULT.bucketOf(address(dear), id), 3001 + 384 + 30);
    }

    /// @dev A Vault that says nothing ran out of gas: nobody is passed over for that.
    function test_claimMany__silent_vault__reverts_too_little_gas() public {
        _claiming(2);
        SignedClaim[] memory some = new SignedClaim[](1);
        some[0] = _signedClaim(MAKER + 1, 7e8);
        TermsRef memory ref = _ref();
        vm.mockCallRevert(address(VAULT), abi.encodeWithSelector(IVault.lock.selector), "");
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_TooLittleGas.selector, _id(), _modeller(1)));
        BOUNTIES.claimMany(ref, some);
        vm.mockCallRevert(address(VAULT), abi.encodeWithSelector(IVault.lock.selector), hex"01");
        BOUNTIES.claimMany(ref, some);
        assertEq(_entry(1).flags, 0);
        vm.clearMockedCalls();
    }

    function test_grant__before_the_half_of_committing__is_told() public {
        _judging();
        _draw();
        uint256 id = _id();
        vm.warp(PANELS.grantDeadline(id) - 1);
        vm.expectEmit(address(BOUNTIES));
        emit IBounties.KeyGranted(id, _modeller(0), "grant");
        vm.prank(_modeller(0));
        BOUNTIES.grant(id, "grant");
    }

    function test_choose__list_that_hides_a_maker__reverts_not_all_makers_or_wrong_stage() public {
        _claiming(3);
        _claim(0, 6e8);
        _claim(1, 9e8);
        _past();
        address[] memory makers = _makers(3);
        makers[1] = makers[0];
        _cannotChoose(makers, abi.encodeWithSelector(Errors.Bounties_NotAllMakers.selector, _id(), 1, 2));
        makers = _makers(3);
        makers[0] = makers[1];
        _cannotChoose(makers, abi.encodeWithSelector(Errors.Bounties_NotAllMakers.selector, _id(), 2, 1));
        makers = _makers(4);
        _cannotChoose(makers, abi.encodeWithSelector(Errors.Bounties_NotAllMakers.selector, _id(), 4, 3));
        _choose(3);
        _cannotChoose(_makers(3), abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 4, 3));
    }

    /// @dev How many were tried is written into the bounty: the fifth field, after 96 bits.
    function test_choose__eighth_candidate__is_the_last() public {
        _claiming(2);
        _claim(0, 9e8);
        _past();
        bytes32 slot = keccak256(abi.encode(_id(), uint256(0)));
        uint256 word = uint256(vm.load(address(BOUNTIES), slot));
        uint256 before = vm.snapshotState();
        vm.store(address(BOUNTIES), slot, bytes32(word | (7 << 96)));
        assertEq(_bounty().tried, 7);
        _choose(2);
        assertEq(_bounty().tried, 8);
        assertEq(_bounty().candidate, 1);
        vm.revertToState(before);
        vm.store(address(BOUNTIES), slot, bytes32(word | (8 << 96)));
        _choose(2);
        assertEq(uint256(_bounty().stage), uint256(Stage.DONE));
    }

    function test_choose__nobody_left__forgets_the_candidate() public {
        _judging();
        _round(_scored(899));
        _past();
        _finalize(0);
        _choose(2);
        assertEq(uint256(_bounty().stage), uint256(Stage.DONE));
        assertEq(_bounty().candidate, 0);
        assertEq(_bounty().claimed, 0);
        assertEq(_bounty().flags, 0);
    }

    function test_choose__tells_who_claims_that_the_rows_are_bad() public {
        _claiming(2);
        _claimBadRows(1);
        _past();
        vm.expectEmit(address(BOUNTIES));
        emit IBounties.CandidateChosen(_id(), _modeller(1), 0, 0);
        _choose(2);
    }

    function test_finalize__rows_are_good__tells_whose_bond_is_gone() public {
        _claiming(2);
        _claimBadRows(1);
        _past();
        _choose(2);
        _round(_plain(Verdict.ROWS_GOOD));
        _past();
        vm.expectEmit(address(BOUNTIES));
        emit IBounties.ClaimForfeited(_id(), _modeller(1), 277);
        _finalize(0);
    }

    /// @dev Shares that come out even, and one that would not with a part more or less.
    function test_paid__datasets__to_the_unit() public {
        uint16[2][2] memory bps = [[uint16(1_000), 9_000], [uint16(9_999), 1]];
        uint256[2][2] memory amounts = [[uint256(300), 2_700], [uint256(2_999), 0]];
        reward = 3_000;
        for (uint256 i = 0; i < 2; i++) {
            (datasets[0].bps, datasets[1].bps) = (bps[i][0], bps[i][1]);
            uint256 before = vm.snapshotState();
            _judging();
            _round(_scored(900));
            _past();
            BOUNTIES.lapse(_ref(), _modeller(0));
            _past();
            _finalize(0);
            assertEq(VAULT.bucketOf(address(ASSETS), datasets[0].assetId), amounts[i][0]);
            assertEq(VAULT.bucketOf(address(ASSETS), datasets[1].assetId), amounts[i][1]);
            vm.revertToState(before);
        }
    }

    function test_silent__each_maker_gets_a_128th() public {
        uint128[2] memory deposits = [uint128(1_280), 1_279];
        for (uint256 i = 0; i < 2; i++) {
            deposit = deposits[i];
            uint256 before = vm.snapshotState();
            _open();
            _submit(0);
            vm.warp(uint256(_bounty().deadline) + 4201);
            BOUNTIES.lapse(_ref(), _modeller(0));
            assertEq(_bucket(), i == 0 ? 10 : 9);
            vm.revertToState(before);
        }
    }

    function test_judged__tells_whether_the_claim_was_met() public {
        _judging();
        uint256 before = vm.snapshotState();
        _votes(900);
        vm.expectEmit(address(BOUNTIES));
        emit IBounties.StageEntered(_id(), Stage.LOCKING, block.timestamp + 7200, Verdict.SCORED, true);
        _reveal();
        vm.revertToState(before);
        _votes(899);
        vm.expectEmit(address(BOUNTIES));
        emit IBounties.StageEntered(_id(), Stage.WINDOW, block.timestamp + 8400, Verdict.SCORED, false);
        _reveal();
    }

    function test_lapse__in_the_window_after_delivery__reverts_wrong_stage() public {
        _judging();
        _round(_scored(900));
        _lock(T);
        BOUNTIES.deliver(_ref(), T);
        _past();
        TermsRef memory ref = _ref();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongStage.selector, _id(), 8, 7));
        BOUNTIES.lapse(ref, _modeller(0));
    }

    function test_keys__wrong_ones__are_named() public {
        _judging();
        _round(_plain(Verdict.UNSCORABLE));
        TermsRef memory ref = _ref();
        address right = vm.addr(MODEL_KEY);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongKey.selector, _id(), vm.addr(7), right));
        BOUNTIES.publishKey(ref, _submission(0), 7);
        BOUNTIES.publishKey(ref, _submission(0), MODEL_KEY);
    }

    function test_seals__wrong_ones__are_named() public {
        _judging();
        _round(_scored(900));
        _lock(T);
        BountyTerms memory t = _terms();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_WrongKey.selector, _id(), vm.addr(7), vm.addr(SEAL)));
        BOUNTIES.refute(t, _submission(0), 7);
    }

    /// @dev Long before the deadline, not only at it.
    function test_exits__early__reverts_before_deadline() public {
        _open();
        _submit(0);
        TermsRef memory ref = _ref();
        bytes memory why =
            abi.encodeWithSelector(Errors.Bounties_BeforeDeadline.selector, _id(), block.timestamp, _bounty().deadline);
        vm.expectRevert(why);
        BOUNTIES.lapse(ref, _modeller(0));
        _past();
        _openRows();
        _claim(0, 9e8);
        vm.expectPartialRevert(Errors.Bounties_BeforeDeadline.selector);
        BOUNTIES.choose(ref, _makers(1));
        _past();
        _choose(1);
        _draw();
        vm.expectPartialRevert(Errors.Panels_BeforeDeadline.selector);
        PANELS.closeCommits(ref);
        _commit(0, _scored(900));
        _commit(1, _scored(900));
        _commit(2, _scored(900));
        vm.expectPartialRevert(Errors.Panels_BeforeDeadline.selector);
        PANELS.closeReveals(ref);
    }

    function test_grant__about_the_rows__by_nobody() public {
        _claiming(2);
        _claimBadRows(1);
        _past();
        _choose(2);
        _draw();
        uint256 id = _id();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, id, STRANGER));
        vm.prank(STRANGER);
        BOUNTIES.grant(id, "grant");
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, id, _modeller(0)));
        vm.prank(_modeller(0));
        BOUNTIES.grant(id, "grant");
    }

    function test_finalize__earlier_maker__is_not_the_candidate() public {
        _claiming(2);
        _claim(0, 6e8);
        _claim(1, 9e8);
        _past();
        _choose(2);
        _round(_scored(900));
        _past();
        TermsRef memory ref = _ref();
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotCandidate.selector, _id(), _modeller(0)));
        BOUNTIES.lapse(ref, _modeller(0));
        BOUNTIES.lapse(ref, _modeller(1));
        _past();
        _finalize(1);
        assertEq(_entry(1).flags, 1 + 2 + 8); // claimed, tried, released
    }

    function test_voidVerdict__third__begins_no_other_round() public {
        _judging();
        for (uint256 i = 0; i < 3; i++) {
            _round(_scored(899));
            _void();
        }
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.NONE));
        assertEq(PANELS.roundOf(_id()).number, 3);
        for (uint256 seat = 0; seat < 18; seat++) {
            assertFalse(OPERATORS.isLocked(seat));
        }
    }

    function _cannotOpen(IBounties bounties, bytes memory why) private {
        BountyTerms memory terms = _terms();
        vm.expectRevert(why);
        vm.prank(ASKER);
        bounties.open(terms);
    }

    function _cannotChoose(address[] memory makers, bytes memory why) private {
        TermsRef memory ref = _ref();
        vm.expectRevert(why);
        BOUNTIES.choose(ref, makers);
    }

    function _votes(uint128 correct) private {
        _draw();
        for (uint256 place = 0; place < 3; place++) {
            _commit(place, _scored(correct));
        }
    }
}
