// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Reads} from "../../contracts/libraries/Reads.sol";
import {RowJudge} from "../../contracts/libraries/RowJudge.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {Rules} from "../../contracts/types/Rules.sol";

/// @notice What the libraries that add scores up say at their borders; for those that compute them see {ScoreEdgesMoney}.
contract SumEdgesMoney is Test {
    /* SUM TREES */

    function test_depth__of_counts_around_powers_of_two() public pure {
        assertEq(SumTree.depth(1), 0);
        for (uint256 d = 0; d < 32; d++) {
            assertEq(SumTree.depth((1 << d) + 1), d + 1);
            assertEq(SumTree.depth(1 << (d + 1)), d + 1);
            assertEq(SumTree.depth((1 << d) + (1 << d) / 2 + 1), d + 1);
        }
    }

    function test_width__of_every_place() public pure {
        for (uint256 count = 1; count < 10; count++) {
            for (uint256 level = 0; level < 5; level++) {
                for (uint256 index = 0; index < 10; index++) {
                    uint256 inside;
                    for (uint256 leaf = 0; leaf < count; leaf++) {
                        if (leaf >> level == index) inside++;
                    }
                    assertEq(SumTree.width(level, index, count), inside);
                }
            }
        }
    }

    function test_padding__is_hashed_level_by_level() public pure {
        for (uint256 sums = 1; sums < 4; sums++) {
            bytes memory entry = new bytes(8 + 16 * sums);
            assertEq(SumTree.entryBytes(sums), entry.length);
            bytes32 hash;
            for (uint256 level = 0; level < 4; level++) {
                assertEq(SumTree.padding(level, sums), hash);
                hash = sha256(abi.encodePacked(uint8(1), hash, entry, hash, entry));
            }
        }
    }

    function test_says__count_and_each_sum() public view {
        uint128[] memory sums = new uint128[](3);
        (sums[0], sums[1], sums[2]) = (7, 1 << 127, 9);
        bytes memory entry = abi.encodePacked(uint64(5), sums[0], sums[1], sums[2]);
        assertTrue(this.says(entry, 5, sums));
        assertFalse(this.says(entry, 4, sums));
        assertFalse(this.says(entry, 6, sums));
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 d = 0; d < 2; d++) {
                sums[i] = d == 0 ? sums[i] + 1 : sums[i] - 2;
                assertFalse(this.says(entry, 5, sums));
            }
            sums[i] += 1;
        }
        assertFalse(this.says(abi.encodePacked(entry, uint128(0)), 5, sums));
        assertFalse(this.says(entry, 5, new uint128[](2)));
        assertFalse(this.says(entry, 5, new uint128[](4)));
        uint128[] memory more = new uint128[](4); // past the end of the entry are zeros
        (more[0], more[1], more[2]) = (sums[0], sums[1], sums[2]);
        assertFalse(this.says(entry, 5, more));
    }

    /// @dev A plain tree of five leaves, three levels high.
    function test_up__every_leaf_leads_to_the_root() public {
        bytes32[8] memory leaves;
        for (uint256 i = 0; i < 5; i++) {
            leaves[i] = keccak256(abi.encode(i));
        }
        bytes32[4] memory pairs;
        for (uint256 i = 0; i < 4; i++) {
            pairs[i] = sha256(abi.encodePacked(uint8(1), leaves[2 * i], leaves[2 * i + 1]));
        }
        bytes32 low = sha256(abi.encodePacked(uint8(1), pairs[0], pairs[1]));
        bytes32 high = sha256(abi.encodePacked(uint8(1), pairs[2], pairs[3]));
        bytes32 root = sha256(abi.encodePacked(uint8(1), low, high));
        bytes32[] memory siblings = new bytes32[](3);
        for (uint256 i = 0; i < 5; i++) {
            (siblings[0], siblings[1], siblings[2]) = (leaves[i ^ 1], pairs[i / 2 ^ 1], i < 4 ? high : low);
            assertEq(this.up(leaves[i], i, 5, siblings), root);
        }
        for (uint256 i = 5; i < 9; i++) {
            vm.expectRevert();
            this.up(leaves[0], i, 5, siblings);
        }
        vm.expectRevert();
        this.up(leaves[0], 0, 5, new bytes32[](2));
        vm.expectRevert();
        this.up(leaves[0], 0, 5, new bytes32[](4));
    }

    /// @dev Four nodes of one sum; of the sums two come to more than their field holds, below or at the top.
    function test_combine__sums_and_counts_that_overflow() public {
        uint128 half = 1 << 127;
        _combines(1, [uint128(1), 2, 3, 4], true);
        _combines(1, [half, half - 1, 0, 0], true);
        _combines(1, [half, half, 0, 0], false);
        _combines(1, [uint128(0), 0, half, half], false);
        _combines(1, [half, 0, half, 0], false);
        _combines(1, [half, half - 1, 1, 0], false);
        _combines(1 << 62, [uint128(1), 2, 3, 4], false);
        _combines((1 << 62) - 1, [uint128(1), 2, 3, 4], true);
        _combines(1 << 63, [uint128(1), 2, 3, 4], false);
    }

    function _combines(uint64 count, uint128[4] memory sums, bool fits) private {
        bytes[4] memory nodes;
        for (uint256 i = 0; i < 4; i++) {
            nodes[i] = abi.encodePacked(bytes32(i), count, sums[i]);
        }
        bytes memory all = bytes.concat(nodes[0], nodes[1], nodes[2], nodes[3]);
        if (!fits) vm.expectRevert(abi.encodeWithSignature("Referee_DoesNotAdd()"));
        (, bytes memory entry) = this.combine(all, 56);
        if (fits) assertEq(entry, abi.encodePacked(4 * count, sums[0] + sums[1] + sums[2] + sums[3]));
    }

    /* CONTRIBUTIONS */

    function test_contribution__of_every_metric() public pure {
        for (int256 predicted = 0; predicted < 6; predicted++) {
            for (int256 label = -1; label < 6; label++) {
                bool known = label >= 0 && label < 3;
                bool correct = known && label == predicted;
                assertEq(RowJudge.contribution(_rules(1, 3, 0), 0, predicted, label), correct ? 1 : 0);
                for (uint256 i = 0; i < 6; i++) {
                    bool mine = known && uint256(label) == i % 3 && (i >= 3 || correct); // not negative
                    assertEq(RowJudge.contribution(_rules(2, 3, 0), i, predicted, label), mine ? 1 : 0);
                }
            }
        }
        for (int256 error = -9; error < 10; error++) {
            uint256 size = uint256(error < 0 ? -error : error); // not negative
            if (size > 5) size = 5;
            assertEq(RowJudge.contribution(_rules(3, 0, 5), 0, 100 + error, 100), size);
            assertEq(RowJudge.contribution(_rules(4, 0, 5), 0, -100 + error, -100), size * size);
        }
        assertEq(RowJudge.sumCount(_rules(1, 3, 0)), 1);
        assertEq(RowJudge.sumCount(_rules(2, 3, 0)), 6);
        assertEq(RowJudge.sumCount(_rules(3, 0, 5)), 1);
        assertEq(RowJudge.sumCount(_rules(4, 0, 5)), 1);
    }

    function test_agrees__each_sum_counts() public view {
        Rules rules = _rules(2, 2, 0); // correct of 0, of 1, rows of 0, of 1
        bytes memory record = abi.encodePacked(hex"ffff", uint128(0), uint128(1), uint128(0), uint128(1));
        assertTrue(this.agrees(rules, record, 2, 1, 1));
        assertFalse(this.agrees(rules, record, 2, 0, 1));
        assertFalse(this.agrees(rules, record, 2, 0, 0));
        for (uint256 i = 0; i < 4; i++) {
            record[2 + 16 * i + 15] ^= 0x02;
            assertFalse(this.agrees(rules, record, 2, 1, 1));
            record[2 + 16 * i + 15] ^= 0x02;
        }
    }

    function test_reads__each_width() public view {
        bytes memory data = hex"ff8102030405060708090a0b0c0d0e0f1011121314151617181920212223242526272829";
        assertEq(this.unsigned(data, 1), [uint256(0x81), 0x8102, 0x81020304, 0x8102030405060708, 0x8102030405060708090a0b0c0d0e0f10]);
        assertEq(this.signed(data, 1), [int256(int32(uint32(0x81020304))), int64(uint64(0x8102030405060708)), int128(uint128(0x8102030405060708090a0b0c0d0e0f10))]);
        assertEq(this.signed(data, 2), [int256(0x02030405), 0x0203040506070809, 0x02030405060708090a0b0c0d0e0f1011]);
    }

    /* THE LIBRARIES, WHICH READ THE CALL */

    function says(bytes memory entry, uint256 count, uint128[] calldata sums) external pure returns (bool) {
        return SumTree.says(entry, count, sums);
    }

    function combine(bytes calldata nodes, uint256 step) external view returns (bytes32, bytes memory) {
        return SumTree.combine(nodes, step);
    }

    function up(bytes32 hash, uint256 index, uint256 count, bytes32[] calldata siblings)
        external
        view
        returns (bytes32)
    {
        return SumTree.up(hash, index, count, siblings);
    }

    function agrees(Rules rules, bytes calldata record, uint256 at, int256 predicted, int256 label)
        external
        pure
        returns (bool)
    {
        return RowJudge.agrees(rules, record, at, predicted, label);
    }

    function unsigned(bytes calldata data, uint256 at) external pure returns (uint256[5] memory) {
        return [Reads.u8(data, at), Reads.u16(data, at), Reads.u32(data, at), Reads.u64(data, at), Reads.u128(data, at)];
    }

    function signed(bytes calldata data, uint256 at) external pure returns (int256[3] memory) {
        return [Reads.i32(data, at), Reads.i64(data, at), Reads.i128(data, at)];
    }

    /* INTERNAL */

    function _rules(uint256 metric, uint256 classes, uint256 bound_) private pure returns (Rules) {
        return Rules.wrap(metric | classes << 8 | bound_ << 64);
    }

    function assertEq(uint256[5] memory got, uint256[5] memory expected) private pure {
        for (uint256 i = 0; i < 5; i++) {
            assertEq(got[i], expected[i]);
        }
    }

    function assertEq(int256[3] memory got, int256[3] memory expected) private pure {
        for (uint256 i = 0; i < 3; i++) {
            assertEq(got[i], expected[i]);
        }
    }
}
