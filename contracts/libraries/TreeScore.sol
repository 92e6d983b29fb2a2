// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {Head, Heads} from "./Heads.sol";
import {Reads} from "./Reads.sol";
import {SumTree} from "./SumTree.sol";

/// @notice Ensembles of trees, bit for bit as marketplace/models/score.py computes them. docs/models.md is the specification.
library TreeScore {
    using Reads for bytes;

    uint256 internal constant MAX_TREES = 65_536;
    uint256 internal constant MAX_DEPTH = 64; // inner nodes above a leaf
    int256 internal constant BASE_LIMIT = 1 << 62; // no base reaches it
    uint256 internal constant CHUNK = 256; // trees whose contributions are hashed together
    uint256 internal constant LANE_BYTES = 4;
    uint256 internal constant WORD_LANES = 8; // lanes are filled up to whole words
    int256 internal constant BIAS = 1 << 31; // a lane is a contribution + this
    uint256 internal constant NODE_BYTES = 39; // of a path: u16 feature, u8 flags, i32 threshold, sibling
    uint256 internal constant MISSING_RIGHT = 1; // flags
    uint256 internal constant EQUALS = 2;

    /// @notice Reads head, number of trees and bases; `ok` is false if no canonical model begins so.
    function prefix(bytes calldata data) internal pure returns (bool ok, Head memory head, uint256 trees) {
        (ok, head) = Heads.read(data, Heads.TREES);
        if (!ok || data.length != Heads.BYTES + 4 + 8 * head.outputs) return (false, head, trees);
        trees = data.u32(Heads.BYTES);
        ok = trees != 0 && trees <= MAX_TREES && trees % head.outputs == 0;
        for (uint256 o = 0; o < head.outputs; o++) {
            int256 base = baseOf(data, o);
            ok = ok && base < BASE_LIMIT && base > -BASE_LIMIT;
        }
    }

    /// @notice The base of an output.
    function baseOf(bytes calldata data, uint256 output) internal pure returns (int256) {
        return data.i64(Heads.BYTES + 4 + 8 * output);
    }

    /// @notice The root hash of the tree on whose path from its leaf up the row walks; `ok` is false if a node of it is none,
    ///         or there are too many.
    function follow(bytes calldata path, bytes calldata row, uint256 features)
        internal
        pure
        returns (bool ok, int256 value, bytes32 hash)
    {
        uint256 rest = path.length % NODE_BYTES; // what follows the last node would be in no hash
        require(rest == LANE_BYTES, Errors.Referee_WrongLength(rest, LANE_BYTES));
        ok = path.length <= LANE_BYTES + MAX_DEPTH * NODE_BYTES;
        value = path.i32(0);
        hash = sha256(abi.encodePacked(SumTree.LEAF, path[:LANE_BYTES]));
        for (uint256 at = LANE_BYTES; at < path.length; at += NODE_BYTES) {
            uint256 feature = path.u16(at);
            uint256 flags = path.u8(at + 2);
            int256 threshold = path.i32(at + 3);
            ok = ok && feature < features && flags <= (MISSING_RIGHT | EQUALS) && threshold != Heads.MISSING;
            bytes calldata fields = path[at:at + 7];
            bytes calldata sibling = path[at + 7:at + NODE_BYTES];
            hash = _goesRight(Heads.feature(row, feature), flags, threshold)
                ? sha256(abi.encodePacked(SumTree.NODE, fields, sibling, hash))
                : sha256(abi.encodePacked(SumTree.NODE, fields, hash, sibling));
        }
    }

    /// @notice The root hash of the tree in which `steps` lead from the root to the leaf at the beginning of the path, bit j saying
    ///         whether to the right at depth j; `ok` is false if a node of it is none, or there are too many.
    function walk(bytes calldata path, uint256 steps, uint256 features) internal pure returns (bool ok, bytes32 hash) {
        uint256 rest = path.length % NODE_BYTES;
        require(rest == LANE_BYTES, Errors.Referee_WrongLength(rest, LANE_BYTES));
        uint256 depth = path.length / NODE_BYTES;
        ok = depth <= MAX_DEPTH;
        hash = sha256(abi.encodePacked(SumTree.LEAF, path[:LANE_BYTES]));
        for (uint256 at = LANE_BYTES; at < path.length; at += NODE_BYTES) {
            depth -= 1;
            ok = ok && _isNode(path, at, features);
            bytes calldata fields = path[at:at + 7];
            bytes calldata sibling = path[at + 7:at + NODE_BYTES];
            hash = (steps >> depth) & 1 == 1
                ? sha256(abi.encodePacked(SumTree.NODE, fields, sibling, hash))
                : sha256(abi.encodePacked(SumTree.NODE, fields, hash, sibling));
        }
    }

    function _isNode(bytes calldata path, uint256 at, uint256 features) private pure returns (bool) {
        bool known = path.u16(at) < features && path.u8(at + 2) <= (MISSING_RIGHT | EQUALS);
        return known && path.i32(at + 3) != Heads.MISSING;
    }

    function _goesRight(int256 x, uint256 flags, int256 threshold) private pure returns (bool) {
        if (x == Heads.MISSING) return flags & MISSING_RIGHT != 0;
        return flags & EQUALS != 0 ? x == threshold : x > threshold;
    }

    /// @notice Bytes of the lanes of so many trees.
    function laneBytes(uint256 trees) internal pure returns (uint256) {
        return LANE_BYTES * WORD_LANES * ((trees + WORD_LANES - 1) / WORD_LANES);
    }

    /// @notice What a lane says that its tree contributes.
    function lane(bytes calldata lanes, uint256 number) internal pure returns (int256) {
        unchecked { // 32 bits
            return int256(lanes.u32(LANE_BYTES * number)) - BIAS; // fits
        }
    }

    /// @notice Adds lanes to the outputs of their trees; `ok` is false if what fills them up is not zero.
    /// @param first Number of the first tree among all of the model.
    function addLanes(bytes calldata lanes, uint256 first, uint256 trees, int256[] memory sums)
        internal
        pure
        returns (bool ok)
    {
        if (sums.length == 1) sums[0] += _sumAll(lanes);
        else _sumEach(lanes, first % sums.length, trees, sums);
        ok = true;
        for (uint256 i = trees; LANE_BYTES * i < lanes.length; i++) {
            ok = ok && lane(lanes, i) == 0;
        }
    }

    /// @dev All lanes of whole words added, those that fill them up too: four sums of 64 bits side by side, each of at most 64
    ///      lanes of 32 bits.
    function _sumAll(bytes calldata lanes) private pure returns (int256 sum) {
        uint256 total;
        assembly ("memory-safe") { // reads the call, touches no memory
            let mask := 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff
            let sums := 0
            let at := lanes.offset
            for { let end := add(at, lanes.length) } lt(at, end) { at := add(at, 32) } {
                let word := calldataload(at)
                sums := add(sums, add(and(word, mask), and(shr(32, word), mask)))
            }
            mask := 0xffffffffffffffff
            total := add(shr(192, sums), and(shr(128, sums), mask))
            total := add(total, add(and(shr(64, sums), mask), and(sums, mask)))
        }
        return int256(total) - BIAS * int256(lanes.length / LANE_BYTES); // 40 bits
    }

    /// @dev Each lane added to its output, beginning with `output`; what fills up words is left out.
    function _sumEach(bytes calldata lanes, uint256 output, uint256 trees, int256[] memory sums) private pure {
        assembly ("memory-safe") { // within the array of sums
            let start := add(sums, 32)
            let last := add(start, shl(5, mload(sums)))
            let place := add(start, shl(5, output))
            let at := lanes.offset
            for { let end := add(at, shl(2, trees)) } lt(at, end) { at := add(at, 4) } {
                mstore(place, add(mload(place), sub(shr(224, calldataload(at)), 0x80000000)))
                place := add(place, 32)
                if eq(place, last) { place := start }
            }
        }
    }
}
