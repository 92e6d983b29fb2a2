// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test, Vm} from "forge-std/Test.sol";

import {Attestations} from "../../contracts/libraries/Attestations.sol";
import {Bits} from "../../contracts/libraries/Bits.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {Metrics} from "../../contracts/libraries/Metrics.sol";
import {Places} from "../../contracts/libraries/Places.sol";
import {Commitment, Sitting} from "../../contracts/types/Panel.sol";
import {Point} from "../../contracts/types/Point.sol";
import {Schedule, Stages} from "../../contracts/types/Schedule.sol";

/// @notice The libraries against naive twins, and the key equation against the test machine's own secp256k1.
contract LibrariesFuzz is Test {
    using Places for Sitting;

    uint256 internal constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /* KEY EQUATION */

    function testFuzz_ofScalar__below_order__is_the_address(uint256 t) public pure {
        t = bound(t, 1, KeyEquation.N - 1);
        assertEq(KeyEquation.ofScalar(t), vm.addr(t));
    }

    function testFuzz_ofScalar__zero_or_past_order__is_zero(uint256 t) public pure {
        assertEq(KeyEquation.ofScalar(0), address(0));
        assertEq(KeyEquation.ofScalar(bound(t, KeyEquation.N, type(uint256).max)), address(0));
    }

    function testFuzz_ofPoint__on_curve__is_the_address(uint256 k) public {
        k = bound(k, 1, KeyEquation.N - 1);
        assertEq(KeyEquation.ofPoint(_point(k)), vm.addr(k));
    }

    function testFuzz_ofPoint__any_abscissa__is_zero_exactly_off_the_curve(uint256 x, uint8 parity) public view {
        bool valid = x > 0 && x < KeyEquation.N && parity <= 1 && _isSquare(addmod(mulmod(mulmod(x, x, P), x, P), 7, P));
        assertEq(KeyEquation.ofPoint(Point(x, parity)) != address(0), valid);
    }

    function testFuzz_scaled__is_the_product(uint256 k, uint256 s) public {
        k = bound(k, 1, KeyEquation.N - 1);
        s = bound(s, 1, KeyEquation.N - 1);
        assertEq(KeyEquation.scaled(_point(k), s), vm.addr(mulmod(k, s, KeyEquation.N)));
    }

    function testFuzz_scaled__bad_scalar__is_zero(uint256 k, uint256 s) public {
        Point memory point = _point(bound(k, 1, KeyEquation.N - 1));
        assertEq(KeyEquation.scaled(point, 0), address(0));
        assertEq(KeyEquation.scaled(point, bound(s, KeyEquation.N, type(uint256).max)), address(0));
    }

    function testFuzz_shifted__is_the_sum(uint256 k, uint256 h) public {
        k = bound(k, 1, KeyEquation.N - 1);
        h = bound(h, 0, KeyEquation.N - 1);
        uint256 sum = addmod(k, h, KeyEquation.N);
        assertEq(KeyEquation.shifted(_point(k), h), sum == 0 ? address(0) : vm.addr(sum));
        assertEq(KeyEquation.shifted(_point(k), KeyEquation.N - k), address(0)); // the point at infinity
        assertEq(KeyEquation.shifted(_point(k), 0), vm.addr(k));
    }

    /* METRICS */

    function testFuzz_score__sums_within_bounds__is_a_part_of_one(uint8 metric, uint32 rows, uint64 limit, uint128 sum)
        public
        view
    {
        metric = uint8(bound(metric, Metrics.ACCURACY, Metrics.SQUARED_ERROR));
        vm.assume(metric != Metrics.BALANCED_ACCURACY);
        rows = uint32(bound(rows, 1, type(uint32).max));
        limit = uint64(bound(limit, 1, Metrics.MAX_ERROR_BOUND));
        uint256 worst = metric == Metrics.ACCURACY ? rows : uint256(rows) * limit;
        if (metric == Metrics.SQUARED_ERROR) worst *= limit;
        uint128[] memory sums = new uint128[](1);
        sums[0] = uint128(bound(sum, 0, worst));
        (bool ok, uint256 value) = this.score(metric, limit, rows, sums);
        uint256 part = (uint256(sums[0]) * 1e9) / worst;
        assertTrue(ok);
        assertEq(value, metric == Metrics.ACCURACY ? part : 1e9 - part);
        assertLe(value, Metrics.SCORE_ONE);
        sums[0] = uint128(bound(sum, worst + 1, type(uint128).max));
        (ok,) = this.score(metric, limit, rows, sums);
        assertFalse(ok);
    }

    function testFuzz_score__balanced__is_the_mean_recall(uint128[32] memory raw, uint8 classes, uint32 rows) public view {
        classes = uint8(bound(classes, 2, Metrics.MAX_CLASSES));
        rows = uint32(bound(rows, 1, type(uint32).max));
        uint128[] memory sums = new uint128[](2 * uint256(classes));
        uint256 left = rows;
        uint256 total;
        uint256 present;
        for (uint256 c = 0; c < classes; c++) {
            uint256 count = bound(raw[c], 0, left);
            left -= count;
            sums[classes + c] = uint128(count);
            sums[c] = uint128(bound(raw[16 + c], 0, count));
            if (count == 0) continue;
            present += 1;
            total += (uint256(sums[c]) * 1e9) / count;
        }
        (bool ok, uint256 value) = this.balanced(classes, rows, sums);
        assertTrue(ok);
        assertEq(value, present == 0 ? 0 : total / present);
        assertLe(value, Metrics.SCORE_ONE);
        sums[classes] += uint128(left + 1); // one row too many
        (ok,) = this.balanced(classes, rows, sums);
        assertFalse(ok);
        sums[classes] -= uint128(left + 1);
        sums[0] = sums[classes] + 1; // more right than there are
        (ok,) = this.balanced(classes, rows, sums);
        assertFalse(ok);
    }

    function testFuzz_score__wrong_number_of_sums__is_refused(uint8 metric, uint256 length) public view {
        metric = uint8(bound(metric, Metrics.ACCURACY, Metrics.SQUARED_ERROR));
        length = bound(length, 0, 40);
        uint256 right = metric == Metrics.BALANCED_ACCURACY ? 6 : 1;
        (bool ok,) = this.scoreOf(metric, 3, 10, 10, new uint128[](length));
        assertEq(ok, length == right);
    }

    function testFuzz_isValid__matches_the_table(uint8 metric, uint8 classes, uint64 limit) public pure {
        metric = metric % 7;
        classes = classes % 20;
        if (limit % 3 == 0) limit = 0;
        bool classed = metric == 1 || metric == 2;
        bool valued = metric == 3 || metric == 4;
        bool want = classed
            ? classes > 1 && classes < 17 && limit == 0
            : valued && classes == 0 && limit != 0 && limit < 2 ** 32;
        assertEq(Metrics.isValid(metric, classes, limit), want);
    }

    /* BITS, SCHEDULE, PLACES, COMMITMENTS */

    function testFuzz_count__counts_ones(uint256 word) public pure {
        uint256 ones;
        for (uint256 i = 0; i < 256; i++) {
            if ((word >> i) & 1 == 1) ones++;
        }
        assertEq(Bits.count(word), ones);
    }

    function testFuzz_length__reads_back_what_was_packed(uint24[10] memory lengths, uint16 above) public pure {
        uint256 packed = uint256(above) << 240;
        for (uint256 i = 0; i < Stages.COUNT; i++) {
            packed |= uint256(lengths[i]) << (24 * i);
        }
        for (uint256 i = 0; i < Stages.COUNT; i++) {
            assertEq(Schedule.wrap(packed).length(i), lengths[i]);
        }
    }

    function testFuzz_put__reads_back_and_leaves_the_others(uint16[7] memory seats, uint112 dirt, uint8 mask) public pure {
        Sitting memory sitting;
        sitting.seats = dirt; // what silent seats left behind
        for (uint256 i = 0; i < Places.MAX; i++) {
            if ((mask >> i) & 1 == 1) sitting.put(i, seats[i]);
        }
        uint256 found;
        uint256[] memory at = sitting.at(mask & 127);
        for (uint256 i = 0; i < Places.MAX; i++) {
            bool has = (mask >> i) & 1 == 1;
            assertEq(Places.has(sitting.seated, i), has);
            assertEq(sitting.seatAt(i), has ? seats[i] : uint16(dirt >> (16 * i)));
            if (has) assertEq(at[found++], seats[i]);
        }
        assertEq(at.length, found);
    }

    function testFuzz_largest__of_equal_ones_that_of_the_lowest_place(uint8 revealed, uint256 votes) public pure {
        revealed &= 127;
        Sitting memory sitting;
        sitting.revealed = revealed;
        uint256[7] memory masks;
        uint256 known;
        uint256[7] memory names; // group of a vote, by first appearance
        for (uint256 i = 0; i < Places.MAX; i++) {
            if ((revealed >> i) & 1 == 0) continue;
            uint256 vote = (votes >> (8 * i)) % 3 + 1;
            uint256 group = 0;
            while (group < known && names[group] != vote) group++;
            if (group == known) names[known++] = vote;
            sitting.groups |= uint32(group << (4 * i));
            masks[group] |= 1 << i;
        }
        assertEq(sitting.groupCount(), known);
        (uint256 best, uint256 mask) = sitting.largest();
        assertEq(mask, known == 0 ? 0 : masks[best]);
        for (uint256 g = 0; g < known; g++) {
            (uint256 its, uint256 most) = (Bits.count(masks[g]), Bits.count(mask));
            assertLe(its, most);
            // the lowest bit of two masks that differ tells whose place is lower
            if (g != best && its == most) assertLt(mask & (~mask + 1), masks[g] & (~masks[g] + 1));
        }
    }

    function testFuzz_countReplacement__counts_candidate_and_round(uint8 before) public pure {
        Sitting memory sitting;
        sitting.replaced = before % 2; // of rounds before, none of this one
        assertFalse(sitting.isReplacing());
        sitting.countReplacement();
        assertEq(sitting.replacements(), before % 2 + 1);
        assertTrue(sitting.isReplacing());
    }

    function testFuzz_chain__binds_order_places_and_hashes(bytes32[4] memory hashes, uint256 i, uint256 j) public view {
        Commitment[] memory list = new Commitment[](4);
        bytes32 linked;
        for (uint8 p = 0; p < 4; p++) {
            list[p] = Commitment(p, hashes[p]);
            linked = Attestations.link(linked, p, hashes[p]);
        }
        assertEq(this.chain(list), linked);
        (i, j) = (i % 4, j % 4);
        assertEq(this.find(list, i), hashes[i]);
        assertEq(this.find(list, 5), 0);
        (list[i], list[j]) = (list[j], list[i]);
        assertEq(this.chain(list) == linked, i == j);
    }

    /* HARNESS: calldata arguments */

    function score(uint8 metric, uint64 limit, uint32 rows, uint128[] calldata sums) external pure returns (bool, uint256) {
        return Metrics.score(metric, metric == Metrics.ACCURACY ? 2 : 0, limit, rows, sums);
    }

    function balanced(uint8 classes, uint32 rows, uint128[] calldata sums) external pure returns (bool, uint256) {
        return Metrics.score(Metrics.BALANCED_ACCURACY, classes, 0, rows, sums);
    }

    function scoreOf(uint8 metric, uint8 classes, uint64 limit, uint32 rows, uint128[] calldata sums)
        external
        pure
        returns (bool, uint256)
    {
        return Metrics.score(metric, classes, limit, rows, sums);
    }

    function chain(Commitment[] calldata list) external pure returns (bytes32) {
        return Attestations.chain(list);
    }

    function find(Commitment[] calldata list, uint256 place) external pure returns (bytes32) {
        return Attestations.find(list, place);
    }

    function _point(uint256 k) private returns (Point memory) {
        Vm.Wallet memory wallet = vm.createWallet(k);
        return Point(wallet.publicKeyX, uint8(wallet.publicKeyY & 1));
    }

    /// @dev Euler's criterion through the modexp precompile.
    function _isSquare(uint256 a) private view returns (bool) {
        (bool ok, bytes memory answer) = address(5).staticcall(abi.encode(32, 32, 32, a, (P - 1) / 2, P));
        require(ok);
        return abi.decode(answer, (uint256)) == 1;
    }
}
