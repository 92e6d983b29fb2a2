// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {BountyTerms, Stage} from "../../contracts/types/Bounty.sol";

/// @notice Opening a bounty: what it locks, and each term at its bounds.
contract OpenMoney is ContestSteps {
    uint256 internal constant LOCKED = 3001 + 1299 + 30;

    constructor() ContestSteps(new HookToken()) {}

    function test_open__locks_reward_deposit_and_pot() public {
        int256 before = _pay(ASKER);
        _open();
        assertEq(_pay(ASKER) - before, -int256(LOCKED));
        assertEq(_bucket(), LOCKED);
        _isStage(Stage.SUBMITTING, 3600);
        assertEq(_bounty().openedAt, block.timestamp);
        assertEq(BOUNTIES.bountyIdOf(_terms()), _id());
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_Exists.selector, _id()));
        _openAs(ASKER);
    }

    function test_open__for_somebody_else__reverts_not_requester() public {
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NotRequester.selector, _id(), STRANGER, ASKER));
        _openAs(STRANGER);
    }

    function test_open__owner_of_a_seat__reverts_owns_seat() public {
        vm.prank(ASKER);
        OPERATORS.join(0);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_OwnsSeat.selector, ASKER, 1));
        _openAs(ASKER);
    }

    function test_open__three_live_seats_a_place__are_needed() public {
        uint256 places = 5;
        rules = (rules & ~uint256(0xFFFF << 16)) | (places << 16) | (3 << 24);
        for (uint256 seat = 0; seat < 3; seat++) {
            _slash(seat);
        }
        assertEq(OPERATORS.live(), 15);
        uint256 before = vm.snapshotState();
        _open();
        vm.revertToState(before);
        _slash(3);
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_TooFewSeats.selector, 14, 15));
        _openAs(ASKER);
    }

    function test_open__amounts__at_their_bounds() public {
        deposit = 128;
        _may(true, 0, 0, 0);
        deposit = 127;
        _may(false, 4, 127, 128);
        (deposit, reward) = (1299, 3024); // three quarters of two seats' bonds
        _may(true, 0, 0, 0);
        reward = 3025;
        _may(false, 3, 3025, 3024);
        reward = 0;
        _may(false, 3, 0, 1);
        reward = 1;
        _may(true, 0, 0, 0);
        (reward, claimBond) = (3007, 217); // 3 * 10 + 187
        _may(true, 0, 0, 0);
        claimBond = 216;
        _may(false, 6, 216, 217);
        (reward, claimBond, panelFee) = (15, 300, 100);
        _may(true, 0, 0, 0);
        claimBond = 299;
        _may(false, 6, 299, 300);
    }

    function test_open__panels__at_their_bounds() public {
        uint256 rest = rules & ~uint256(0xFFFF << 16);
        claimBond = 10_000;
        reward = 1;
        for (uint256 seat = 0; seat < 6; seat++) {
            vm.prank(vm.addr(OPERATOR));
            OPERATORS.join(0);
        }
        for (uint256 size = 2; size <= 8; size++) {
            for (uint256 quorum = 1; quorum <= size + 1; quorum++) {
                rules = rest | (size << 16) | (quorum << 24);
                if (size < 3) _may(false, 9, size, 3);
                else if (size > 7) _may(false, 9, size, 7);
                else if (2 * quorum <= size) _may(false, 10, quorum, size / 2 + 1);
                else if (quorum > size) _may(false, 10, quorum, size);
                else _may(true, 0, 0, 0);
            }
        }
    }

    function test_open__threshold_and_rows__at_their_bounds() public {
        uint256 rest = rules & ~(uint256(type(uint64).max) << 128);
        uint256[4] memory thresholds = [uint256(0), 1, 1e9, 1e9 + 1];
        for (uint256 i = 0; i < 4; i++) {
            rules = rest | (thresholds[i] << 128);
            _may(i == 1 || i == 2, 12, thresholds[i], i == 0 ? 1 : 1e9);
        }
        rest = (rest & ~(uint256(type(uint32).max) << 32)) | (uint256(5e8) << 128);
        uint256[4] memory rows = [uint256(0), 1, 1 << 24, (1 << 24) + 1];
        for (uint256 i = 0; i < 4; i++) {
            rules = rest | (rows[i] << 32);
            _may(i == 1 || i == 2, 13, rows[i], i == 0 ? 1 : 1 << 24);
        }
        rules = (rest & ~uint256(0xFFFF)) | 1 | (1 << 8) | (1000 << 32); // one class
        _may(false, 7, 1, 1);
    }

    function test_open__stages__at_their_bounds() public {
        uint256 good = schedule;
        for (uint256 stage = 0; stage < 10; stage++) {
            uint256 most = stage == 3 ? 3 days : 30 days;
            uint256[4] memory lengths = [uint256(599), 600, most, most + 1];
            for (uint256 i = 0; i < 4; i++) {
                schedule = (good & ~(uint256(type(uint24).max) << (24 * stage))) | (lengths[i] << (24 * stage));
                _may(i == 1 || i == 2, 21, lengths[i], i == 0 ? 600 : most);
            }
        }
    }

    function test_open__datasets__exist_and_share_at_most_everything() public {
        (datasets[0].bps, datasets[1].bps) = (9_999, 1);
        _may(true, 0, 0, 0);
        datasets[1].bps = 2;
        _may(false, 22, 10_001, 10_000);
        (datasets[0].bps, datasets[1].bps) = (10_001, 1);
        _may(false, 22, 10_001, 10_000);
        (datasets[0].bps, datasets[1].bps) = (1, 0);
        _may(false, 22, 0, 1);
        datasets[1].bps = 1;
        for (uint256 i = 0; i < 14; i++) {
            datasets.push(datasets[0]);
        }
        _may(true, 0, 0, 0);
        datasets.push(datasets[0]);
        _may(false, 22, 17, 16);
        datasets.pop();
        datasets[15].assetId = 77;
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_NoDataset.selector, 77));
        _openAs(ASKER);
    }

    function test_open__bad_points__reverts_bad_point() public {
        BountyTerms memory t = _terms();
        t.key.parity = 2;
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_BadPoint.selector, t.key.x, 2));
        vm.prank(ASKER);
        BOUNTIES.open(t);
        t = _terms();
        t.files.seal.x = KeyEquation.N;
        vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_BadPoint.selector, KeyEquation.N, t.files.seal.parity));
        vm.prank(ASKER);
        BOUNTIES.open(t);
    }

    /* INTERNAL */

    function _openAs(address who) private {
        BountyTerms memory t = _terms();
        vm.prank(who);
        BOUNTIES.open(t);
    }

    /// @dev Opens a bounty of these terms and takes that back, or expects the refusal.
    function _may(bool good, uint256 field, uint256 got, uint256 bound_) private {
        uint256 before = vm.snapshotState();
        BountyTerms memory t = _terms();
        if (!good) vm.expectRevert(abi.encodeWithSelector(Errors.Bounties_BadTerm.selector, field, got, bound_));
        vm.prank(ASKER);
        BOUNTIES.open(t);
        vm.revertToStateAndDelete(before);
    }

    /// @dev Takes a sixteenth of a seat's bond, so that it is not live.
    function _slash(uint256 seat) private {
        vm.prank(address(PANELS));
        OPERATORS.slashSilent(seat);
    }
}
