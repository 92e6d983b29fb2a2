// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {ContestChaos} from "./support/ContestChaos.sol";
import {ContestHandler} from "./support/ContestHandler.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors} from "../../contracts/libraries/Errors.sol";
import {IPanels} from "../../contracts/interfaces/IPanels.sol";
import {Bounty, CoreTerms, Entry, Stage, TermsRef} from "../../contracts/types/Bounty.sol";
import {Phase, Round, Sitting} from "../../contracts/types/Panel.sol";
import {Seat} from "../../contracts/types/Seat.sol";

/// @notice Whole contests, three at a time, with silent and lying evaluators and voids. Numbers: docs/architecture.md.
abstract contract ContestChecks is Test {
    uint256 internal constant MOST_ROUNDS = 19; // three makers, five rounds each, and four about the rows
    uint256 internal constant MOST_STEPS = 600; // to end three bounties whose people are all gone
    ContestHandler internal handler;

    function campaign() internal pure virtual returns (string memory);

    function invariant_15_18_to_26() public view {
        check_15_bond_bucket_equals_the_parts_left();
        check_18_bucket_holds_what_is_promised();
        check_19_a_seat_is_locked_by_one_panel_or_none();
        check_21_no_exit_is_ever_closed();
        check_24_25_26_forward_only_by_the_right_role_and_as_promised();
    }

    /// @dev Everybody walks away: strangers end it all, no seat stays locked; then all take what is theirs, and nothing
    ///      but what was burned is left.
    function afterInvariant() public {
        for (uint256 steps = 0; handler.runningCount() != 0; steps++) {
            assertLt(steps, MOST_STEPS, "21: too many steps");
            handler.finish();
        }
        invariant_15_18_to_26();
        handler.leaveAll();
        for (uint256 i = 0; i < handler.peopleCount(); i++) {
            uint256 bonds = handler.VAULT().bucketOf(address(handler.OPERATORS()), uint160(handler.people(i)));
            assertEq(bonds, 0, "23: bonds left");
        }
        handler.cashIn();
        assertEq(handler.stuck(), 0, "23: stuck");
        check_21_no_exit_is_ever_closed();
        check_24_25_26_forward_only_by_the_right_role_and_as_promised();
        handler.report(campaign());
    }

    function check_15_bond_bucket_equals_the_parts_left() internal view {
        uint256 count = handler.OPERATORS().count();
        uint256[] memory sums = new uint256[](handler.peopleCount());
        for (uint256 seat = 0; seat < count; seat++) {
            Seat memory fields = handler.OPERATORS().seatOf(seat);
            for (uint256 i = 0; i < sums.length; i++) {
                if (fields.owner == handler.people(i)) sums[i] += uint256(fields.parts) * 126; // a sixteenth of a bond
            }
        }
        for (uint256 i = 0; i < sums.length; i++) {
            uint256 held = handler.VAULT().bucketOf(address(handler.OPERATORS()), uint160(handler.people(i)));
            assertEq(held, sums[i], "15");
        }
    }

    function check_18_bucket_holds_what_is_promised() internal view {
        for (uint256 k = 0; k < handler.runningCount(); k++) {
            uint256 n = handler.runningAt(k);
            uint256 id = handler.idOf(n);
            Bounty memory bounty = handler.BOUNTIES().bountyOf(id);
            if (bounty.stage == Stage.DONE) continue; // by a stranger, not yet released
            CoreTerms memory core = handler.termsOf(n).core;
            uint256 bonds = bounty.rowsBond ? 1 : 0;
            for (uint256 i = 0; i < handler.submitted(n); i++) {
                Entry memory entry = handler.BOUNTIES().entryOf(id, handler.makerOf(i));
                if (entry.flags & 1 != 0 && entry.flags & 12 == 0) bonds++; // claimed, not forfeited or released
            }
            uint256 promised = uint256(core.reward) + core.deposit + core.rules.panelSize() * core.panelFee;
            uint256 held = handler.VAULT().bucketOf(address(handler.BOUNTIES()), id);
            assertEq(held, promised + bonds * core.claimBond, "18");
        }
        assertEq(handler.left(), 0, "18: left after release");
    }

    function check_19_a_seat_is_locked_by_one_panel_or_none() internal view {
        uint256 count = handler.OPERATORS().count();
        uint256[] memory panels = new uint256[](count);
        for (uint256 n = 0; n < handler.opened(); n++) {
            uint256 id = handler.idOf(n);
            if (handler.PANELS().roundOf(id).phase == Phase.NONE) continue;
            Sitting memory sitting = handler.PANELS().sittingOf(id);
            for (uint256 place = 0; place < 7; place++) {
                if ((sitting.seated >> place) & 1 == 0) continue;
                panels[uint16(uint256(sitting.seats) >> (16 * place))] += 1;
            }
        }
        for (uint256 seat = 0; seat < count; seat++) {
            assertEq(panels[seat], handler.OPERATORS().isLocked(seat) ? 1 : 0, "19");
        }
    }

    function check_21_no_exit_is_ever_closed() internal view {
        assertEq(handler.refused(), 0, "21");
        for (uint256 n = 0; n < handler.opened(); n++) {
            assertLe(handler.PANELS().roundOf(handler.idOf(n)).number, MOST_ROUNDS, "21: rounds");
        }
    }

    function check_24_25_26_forward_only_by_the_right_role_and_as_promised() internal view {
        assertEq(handler.backwards(), 0, "24");
        assertEq(handler.unlawful(), 0, "25");
        assertEq(handler.broken(), 0, "26");
    }
}

