// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What the shipped library answers to a call from outside.
interface ICipher {
    function crypt(bytes32 key, bytes12 nonce, uint32 counter, bytes calldata data)
        external
        pure
        returns (bytes memory);
}
