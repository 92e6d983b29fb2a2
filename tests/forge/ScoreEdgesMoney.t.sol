// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Head, Heads} from "../../contracts/libraries/Heads.sol";
import {LinearScore} from "../../contracts/libraries/LinearScore.sol";
import {TreeScore} from "../../contracts/libraries/TreeScore.sol";

/// @notice What the libraries that judge scores say at their borders, number by number; between them see {ScoresMoney}.
contract ScoreEdgesMoney is Test {
    uint64 private constant MOST = type(uint64).max >> 1;
    int64 private constant MOST_BIAS = type(int64).max - 4; // with four more, the largest output

    /* HEADS */

    function test_read__every_byte_of_a_head() public view {
        bytes memory good = _head(1, 1, 1, 1, 1);
        _isHead(good, 1, true);
        _isHead(abi.encodePacked(good, hex"00"), 1, true);
        _isHead(good, 2, false);
        _isHead(_head(2, 1, 1, 1, 1), 1, false);
        _isHead(_head(3, 1, 1, 1, 1), 2, false);
        for (uint256 i = 0; i < 6; i++) {
            for (uint256 d = 1; d < 256; d += d) {
                bytes memory bad = _head(1, 1, 1, 1, 1);
                bad[i] = bytes1(uint8(bad[i]) ^ uint8(d)); // another magic, version or shape
                _isHead(bad, 1, false);
            }
        }
        bytes memory cut = _head(1, 2, 1, 1, 256); // whose last byte is a zero, as past its end
        assembly ("memory-safe") { // cuts it off
            mstore(cut, 17)
        }
        _isHead(cut, 1, false);
        bytes memory short = new bytes(17);
        for (uint256 i = 0; i < 17; i++) {
            short[i] = good[i];
        }
        _isHead(short, 1, false);
    }

    function test_read__tasks_outputs_features_and_divisors() public view {
        for (uint8 task = 0; task < 5; task++) {
            for (uint8 outputs = 0; outputs < 19; outputs++) {
                bool right = (task == 1 && outputs > 0 && outputs < 17) || (task == 2 && outputs == 1);
                _isHead(_head(1, task, outputs, 1, 1), 1, right);
            }
            _isHead(_head(1, task, 1, 0, 1), 1, false);
            _isHead(_head(1, task, 1, 2, 1), 1, task == 1 || task == 2);
            _isHead(_head(1, task, 1, 1024, 1), 1, task == 1 || task == 2);
            _isHead(_head(1, task, 1, 1025, 1), 1, false);
            _isHead(_head(1, task, 1, 1, 0), 1, false);
            _isHead(_head(1, task, 1, 1, 2), 1, task == 2);
            _isHead(_head(1, task, 1, 1, MOST - 1), 1, task == 2);
            _isHead(_head(1, task, 1, 1, MOST), 1, task == 2);
            _isHead(_head(1, task, 1, 1, MOST + 1), 1, false);
        }
        (, Head memory head) = this.read(_head(1, 2, 1, 777, 12345), 1);
        assertTrue(head.regress);
        assertEq(head.outputs, 1);
        assertEq(head.features, 777);
        assertEq(head.divisor, 12345);
        (, head) = this.read(_head(1, 1, 13, 7, 1), 1);
        assertFalse(head.regress);
        assertEq(head.outputs, 13);
    }

    function test_decide__classes() public pure {
        Head memory head = Head(false, 1, 1, 1);
        assertEq(Heads.decide(head, _list(-1)), 0);
        assertEq(Heads.decide(head, _list(0)), 0);
        assertEq(Heads.decide(head, _list(1)), 1);
        assertEq(Heads.decide(head, _list(2)), 1);
        head.outputs = 2;
        assertEq(Heads.decide(head, _list(5, 5)), 0);
        assertEq(Heads.decide(head, _list(5, 6)), 1);
        assertEq(Heads.decide(head, _list(5, 4)), 0);
        head.outputs = 3;
        assertEq(Heads.decide(head, _list(-3, -2, -2)), 1); // the first of equals
        assertEq(Heads.decide(head, _list(-3, -2, -1)), 2);
        assertEq(Heads.decide(head, _list(1, 7, 6)), 1);
        assertEq(Heads.decide(head, _list(9, 7, 8)), 0);
    }

    function test_decide__target_units_are_rounded_down() public pure {
        Head memory head = Head(true, 1, 1, 10);
        int256[7] memory raw = [int256(-21), -20, -11, -1, 0, 9, 10];
        int256[7] memory expected = [int256(-3), -2, -2, -1, 0, 0, 1];
        for (uint256 i = 0; i < 7; i++) {
            assertEq(Heads.decide(head, _list(raw[i])), expected[i]);
        }
        head.divisor = 2;
        assertEq(Heads.decide(head, _list(-3)), -2);
        assertEq(Heads.decide(head, _list(3)), 1);
    }

    function test_feature__beyond_the_row__is_missing() public view {
        bytes memory row = abi.encodePacked(int64(-1), int32(-5), int32(7), int32(type(int32).min));
        int256[5] memory expected = [int256(-5), 7, type(int32).min, type(int32).min, type(int32).min];
        for (uint256 i = 0; i < 5; i++) {
            assertEq(this.feature(row, i), expected[i]);
        }
        assertEq(this.feature(row, 65_535), type(int32).min);
    }

    /* LINEAR MODELS */

    /// @dev One column of mode 31 and a weight: an output as large as 2^63 - 1 is one, the next is none.
    function test_evaluate__raw_outputs_up_to_their_limit() public view {
        bytes memory row = abi.encodePacked(int64(0), int32(3));
        for (uint256 i = 0; i < 4; i++) {
            int64 bias = [MOST_BIAS - 1, MOST_BIAS, MOST_BIAS + 1, MOST_BIAS + 2][i];
            int256 far = bias;
            _evaluates(_linear(1, _column(0, 0, 0, 4), bias), row, i < 2, far + 4); // clamped to 1
            _evaluates(_linear(1, _column(0, 0, 0, -4), -bias), row, i < 2, -far - 4);
            _evaluates(_linear(1, _column(0, 0, 0, 4), -bias), row, i < 2, -far + 4);
        }
        _evaluates(_linear(1, "", type(int64).max), row, true, type(int64).max);
        _evaluates(_linear(1, "", -type(int64).max), row, true, -type(int64).max);
        _evaluates(_linear(1, "", type(int64).min), row, false, 0);
        _evaluates(_linear(1, "", 0), row, true, 0);
        _evaluates(_linear(1, "", 1), row, true, 1);
        _evaluates(_linear(1, "", -1), row, true, -1);
    }

    function test_evaluate__columns_of_every_mode() public view {
        bytes memory row = abi.encodePacked(int64(0), int32(100), int32(-100), int32(type(int32).min));
        for (uint8 mode = 0; mode < 32; mode++) {
            int256 limit = int256(1) << mode;
            int256 x = limit < 100 ? limit : int256(100);
            _evaluates(_linear(4, _column(0, mode, 0, 1), 9), row, true, 9 + x);
            _evaluates(_linear(4, _column(1, mode, 0, 3), 9), row, true, 9 - 3 * x);
            _evaluates(_linear(4, _column(2, mode, 1, 3), 9), row, true, 12); // missing: the operand
            _evaluates(_linear(4, _column(3, mode, -1, 3), 9), row, true, 6); // beyond the row, likewise
            if (mode > 30) continue;
            _evaluates(_linear(4, _column(0, mode, int32(limit), 0), 9), row, true, 9); // fits: 2^30
            _evaluates(_linear(4, _column(0, mode, int32(-limit), 0), 9), row, true, 9); // likewise
            if (mode == 30) continue;
            _evaluates(_linear(4, _column(0, mode, int32(limit + 1), 0), 9), row, false, 0); // likewise
            _evaluates(_linear(4, _column(0, mode, int32(-limit - 1), 0), 9), row, false, 0); // likewise
        }
        _evaluates(_linear(4, _column(0, 128, 100, 5), 9), row, true, 14);
        _evaluates(_linear(4, _column(0, 128, 99, 5), 9), row, true, 9);
        _evaluates(_linear(4, _column(2, 128, type(int32).min, 5), 9), row, true, 14);
        _evaluates(_linear(4, _column(3, 31, type(int32).min, 1), 9), row, true, 9 - 2 ** 31);
        for (uint256 mode = 32; mode < 256; mode++) {
            if (mode != 128) _evaluates(_linear(4, _column(0, uint8(mode), 0, 0), 9), row, false, 0); // a byte
        }
    }

    function test_evaluate__columns_ascend_within_the_features() public view {
        bytes memory row = abi.encodePacked(int64(0), int32(1), int32(1));
        bytes memory one = _column(0, 5, 0, 1);
        bytes[4] memory next = [_column(0, 5, 1, 1), _column(0, 6, 0, 1), _column(1, 0, 0, 1), _column(0, 128, -9, 1)];
        for (uint256 i = 0; i < 4; i++) {
            _evaluates(_linear(2, abi.encodePacked(one, next[i]), 0), row, true, i == 3 ? int256(1) : int256(2));
            _evaluates(_linear(2, abi.encodePacked(next[i], one), 0), row, false, 0);
            _evaluates(_linear(2, abi.encodePacked(next[i], next[i]), 0), row, false, 0);
        }
        _evaluates(_linear(2, abi.encodePacked(_column(0, 5, -1, 1), one), 0), row, true, 2); // operands have a sign
        _evaluates(_linear(2, abi.encodePacked(one, _column(0, 5, -1, 1)), 0), row, false, 0);
        _evaluates(_linear(2, _column(1, 0, 0, 1), 0), row, true, 1);
        _evaluates(_linear(2, _column(2, 0, 0, 1), 0), row, false, 0);
        _evaluates(_linear(2, _column(3, 0, 0, 1), 0), row, false, 0);
        _evaluates(_linear(1, _column(1, 0, 0, 1), 0), row, false, 0);
    }

    function test_evaluate__bytes_that_are_too_many_or_too_few() public view {
        bytes memory row = abi.encodePacked(int64(0), int32(1));
        bytes memory model = _linear(1, _column(0, 5, 0, 1), 0);
        _evaluates(abi.encodePacked(model, hex"00"), row, false, 0);
        for (uint256 length = 0; length < model.length; length++) {
            bytes memory cut = new bytes(length);
            for (uint256 i = 0; i < length; i++) {
                cut[i] = model[i];
            }
            _evaluates(cut, row, false, 0);
        }
    }

    function test_evaluate__more_columns_than_are_counted_or_no_head() public view {
        bytes memory row = abi.encodePacked(int64(0), int32(1));
        bytes memory model = _linear(1, abi.encodePacked(_column(0, 5, 0, 1), _column(0, 6, 0, 1)), 0);
        _evaluates(model, row, true, 2);
        model[19] = 0x01; // of two
        _evaluates(model, row, false, 0);
        model[19] = 0x02;
        model[6] = 0x03; // a task that there is not
        _evaluates(model, row, false, 0);
    }

    function test_evaluate__weights_up_to_their_limit() public view {
        bytes memory row = abi.encodePacked(int64(0), int32(1));
        assertTrue(this.evaluatesMany(_many(4096, 1), row));
        assertFalse(this.evaluatesMany(_many(4097, 1), row));
        assertTrue(this.evaluatesMany(_many(256, 16), row));
        assertFalse(this.evaluatesMany(_many(257, 16), row));
        assertTrue(this.evaluatesMany(_many(0, 3), row));
    }

    function test_evaluate__each_output_has_its_own_weights_and_bias() public view {
        bytes memory row = abi.encodePacked(int64(0), int32(1), int32(2));
        bytes memory model = abi.encodePacked(_head(1, 1, 3, 2, 1), uint16(2), int64(10), int64(-20), int64(30));
        model = abi.encodePacked(model, uint16(0), uint8(9), int32(0), int64(1), int64(3), int64(5));
        model = abi.encodePacked(model, uint16(1), uint8(9), int32(0), int64(7), int64(11), int64(-13));
        (bool ok, int256[] memory raw) = this.evaluate(model, row);
        assertTrue(ok);
        assertEq(raw.length, 3);
        assertEq(raw[0], 10 + 1 + 14);
        assertEq(raw[1], -20 + 3 + 22);
        assertEq(raw[2], 30 + 5 - 26);
    }

    /* TREES */

    function test_prefix__numbers_of_trees_and_bases() public view {
        uint32[8] memory counts = [uint32(0), 1, 2, 3, 6, 65_535, 65_536, 65_537];
        for (uint256 i = 0; i < 8; i++) {
            _isPrefix(_trees(1, counts[i], 0, 0, 0), counts[i] != 0 && counts[i] <= 65_536);
            _isPrefix(_trees(3, counts[i], 0, 0, 0), counts[i] != 0 && counts[i] % 3 == 0 && counts[i] <= 65_536);
        }
        _isPrefix(_trees(3, 65_538, 0, 0, 0), false);
        int64 limit = 1 << 62;
        for (uint256 o = 0; o < 3; o++) {
            for (int64 d = -1; d < 2; d++) {
                (int64 a, int64 b, int64 c) = (o == 0 ? limit + d : int64(0), o == 1 ? limit + d : int64(0), o == 2 ? limit + d : int64(0));
                _isPrefix(_trees(3, 3, a, b, c), d < 0);
                _isPrefix(_trees(3, 3, -a, -b, -c), d < 0);
            }
        }
        bytes memory good = _trees(3, 3, 5, -6, 7);
        (, uint256 trees, Head memory head) = this.prefix(good);
        assertEq(trees, 3);
        assertEq(head.outputs, 3);
        assertEq(this.baseOf(good, 0), 5);
        assertEq(this.baseOf(good, 1), -6);
        assertEq(this.baseOf(good, 2), 7);
        _isPrefix(abi.encodePacked(good, hex"00"), false);
        assembly ("memory-safe") { // cuts the last byte off
            mstore(good, sub(mload(good), 1))
        }
        _isPrefix(good, false);
    }

    /// @dev What stands behind a prefix is no base of it.
    function test_prefix__reads_no_further_than_its_end() public view {
        for (uint256 outputs = 1; outputs < 4; outputs += 2) {
            bytes memory data = _trees(uint8(outputs), 3, 5, -6, 7); // a byte
            (bool ok,,) = this.prefixOf(bytes.concat(data, hex"7fffffffffffffff"), data.length);
            assertTrue(ok);
        }
    }

    /* WAYS THROUGH A TREE */

    function test_walk__of_any_length() public {
        for (uint256 length = 0; length < 90; length++) {
            bytes memory path = new bytes(length);
            bytes memory reason = abi.encodeWithSignature("Referee_WrongLength(uint256,uint256)", length % 39, 4);
            if (length % 39 != 4) vm.expectRevert(reason);
            this.walk(path, 0, 1);
        }
    }

    function test_walk__of_up_to_64_nodes() public view {
        uint8[7] memory depths = [0, 5, 34, 63, 64, 65, 66];
        uint64 steps = 0xb5c3_0f96_a5e1_7d2b;
        for (uint256 i = 0; i < 7; i++) {
            bytes memory path = abi.encodePacked(int32(7));
            bytes32 hash = sha256(abi.encodePacked(uint8(0), path));
            for (uint256 above = depths[i]; above > 0; above--) {
                bytes memory fields = abi.encodePacked(uint16(0), uint8(3), int32(int256(above))); // small
                path = bytes.concat(path, fields, bytes32(above));
                hash = _above(hash, fields, bytes32(above), (uint256(steps) >> (above - 1)) & 1 == 1);
            }
            (bool ok, bytes32 got) = this.walk(path, steps, 1);
            assertEq(ok, depths[i] < 65);
            assertEq(got, hash);
        }
    }

    function test_lanes__bytes_of_whole_words() public pure {
        for (uint256 trees = 1; trees < 260; trees++) {
            uint256 words = trees / 8 + (trees % 8 == 0 ? 0 : 1);
            assertEq(TreeScore.laneBytes(trees), 32 * words);
        }
    }

    function test_lanes__are_added_to_the_outputs_of_their_trees() public view {
        int32[11] memory values = [int32(1), -20, 300, -4000, 5, 60, 7, type(int32).max, type(int32).min, 10, 11];
        bytes memory lanes;
        for (uint256 i = 0; i < 16; i++) {
            lanes = abi.encodePacked(lanes, uint32(uint256(int256(2 ** 31) + (i < 11 ? values[i] : int32(0)))));
            if (i < 11) assertEq(this.lane(abi.encodePacked(lanes, bytes32(0)), i), values[i]);
        }
        for (uint256 outputs = 1; outputs < 4; outputs++) {
            for (uint256 first = 0; first < 5; first++) {
                int256[] memory expected = new int256[](outputs);
                for (uint256 i = 0; i < 11; i++) {
                    expected[(first + i) % outputs] += values[i];
                }
                (bool ok, int256[] memory sums) = this.addLanes(lanes, first, 11, outputs);
                assertTrue(ok);
                assertEq(abi.encode(sums), abi.encode(expected));
                for (uint256 bad = 11; bad < 16; bad++) {
                    bytes memory wrong = bytes.concat(lanes);
                    wrong[4 * bad + 3] = 0x01;
                    (ok,) = this.addLanes(wrong, first, 11, outputs);
                    assertFalse(ok);
                }
            }
        }
    }

    /* THE LIBRARIES, WHICH READ THE CALL */

    function read(bytes calldata model, uint256 shape) external pure returns (bool, Head memory) {
        return Heads.read(model, shape);
    }

    function feature(bytes calldata row, uint256 number) external pure returns (int256) {
        return Heads.feature(row, number);
    }

    function evaluate(bytes calldata model, bytes calldata row) public pure returns (bool ok, int256[] memory raw) {
        (ok,, raw) = LinearScore.evaluate(model, row);
    }

    function evaluatesMany(bytes calldata model, bytes calldata row) external pure returns (bool ok) {
        (ok,) = evaluate(model, row);
    }

    function prefix(bytes calldata data) external pure returns (bool ok, uint256 trees, Head memory head) {
        (ok, head, trees) = TreeScore.prefix(data);
    }

    function prefixOf(bytes calldata data, uint256 length) external pure returns (bool ok, uint256 trees, Head memory head) {
        (ok, head, trees) = TreeScore.prefix(data[:length]);
    }

    function walk(bytes calldata path, uint256 steps, uint256 features) external pure returns (bool, bytes32) {
        return TreeScore.walk(path, steps, features);
    }

    function baseOf(bytes calldata data, uint256 output) external pure returns (int256) {
        return TreeScore.baseOf(data, output);
    }

    function lane(bytes calldata lanes, uint256 number) external pure returns (int256) {
        return TreeScore.lane(lanes, number);
    }

    function addLanes(bytes calldata lanes, uint256 first, uint256 trees, uint256 outputs)
        external
        pure
        returns (bool ok, int256[] memory sums)
    {
        sums = new int256[](outputs);
        ok = TreeScore.addLanes(lanes, first, trees, sums);
    }

    /* INTERNAL */

    function _above(bytes32 hash, bytes memory fields, bytes32 sibling, bool right) private pure returns (bytes32) {
        (bytes32 a, bytes32 b) = right ? (sibling, hash) : (hash, sibling);
        return sha256(abi.encodePacked(uint8(1), fields, a, b));
    }

    function _isHead(bytes memory model, uint256 shape, bool expected) private view {
        (bool ok,) = this.read(model, shape);
        assertEq(ok, expected);
    }

    function _isPrefix(bytes memory data, bool expected) private view {
        (bool ok,,) = this.prefix(data);
        assertEq(ok, expected);
    }

    function _evaluates(bytes memory model, bytes memory row, bool expected, int256 output) private view {
        (bool ok, int256[] memory raw) = this.evaluate(model, row);
        assertEq(ok, expected);
        if (expected) assertEq(raw[0], output);
    }

    function _head(uint8 shape, uint8 task, uint8 outputs, uint16 features, uint64 divisor)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked("TSRM", uint8(1), shape, task, outputs, features, divisor);
    }

    function _column(uint16 feature_, uint8 mode, int32 operand, int64 weight) private pure returns (bytes memory) {
        return abi.encodePacked(feature_, mode, operand, weight);
    }

    /// @dev A model of one output that regresses, of units of 1.
    function _linear(uint16 features, bytes memory columns, int64 bias) private pure returns (bytes memory) {
        return abi.encodePacked(_head(1, 2, 1, features, 1), uint16(columns.length / 15), bias, columns); // a few
    }

    function _many(uint16 columns, uint8 outputs) private pure returns (bytes memory model) {
        bytes memory data = new bytes(columns * (7 + 8 * uint256(outputs)));
        for (uint256 i = 0; i < columns; i++) {
            uint256 at = i * (7 + 8 * uint256(outputs));
            (data[at], data[at + 1], data[at + 2]) = (bytes1(uint8(i / 8 >> 8)), bytes1(uint8(i / 8)), 0x09); // its bytes
            data[at + 6] = bytes1(uint8(i % 8)); // below 8
        }
        return abi.encodePacked(_head(1, 1, outputs, 1024, 1), columns, new bytes(8 * uint256(outputs)), data);
    }

    function _trees(uint8 outputs, uint32 count, int64 a, int64 b, int64 c) private pure returns (bytes memory) {
        bytes memory bases = outputs == 1 ? abi.encodePacked(a) : abi.encodePacked(a, b, c);
        return abi.encodePacked(_head(2, 1, outputs, 3, 1), count, bases);
    }

    function _list(int256 a) private pure returns (int256[] memory list) {
        list = new int256[](1);
        list[0] = a;
    }

    function _list(int256 a, int256 b) private pure returns (int256[] memory list) {
        list = new int256[](2);
        (list[0], list[1]) = (a, b);
    }

    function _list(int256 a, int256 b, int256 c) private pure returns (int256[] memory list) {
        list = new int256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }
}
