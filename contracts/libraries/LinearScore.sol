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
        for (uint256 o = 0; o < head.outputs; o++) {
            uint256 most; // how large the output can be
            (ok, raw[o], most) = _sum(model[body:], row, head, o);
            if (!ok) return (false, head, raw); // what was added up may be anything: no bias can be added to it
            int256 bias = model.i64(Heads.BYTES + 2 + 8 * o);
            raw[o] += bias;
            most += uint256(bias < 0 ? -bias : bias); // not negative
            if (most >= uint256(Heads.RAW_LIMIT)) return (false, head, raw);
        }
        ok = true;
    }

    /// @dev Weights times columns of one output, and how large that can be. Not `ok` if a column is none, or they do not ascend
    ///      strictly. A dispute pays for each column, so they are read where they lie, without checks that can't fail: at most
    ///      4,096 products of 64 and 32 bits are far below 2^255. What is wrong is remembered; what follows it does not count,
    ///      nor do the sums then: a clamp that is none can make them any number.
    function _sum(bytes calldata columns, bytes calldata row, Head memory head, uint256 output)
        private
        pure
        returns (bool ok, int256 z, uint256 most)
    {
        uint256 step = KEY_BYTES + 8 * head.outputs;
        uint256 weights = KEY_BYTES + 8 * output;
        uint256 before; // the key of the last column; the least there is has an operand beyond its clamp, so no column has it
        assembly ("memory-safe") { // reads the call, touches no memory
            let first := add(row.offset, 8) // of the features, behind the label
            let last := add(row.offset, row.length)
            let bad := 0
            let at := columns.offset
            for { let end := add(at, columns.length) } lt(at, end) { at := add(at, step) } {
                let word := calldataload(at) // u16 feature, u8 mode, i32 operand
                let x := not(0x7fffffff) // -2^31, the missing value
                {
                    let place := add(first, shl(2, shr(240, word)))
                    if lt(place, last) { x := sar(224, calldataload(place)) }
                }
                let limit := 1
                let operand := sar(224, shl(24, word))
                let mode := byte(2, word)
                switch mode
                case 0x80 { x := eq(x, operand) }
                default {
                    limit := shl(mode, 1)
                    let twice := shl(1, limit)
                    // beyond its clamp: operand + limit is not in 0 .. 2 limit
                    bad := or(bad, or(gt(mode, 31), gt(add(operand, limit), twice)))
                    // not in 1 - limit .. limit, where the missing value never is
                    if iszero(lt(sub(add(x, limit), 1), twice)) {
                        switch eq(x, not(0x7fffffff))
                        case 0 { x := sub(xor(limit, sar(255, x)), sar(255, x)) }
                        default { x := operand } // which is within the clamp
                    }
                }
                word := xor(shr(200, word), 0x80000000) // all three as one number: operands ascend from -2^31 on
                bad := or(bad, iszero(gt(word, before)))
                before := word
                let weight := sar(192, calldataload(add(at, weights)))
                z := add(z, mul(weight, x))
                let sign := sar(255, weight)
                most := add(most, mul(sub(xor(weight, sign), sign), limit))
            }
            ok := iszero(bad)
        }
        ok = ok && before >> 40 < head.features; // the last column has the largest feature
    }
}
