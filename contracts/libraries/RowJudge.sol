// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Metrics} from "./Metrics.sol";
import {Reads} from "./Reads.sol";
import {SumTree} from "./SumTree.sol";
import {Rules} from "../types/Rules.sol";

/// @notice What one row contributes to a metric's sums, as marketplace/models/metrics.py computes it.
library RowJudge {
    using Reads for bytes;

    /// @notice How many sums the metric has.
    function sumCount(Rules rules) internal pure returns (uint256) {
        return rules.metric() == Metrics.BALANCED_ACCURACY ? 2 * uint256(rules.classes()) : 1;
    }

    /// @notice Whether the sums of a record are what this prediction contributes.
    /// @param at Where they begin.
    function agrees(Rules rules, bytes calldata record, uint256 at, int256 predicted, int256 label)
        internal
        pure
        returns (bool same)
    {
        uint256 sums = sumCount(rules);
        same = true;
        for (uint256 i = 0; i < sums; i++) {
            uint256 told = record.u128(at + SumTree.SUM_BYTES * i);
            same = same && told == contribution(rules, i, predicted, label);
        }
    }

    /// @notice What the row adds to sum number `i`.
    function contribution(Rules rules, uint256 i, int256 predicted, int256 label) internal pure returns (uint256) {
        uint8 metric = rules.metric();
        if (metric == Metrics.ABSOLUTE_ERROR || metric == Metrics.SQUARED_ERROR) {
            uint256 error = uint256(predicted > label ? predicted - label : label - predicted); // not negative
            if (error > rules.errorBound()) error = rules.errorBound();
            return metric == Metrics.ABSOLUTE_ERROR ? error : error * error;
        }
        uint256 classes = rules.classes();
        // a label that is no class is never correct, and belongs to none
        bool known = label >= 0 && label < int256(classes); // at most 16
        bool correct = known && predicted == label;
        if (metric == Metrics.ACCURACY) return correct ? 1 : 0;
        bool counts = i < classes ? correct : known;
        return counts && uint256(label) == i % classes ? 1 : 0; // a known label is not negative
    }
}
