// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A secp256k1 point, never given with an address beside it: the address is derived.
struct Point {
    uint256 x; // abscissa, 0 < x < n
    uint8 parity; // of the ordinate, 0 or 1
}
