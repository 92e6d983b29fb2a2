// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Ten stage lengths in seconds, 24 bits each, lowest first in the order of {Stages}.
type Schedule is uint256;

using {ScheduleLib.length} for Schedule global;

/// @notice Positions of the stages in a {Schedule}.
library Stages {
    uint256 internal constant SUBMITTING = 0;
    uint256 internal constant ROWS = 1;
    uint256 internal constant CLAIMING = 2;
    uint256 internal constant DRAWING = 3;
    uint256 internal constant COMMITTING = 4;
    uint256 internal constant REVEALING = 5;
    uint256 internal constant LOCKING = 6;
    uint256 internal constant DELIVERING = 7;
    uint256 internal constant WINDOW = 8;
    uint256 internal constant CURE = 9;
    uint256 internal constant COUNT = 10;
}

library ScheduleLib {
    /// @notice Seconds of the stage at `position`.
    function length(Schedule schedule, uint256 position) internal pure returns (uint40) {
        // 24 bits always fit into 40
        return uint40((Schedule.unwrap(schedule) >> (24 * position)) & type(uint24).max);
    }
}
