// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Head, Heads} from "./Heads.sol";
import {Reads} from "./Reads.sol";

/// @notice Linear models, bit for bit as marketplace/models/linear.py computes them. docs/models.md is the specification.
library LinearScore {
    using Reads for bytes;

    uint256 internal constant EQUALS = 0x80; // mode of a column that is 1 where its feature is the operand
    uint256 internal constant MAX_MODE = 31; // of the others: the value, clamped at 2^mode
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
        uint256 last; // columns ascend strictly, and none has the key zero
        for (uint256 at = body; at < model.length; at += step) {
            uint256 key = _key(model, at);
            if (key <= last || key >> 41 >= head.features) return (false, head, raw);
            last = key;
            ok = _addColumn(model, row, at, raw, most);
            if (!ok) return (false, head, raw);
        }
        for (uint256 o = 0; o < head.outputs; o++) {
            if (most[o] >= uint256(Heads.RAW_LIMIT)) return (false, head, raw);
        }
    }

    /// @dev One number that orders columns by feature, mode and operand: 16, 8 and 33 bits.
    function _key(bytes calldata model, uint256 at) private pure returns (uint256) {
        uint256 operand = uint256(model.i32(at + 3) - Heads.MISSING); // not negative: nothing is below the missing value
        return (model.u16(at) << 41) | (model.u8(at + 2) << 33) | (operand + 1);
    }

    function _addColumn(
        bytes calldata model,
        bytes calldata row,
        uint256 at,
        int256[] memory raw,
        uint256[] memory most
    ) private pure returns (bool ok) {
        uint256 mode = model.u8(at + 2);
        int256 operand = model.i32(at + 3);
        int256 x = Heads.feature(row, model.u16(at));
        uint256 limit = 1;
        if (mode == EQUALS) {
            x = x == operand ? int256(1) : int256(0);
        } else {
            if (mode > MAX_MODE) return false;
            limit = 1 << mode;
            if (_magnitude(operand) > limit) return false;
            x = x == Heads.MISSING ? operand : _clamp(x, int256(limit)); // at most 2^31
        }
        at += KEY_BYTES;
        for (uint256 o = 0; o < raw.length; o++) {
            int256 weight = model.i64(at + 8 * o);
            // 4,096 products of 63 and 32 bits stay far below 2^255
            raw[o] += weight * x;
            most[o] += _magnitude(weight) * limit;
        }
        return true;
    }

    function _clamp(int256 x, int256 limit) private pure returns (int256) {
        if (x > limit) return limit;
        return x < -limit ? -limit : x;
    }

    function _magnitude(int256 x) private pure returns (uint256) {
        return uint256(x < 0 ? -x : x); // of at most 64 bits
    }
}