/// @notice Valid actions only: none may be refused.
/// forge-config: default.invariant.fail-on-revert = true
contract ContestSteps is ContestChecks {
    function campaign() internal pure override returns (string memory) {
        return "contest steps";
    }

    function setUp() public {
        handler = new ContestHandler(new HookToken(), true);
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = handler.step.selector;
        selectors[1] = handler.stepAgain.selector;
        selectors[2] = handler.begin.selector;
        selectors[3] = handler.join.selector;
        selectors[4] = handler.announceLeave.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }
}

/// @notice Among strangers who try everything at any time, with old signatures and in others' roles.
contract ContestInvariants is ContestChecks {
    function campaign() internal pure override returns (string memory) {
        return "contests";
    }

    function setUp() public {
        ContestChaos chaos = new ContestChaos(new HookToken());
        handler = chaos;
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = handler.step.selector;
        for (uint256 i = 1; i < 4; i++) {
            selectors[i] = handler.stepAgain.selector;
        }
        selectors[4] = handler.begin.selector;
        selectors[5] = chaos.poke.selector;
        selectors[6] = chaos.replay.selector;
        selectors[7] = chaos.replayLock.selector;
        selectors[8] = handler.join.selector;
        selectors[9] = handler.announceLeave.selector;
        selectors[10] = chaos.leaveNow.selector;
        selectors[11] = chaos.trespass.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// @dev Every function that is one role's, by every other role, after every step of some contests.
    function test_roles__after_each_step__all_others_are_refused() public {
        ContestChaos chaos = ContestChaos(address(handler));
        for (uint256 i = 0; i < 60; i++) {
            handler.step(i, uint256(keccak256(abi.encode(i))));
            for (uint256 verb = 0; verb < 22; verb++) {
                for (uint256 who = 0; who < 12; who++) {
                    chaos.trespass(i, verb, who);
                }
            }
        }
        assertEq(handler.unlawful(), 0, "25");
        assertGt(handler.countOf(7), 0, "no verdict came to its window");
    }

    /// @dev Anvil takes minutes for so many blocks.
    function test_draw__life_of_a_seed_in_blocks() public {
        for (uint256 luck = 1; handler.runningCount() == 0; luck++) {
            handler.begin(luck);
        }
        uint256 id = handler.idOf(0);
        TermsRef memory ref = handler.refOf(0);
        ContestChaos(address(handler)).poke(0, 0); // choose
        IPanels panels = handler.PANELS();
        Round memory round = panels.roundOf(id);
        assertEq(uint256(round.phase), uint256(Phase.DRAWING));
        uint256 before = vm.snapshotState();
        vm.roll(uint256(round.seedBlock) + 8191);
        panels.draw(ref);
        assertEq(uint256(panels.roundOf(id).phase), uint256(Phase.COMMITTING));
        vm.revertToState(before);
        vm.roll(uint256(round.seedBlock) + 8192);
        (, bool complete) = panels.draw(ref);
        assertFalse(complete);
        Round memory anew = panels.roundOf(id);
        assertEq(anew.seedBlock, block.number + 4);
        assertEq(anew.deadline, round.deadline);
        vm.expectRevert(abi.encodeWithSelector(TesseraErrors.Panels_NoSeedYet.selector, id, block.number, anew.seedBlock));
        panels.draw(ref);
    }
}
