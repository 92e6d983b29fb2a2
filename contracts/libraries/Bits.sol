// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Counting bits.
library Bits {
    /// @notice The number of ones in `word`.
    function count(uint256 word) internal pure returns (uint256 ones) {
        for (; word != 0; word &= word - 1) {
            ones++;
        }
    }
}
