// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bounty, BountyFlags, Stage, Verdict} from "../types/Bounty.sol";
import {Schedule, Stages} from "../types/Schedule.sol";

/// @notice Where a verdict leads. docs/architecture.md has the table.
library Verdicts {
    /// @notice Takes a verdict to its stage.
    /// @return again Whether a fresh panel must judge.
    function take(Bounty memory bounty, Schedule schedule, Verdict verdict, uint64 score)
        internal
        view
        returns (bool again)
    {
        bounty.verdict = verdict;
        bool keyPublic = bounty.flags & BountyFlags.KEY_PUBLIC != 0;
        bool met = verdict == Verdict.SCORED && score >= bounty.claimed;
        if (met) bounty.flags |= BountyFlags.MET;
        else bounty.flags &= ~BountyFlags.MET;
        if (verdict == Verdict.NONE && bounty.flags & BountyFlags.NO_QUORUM == 0) {
            bounty.flags |= BountyFlags.NO_QUORUM;
            again = true;
        } else if (verdict == Verdict.NONE) {
            bool uncurable = bounty.candidate == 0 || keyPublic || bounty.flags & BountyFlags.DELIVERED != 0;
            if (uncurable) none(bounty);
            else go(bounty, Stage.CURE, schedule, Stages.CURE);
        } else if (met && !keyPublic && bounty.flags & BountyFlags.PASSED == 0) {
            go(bounty, Stage.LOCKING, schedule, Stages.LOCKING);
        } else if (verdict == Verdict.UNSCORABLE && !keyPublic) {
            go(bounty, Stage.CURE, schedule, Stages.CURE);
        } else {
            go(bounty, Stage.WINDOW, schedule, Stages.WINDOW);
        }
    }

    /// @notice Nobody shown to be at fault: no quorum again, or voided for the third time.
    function none(Bounty memory bounty) internal view {
        bool halves = bounty.flags & BountyFlags.DELIVERED != 0;
        bounty.stage = halves ? Stage.HALVING : Stage.CHOOSING;
        bounty.verdict = Verdict.NONE;
        bounty.deadline = uint40(block.timestamp); // seconds fit 40 bits for 34,000 years
    }

    /// @notice Enters a stage with its full length.
    function go(Bounty memory bounty, Stage stage, Schedule schedule, uint256 position) internal view {
        bounty.stage = stage;
        bounty.deadline = uint40(block.timestamp) + schedule.length(position); // seconds fit 40 bits for 34,000 years
    }
}
