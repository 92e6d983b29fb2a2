// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Answers} from "../../contracts/libraries/Answers.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {TreeScore} from "../../contracts/libraries/TreeScore.sol";
import {Question, Subject} from "../../contracts/types/Demand.sol";

/// @notice What answers to demands are folded with, against writing it out.
contract DemandsFold is Test {
    /// @notice See {SumTree.combine}.
    function combine(bytes calldata nodes, uint256 step) external view returns (bytes32, bytes memory) {
        return SumTree.combine(nodes, step);
    }

    /// @notice See {TreeScore.walk}.
    function walk(bytes calldata path, uint256 steps, uint256 features) external pure returns (bool, bytes32) {
        return TreeScore.walk(path, steps, features);
    }

    /// @notice See {Answers.isBelow}.
    function isBelow(Question memory before, Question calldata next) external pure returns (bool) {
        return Answers.isBelow(before, next);
    }

    /// @dev 1 to 64 nodes of 1 to 32 sums, any of them near the end of its field.
    function testFuzz_combine__any_nodes__is_what_is_written_out(uint256 seed) public {
        uint256 sums = 1 + seed % 32;
        uint256 count = 1 << ((seed >> 8) % 7);
        uint256[] memory totals = new uint256[](sums);
        bytes memory nodes;
        bytes[] memory level = new bytes[](count);
        for (uint256 n = 0; n < count; n++) {
            level[n] = abi.encodePacked(_draw(seed, n), uint64(uint256(_draw(seed, n + 100)) >> 250));
            for (uint256 i = 0; i < sums; i++) {
                uint256 sum = uint256(_draw(seed, 1_000 + 64 * n + i)) >> (128 + (seed >> 16) % 9);
                totals[i] += sum;
                level[n] = bytes.concat(level[n], bytes16(uint128(sum)));
            }
            nodes = bytes.concat(nodes, level[n]);
        }
        uint256 step = 40 + 16 * sums;
        for (uint256 i = 0; i < sums; i++) {
            if (totals[i] <= type(uint128).max) continue;
            vm.expectRevert(abi.encodeWithSignature("Referee_DoesNotAdd()"));
            this.combine(nodes, step);
            return;
        }
        (bytes32 hash, bytes memory entry) = this.combine(nodes, step);
        for (uint256 size = count; size > 1; size /= 2) {
            for (uint256 n = 0; n < size / 2; n++) {
                level[n] = _parent(level[2 * n], level[2 * n + 1], sums);
            }
        }
        assertEq(abi.encodePacked(hash, entry), level[0]);
        for (uint256 i = 0; i < sums; i++) {
            assertEq(_sum(level[0], i), totals[i]);
        }
    }

    /// @dev A tree grown along the way: each step takes the side that its bit says.
    function testFuzz_walk__any_steps__leads_to_the_root(uint256 seed, uint64 steps) public view {
        uint256 depth = seed % 65;
        bytes memory path = abi.encodePacked(int32(int256(uint256(_draw(seed, 0)))));
        bytes32 hash = sha256(abi.encodePacked(bytes1(0), path));
        for (uint256 above = depth; above > 0; above--) {
            bytes memory fields = abi.encodePacked(uint16(uint256(_draw(seed, above)) % 30), uint8(above % 4), int32(int256(above)));
            bytes32 sibling = _draw(seed, 100 + above);
            path = abi.encodePacked(path, fields, sibling);
            bool right = (steps >> (above - 1)) & 1 == 1;
            hash = right
                ? sha256(abi.encodePacked(bytes1(0x01), fields, sibling, hash))
                : sha256(abi.encodePacked(bytes1(0x01), fields, hash, sibling));
        }
        (bool ok, bytes32 got) = this.walk(path, steps, 30);
        assertTrue(ok);
        assertEq(got, hash);
        if (depth == 0) return;
        (ok, got) = this.walk(path, steps ^ (1 << (seed % depth)), 30);
        assertTrue(got != hash, "another way has the same root");
        (ok,) = this.walk(path, steps, 0);
        assertFalse(ok, "a feature beyond the head's");
    }

    /// @dev Below a node are its own descendants, and no other's; nothing is below itself.
    function testFuzz_isBelow__nodes__only_descendants(uint8 level, uint8 other, uint32 index, uint32 next) public view {
        level = uint8(bound(level, 1, 24));
        other = uint8(bound(other, 0, 24));
        Question memory before = Question(Subject.NODES, level, index % uint32(1 << (24 - level)), 0, 0);
        Subject subject = other == 0 ? Subject.LEAF : Subject.NODES;
        bool got = this.isBelow(before, Question(subject, other, next, 0, 0));
        assertEq(got, other < level && next >> (level - other) == before.index);
    }

    function _parent(bytes memory left, bytes memory right, uint256 sums) private pure returns (bytes memory parent) {
        parent = abi.encodePacked(sha256(bytes.concat(hex"01", left, right)), uint64(_count(left) + _count(right)));
        for (uint256 i = 0; i < sums; i++) {
            parent = bytes.concat(parent, bytes16(uint128(_sum(left, i) + _sum(right, i))));
        }
    }

    function _count(bytes memory node) private pure returns (uint256 count) {
        assembly ("memory-safe") {
            count := shr(192, mload(add(node, 64)))
        }
    }

    function _sum(bytes memory node, uint256 i) private pure returns (uint256 sum) {
        assembly ("memory-safe") {
            sum := shr(128, mload(add(add(node, 72), shl(4, i))))
        }
    }

    function _draw(uint256 seed, uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode(seed, i));
    }
}
