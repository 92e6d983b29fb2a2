// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HookToken} from "./support/HookToken.sol";
import {Shipped} from "./support/Shipped.sol";
import {IOperators} from "../../contracts/interfaces/IOperators.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Seat} from "../../contracts/types/Seat.sol";

/// @notice Seats and their bonds, to the unit and to the second, and who may do what. This contract is the panels'.
contract OperatorsMoney is Test {
    uint256 internal constant BOND = 1616; // a sixteenth is 101, no multiple of four
    uint256 internal constant LEAVE_DELAY = 28 hours + 3 days;
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant CHALLENGER = address(0xC4A11);

    HookToken internal token;
    IVault internal vault;
    IOperators internal operators;

    function setUp() public {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        operators = IOperators(Shipped.deploy("Operators", abi.encode(vault, address(this), BOND)));
        _fund(ALICE);
        _fund(BOB);
        vm.warp(block.timestamp + 10 days);
    }

    /// @dev Deploys, or reverts.
    function make(uint256 bond) external returns (address) {
        return Shipped.deploy("Operators", abi.encode(vault, address(this), bond));
    }

    function test_constructor__bond__divisible_into_sixteenths() public {
        uint256[7] memory bonds = [uint256(0), 1, 15, 16, 17, 24, 48];
        for (uint256 i = 0; i < 7; i++) {
            bool good = i == 3 || i == 6;
            try this.make(bonds[i]) returns (address made) {
                assertTrue(good);
                assertEq(IOperators(made).SEAT_BOND(), bonds[i]);
            } catch {
                assertFalse(good);
            }
        }
    }

    /* JOINING AND LEAVING */

    function test_join__locks_the_bond_and_takes_the_next_place() public {
        assertEq(_join(ALICE), 0);
        vm.warp(block.timestamp + 5);
        assertEq(_join(BOB), 1);
        assertEq(vault.bucketOf(address(operators), uint160(ALICE)), BOND);
        assertEq(vault.balanceOf(ALICE), 1e9 - BOND);
        assertEq(vault.bucketOf(address(operators), uint160(BOB)), BOND);
        _isSeat(0, ALICE, block.timestamp - 5, 0, 16);
        _isSeat(1, BOB, block.timestamp, 0, 16);
        assertEq(operators.seatsOf(ALICE), 1);
        assertEq(operators.seatsOf(BOB), 1);
        assertEq(operators.count(), 2);
        assertEq(operators.live(), 2);
        assertEq(operators.ownerOf(1), BOB);
        (uint256 held, uint256 alive, uint256 bond) = operators.standing(ALICE);
        assertEq(held, 1);
        assertEq(alive, 2);
        assertEq(bond, BOND);
    }

    /// @dev 4,095 places are written into the registry, whose first two fields are count and live, 16 bits each.
    function test_join__4096_places_and_no_more() public {
        vm.store(address(operators), 0, bytes32(uint256(4095 | (4095 << 16))));
        assertEq(operators.count(), 4095);
        assertEq(_join(ALICE), 4095);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_Full.selector, 4096, 4096));
        operators.join(0);
        operators.slashSilent(4095); // a place that is free again can be taken
        vm.prank(ALICE);
        operators.leave(4095);
        assertEq(_join(BOB), 4095);
        assertEq(operators.count(), 4096);
    }

    function test_announceLeave__owner_once() public {
        _join(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_NotOwner.selector, 0, BOB, ALICE));
        vm.prank(BOB);
        operators.announceLeave(0);
        uint256 at = block.timestamp + LEAVE_DELAY;
        vm.startPrank(ALICE);
        operators.announceLeave(0);
        _isSeat(0, ALICE, block.timestamp, at, 16);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_Announced.selector, 0, at));
        operators.announceLeave(0);
        vm.stopPrank();
    }

    function test_leave__a_second_early__reverts__at_the_time__gives_the_bond_back() public {
        _join(ALICE);
        _join(BOB);
        _join(ALICE);
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_TooEarly.selector, 0, block.timestamp, 0));
        operators.leave(0);
        uint256 at = block.timestamp + LEAVE_DELAY;
        operators.announceLeave(0);
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_TooEarly.selector, 0, at - 1, at));
        operators.leave(0);
        vm.warp(at);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_NotOwner.selector, 0, BOB, ALICE));
        vm.prank(BOB);
        operators.leave(0);
        vm.prank(ALICE);
        operators.leave(0);
        assertEq(vault.balanceOf(ALICE), 1e9 - BOND);
        assertEq(vault.bucketOf(address(operators), uint160(ALICE)), BOND);
        _isSeat(0, address(0), 0, 0, 0);
        assertEq(operators.seatsOf(ALICE), 1);
        assertEq(operators.live(), 2);
        assertEq(operators.count(), 3);
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_NotOwner.selector, 0, ALICE, address(0)));
        operators.leave(0);
        operators.announceLeave(2);
        vm.warp(at + LEAVE_DELAY + 1);
        operators.leave(2); // later is as good
        vm.stopPrank();
    }

    /// @dev Places are given again, the one that was left last first.
    function test_join__after_leaving__takes_the_free_places() public {
        for (uint256 i = 0; i < 4; i++) {
            _join(ALICE);
        }
        uint256[3] memory order = [uint256(1), 3, 0];
        for (uint256 i = 0; i < 3; i++) {
            operators.slashSilent(order[i]);
            vm.prank(ALICE);
            operators.leave(order[i]);
            assertEq(operators.seatsOf(ALICE), 3 - i);
        }
        _isSeat(0, address(0), 4, 0, 0); // the next free place is 3
        assertEq(_join(BOB), 0);
        assertEq(_join(BOB), 3);
        assertEq(_join(BOB), 1);
        assertEq(_join(BOB), 4);
        assertEq(operators.count(), 5);
        assertEq(operators.live(), 5);
        _isSeat(3, BOB, block.timestamp, 0, 16);
    }

    function test_leave__from_a_panel__reverts_locked() public {
        for (uint256 i = 0; i < 105; i++) {
            _join(ALICE);
        }
        operators.slashSilent(104);
        operators.slashSilent(0);
        operators.lockSeats(_seats(104));
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Errors.Operators_Locked.selector, 104));
        operators.leave(104);
        operators.leave(0); // the same bit of another word
        vm.stopPrank();
        operators.freeSeats(_seats(104));
        vm.prank(ALICE);
        operators.leave(104);
    }

    /* PANELS */

    function test_panels_actions__stranger__reverts_not_panels() public {
        _join(ALICE);
        bytes memory why = abi.encodeWithSelector(Errors.Operators_NotPanels.selector, ALICE, address(this));
        vm.startPrank(ALICE);
        vm.expectRevert(why);
        operators.lockSeats(_seats(0));
        vm.expectRevert(why);
        operators.freeSeats(_seats(0));
        vm.expectRevert(why);
        operators.slashSilent(0);
        vm.expectRevert(why);
        operators.slashWhole(0, ALICE);
        vm.stopPrank();
    }

    function test_lockSeats__across_words__and_free_again() public {
        for (uint256 i = 0; i < 210; i++) {
            _join(ALICE);
        }
        uint256[] memory some = new uint256[](5);
        (some[0], some[1], some[2], some[3], some[4]) = (0, 103, 104, 207, 208);
        vm.recordLogs();
        operators.lockSeats(some);
        assertEq(vm.getRecordedLogs().length, 3); // one for each word
        for (uint256 i = 0; i < 210; i++) {
            assertEq(operators.isLocked(i), i == 0 || i == 103 || i == 104 || i == 207 || i == 208);
        }
        operators.lockSeats(_seats(1));
        assertTrue(operators.isLocked(0));
        uint256[] memory down = new uint256[](3); // in no order
        (down[0], down[1], down[2]) = (205, 9, 110);
        operators.lockSeats(down);
        assertTrue(operators.isLocked(205) && operators.isLocked(9) && operators.isLocked(110));
        operators.freeSeats(down);
        uint256[] memory others = new uint256[](3);
        (others[0], others[1], others[2]) = (0, 103, 207);
        vm.recordLogs();
        operators.freeSeats(others);
        assertEq(vm.getRecordedLogs().length, 2);
        for (uint256 i = 0; i < 210; i++) {
            assertEq(operators.isLocked(i), i == 1 || i == 104 || i == 208);
        }
        operators.freeSeats(_seats(2)); // was not locked
        assertTrue(operators.isLocked(1));
        assertFalse(operators.isLocked(2));
    }

    function test_slashSilent__a_sixteenth_is_burned() public {
        _join(ALICE);
        _join(ALICE);
        for (uint256 left = 15; left > 12; left--) {
            operators.slashSilent(1);
            _isSeat(1, ALICE, block.timestamp, 0, left);
            assertEq(vault.bucketOf(address(operators), uint160(ALICE)), BOND + left * 101);
            assertEq(operators.live(), 1);
        }
        assertEq(vault.balanceOf(ALICE), 1e9 - 2 * BOND);
        assertEq(vault.balanceOf(address(0)), 0);
        assertEq(vault.accounted(), 2e9);
        assertEq(operators.drawable(1, block.timestamp + 1, 0), address(0));
        vm.prank(ALICE);
        operators.leave(1); // what is not whole needs no announcement
        assertEq(vault.balanceOf(ALICE), 1e9 - 2 * BOND + 13 * 101);
        assertEq(operators.live(), 1);
    }

    function test_slashWhole__a_quarter_to_the_challenger_the_rest_is_burned() public {
        _join(ALICE);
        _join(ALICE);
        operators.slashWhole(1, CHALLENGER);
        assertEq(vault.balanceOf(CHALLENGER), 404);
        assertEq(vault.bucketOf(address(operators), uint160(ALICE)), BOND);
        assertEq(operators.live(), 1);
        _isSeat(1, ALICE, block.timestamp, 0, 0);
        operators.slashSilent(0);
        operators.slashWhole(0, CHALLENGER); // 15 parts: 1,515
        assertEq(vault.balanceOf(CHALLENGER), 404 + 378);
        assertEq(vault.bucketOf(address(operators), uint160(ALICE)), 0);
        assertEq(operators.live(), 0);
        vm.recordLogs();
        operators.slashWhole(0, CHALLENGER); // nothing is left: burned zero, paid nothing
        assertEq(vm.getRecordedLogs().length, 2);
        vm.prank(ALICE);
        operators.leave(0);
        assertEq(vault.balanceOf(ALICE), 1e9 - 2 * BOND);
    }

    /* WHAT DRAWS READ */

    function test_census__who_joined_before_and_who_is_free() public {
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < 104; i++) {
            _join(ALICE);
        }
        vm.warp(start + 10);
        for (uint256 i = 0; i < 3; i++) {
            _join(BOB);
        }
        _isCensus(107, start + 11, 107, 107);
        _isCensus(107, start + 10, 104, 104); // who joined at the cutoff is no older than it
        _isCensus(107, start + 1, 104, 104);
        _isCensus(107, start, 0, 0);
        _isCensus(106, start + 11, 106, 106);
        _isCensus(104, start + 11, 104, 104);
        _isCensus(103, start + 11, 103, 103);
        _isCensus(1, start + 11, 1, 1);
        _isCensus(0, start + 11, 0, 0);
        operators.lockSeats(_seats(104));
        operators.lockSeats(_seats(7));
        _isCensus(107, start + 11, 107, 105);
        _isCensus(107, start + 10, 104, 103);
        operators.slashSilent(7);
        operators.slashSilent(8);
        _isCensus(107, start + 11, 105, 104);
        _isCensus(107, start + 1, 102, 102);
        _isCensus(9, start + 11, 7, 7);
    }

    /// @dev Some of a word joined in time, some did not: they are looked at one by one, from the first to the last.
    function test_census__mixed_word__counts_the_older() public {
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < 208; i++) {
            if (i == 104 || i == 105 || i == 207) vm.warp(start + i);
            _join(ALICE);
        }
        _isCensus(208, start + 1, 104, 104);
        _isCensus(208, start + 104, 104, 104);
        _isCensus(208, start + 105, 105, 105);
        _isCensus(208, start + 106, 207, 207);
        _isCensus(208, start + 207, 207, 207);
        _isCensus(208, start + 208, 208, 208);
        operators.slashSilent(110);
        vm.prank(ALICE);
        operators.leave(110);
        vm.warp(start + 300);
        _join(ALICE);
        _isCensus(208, start + 300, 207, 207); // the last place of the word is among the older
        _isCensus(4096, start + 301, 208, 208); // as many places as there can be
    }

    /// @dev At both sides of the border between two words.
    function test_slash__at_the_border_of_a_word__touches_one_seat() public {
        for (uint256 i = 0; i < 106; i++) {
            _join(ALICE);
        }
        uint256 cutoff = block.timestamp + 1;
        assertEq(operators.drawable(103, cutoff, 0), ALICE);
        operators.slashSilent(104);
        _isCensus(104, cutoff, 104, 104);
        _isCensus(106, cutoff, 105, 105);
        assertEq(operators.drawable(104, cutoff, 0), address(0));
        assertEq(operators.drawable(0, cutoff, 0), ALICE);
        operators.slashWhole(103, CHALLENGER);
        _isCensus(104, cutoff, 103, 103);
        _isCensus(106, cutoff, 104, 104);
        assertEq(operators.drawable(103, cutoff, 0), address(0));
        operators.lockSeats(_seats(102));
        assertEq(operators.drawable(102, cutoff, 0), address(0));
        assertEq(operators.drawable(105, cutoff, 0), ALICE);
    }

    function test_drawable__live_free_older_and_staying() public {
        uint256 joined = block.timestamp;
        for (uint256 i = 0; i < 106; i++) {
            _join(ALICE);
        }
        assertEq(operators.drawable(105, joined + 1, joined), ALICE);
        assertEq(operators.drawable(105, joined, joined), address(0));
        assertEq(operators.drawable(105, joined - 1, joined), address(0));
        assertEq(operators.drawable(106, joined + 1, joined), address(0));
        vm.prank(ALICE);
        operators.announceLeave(105);
        assertEq(operators.drawable(105, joined + 1, joined + LEAVE_DELAY - 1), ALICE);
        assertEq(operators.drawable(105, joined + 1, joined + LEAVE_DELAY), address(0));
        assertEq(operators.drawable(105, joined + 1, joined + LEAVE_DELAY + 1), address(0));
        assertEq(operators.drawable(1, joined + 1, type(uint256).max), ALICE);
        operators.lockSeats(_seats(1));
        assertEq(operators.drawable(1, joined + 1, joined), address(0));
        assertEq(operators.drawable(2, joined + 1, joined), ALICE);
        operators.slashSilent(3);
        assertEq(operators.drawable(3, joined + 1, joined), address(0));
    }

    function test_ownersOf__those_of_the_mask() public {
        _join(ALICE);
        _join(BOB);
        _join(ALICE);
        uint256 seats = 1 | (0 << 16) | (2 << 32) | (uint256(1) << 96);
        address[7] memory owners = operators.ownersOf(seats, 69); // places 0, 2 and 6
        assertEq(owners[0], BOB);
        assertEq(owners[1], address(0));
        assertEq(owners[2], ALICE);
        assertEq(owners[3], address(0));
        assertEq(owners[6], BOB);
        assertEq(operators.ownersOf(seats, 2)[1], ALICE);
        assertEq(operators.ownersOf(seats, 0)[0], address(0));
    }

    /* INTERNAL */

    function _isCensus(uint256 count, uint256 cutoff, uint256 all, uint256 free) private view {
        (uint256 gotAll, uint256 gotFree) = operators.census(count, cutoff);
        assertEq(gotAll, all);
        assertEq(gotFree, free);
    }

    function _isSeat(uint256 seat, address owner, uint256 since, uint256 leaveAt, uint256 parts) private view {
        Seat memory got = operators.seatOf(seat);
        assertEq(got.owner, owner);
        assertEq(got.since, since);
        assertEq(got.leaveAt, leaveAt);
        assertEq(got.parts, parts);
    }

    function _join(address who) private returns (uint256) {
        vm.prank(who);
        return operators.join(0);
    }

    function _seats(uint256 seat) private pure returns (uint256[] memory some) {
        some = new uint256[](1);
        some[0] = seat;
    }

    function _fund(address who) private {
        token.mint(who, 1e9);
        vm.startPrank(who);
        token.approve(address(vault), 1e9);
        vault.deposit(1e9);
        vault.approve(address(operators), type(uint256).max);
        vm.stopPrank();
    }
}
