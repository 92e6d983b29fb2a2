// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice How models are judged, in one word, lowest bits first: metric 8 bits, classes 8, panelSize 8, quorum 8, rowCount 32,
///         errorBound 64, threshold 64.
type Rules is uint256;

using {
    RulesLib.metric,
    RulesLib.classes,
    RulesLib.panelSize,
    RulesLib.quorum,
    RulesLib.rowCount,
    RulesLib.errorBound,
    RulesLib.threshold
} for Rules global;

library RulesLib {
    /// @notice See libraries/Metrics.sol.
    function metric(Rules rules) internal pure returns (uint8) {
        return uint8(Rules.unwrap(rules)); // the lowest 8 bits
    }

    /// @notice Number of classes; zero for a regression.
    function classes(Rules rules) internal pure returns (uint8) {
        return uint8(Rules.unwrap(rules) >> 8); // the next 8
    }

    /// @notice Seats of a panel, m.
    function panelSize(Rules rules) internal pure returns (uint8) {
        return uint8(Rules.unwrap(rules) >> 16); // the next 8
    }

    /// @notice Equal attestations that make a verdict: q, 2q > m.
    function quorum(Rules rules) internal pure returns (uint8) {
        return uint8(Rules.unwrap(rules) >> 24); // the next 8
    }

    /// @notice Hidden test rows.
    function rowCount(Rules rules) internal pure returns (uint32) {
        return uint32(Rules.unwrap(rules) >> 32); // the next 32
    }

    /// @notice Target units at which an error is clipped; zero for a classification.
    function errorBound(Rules rules) internal pure returns (uint64) {
        return uint64(Rules.unwrap(rules) >> 64); // the next 64
    }

    /// @notice Lowest score that can be claimed, parts of SCORE_ONE.
    function threshold(Rules rules) internal pure returns (uint64) {
        return uint64(Rules.unwrap(rules) >> 128); // the next 64
    }
}
