// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Head, Heads} from "./Heads.sol";
import {Reads} from "./Reads.sol";

/// @notice Linear models, bit for bit as marketplace/models/linear.py computes them. docs/models.md is the specification.
library LinearScore {
    using Reads for bytes;

    uint256 internal constant MAX_WEIGHTS = 4_096; // columns times outputs
    uint256 internal constant KEY_BYTES = 7; // of a column: u16 feature, u8 mode, i32 operand

    /// @notice Raw outputs of a row; `ok` is false if the bytes are no canonical linear model.
    function evaluate(bytes calldata model, bytes calldata row)
        internal
        pure
        returns (bool ok, Head memory head, int256[] memory raw)
    {
        (ok, head) = Heads.read(model, Heads.LINEAR);
        uint256 body = Heads.BYTES + 2 + 8 * head.outputs;
        if (!ok || model.length < body) return (false, head, raw);
        uint256 columns = model.u16(Heads.BYTES);
        uint256 step = KEY_BYTES + 8 * head.outputs;
        ok = columns * head.outputs <= MAX_WEIGHTS && model.length == body + columns * step;
        if (!ok) return (false, head, raw);

        raw = new int256[](head.outputs);
        uint256[] memory most = new uint256[](head.outputs); // how large an output can be
        for (uint256 o = 0; o < head.outputs; o++) {
            raw[o] = model.i64(Heads.BYTES + 2 + 8 * o);
            most[o] = _magnitude(raw[o]);
        }
        if (!_add(model[body:], row, head.features, raw, most)) return (false, head, raw);
        for (uint256 o = 0; o < head.outputs; o++) {
            if (most[o] >= uint256(Heads.RAW_LIMIT)) return (false, head, raw);
        }
    }

    /// @dev Adds all columns to the outputs, and to how large those can be; false if one of them is none, or they do not ascend
    ///      strictly. A dispute pays for each: so they are read where they lie, without checks that can't fail. Numbers are at
    ///      most 4,096 products of 64 and 32 bits, far below 2^255; a wrong one is remembered, and what follows does not count.
    function _add(
        bytes calldata columns,
        bytes calldata row,
        uint256 features,
        int256[] memory raw,
        uint256[] memory most
    ) private pure returns (bool ok) {
        assembly ("memory-safe") { // writes within both arrays, which are equally long
            let missing := not(0x7fffffff) // -2^31
            let bad := 0
            let next := 0 // the least key that the next column may have
            let at := columns.offset
            let firstZ := add(raw, 32)
            let endZ := add(firstZ, shl(5, mload(raw)))
            let toMost := sub(most, raw)
            for { let end := add(at, columns.length) } lt(at, end) {} {
                let word := calldataload(at) // u16 feature, u8 mode, i32 operand
                let feature := shr(240, word)
                let mode := and(shr(232, word), 0xff)
                let operand := sar(224, shl(24, word))
                let key := xor(shr(200, word), 0x80000000) // the three as one number: operands ascend from -2^31 on
                bad := or(bad, lt(key, next))
                next := add(key, 1)
                let x := missing
                let place := add(8, shl(2, feature))
                if lt(place, row.length) { x := sar(224, calldataload(add(row.offset, place))) }
                let limit := 1
                switch mode
                case 0x80 { x := eq(x, operand) }
                default {
                    limit := shl(mode, 1)
                    let sign := sar(255, operand)
                    bad := or(bad, or(gt(mode, 31), gt(sub(xor(operand, sign), sign), limit)))
                    switch x
                    case 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff80000000 { x := operand }
                    default {
                        if sgt(x, limit) { x := limit }
                        if slt(x, sub(0, limit)) { x := sub(0, limit) }
                    }
                }
                at := add(at, 7)
                for { let z := firstZ } lt(z, endZ) { z := add(z, 32) } {
                    let weight := sar(192, calldataload(at))
                    let sign := sar(255, weight)
                    let m := add(z, toMost)
                    mstore(z, add(mload(z), mul(weight, x)))
                    mstore(m, add(mload(m), mul(sub(xor(weight, sign), sign), limit)))
                    at := add(at, 8)
                }
            }
            // the last column has the largest feature
            bad := or(bad, and(gt(next, 0), iszero(lt(shr(40, sub(next, 1)), features))))
            ok := iszero(bad)
        }
    }

    function _magnitude(int256 x) private pure returns (uint256) {
        unchecked { // of at most 64 bits
            return uint256(x < 0 ? -x : x); // not negative
        }
    }
}
