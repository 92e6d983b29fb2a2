// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {TesseraErrors as Errors} from "./Errors.sol";
import {Reads} from "./Reads.sol";

/// @notice Merkle trees over SHA-256, plain ones and those whose nodes carry a count and sums. docs/models.md, Evidence.
/// @dev An entry is what a node carries: u64 count, then u128 for each sum.
library SumTree {
    using Reads for bytes;

    bytes1 internal constant LEAF = 0x00;
    bytes1 internal constant NODE = 0x01;
    uint256 internal constant HASH_BYTES = 32;
    uint256 internal constant COUNT_BYTES = 8;
    uint256 internal constant SUM_BYTES = 16;

    /// @notice Levels above `count` leaves, 1 to 2^32: the bits of the last one's index.
    function depth(uint256 count) internal pure returns (uint256) {
        uint256 last = count - 1;
        last |= last >> 1;
        last |= last >> 2;
        last |= last >> 4;
        last |= last >> 8;
        last |= last >> 16;
        return Bits.count(last);
    }

    /// @notice The root to which a leaf's siblings lead, in a plain tree of `count` leaves.
    function up(bytes32 hash, uint256 index, uint256 count, bytes32[] calldata siblings)
        internal
        view
        returns (bytes32)
    {
        return up(hash, index, count, depth(count), siblings);
    }

    /// @notice The same where the depth of that tree is known.
    function up(bytes32 hash, uint256 index, uint256 count, uint256 levels, bytes32[] calldata siblings)
        internal
        view
        returns (bytes32)
    {
        require(index < count, Errors.Referee_NoLeaf(index, count));
        require(siblings.length == levels, Errors.Referee_WrongLength(siblings.length, levels));
        // sha256(abi.encodePacked(NODE, left, right)) for each level. Memory past the free pointer is used, not taken.
        assembly ("memory-safe") { // the precompile at 2 is SHA-256, and fails for want of gas only
            let start := mload(0x40)
            let left := add(start, 1)
            let right := add(start, 33)
            let at := siblings.offset
            mstore8(start, 1)
            for { let end := add(at, shl(5, siblings.length)) } lt(at, end) { at := add(at, 32) } {
                switch and(index, 1)
                case 0 {
                    mstore(left, hash)
                    mstore(right, calldataload(at))
                }
                default {
                    mstore(left, calldataload(at))
                    mstore(right, hash)
                }
                if iszero(staticcall(gas(), 2, start, 65, 0, 32)) { revert(0, 0) }
                hash := mload(0)
                index := shr(1, index)
            }
        }
        return hash;
    }

    /// @notice Bytes of an entry.
    function entryBytes(uint256 sums) internal pure returns (uint256) {
        return COUNT_BYTES + SUM_BYTES * sums;
    }

    /// @notice The top to which a node and its siblings lead, and its entry: all those below it added.
    /// @param path The node's own entry, then hash and entry of each sibling.
    function fold(bytes32 hash, uint256 index, uint256 levels, uint256 sums, bytes calldata path)
        internal
        view
        returns (bytes32 top, bytes memory total)
    {
        uint256 size = entryBytes(sums);
        uint256 step = HASH_BYTES + size;
        require(path.length == size + levels * step, Errors.Referee_WrongLength(path.length, size + levels * step));
        total = _entry(path, size);
        top = hash;
        bool fits;
        (top, fits) = _climb(hash, index, path[size:], total);
        require(fits, Errors.Referee_DoesNotAdd());
    }

    /// @dev For each sibling: the hash of both below it with their entries, then its entry added to `total`, sum by sum from the
    ///      last to the first, as a word written holds this sum and the next. Not one sum or count may overflow its field.
    function _climb(bytes32 hash, uint256 index, bytes calldata siblings, bytes memory total)
        private
        view
        returns (bytes32 top, bool fits)
    {
        // the node is put together past the free pointer, which is used, not taken; the precompile at 2 is SHA-256, and fails for
        // want of gas only
        assembly ("memory-safe") {
            let start := mload(0x40)
            let own := add(total, 32)
            let size := mload(total)
            let step := add(size, 32)
            let at := siblings.offset
            let over := 0
            top := hash
            mstore8(start, 1)
            for { let end := add(at, siblings.length) } lt(at, end) { at := add(at, step) } {
                let mine := add(start, 1)
                let other := add(mine, step)
                if and(index, 1) {
                    other := mine
                    mine := add(mine, step)
                }
                index := shr(1, index)
                mstore(mine, top)
                mcopy(add(mine, 32), own, size)
                calldatacopy(other, at, step)
                if iszero(staticcall(gas(), 2, start, add(1, shl(1, step)), 0, 32)) { revert(0, 0) }
                top := mload(0)

                let entry := add(at, 32)
                let next := 0
                for { let k := size } gt(k, 8) {} {
                    k := sub(k, 16)
                    let sum := add(shr(128, mload(add(own, k))), shr(128, calldataload(add(entry, k))))
                    over := or(over, shr(128, sum))
                    mstore(add(own, k), or(shl(128, sum), next))
                    next := sum
                }
                let count := add(shr(192, mload(own)), shr(192, calldataload(entry)))
                over := or(over, shr(64, count))
                mstore(own, or(shl(192, count), shr(64, mload(add(own, 8)))))
            }
            fits := iszero(over)
        }
    }

    /// @notice The node above nodes side by side, a power of two of them, each hash and entry; and its entry, theirs added.
    function combine(bytes calldata nodes, uint256 step) internal view returns (bytes32 hash, bytes memory entry) {
        bytes memory level = nodes;
        bool fits = true;
        for (uint256 size = nodes.length; size > step; size >>= 1) {
            bool here = _halve(level, size, step);
            fits = fits && here;
        }
        require(fits, Errors.Referee_DoesNotAdd());
        entry = new bytes(step - HASH_BYTES);
        assembly ("memory-safe") { // within both, as one node is left
            hash := mload(add(level, 32))
            mcopy(add(entry, 32), add(level, 64), mload(entry))
        }
    }

    /// @dev Puts the parents of the first `size` bytes of nodes in their place. Entries are added as in {_climb}: of the last sum a
    ///      word is written that reaches into the node behind, which is not written before it, and was read.
    function _halve(bytes memory level, uint256 size, uint256 step) private view returns (bool fits) {
        // a node is put together past the free pointer, which is used, not taken
        assembly ("memory-safe") {
            let start := mload(0x40)
            let left := add(start, 33)
            let right := add(left, step)
            let to := add(level, 32)
            let at := to
            let over := 0
            mstore8(start, 1)
            for { let end := add(at, size) } lt(at, end) { at := add(at, shl(1, step)) } {
                mcopy(add(start, 1), at, shl(1, step))
                if iszero(staticcall(gas(), 2, start, add(1, shl(1, step)), to, 32)) { revert(0, 0) }
                let own := add(to, 32)
                let next := 0
                for { let k := sub(step, 32) } gt(k, 8) {} {
                    k := sub(k, 16)
                    let sum := add(shr(128, mload(add(left, k))), shr(128, mload(add(right, k))))
                    over := or(over, shr(128, sum))
                    mstore(add(own, k), or(shl(128, sum), next))
                    next := sum
                }
                let count := add(shr(192, mload(left)), shr(192, mload(right)))
                over := or(over, shr(64, count))
                mstore(own, or(shl(192, count), shr(64, mload(add(own, 8)))))
                to := add(to, step)
            }
            fits := iszero(over)
        }
    }

    /// @notice The evidence root of a top node and its entry.
    function root(bytes32 top, bytes memory total) internal pure returns (bytes32) {
        return sha256(abi.encodePacked("tessera/v1/evidence-root", total, top));
    }

    /// @notice Whether an entry has that count and these sums.
    function says(bytes memory entry, uint256 count, uint128[] calldata sums) internal pure returns (bool same) {
        if (entry.length != entryBytes(sums.length)) return false;
        uint256 told;
        assembly ("memory-safe") { // an entry begins with its count
            told := shr(192, mload(add(entry, 32)))
        }
        same = told == count;
        for (uint256 i = 0; i < sums.length; i++) {
            assembly ("memory-safe") { // sum number i, within the entry as its length was compared
                told := shr(128, mload(add(add(entry, 40), shl(4, i))))
            }
            same = same && told == sums[i];
        }
    }

    /// @notice The hash of a node of `level` with nothing but padding below it.
    function padding(uint256 level, uint256 sums) internal pure returns (bytes32 hash) {
        bytes memory nothing = new bytes(entryBytes(sums));
        for (uint256 i = 0; i < level; i++) {
            hash = sha256(abi.encodePacked(NODE, hash, nothing, hash, nothing));
        }
    }

    /// @notice How many of `count` leaves lie below a node.
    function width(uint256 level, uint256 index, uint256 count) internal pure returns (uint256) {
        uint256 first = index << level;
        if (first >= count) return 0;
        uint256 left = count - first;
        return left < 1 << level ? left : 1 << level;
    }

    /// @dev A copy in memory, with 32 bytes to spare behind it for {_climb}.
    function _entry(bytes calldata path, uint256 size) private pure returns (bytes memory entry) {
        entry = new bytes(size + HASH_BYTES);
        assembly ("memory-safe") { // shortens it; it was allocated longer
            mstore(entry, size)
            calldatacopy(add(entry, 32), path.offset, size)
        }
    }
}
