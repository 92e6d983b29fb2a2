// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Reads} from "./Reads.sol";

/// @notice What both shapes of models begin with.
struct Head {
    bool regress; // else it classifies
    uint256 outputs;
    uint256 features;
    int256 divisor; // raw units of one target unit
}

/// @notice Heads of models, rows, and predictions. docs/models.md is the specification.
library Heads {
    using Reads for bytes;

    uint256 internal constant LINEAR = 1; // shapes
    uint256 internal constant TREES = 2;
    uint256 internal constant BYTES = 18; // of the head
    uint256 internal constant MAX_OUTPUTS = 16;
    uint256 internal constant MAX_FEATURES = 1_024;
    uint256 internal constant LABEL_BYTES = 8; // a row: i64 label, then i32 for each feature
    int256 internal constant MISSING = type(int32).min;
    int256 internal constant RAW_LIMIT = 1 << 63; // no raw output reaches it

    /// @notice Reads a head; `ok` is false if no canonical model of that shape has it.
    function read(bytes calldata model, uint256 shape) internal pure returns (bool ok, Head memory head) {
        if (model.length < BYTES) return (false, head);
        uint256 magic = 0x5453524d01; // "TSRM", version 1
        uint256 task = model.u8(6);
        head.regress = task == 2;
        head.outputs = model.u8(7);
        head.features = model.u16(8);
        uint256 divisor = model.u64(10);
        head.divisor = int256(divisor); // 64 bits
        ok = model.word(0) >> 216 == magic && model.u8(5) == shape && (task == 1 || head.regress);
        ok = ok && head.outputs != 0 && head.outputs <= (head.regress ? 1 : MAX_OUTPUTS);
        ok = ok && head.features != 0 && head.features <= MAX_FEATURES;
        ok = ok && divisor != 0 && divisor <= (head.regress ? uint256(RAW_LIMIT) - 1 : 1);
    }

    /// @notice A feature of a row; beyond its end, the missing value.
    function feature(bytes calldata row, uint256 number) internal pure returns (int256) {
        unchecked { // `number` has 16 bits
            uint256 at = LABEL_BYTES + 4 * number;
            return at < row.length ? row.i32(at) : MISSING;
        }
    }

    /// @notice The prediction: a class, or target units.
    function decide(Head memory head, int256[] memory raw) internal pure returns (int256 predicted) {
        if (head.regress) {
            int256 z = raw[0];
            predicted = z / head.divisor;
            if (z < 0 && z % head.divisor != 0) predicted -= 1; // rounded down, not towards zero
        } else if (head.outputs == 1) {
            predicted = raw[0] > 0 ? int256(1) : int256(0);
        } else {
            uint256 best;
            for (uint256 o = 1; o < head.outputs; o++) {
                if (raw[o] > raw[best]) best = o;
            }
            predicted = int256(best); // below 16
        }
    }
}
