// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Bits} from "../../contracts/libraries/Bits.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {Metrics} from "../../contracts/libraries/Metrics.sol";
import {Places} from "../../contracts/libraries/Places.sol";
import {Sitting} from "../../contracts/types/Panel.sol";
import {Point} from "../../contracts/types/Point.sol";
import {Rules} from "../../contracts/types/Rules.sol";
import {Schedule} from "../../contracts/types/Schedule.sol";

/// @notice What the libraries say at their borders, number by number; between them see {LibrariesFuzz}.
contract LibrariesMoney is Test {
    using Places for Sitting;

    /* SCORES */

    function test_isValid__every_metric_and_number_of_classes() public pure {
        uint64[4] memory bounds = [uint64(0), 1, type(uint32).max, uint64(type(uint32).max) + 1];
        for (uint8 metric = 0; metric < 7; metric++) {
            for (uint8 classes = 0; classes < 19; classes++) {
                for (uint256 b = 0; b < 4; b++) {
                    bool classed = (metric == 1 || metric == 2) && classes > 1 && classes < 17 && b == 0;
                    bool valued = (metric == 3 || metric == 4) && classes == 0 && (b == 1 || b == 2);
                    assertEq(Metrics.isValid(metric, classes, bounds[b]), classed || valued);
                }
            }
        }
    }

    function test_score__accuracy() public view {
        _scores(1, 0, 3, 0, 0);
        _scores(1, 0, 3, 1, 333_333_333);
        _scores(1, 0, 3, 3, 1e9);
        _isRefused(1, 0, 3, 4);
    }

    function test_score__errors() public view {
        _scores(3, 7, 3, 0, 1e9);
        _scores(3, 7, 3, 1, 1e9 - 47_619_047);
        _scores(3, 7, 3, 21, 0);
        _isRefused(3, 7, 3, 22);
        _scores(4, 7, 3, 0, 1e9);
        _scores(4, 7, 3, 2, 1e9 - 13_605_442);
        _scores(4, 7, 3, 147, 0);
        _isRefused(4, 7, 3, 148);
    }

    function test_score__number_of_sums() public view {
        for (uint8 metric = 1; metric < 5; metric++) {
            for (uint256 length = 0; length < 9; length++) {
                (bool ok,) = this.score(metric, 3, 1, 10, new uint128[](length));
                assertEq(ok, length == (metric == 2 ? 6 : 1));
            }
        }
    }

    function test_score__balanced() public view {
        uint128[] memory sums = new uint128[](6);
        (bool ok, uint256 value) = this.score(2, 3, 0, 7, sums);
        assertTrue(ok);
        assertEq(value, 0);
        (sums[0], sums[1], sums[3], sums[4]) = (1, 2, 3, 4);
        (ok, value) = this.score(2, 3, 0, 7, sums);
        assertTrue(ok);
        assertEq(value, 416_666_666); // of a third and a half
        (ok,) = this.score(2, 3, 0, 8, sums); // a row whose label is no class
        assertTrue(ok);
        (ok,) = this.score(2, 3, 0, 6, sums);
        assertFalse(ok);
        (sums[2], sums[5]) = (1, 1);
        (ok, value) = this.score(2, 3, 0, 8, sums);
        assertEq(value, 611_111_111);
        (sums[0], sums[1]) = (3, 4);
        (ok, value) = this.score(2, 3, 0, 8, sums);
        assertEq(value, 1e9); // and no more
        sums[2] = 2;
        (ok,) = this.score(2, 3, 0, 8, sums);
        assertFalse(ok);
    }

    function score(uint8 metric, uint8 classes, uint64 bound_, uint32 rows, uint128[] calldata sums)
        external
        pure
        returns (bool, uint256)
    {
        return Metrics.score(metric, classes, bound_, rows, sums);
    }

    /* KEYS */

    function test_keys__scalars_of_the_field() public {
        uint256 n = KeyEquation.N;
        assertEq(n, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141);
        assertEq(KeyEquation.ofScalar(0), address(0));
        assertEq(KeyEquation.ofScalar(1), vm.addr(1));
        assertEq(KeyEquation.ofScalar(2), vm.addr(2));
        assertEq(KeyEquation.ofScalar(n - 1), vm.addr(n - 1));
        assertEq(KeyEquation.ofScalar(n), address(0));
        assertEq(KeyEquation.ofScalar(n + 1), address(0));
        for (uint256 k = 1; k < 6; k++) {
            Point memory point = _point(k);
            Point memory other = Point(point.x, 1 - point.parity);
            assertEq(KeyEquation.ofPoint(point), vm.addr(k));
            assertEq(KeyEquation.ofPoint(other), vm.addr(n - k));
            assertEq(KeyEquation.scaled(point, 1), vm.addr(k));
            assertEq(KeyEquation.scaled(point, 7), vm.addr(7 * k));
            assertEq(KeyEquation.scaled(other, 7), vm.addr(n - 7 * k));
            assertEq(KeyEquation.scaled(point, n - 1), vm.addr(n - k));
            assertEq(KeyEquation.scaled(point, 0), address(0));
            assertEq(KeyEquation.scaled(point, n), address(0));
            assertEq(KeyEquation.scaled(point, n + 1), address(0));
            assertEq(KeyEquation.shifted(point, 0), vm.addr(k));
            assertEq(KeyEquation.shifted(point, 9), vm.addr(k + 9));
            assertEq(KeyEquation.shifted(other, 9), vm.addr(9 > k ? 9 - k : n));
            Point memory bad = Point(point.x, 2);
            assertEq(KeyEquation.ofPoint(bad), address(0));
            assertEq(KeyEquation.scaled(bad, 7), address(0));
            assertEq(KeyEquation.shifted(bad, 9), address(0));
            bad.parity = 229; // 27 + 229 does not fit a byte
            assertEq(KeyEquation.ofPoint(bad), address(0));
            assertEq(KeyEquation.scaled(bad, 7), address(0));
            assertEq(KeyEquation.shifted(bad, 9), address(0));
        }
    }

    /* BITS AND FIELDS */

    function test_count__runs_and_single_bits() public pure {
        assertEq(Bits.count(0), 0);
        assertEq(Bits.count(type(uint256).max), 256);
        assertEq(Bits.count(type(uint256).max / 3), 128);
        assertEq(Bits.count(type(uint256).max / 3 * 2), 128);
        assertEq(Bits.count(type(uint256).max / 5), 128);
        assertEq(Bits.count(type(uint256).max / 17), 128);
        for (uint256 i = 0; i < 256; i++) {
            assertEq(Bits.count(1 << i), 1);
            assertEq(Bits.count((1 << i) - 1), i);
            assertEq(Bits.count(~((1 << i) - 1)), 256 - i);
            assertEq(Bits.count(uint256(keccak256(abi.encode(i)))), _naive(uint256(keccak256(abi.encode(i)))));
        }
    }

    function test_fields__schedule_and_rules() public pure {
        uint256 packed;
        for (uint256 i = 0; i < 10; i++) {
            packed |= (0xA00001 + i) << (24 * i);
        }
        for (uint256 i = 0; i < 10; i++) {
            assertEq(Schedule.wrap(packed).length(i), 0xA00001 + i);
        }
        Rules rules = Rules.wrap(
            0x81 | (0x82 << 8) | (0x83 << 16) | (0x84 << 24) | (0x85000001 << 32)
                | (uint256(0x8600000000000001) << 64) | (uint256(0x8700000000000001) << 128) | (uint256(0xFF) << 192)
        );
        assertEq(rules.metric(), 0x81);
        assertEq(rules.classes(), 0x82);
        assertEq(rules.panelSize(), 0x83);
        assertEq(rules.quorum(), 0x84);
        assertEq(rules.rowCount(), 0x85000001);
        assertEq(rules.errorBound(), 0x8600000000000001);
        assertEq(rules.threshold(), 0x8700000000000001);
    }

    /* PLACES */

    function test_places__seats() public pure {
        Sitting memory sitting;
        sitting.seats = type(uint112).max;
        for (uint256 place = 0; place < 7; place++) {
            sitting.put(place, 1000 + place);
            assertEq(sitting.seated, (2 << place) - 1);
        }
        for (uint256 place = 0; place < 7; place++) {
            assertEq(sitting.seatAt(place), 1000 + place);
            assertTrue(Places.has(uint8(1 << place), place));
            assertFalse(Places.has(uint8(127 ^ (1 << place)), place));
        }
        uint256[] memory some = sitting.at(0x52); // places 1, 4 and 6
        assertEq(some.length, 3);
        assertEq(some[0], 1001);
        assertEq(some[1], 1004);
        assertEq(some[2], 1006);
        assertEq(sitting.at(0).length, 0);
    }

    /// @dev Places 0, 2 and 5 said the one, 1 and 6 the other, 4 the third; 3 said nothing.
    function test_places__groups() public pure {
        Sitting memory sitting;
        assertEq(sitting.groupCount(), 0);
        sitting.revealed = 0x77;
        sitting.groups = 0x1020010;
        assertEq(sitting.groupOf(0), 0);
        assertEq(sitting.groupOf(1), 1);
        assertEq(sitting.groupOf(4), 2);
        assertEq(sitting.groupOf(6), 1);
        assertEq(sitting.ofGroup(0), 0x25);
        assertEq(sitting.ofGroup(1), 0x42);
        assertEq(sitting.ofGroup(2), 0x10);
        assertEq(sitting.ofGroup(3), 0);
        assertEq(sitting.groupCount(), 3);
        _largest(sitting, 0, 0x25);
        sitting.groups = 0x0020101; // now 1, 5 and 6 are of the first group, 0 and 2 of the second
        _largest(sitting, 0, 0x62);
        sitting.groups = 0x2122012; // and here the last one wins
        _largest(sitting, 2, 0x51);
        sitting.revealed = 1;
        sitting.groups = 0;
        assertEq(sitting.groupCount(), 1);
        _largest(sitting, 0, 1);
    }

    /// @dev Groups are numbered as they come, not by place; what stands at a place that revealed nothing is no group.
    function test_places__number_of_groups() public pure {
        Sitting memory sitting;
        (sitting.revealed, sitting.groups) = (3, 0x10);
        assertEq(sitting.groupCount(), 2);
        sitting.groups = 0x01;
        assertEq(sitting.groupCount(), 2);
        _largest(sitting, 1, 1); // of two alone that of the lower place
        (sitting.revealed, sitting.groups) = (0x49, 0x1550550);
        assertEq(sitting.groupCount(), 2);
        _largest(sitting, 0, 9);
        (sitting.revealed, sitting.groups) = (0x7e, 0x2121000);
        _largest(sitting, 0, 6); // places 1 and 2; 3 and 5 are as many, so are 4 and 6
        sitting.revealed = 0x7a;
        _largest(sitting, 1, 0x28);
        sitting.revealed = 0;
        _largest(sitting, 0, 0);
    }

    function test_places__replacements() public pure {
        Sitting memory sitting;
        for (uint256 i = 1; i < 4; i++) {
            assertEq(sitting.isReplacing(), i > 1);
            sitting.countReplacement();
            assertEq(sitting.replaced, 17 * i);
            assertEq(sitting.replacements(), i);
        }
        sitting.replaced = 15;
        assertFalse(sitting.isReplacing());
        assertEq(sitting.replacements(), 15);
        sitting.replaced = 16;
        assertTrue(sitting.isReplacing());
        assertEq(sitting.replacements(), 0);
    }

    /* INTERNAL */

    function _largest(Sitting memory sitting, uint256 group, uint256 mask) private pure {
        (uint256 gotGroup, uint256 gotMask) = sitting.largest();
        assertEq(gotGroup, group);
        assertEq(gotMask, mask);
    }

    function _scores(uint8 metric, uint64 bound_, uint32 rows, uint128 sum, uint256 expected) private view {
        uint128[] memory sums = new uint128[](1);
        sums[0] = sum;
        (bool ok, uint256 value) = this.score(metric, 0, bound_, rows, sums);
        assertTrue(ok);
        assertEq(value, expected);
    }

    function _isRefused(uint8 metric, uint64 bound_, uint32 rows, uint128 sum) private view {
        uint128[] memory sums = new uint128[](1);
        sums[0] = sum;
        (bool ok,) = this.score(metric, 0, bound_, rows, sums);
        assertFalse(ok);
    }

    function _naive(uint256 word) private pure returns (uint256 ones) {
        for (; word != 0; word >>= 1) {
            ones += word & 1;
        }
    }

    function _point(uint256 k) private returns (Point memory) {
        uint256 y = vm.createWallet(k).publicKeyY;
        return Point(vm.createWallet(k).publicKeyX, uint8(y & 1));
    }
}
