// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DemandHouse} from "./DemandHouse.sol";
import {DemandTerms, Question, Subject, Turn} from "../../../contracts/types/Demand.sol";
import {Rules} from "../../../contracts/types/Rules.sol";

/// @notice Evidence of any rows, put together node by node, and the shipped referee, who was asked about it.
abstract contract AnswerHouse is DemandHouse {
    uint256 private constant DEMANDS_SLOT = 2; // of the referee: questions are put where they would stand

    DemandTerms internal terms;

    function setUp() public override {
        super.setUp();
        terms = _terms(1, STRANGER);
    }

    /* EVIDENCE */

    /// @dev All nodes by level, each hash, count and sum: of leaves, filled up with padding. `rows[i]`: a leaf's salt and record.
    function _tree(bytes[] memory rows, uint256 depth) internal pure returns (bytes[][] memory tree) {
        tree = new bytes[][](depth + 1);
        tree[0] = new bytes[](1 << depth);
        for (uint256 i = 0; i < 1 << depth; i++) {
            tree[0][i] = i < rows.length ? _leafNode(i, rows[i]) : new bytes(56);
        }
        for (uint256 level = 1; level <= depth; level++) {
            _level(tree, level);
        }
    }

    /// @dev Computes a level out of the one below.
    function _level(bytes[][] memory tree, uint256 level) internal pure {
        bytes[] memory below = tree[level - 1];
        tree[level] = new bytes[](below.length / 2);
        for (uint256 i = 0; i < below.length / 2; i++) {
            (uint256 count, uint256 sum) = _entry(below[2 * i]);
            (uint256 more, uint256 other) = _entry(below[2 * i + 1]);
            bytes32 hash = sha256(bytes.concat(hex"01", below[2 * i], below[2 * i + 1]));
            tree[level][i] = abi.encodePacked(hash, uint64(count + more), uint128(sum + other)); // small
        }
    }

    /// @dev The sum of a row is its index modulo 2.
    function _leafNode(uint256 i, bytes memory row) internal pure returns (bytes memory) {
        bytes32 hash = sha256(abi.encodePacked(uint8(0), uint64(i), row)); // small
        return abi.encodePacked(hash, uint64(1), uint128(i % 2)); // a bit
    }

    function _entry(bytes memory node) internal pure returns (uint256 count, uint256 sum) {
        assembly ("memory-safe") { // nodes have 56 bytes
            count := shr(192, mload(add(node, 64)))
            sum := shr(128, mload(add(node, 72)))
        }
    }

    /// @dev Makes the top of a tree what was attested of so many rows.
    function _attest(bytes[][] memory tree, uint32 count) internal {
        bytes memory top = tree[tree.length - 1][0];
        (, uint256 sum) = _entry(top);
        terms.rules = Rules.wrap(1 | 2 << 8 | uint256(count) << 32); // accuracy
        terms.evidenceRoot = sha256(abi.encodePacked("tessera/v1/evidence-root", _tail(top), bytes32(top)));
        terms.sums = new uint128[](1);
        terms.sums[0] = uint128(sum); // small
    }

    /// @dev The node's own entry, then each sibling up.
    function _path(bytes[][] memory tree, uint256 level, uint256 index) internal pure returns (bytes memory path) {
        path = _tail(tree[level][index]);
        for (; level + 1 < tree.length; level++) {
            path = bytes.concat(path, tree[level][index ^ 1]);
            index /= 2;
        }
    }

    /// @dev Count and sum of a node.
    function _tail(bytes memory node) internal pure returns (bytes memory) {
        (uint256 count, uint256 sum) = _entry(node);
        return abi.encodePacked(uint64(count), uint128(sum)); // as they were
    }

    function _cut(bytes memory data, uint256 length) internal pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            part[i] = data[i];
        }
    }

    /// @dev Lets the demand stand at a question.
    function _put(Question memory question) internal {
        uint256 at = uint256(keccak256(abi.encode(_idOf(terms), DEMANDS_SLOT)));
        vm.store(address(referee), bytes32(at), bytes32(uint256(Turn.ASKED) | (block.timestamp + 1) << 16));
        uint256 packed = uint256(question.subject) | uint256(question.level) << 8 | uint256(question.index) << 16;
        packed |= uint256(question.chunk) << 48 | uint256(question.steps) << 64;
        vm.store(address(referee), bytes32(at + 1), bytes32(packed));
    }

    function _isGiven(Question memory question, bytes memory data) internal {
        _put(question);
        referee.answer(terms, data);
        assertTrue(referee.demandOf(_idOf(terms)).turn == Turn.ANSWERED);
    }

    function _isRefused(Question memory question, bytes memory data, bytes memory reason) internal {
        _put(question);
        vm.expectRevert(reason);
        referee.answer(terms, data);
    }

    /// @dev With that error, whatever it says.
    function _isRefused(Question memory question, bytes memory data, bytes4 error) internal {
        _put(question);
        vm.expectPartialRevert(error);
        referee.answer(terms, data);
    }

    function _isLong(Question memory question, bytes memory data, uint256 length) internal {
        _isRefused(question, data, abi.encodeWithSignature("Referee_WrongLength(uint256,uint256)", data.length, length));
    }

    function _node(uint256 level, uint256 index) internal pure returns (Question memory) {
        return Question(Subject.NODES, uint8(level), uint32(index), 0, 0); // small
    }

    function _leaf(uint256 index) internal pure returns (Question memory) {
        return Question(Subject.LEAF, 0, uint32(index), 0, 0); // small
    }

    function _lanes(uint256 index, uint256 chunk) internal pure returns (Question memory) {
        return Question(Subject.LANES, 0, uint32(index), uint16(chunk), 0); // small
    }
}
