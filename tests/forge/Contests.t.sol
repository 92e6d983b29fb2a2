// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

import {ContestHandler} from "./support/ContestHandler.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors} from "../../contracts/libraries/Errors.sol";
import {IBounties} from "../../contracts/interfaces/IBounties.sol";
import {IPanels} from "../../contracts/interfaces/IPanels.sol";
import {Bounty, CoreTerms, Entry, Stage, TermsRef} from "../../contracts/types/Bounty.sol";
import {Phase, Round, Sitting} from "../../contracts/types/Panel.sol";

/// @notice Whole contests, three at a time, with silent and lying evaluators, voids, replays and strangers. Numbers:
///         docs/architecture.md.
contract ContestInvariants is Test {
    uint256 internal constant MOST_ROUNDS = 19; // three makers, five rounds each, and four about the rows
    uint256 internal constant MOST_STEPS = 600; // to end three bounties whose people are all gone
    ContestHandler internal handler;

    function setUp() public {
        handler = new ContestHandler(new HookToken());
        bytes4[] memory selectors = new bytes4[](10);
        for (uint256 i = 0; i < 4; i++) {
            selectors[i] = i == 0 ? handler.step.selector : handler.stepAgain.selector;
        }
        selectors[4] = handler.begin.selector;
        selectors[5] = handler.poke.selector;
        selectors[6] = handler.replay.selector;
        selectors[7] = handler.replayLock.selector;
        selectors[8] = handler.join.selector;
        selectors[9] = handler.goAway.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// forge-config: default.invariant.runs = 48
    /// forge-config: deep.invariant.runs = 500
    function invariant_18_bucket_holds_what_is_promised() public view {
        for (uint256 k = 0; k < handler.runningCount(); k++) {
            uint256 n = handler.runningAt(k);
            uint256 id = handler.idOf(n);
            Bounty memory bounty = handler.BOUNTIES().bountyOf(id);
            if (bounty.stage == Stage.DONE) continue; // by a stranger, not yet released
            CoreTerms memory core = handler.termsOf(n).core;
            uint256 bonds = bounty.rowsBond ? 1 : 0;
            for (uint256 i = 0; i < handler.submitted(n); i++) {
                Entry memory entry = handler.BOUNTIES().entryOf(id, handler.submissionOf(i).maker);
                if (entry.flags & 1 != 0 && entry.flags & 12 == 0) bonds++; // claimed, not forfeited or released
            }
            uint256 promised = uint256(core.reward) + core.deposit + core.rules.panelSize() * core.panelFee;
            assertEq(handler.VAULT().bucketOf(address(handler.BOUNTIES()), id), promised + bonds * core.claimBond);
        }
        assertEq(handler.left(), 0);
    }

    /// forge-config: default.invariant.runs = 48
    /// forge-config: deep.invariant.runs = 500
    function invariant_19_a_seat_is_locked_by_one_panel_or_none() public view {
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
            assertEq(panels[seat], handler.OPERATORS().isLocked(seat) ? 1 : 0);
        }
    }

    /// @dev Nothing signed for one thing counts for another, no draw is granted by a stranger, nobody is released twice;
    ///      and no exit is ever closed.
    /// forge-config: default.invariant.runs = 48
    /// forge-config: deep.invariant.runs = 500
    function invariant_21_nothing_lawful_is_refused() public view {
        assertEq(handler.unlawful(), 0);
        assertEq(handler.refused(), 0);
        for (uint256 n = 0; n < handler.opened(); n++) {
            assertLe(handler.PANELS().roundOf(handler.idOf(n)).number, MOST_ROUNDS);
        }
    }

    /// @dev Everybody walks away: strangers end it all, no seat stays locked, no bucket keeps anything.
    function afterInvariant() public {
        for (uint256 steps = 0; handler.runningCount() != 0; steps++) {
            assertLt(steps, MOST_STEPS);
            handler.finish();
        }
        assertEq(handler.refused(), 0);
        assertEq(handler.unlawful(), 0);
        assertEq(handler.left(), 0);
        for (uint256 seat = 0; seat < handler.OPERATORS().count(); seat++) {
            assertFalse(handler.OPERATORS().isLocked(seat));
        }
    }

    /// @dev Anvil takes minutes for so many blocks.
    function test_draw__life_of_a_seed_in_blocks() public {
        for (uint256 luck = 1; handler.runningCount() == 0; luck++) {
            handler.begin(luck);
        }
        uint256 id = handler.idOf(0);
        TermsRef memory ref = handler.refOf(0);
        handler.poke(0, 0); // choose
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

    /// @dev That the handler goes everywhere: every stage, every outcome, every way to fail.
    function test_handler_reaches_everything() public {
        vm.recordLogs();
        uint256 luck = 1;
        for (uint256 i = 0; i < 1200; i++) {
            luck = uint256(keccak256(abi.encode(luck)));
            handler.step(i, luck);
            if (i % 20 == 0) handler.begin(luck);
            if (i % 4 == 0) handler.join(i);
            if (i % 25 == 0) handler.goAway(luck % 100, false);
            handler.poke(luck >> 8, luck >> 16);
            handler.replay(luck, luck >> 8);
            handler.replayLock(luck, uint8(luck), luck >> 8);
        }
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 outcomes;
        uint256 stages;
        uint256 others;
        for (uint256 i = 0; i < logs.length; i++) {
            bytes32 name = logs[i].topics[0];
            if (name == IBounties.BountyEnded.selector) outcomes |= 1 << uint256(bytes32(logs[i].data));
            if (name == IBounties.StageEntered.selector) stages |= 1 << uint256(bytes32(logs[i].data));
            if (name == IPanels.PanelSlashed.selector) others |= 1;
            if (name == IPanels.DrawFailed.selector) others |= 2;
            if (name == IBounties.LockRefuted.selector) others |= 4;
            if (name == IBounties.ModelDelivered.selector) others |= 8;
            if (name == IBounties.ClaimForfeited.selector) others |= 16;
            if (name == IPanels.SeedSet.selector) others |= 32;
            if (name == IPanels.CommitsClosed.selector) others |= 64;
            if (name == IBounties.BadRowsClaimed.selector) others |= 128;
        }
        assertEq(outcomes, 254);
        assertEq(stages, 1912);
        assertEq(others, 255);
        afterInvariant();
    }
}
