// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DemandHouse} from "./support/DemandHouse.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {NodeProof, RowProof, TreesProof} from "../../contracts/types/Challenge.sol";
import {Rules} from "../../contracts/types/Rules.sol";

/// @notice Proofs against scores at the borders that random vectors don't come to: chunks of trees, padding, shortest rows.
contract ScoreProofsMoney is DemandHouse {
    int64 private constant BASE = 5;

    uint256 private filed; // challenges

    /* CHUNKS OF TREES */

    function test_challengeTrees__what_is_right__of_one_chunk_or_more() public {
        for (uint32 trees = 255; trees < 257; trees++) {
            (RowProof memory row, TreesProof memory shown) = _trees(trees, "", _lanes(trees, 3, 7), 7);
            _isRight(row, shown);
        }
        uint32[4] memory counts = [uint32(257), 511, 512, 513];
        for (uint256 i = 0; i < 4; i++) {
            uint256 chunks = i < 3 ? 2 : 3;
            bytes memory list;
            for (uint256 chunk = 0; chunk < chunks; chunk++) {
                list = bytes.concat(list, sha256(_chunk(counts[i], chunk)), bytes8(uint64(chunk + 1))); // small
            }
            (RowProof memory row, TreesProof memory shown) = _trees(counts[i], list, "", chunks == 2 ? int64(3) : int64(6));
            _isRight(row, shown);
            for (shown.chunk = 1; shown.chunk <= chunks; shown.chunk++) {
                shown.lanes = _chunk(counts[i], shown.chunk - 1);
                _isRight(row, shown);
            }
            uint256 first = 256 * chunks;
            assertEq(_file(row, shown), abi.encodeWithSelector(Errors.Referee_NoLeaf.selector, first, counts[i]));
        }
    }

    function test_challengeTrees__partial_sums_that_do_not_add__are_disproved() public {
        for (int64 told = 6; told < 9; told++) {
            bytes memory list = abi.encodePacked(bytes32("first"), int64(4), bytes32("second"), int64(3));
            (RowProof memory row, TreesProof memory shown) = _trees(300, list, "", told);
            if (told == 7) _isRight(row, shown);
            else assertEq(_file(row, shown), "");
        }
    }

    function test_challengeTrees__list_of_another_length__is_disproved() public {
        bytes memory list = abi.encodePacked(bytes32("all"), int64(7));
        (RowProof memory row, TreesProof memory shown) = _trees(300, list, "", 7);
        assertEq(_file(row, shown), "");
        (row, shown) = _trees(300, bytes.concat(list, new bytes(80)), "", 7);
        assertEq(_file(row, shown), "");
    }

    /// @dev What fills up the words of 255 trees says something.
    function test_challengeTrees__filling_of_the_last_chunk__is_disproved() public {
        bytes memory lanes = _lanes(255, 255, 7);
        bytes memory list = abi.encodePacked(bytes32("first"), int64(0), sha256(lanes), int64(7));
        (RowProof memory row, TreesProof memory shown) = _trees(511, list, "", 7);
        _isRight(row, shown);
        (shown.chunk, shown.lanes) = (2, lanes);
        assertEq(_file(row, shown), "");
    }

    /// @dev A tree is shown, and the contributions of another chunk.
    function test_challengeTrees__of_another_chunk__reverts_no_leaf() public {
        bytes memory list = abi.encodePacked(sha256(_lanes(256, 3, 7)), int64(7), bytes32("second"), int64(0));
        (RowProof memory row, TreesProof memory shown) = _trees(512, list, _lanes(256, 3, 7), 7);
        shown.chunk = 1;
        shown.path = abi.encodePacked(int32(9));
        shown.siblings = new bytes32[](9);
        uint16[5] memory trees = [3, 255, 256, 257, 300];
        for (uint256 i = 0; i < 5; i++) {
            shown.tree = trees[i];
            bytes32 hash = sha256(abi.encodePacked(uint8(0), shown.path));
            for (uint256 k = 0; k < 9; k++) {
                bool right = (shown.tree >> k) & 1 == 1;
                hash = sha256(right ? abi.encodePacked(uint8(1), bytes32(0), hash) : abi.encodePacked(uint8(1), hash, bytes32(0)));
            }
            one.submission.modelHash = sha256(abi.encodePacked(uint8(2), shown.prefix, hash));
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_NoLeaf.selector, trees[i], 256);
            assertEq(_file(row, shown), i < 2 ? bytes("") : reason); // the tree says 9
        }
    }

    /* WAYS THROUGH A TREE */

    /// @dev The model is that whose tree the row leads through to its leaf, and no other.
    function test_challengeTrees__way_that_row_and_flags_say() public {
        int32[3] memory values = [type(int32).min, int32(5), 6];
        for (uint256 i = 0; i < 3; i++) {
            for (uint8 flags = 0; flags < 4; flags++) {
                bool right = flags > 1 ? values[i] == 5 : values[i] > 5;
                if (i == 0) right = flags % 2 == 1;
                bytes memory fields = abi.encodePacked(uint16(0), flags, int32(5));
                bytes32 leaf = sha256(abi.encodePacked(uint8(0), int32(7)));
                (bytes32 a, bytes32 b) = right ? (bytes32("sibling"), leaf) : (leaf, bytes32("sibling"));
                bytes32 hash = sha256(abi.encodePacked(uint8(1), fields, a, b));
                _isWay(values[i], abi.encodePacked(int32(7), fields, bytes32("sibling")), hash, true);
            }
        }
    }

    function test_challengeTrees__ways_of_up_to_64_nodes() public {
        for (uint256 depth = 63; depth < 67; depth++) {
            bytes memory path = abi.encodePacked(int32(7));
            bytes32 hash = sha256(abi.encodePacked(uint8(0), path));
            for (uint256 above = depth; above > 0; above--) {
                bytes memory fields = abi.encodePacked(uint16(0), uint8(0), int32(int256(above))); // small
                path = bytes.concat(path, fields, bytes32(above));
                hash = sha256(abi.encodePacked(uint8(1), fields, hash, above));
            }
            _isWay(0, path, hash, depth < 65);
        }
    }

    function test_challengeTrees__way_of_another_length__reverts_wrong_length() public {
        (RowProof memory row, TreesProof memory shown) = _trees(1, "", _lanes(1, 0, 7), 7);
        for (uint256 length = 1; length < 83; length++) {
            if (length % 39 == 4) continue;
            shown.path = new bytes(length);
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_WrongLength.selector, length % 39, 4);
            assertEq(_file(row, shown), reason);
        }
    }

    /// @dev A model of one tree, and a row of one feature.
    function _isWay(int32 value, bytes memory path, bytes32 hash, bool right) private {
        (RowProof memory row, TreesProof memory shown) = _trees(1, "", _lanes(1, 0, 7), 7);
        row = _row(abi.encodePacked(uint64(1), value), row.record, 1);
        shown.path = path;
        one.submission.modelHash = sha256(abi.encodePacked(uint8(2), shown.prefix, hash));
        if (right) _isRight(row, shown);
        else assertEq(_file(row, shown), "");
    }

    /* ROWS */

    /// @dev Of a model that says 7 of every row.
    function test_challengeLinear__another_output__is_disproved_either_way() public {
        for (int128 told = 6; told < 9; told++) {
            RowProof memory row = _row(bytes.concat(bytes8(uint64(1)), bytes4(0)), abi.encodePacked(told, uint128(1)), 1);
            one.submission.modelHash = sha256(bytes.concat(hex"03", MODEL));
            bytes memory answer = _send(abi.encodeCall(IReferee.challengeLinear, (one, row, MODEL)));
            assertEq(answer, told == 7 ? abi.encodeWithSelector(Errors.Referee_RowRight.selector, 0) : bytes(""));
        }
    }

    function test_challengeLinear__rows_without_features__revert_wrong_length() public {
        for (uint256 size = 0; size < 14; size++) {
            RowProof memory row = _row(new bytes(size), abi.encodePacked(int128(7), uint128(0)), 0);
            one.submission.modelHash = sha256(bytes.concat(hex"03", MODEL));
            bytes memory answer = _send(abi.encodeCall(IReferee.challengeLinear, (one, row, MODEL)));
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_WrongLength.selector, size, 8);
            assertEq(answer, size == 12 ? abi.encodeWithSelector(Errors.Referee_RowRight.selector, 0) : reason);
        }
    }

    /* NODES */

    /// @dev The second of two nodes above four rows, of four sums: counts and each sum are those of both below it.
    function test_challengeNode__counts_and_sums_of_both_below_it() public {
        _isNode([uint64(1), 1, 2], 0, 0, true);
        uint64[3][6] memory wrong = [[uint64(1), 0, 1], [uint64(1), 2, 3], [uint64(0), 1, 1], [uint64(2), 1, 3], [uint64(1), 1, 1], [uint64(1), 1, 3]];
        for (uint256 i = 0; i < 6; i++) {
            _isNode(wrong[i], 0, 0, false);
        }
        for (uint256 i = 0; i < 4; i++) {
            _isNode([uint64(1), 1, 2], i, 1, false);
            _isNode([uint64(1), 1, 2], i, -1, false);
        }
    }

    /// @dev Counts to the left, to the right and its own; a sum that is more than those below it.
    function _isNode(uint64[3] memory counts, uint256 which, int128 more, bool right) private {
        uint128[] memory sums = new uint128[](4);
        bytes memory own = abi.encodePacked(counts[2]);
        bytes memory low = abi.encodePacked(bytes32("left"), counts[0]);
        bytes memory high = abi.encodePacked(bytes32("right"), counts[1]);
        for (uint256 i = 0; i < 4; i++) {
            sums[i] = uint128(300 + (i == which ? more : int128(0))); // small
            (own, low, high) = (abi.encodePacked(own, sums[i]), abi.encodePacked(low, uint128(200)), abi.encodePacked(high, uint128(100)));
        }
        bytes memory preimage = bytes.concat(hex"01", low, high);
        bytes memory sibling = abi.encodePacked(bytes32("sibling"), 4 - counts[2], new bytes(64));
        bytes32 top = sha256(bytes.concat(hex"01", sibling, sha256(preimage), own));
        one.core.rules = Rules.wrap(2 | 2 << 8 | 4 << 32); // balanced accuracy
        one.finding.sums = sums;
        bytes memory total = abi.encodePacked(uint64(4), sums[0], sums[1], sums[2], sums[3]);
        one.finding.evidenceRoot = sha256(abi.encodePacked("tessera/v1/evidence-root", total, top));
        one.salt = bytes32(++filed);
        NodeProof memory shown = NodeProof(1, 1, preimage, bytes.concat(own, sibling));
        bytes memory answer = _send(abi.encodeCall(IReferee.challengeNode, (one, shown)));
        assertEq(answer, right ? abi.encodeWithSelector(Errors.Referee_NodeRight.selector, 1, 1) : bytes(""));
    }

    /* PADDING */

    /// @dev Of five rows the last node above the leaves has none below it.
    function test_challengeNode__padding__is_nothing_else() public {
        for (uint256 at = 0; at < 113; at += 8) {
            bytes memory preimage = new bytes(113);
            preimage[0] = 0x01;
            preimage[at] = at == 0 ? bytes1(0x01) : bytes1(0x02);
            bytes memory own = bytes.concat(sha256(preimage), new bytes(24));
            bytes memory left = abi.encodePacked(bytes32("left"), uint64(1), uint128(0));
            bytes memory first = abi.encodePacked(bytes32("first"), uint64(4), uint128(1));
            bytes memory above = abi.encodePacked(sha256(bytes.concat(hex"01", left, own)), uint64(1), uint128(0));
            _attest(sha256(bytes.concat(hex"01", first, above)), 5, 1);
            NodeProof memory shown = NodeProof(1, 3, preimage, bytes.concat(new bytes(24), left, first));
            bytes memory answer = _send(abi.encodeCall(IReferee.challengeNode, (one, shown)));
            assertEq(answer, at == 0 ? abi.encodeWithSelector(Errors.Referee_NodeRight.selector, 1, 3) : bytes(""));
        }
    }

    /* INTERNAL */

    /// @dev Makes a model of so many trees the candidate's, and a row of class 1 of which it says `sum` more than its base.
    function _trees(uint32 count, bytes memory chunks, bytes memory lanes, int64 sum)
        private
        returns (RowProof memory row, TreesProof memory shown)
    {
        shown.prefix = abi.encodePacked(hex"5453524d01_02_01_01_0001_0000000000000001", count, BASE);
        (shown.root, shown.chunks, shown.lanes) = ("root", chunks, lanes);
        one.submission.modelHash = sha256(abi.encodePacked(uint8(2), shown.prefix, shown.root));
        bytes32 told = sha256(chunks.length == 0 ? lanes : chunks);
        row = _row(bytes.concat(bytes8(uint64(1)), bytes4(0)), abi.encodePacked(int128(BASE + sum), uint128(1), told), 1);
    }

    /// @dev Makes a row, and its record, the only ones.
    function _row(bytes memory row, bytes memory record, uint128 sum) private returns (RowProof memory shown) {
        (shown.row, shown.record, shown.path) = (row, record, abi.encodePacked(uint64(1), sum));
        one.files.rowsRoot = sha256(abi.encodePacked(uint8(0), uint64(0), bytes32(0), row));
        _attest(sha256(abi.encodePacked(uint8(0), uint64(0), bytes32(0), record)), 1, sum);
    }

    function _attest(bytes32 top, uint64 count, uint128 sum) private {
        one.core.rules = Rules.wrap(1 | 2 << 8 | uint256(count) << 32);
        one.finding.sums[0] = sum;
        one.finding.evidenceRoot = sha256(abi.encodePacked("tessera/v1/evidence-root", count, sum, top));
    }

    /// @dev What so many trees contribute: nothing, but for one.
    function _lanes(uint256 trees, uint256 which, int32 value) private pure returns (bytes memory lanes) {
        lanes = new bytes(32 * ((trees + 7) / 8));
        for (uint256 i = 0; i < lanes.length; i += 4) {
            lanes[i] = 0x80;
        }
        lanes[4 * which + 3] = bytes1(uint8(uint32(value))); // small
    }

    /// @dev The contributions of a chunk: of its first tree one more than the chunk's number.
    function _chunk(uint256 trees, uint256 chunk) private pure returns (bytes memory) {
        uint256 left = trees - 256 * chunk;
        return _lanes(left < 256 ? left : 256, 0, int32(int256(chunk + 1))); // small
    }

    function _isRight(RowProof memory row, TreesProof memory shown) private {
        assertEq(_file(row, shown), abi.encodeWithSelector(Errors.Referee_RowRight.selector, 0));
    }

    function _file(RowProof memory row, TreesProof memory shown) private returns (bytes memory) {
        one.salt = bytes32(++filed);
        return _send(abi.encodeCall(IReferee.challengeTrees, (one, row, shown)));
    }

    /// @dev What a challenge is refused with, or nothing.
    function _send(bytes memory data) private returns (bytes memory answer) {
        bool ok;
        _tell();
        _commit(STRANGER, data);
        vm.prank(STRANGER);
        (ok, answer) = address(referee).call(data);
        assertTrue(ok == (answer.length == 0));
    }
}
