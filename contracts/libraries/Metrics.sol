// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Scores from sums over rows, the same integers as marketplace/models/metrics.py.
/// @dev Higher is better; SCORE_ONE is perfect. All sums are unsigned and bounded.
library Metrics {
    uint256 internal constant SCORE_ONE = 1e9; // parts a score counts in
    uint8 internal constant ACCURACY = 1; // sums: correct rows
    uint8 internal constant BALANCED_ACCURACY = 2; // sums: correct rows of each class, then rows of each class
    uint8 internal constant ABSOLUTE_ERROR = 3; // sums: |error| clipped at the bound
    uint8 internal constant SQUARED_ERROR = 4; // sums: (|error| clipped at the bound)^2
    uint8 internal constant MAX_CLASSES = 16;
    uint64 internal constant MAX_ERROR_BOUND = type(uint32).max; // its square times 2^32 rows fits 128 bits

    /// @notice Whether `metric` makes sense with that many classes and that bound of the error.
    function isValid(uint8 metric, uint8 classes, uint64 errorBound) internal pure returns (bool) {
        if (metric == ACCURACY || metric == BALANCED_ACCURACY) {
            return classes >= 2 && classes <= MAX_CLASSES && errorBound == 0;
        }
        if (metric == ABSOLUTE_ERROR || metric == SQUARED_ERROR) {
            return classes == 0 && errorBound > 0 && errorBound <= MAX_ERROR_BOUND;
        }
        return false;
    }

    /// @notice The score of `rows` rows; `ok` is false if the sums can't belong to that many rows.
    function score(uint8 metric, uint8 classes, uint64 errorBound, uint32 rows, uint128[] calldata sums)
        internal
        pure
        returns (bool ok, uint256 value)
    {
        if (metric == BALANCED_ACCURACY) return _balanced(classes, rows, sums);
        if (sums.length != 1) return (false, 0);
        uint256 worst = rows;
        if (metric == ABSOLUTE_ERROR) worst = uint256(rows) * errorBound;
        if (metric == SQUARED_ERROR) worst = uint256(rows) * errorBound * errorBound;
        if (sums[0] > worst) return (false, 0);
        uint256 part = (uint256(sums[0]) * SCORE_ONE) / worst;
        return (true, metric == ACCURACY ? part : SCORE_ONE - part);
    }

    function _balanced(uint8 classes, uint32 rows, uint128[] calldata sums) private pure returns (bool, uint256) {
        if (sums.length != 2 * uint256(classes)) return (false, 0);
        uint256 total;
        uint256 present;
        uint256 recalls;
        for (uint256 c = 0; c < classes; c++) {
            uint256 count = sums[classes + c];
            if (sums[c] > count) return (false, 0);
            if (count == 0) continue;
            total += count;
            present += 1;
            recalls += (uint256(sums[c]) * SCORE_ONE) / count;
        }
        // rows whose label is no class belong to none, so the counts may fall short of the rows
        if (total > rows) return (false, 0);
        return (true, present == 0 ? 0 : recalls / present);
    }
}
