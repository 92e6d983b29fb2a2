// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AnswerHouse} from "./support/AnswerHouse.sol";
import {Answers} from "../../contracts/libraries/Answers.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Question, Subject} from "../../contracts/types/Demand.sol";
import {Rules} from "../../contracts/types/Rules.sol";

/// @notice What can be asked, what is below what, and which nodes and leaves are an answer, at their borders. {LanesMoney} has what
///         trees contribute, and models.
contract AnswersMoney is AnswerHouse {
    uint32 private constant ROWS = 70; // seven levels, of which an answer opens six

    /* QUESTIONS */

    function test_requireGood__nodes_above_rows() public {
        uint8[10] memory levels = [1, 1, 1, 1, 2, 2, 3, 3, 4, 0];
        uint32[10] memory indexes = [uint32(0), 2, 3, 4, 1, 2, 0, 1, 0, 1];
        bool[10] memory right = [true, true, false, false, true, false, true, false, false, false];
        for (uint256 i = 0; i < 10; i++) {
            Question memory question = _node(levels[i], indexes[i]);
            (uint256 got, uint256 most) = (uint256(indexes[i]) << levels[i], 5);
            if (levels[i] == 0 || levels[i] > 3) (got, most) = (levels[i], 3);
            if (right[i]) _isGood(question, 5, "");
            else _isBad(question, 5, "", got, most);
        }
        _isBad(_node(1, 2), 4, "", 4, 4);
        _isBad(_node(1, 0), 1, "", 1, 0); // a tree of one leaf has no nodes
    }

    function test_requireGood__rows_that_there_are() public {
        _isGood(_leaf(0), 5, "");
        _isGood(_leaf(4), 5, "");
        _isBad(_leaf(5), 5, "", 5, 5);
        _isBad(_leaf(6), 5, "", 6, 5);
        _isBad(Question(Subject.NONE, 0, 0, 0, 0), 5, "", 0, 4);
    }

    function test_requireGood__of_a_model_anything() public view {
        _isGood(Question(Subject.MODEL, 99, 99, 99, 99), 5, "");
    }

    function test_requireGood__chunks_of_the_trees() public {
        uint32[8] memory trees = [uint32(1), 255, 256, 257, 511, 512, 513, 65_536];
        uint256[8] memory chunks = [uint256(0), 0, 0, 2, 2, 2, 3, 256];
        for (uint256 i = 0; i < 8; i++) {
            bytes memory shown = _shown(trees[i]);
            _isGood(_lanes(4, 0), 5, shown);
            _isGood(_lanes(4, chunks[i]), 5, shown);
            _isBad(_lanes(4, chunks[i] + 1), 5, shown, chunks[i] + 1, chunks[i]);
            _isBad(_lanes(4, chunks[i] + 2), 5, shown, chunks[i] + 2, chunks[i]);
            _isBad(_lanes(5, 0), 5, shown, 5, 5);
        }
    }

    function test_requireGood__lanes_of_no_model_of_trees() public {
        Rules rules = _rules(5);
        for (uint256 length = 30; length < 33; length++) {
            bytes memory shown = new bytes(length);
            bytes32 told = _hashOf(shown);
            vm.expectRevert(abi.encodeWithSelector(Errors.Referee_WrongLength.selector, length, 32));
            this.good(rules, told, _lanes(0, 0), shown);
        }
        _isBad(_lanes(0, 0), 5, new bytes(33), 0, 65_536);
        _isBad(_lanes(0, 0), 5, _shown(0), 0, 65_536); // of no tree
        bytes memory right = _shown(9);
        bytes32 hash = _hashOf(right);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotModel.selector, hash, bytes32("other")));
        this.good(rules, "other", _lanes(0, 0), right);
        _isBad(_lanes(0, 0), 5, bytes.concat(right, "x"), 0, 65_536);
    }

    /* WHAT IS BELOW */

    function test_isBelow__nodes__rows_that_are_theirs() public view {
        for (uint8 level = 1; level < 4; level++) {
            for (uint32 index = 0; index < 3; index++) {
                Question memory before = _node(level, index);
                for (uint8 other = 0; other < 6; other++) {
                    for (uint32 next = 0; next < 26; next++) {
                        bool inside = other < level && (next << other) >= index << level;
                        inside = inside && (next << other) < (index + 1) << level;
                        Question memory below = other == 0 ? _leaf(next) : _node(other, next);
                        assertEq(this.isBelow(before, below), inside);
                    }
                }
                assertFalse(this.isBelow(before, _lanes(index << level, 0)));
                assertFalse(this.isBelow(before, _lanes(index, 1)));
                assertFalse(this.isBelow(before, Question(Subject.MODEL, 0, index, 0, 0)));
            }
        }
    }

    function test_isBelow__leaf__its_lanes() public view {
        for (uint32 index = 3; index < 6; index++) {
            for (uint16 chunk = 0; chunk < 3; chunk++) {
                assertEq(this.isBelow(_leaf(4), _lanes(index, chunk)), index == 4);
                assertFalse(this.isBelow(_leaf(4), Question(Subject.LEAF, 0, index, chunk, 0)));
                assertFalse(this.isBelow(_leaf(4), Question(Subject.NODES, 1, index, chunk, 0)));
                assertFalse(this.isBelow(_leaf(4), Question(Subject.MODEL, 0, index, chunk, 0)));
            }
        }
    }

    function test_isBelow__list_of_chunks__one_of_them() public view {
        for (uint32 index = 3; index < 6; index++) {
            for (uint16 chunk = 0; chunk < 9; chunk++) {
                (uint16 before, uint16 next) = (chunk / 3, chunk % 3);
                bool below = index == 4 && before == 0 && next != 0;
                assertEq(this.isBelow(_lanes(4, before), _lanes(index, next)), below);
                assertFalse(this.isBelow(_lanes(4, before), Question(Subject.LEAF, 0, index, next, 0)));
                assertFalse(this.isBelow(_lanes(4, before), Question(Subject.MODEL, 0, index, next, 0)));
            }
        }
    }

    function test_isBelow__model__any_other_way_through_it() public view {
        Question memory before = Question(Subject.MODEL, 0, 4, 0, 5);
        assertTrue(this.isBelow(before, Question(Subject.MODEL, 0, 9, 0, 1)));
        assertTrue(this.isBelow(before, before));
        assertFalse(this.isBelow(before, _leaf(4)));
        assertFalse(this.isBelow(before, _node(1, 4)));
        assertFalse(this.isBelow(before, _lanes(4, 1)));
    }

    /* NODES */

    function test_requireGiven__nodes_of_every_level() public {
        bytes[][] memory tree = _tree(_rowsOf(), 7);
        _attest(tree, ROWS);
        for (uint256 level = 1; level < 8; level++) {
            uint256 last = (ROWS - 1) >> level;
            _isGiven(_node(level, 0), _answerOf(tree, level, 0));
            _isGiven(_node(level, last), _answerOf(tree, level, last)); // with padding below it
            if (last == 0) continue;
            _isGiven(_node(level, 1), _answerOf(tree, level, 1));
            bytes memory other = _answerOf(tree, level, 0);
            if (last == 1) _isRefused(_node(level, 1), other, _refusal(0, ROWS)); // where no row is
            else _isRefused(_node(level, 1), other, Errors.Referee_NotEvidence.selector);
        }
    }

    function test_requireGiven__nodes__too_few_bytes_or_too_many() public {
        bytes[][] memory tree = _tree(_rowsOf(), 7);
        _attest(tree, ROWS);
        bytes memory data = _answerOf(tree, 7, 0);
        assertEq(data.length, 64 * 56 + 24);
        _isLong(_node(7, 0), _cut(data, data.length - 1), data.length);
        _isLong(_node(7, 0), "", data.length);
        bytes memory low = _answerOf(tree, 1, 3);
        _isLong(_node(1, 3), _cut(low, 2 * 56 + 23), 2 * 56 + 24);
        for (uint256 i = 0; i < 2; i++) {
            bytes memory other = i == 0 ? _cut(low, low.length - 1) : bytes.concat(low, "x");
            uint256 got = other.length - 2 * 56;
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_WrongLength.selector, got, 24 + 6 * 56);
            _isRefused(_node(1, 3), other, reason);
        }
    }

    /// @dev Rows whose counts are said wrong, though they come to what is above them.
    function test_requireGiven__nodes__with_other_counts__reverts_not_answer() public {
        for (uint256 i = 0; i < 2; i++) {
            bytes[][] memory tree = _tree(_rowsOf(), 7);
            tree[0][4][39] = i == 0 ? bytes1(0x02) : bytes1(0x00);
            tree[0][5][39] = i == 0 ? bytes1(0x00) : bytes1(0x02);
            _above(tree);
            _attest(tree, ROWS);
            _isRefused(_node(1, 2), _answerOf(tree, 1, 2), _refusal(0, 4));
            _isRefused(_node(6, 0), _answerOf(tree, 6, 0), _refusal(0, 4));
            _isGiven(_node(7, 0), _answerOf(tree, 7, 0)); // opens what is right
        }
    }

    /// @dev Where there is no row stands something, which counts nothing, or adds something.
    function test_requireGiven__nodes__something_for_padding__reverts_not_answer() public {
        uint256[3] memory bytes_ = [uint256(31), 55, 0]; // of hash, sum and hash
        for (uint256 i = 0; i < 3; i++) {
            bytes[][] memory tree = _tree(_rowsOf(), 7);
            tree[0][70 + i][bytes_[i]] = 0x01;
            _above(tree);
            _attest(tree, ROWS);
            _isRefused(_node(6, 1), _answerOf(tree, 6, 1), _refusal(0, 70 + i));
            if (i == 2) _isRefused(_node(7, 0), _answerOf(tree, 7, 0), _refusal(1, 36));
        }
    }

    /// @dev A node whose sum is not that of those below it; all above follows from what it says.
    function test_requireGiven__nodes__that_do_not_come_to_their_own__reverts_does_not_add() public {
        bytes[][] memory tree = _tree(_rowsOf(), 7);
        tree[2][5][55] = 0x07;
        for (uint256 level = 3; level < 8; level++) {
            _level(tree, level);
        }
        _attest(tree, ROWS);
        bytes memory reason = abi.encodeWithSelector(Errors.Referee_DoesNotAdd.selector);
        _isRefused(_node(2, 5), _answerOf(tree, 2, 5), reason);
        _isGiven(_node(1, 8), _answerOf(tree, 1, 8)); // elsewhere
    }

    /// @dev Nodes that are right of themselves, and not those of the verdict.
    function test_requireGiven__nodes_of_other_evidence__reverts_not_evidence() public {
        bytes[][] memory tree = _tree(_rowsOf(), 7);
        _attest(tree, ROWS);
        bytes32 expected = terms.evidenceRoot;
        bytes[] memory rows = _rowsOf();
        rows[0] = new bytes(64);
        bytes[][] memory other = _tree(rows, 7);
        _attest(other, ROWS);
        bytes memory reason = abi.encodeWithSelector(Errors.Referee_NotEvidence.selector, terms.evidenceRoot, expected);
        terms.evidenceRoot = expected;
        _isRefused(_node(7, 0), _answerOf(other, 7, 0), reason);
        _isRefused(_node(1, 0), _answerOf(other, 1, 0), reason);
        _isRefused(_leaf(0), bytes.concat(_path(other, 0, 0), rows[0]), reason);
        terms.sums[0] += 1;
        _isRefused(_node(7, 0), _answerOf(tree, 7, 0), abi.encodeWithSelector(Errors.Referee_DoesNotAdd.selector));
    }

    /* LEAVES */

    function test_requireGiven__leaf_of_any_record() public {
        bytes[] memory rows = _rowsOf();
        rows[1] = new bytes(31);
        rows[2] = new bytes(32);
        rows[3] = new bytes(33);
        rows[4] = new bytes(832); // the longest
        rows[5] = new bytes(833);
        bytes[][] memory tree = _tree(rows, 7);
        _attest(tree, ROWS);
        uint256 least = 24 + 7 * 56 + 32;
        for (uint256 i = 0; i < 7; i++) {
            bytes memory data = bytes.concat(_path(tree, 0, i), rows[i]);
            if (i == 1 || i == 5) _isLong(_leaf(i), data, least);
            else _isGiven(_leaf(i), data);
            if (i == 4) _isRefused(_leaf(6), data, Errors.Referee_NotEvidence.selector);
        }
        _isGiven(_leaf(69), bytes.concat(_path(tree, 0, 69), rows[69]));
    }

    /* INTERNAL */

    function good(Rules rules, bytes32 modelHash, Question calldata question, bytes calldata trees) external pure {
        Answers.requireGood(rules, modelHash, question, trees);
    }

    function isBelow(Question memory before, Question calldata next) external pure returns (bool) {
        return Answers.isBelow(before, next);
    }

    function _isGood(Question memory question, uint32 rows, bytes memory trees) private view {
        this.good(_rules(rows), _hashOf(trees), question, trees);
    }

    function _isBad(Question memory question, uint32 rows, bytes memory trees, uint256 got, uint256 most) private {
        Rules rules = _rules(rows);
        bytes32 hash = _hashOf(trees);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_BadQuestion.selector, got, most));
        this.good(rules, hash, question, trees);
    }

    function _rules(uint32 rows) private pure returns (Rules) {
        return Rules.wrap(1 | 2 << 8 | uint256(rows) << 32);
    }

    function _hashOf(bytes memory trees) private pure returns (bytes32) {
        return sha256(bytes.concat(hex"02", trees));
    }

    /// @dev Head, number of trees, base and root of a model.
    function _shown(uint32 trees) private pure returns (bytes memory) {
        return abi.encodePacked(hex"5453524d01_02_01_01_0001_0000000000000001", trees, int64(5), bytes32("root"));
    }

    function _rowsOf() private pure returns (bytes[] memory rows) {
        rows = new bytes[](ROWS);
        for (uint256 i = 0; i < ROWS; i++) {
            rows[i] = abi.encodePacked(keccak256(abi.encode(i)), i);
        }
    }

    /// @dev Computes all levels above the leaves anew.
    function _above(bytes[][] memory tree) private pure {
        for (uint256 level = 1; level < tree.length; level++) {
            _level(tree, level);
        }
    }

    function _answerOf(bytes[][] memory tree, uint256 level, uint256 index) private pure returns (bytes memory data) {
        uint256 down = level < 6 ? level : 6;
        for (uint256 i = 0; i < 1 << down; i++) {
            data = bytes.concat(data, tree[level - down][(index << down) + i]);
        }
        return bytes.concat(data, _path(tree, level, index));
    }

    function _refusal(uint256 level, uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.Referee_NotAnswer.selector, level, index);
    }
}
