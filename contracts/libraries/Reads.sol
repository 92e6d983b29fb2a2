// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Big-endian integers out of bytes of a call.
/// @dev Past the end other bytes of the call are read, or zeros: who calls this has compared lengths.
library Reads {
    /// @notice 32 bytes from `at` on.
    function word(bytes calldata data, uint256 at) internal pure returns (uint256 value) {
        // reading from calldata touches no memory
        assembly ("memory-safe") {
            value := calldataload(add(data.offset, at))
        }
    }

    /// @notice One byte.
    function u8(bytes calldata data, uint256 at) internal pure returns (uint256) {
        return word(data, at) >> 248;
    }

    /// @notice An unsigned integer of two bytes.
    function u16(bytes calldata data, uint256 at) internal pure returns (uint256) {
        return word(data, at) >> 240;
    }

    /// @notice An unsigned integer of four bytes.
    function u32(bytes calldata data, uint256 at) internal pure returns (uint256) {
        return word(data, at) >> 224;
    }

    /// @notice An unsigned integer of eight bytes.
    function u64(bytes calldata data, uint256 at) internal pure returns (uint256) {
        return word(data, at) >> 192;
    }

    /// @notice An unsigned integer of sixteen bytes.
    function u128(bytes calldata data, uint256 at) internal pure returns (uint256) {
        return word(data, at) >> 128;
    }

    /// @notice A signed integer of four bytes; shifting extends the sign.
    function i32(bytes calldata data, uint256 at) internal pure returns (int256) {
        return int256(word(data, at)) >> 224;
    }

    /// @notice A signed integer of eight bytes.
    function i64(bytes calldata data, uint256 at) internal pure returns (int256) {
        return int256(word(data, at)) >> 192;
    }

    /// @notice A signed integer of sixteen bytes.
    function i128(bytes calldata data, uint256 at) internal pure returns (int256) {
        return int256(word(data, at)) >> 128;
    }
}
