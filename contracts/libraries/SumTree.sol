// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

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

    /// @notice Levels above `count` leaves.
    function depth(uint256 count) internal pure returns (uint256 levels) {
        while (1 << levels < count) levels++;
    }

    /// @notice The root to which a leaf's siblings lead, in a plain tree of `count` leaves.
    function up(bytes32 hash, uint256 index, uint256 count, bytes32[] calldata siblings)
        internal
        pure
        returns (bytes32)
    {
        uint256 levels = depth(count);
        require(index < count, Errors.Referee_NoLeaf(index, count));
        require(siblings.length == levels, Errors.Referee_WrongLength(siblings.length, levels));
        for (uint256 level = 0; level < levels; level++) {
            bytes32 other = siblings[level];
            bool right = (index >> level) & 1 == 1;
            hash = right
                ? sha256(abi.encodePacked(NODE, other, hash))
                : sha256(abi.encodePacked(NODE, hash, other));
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
        pure
        returns (bytes32 top, bytes memory total)
    {
        uint256 size = entryBytes(sums);
        uint256 step = HASH_BYTES + size;
        require(path.length == size + levels * step, Errors.Referee_WrongLength(path.length, size + levels * step));
        total = _entry(path, size);
        top = hash;
        for (uint256 at = size; at < path.length; at += step) {
            bytes calldata other = path[at:at + step];
            top = index & 1 == 1
                ? sha256(abi.encodePacked(NODE, other, top, total))
                : sha256(abi.encodePacked(NODE, top, total, other));
            _add(total, other[HASH_BYTES:], sums);
            index >>= 1;
        }
    }

    /// @notice The evidence root of a top node and its entry.
    function root(bytes32 top, bytes memory total) internal pure returns (bytes32) {
        return sha256(abi.encodePacked("tessera/v1/evidence-root", total, top));
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

    /// @dev A copy in memory, with 32 bytes to spare behind it for {_add}.
    function _entry(bytes calldata path, uint256 size) private pure returns (bytes memory entry) {
        entry = new bytes(size + HASH_BYTES);
        assembly ("memory-safe") { // shortens it; it was allocated longer
            mstore(entry, size)
            calldatacopy(add(entry, 32), path.offset, size)
        }
    }

    /// @dev Adds another entry, sum by sum from the last to the first: a word written holds this sum and the next.
    function _add(bytes memory entry, bytes calldata other, uint256 sums) private pure {
        bool fits;
        assembly ("memory-safe") { // within the entry and the 32 bytes behind it
            let own := add(entry, 32)
            let over := 0
            let next := 0
            for { let at := add(8, shl(4, sums)) } gt(at, 8) {} {
                at := sub(at, 16)
                let sum := add(shr(128, mload(add(own, at))), shr(128, calldataload(add(other.offset, at))))
                over := or(over, shr(128, sum))
                mstore(add(own, at), or(shl(128, sum), next))
                next := sum
            }
            let count := add(shr(192, mload(own)), shr(192, calldataload(other.offset)))
            over := or(over, shr(64, count))
            mstore(own, or(shl(192, count), shr(64, mload(add(own, 8)))))
            fits := iszero(over)
        }
        require(fits, Errors.Referee_DoesNotAdd());
    }
}
