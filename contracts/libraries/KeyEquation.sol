// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Point} from "../types/Point.sol";

/// @notice secp256k1 through the ecrecover precompile: one call of 3,000 gas each.
/// @dev Straight from the precompile: OpenZeppelin's `recover` refuses high `s`, so half of all scalars.
///      ecrecover(z, 27 + parity, r, s) is the address of (s*Q - z*G) / r, where Q is the point with abscissa r.
///      Every function returns zero for what is not a scalar below the order or not a point of the curve.
library KeyEquation {
    /// @dev Abscissa of the generator, SEC 2 section 2.4.1; its ordinate is even.
    uint256 internal constant GX = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;
    /// @dev Order of the group, SEC 2 section 2.4.1.
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @notice address(t*G), or zero unless 0 < t < n.
    function ofScalar(uint256 t) internal pure returns (address) {
        if (t == 0 || t >= N) return address(0);
        return ecrecover(0, 27, bytes32(GX), bytes32(mulmod(t, GX, N)));
    }

    /// @notice address(P), or zero unless `p` is a point with 0 < x < n.
    function ofPoint(Point memory p) internal pure returns (address) {
        if (p.parity > 1) return address(0);
        return ecrecover(0, 27 + p.parity, bytes32(p.x), bytes32(p.x));
    }

    /// @notice address(s*P).
    function scaled(Point memory p, uint256 s) internal pure returns (address) {
        if (s == 0 || s >= N || p.parity > 1) return address(0);
        return ecrecover(0, 27 + p.parity, bytes32(p.x), bytes32(mulmod(s, p.x, N)));
    }

    /// @notice address(P + h*G) for h < n.
    function shifted(Point memory p, uint256 h) internal pure returns (address) {
        if (p.parity > 1) return address(0);
        return ecrecover(bytes32(N - mulmod(h, p.x, N)), 27 + p.parity, bytes32(p.x), bytes32(p.x));
    }
}
