// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Counting bits.
library Bits {
    /// @notice The number of ones in `word`.
    /// @dev Sums neighbours in lanes of 2, 4, 8 and 16 bits; no lane can overflow, 256 fits 16 bits.
    function count(uint256 word) internal pure returns (uint256) {
        unchecked { // see @dev
            word -= (word >> 1) & (type(uint256).max / 3);
            word = (word & (type(uint256).max / 5)) + ((word >> 2) & (type(uint256).max / 5));
            word = (word + (word >> 4)) & (type(uint256).max / 17);
            word = (word & (type(uint256).max / 257)) + ((word >> 8) & (type(uint256).max / 257));
            return (word * (type(uint256).max / 65_535)) >> 240;
        }
    }
}
