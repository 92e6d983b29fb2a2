// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {Head, Heads} from "./Heads.sol";
import {LinearScore} from "./LinearScore.sol";
import {ModelShape} from "./ModelShape.sol";
import {Reads} from "./Reads.sol";
import {RowJudge} from "./RowJudge.sol";
import {SumTree} from "./SumTree.sol";
import {TreeScore} from "./TreeScore.sol";
import {DemandTerms, Question, Subject} from "../types/Demand.sol";
import {Rules} from "../types/Rules.sol";

/// @notice Whether what is shown answers a question. Each answer leads to a root by itself, so that nothing has to be kept of those
///         before it: what two answers say of one node is the same, or two texts with one SHA-256 hash are known.
/// @dev An answer that does not add up is none: who has hashed such a thing can't answer. docs/disputes.md has the formats.
library Answers {
    using Reads for bytes;

    uint256 internal constant LEVELS = 6; // opened by one answer
    uint256 internal constant MAX_RECORD = 800; // bytes: 16 outputs, 32 sums and a hash

    /// @notice Reverts unless a question has an answer if evidence and model are honest.
    /// @param trees LANES: head, number of trees and bases of the model, and the root over its trees.
    function requireGood(Rules rules, bytes32 modelHash, Question calldata question, bytes calldata trees) internal pure {
        uint256 count = rules.rowCount();
        Subject subject = question.subject;
        uint256 most = count;
        uint256 got = question.index;
        if (subject == Subject.NODES) {
            uint256 levels = SumTree.depth(count);
            require(question.level != 0, Errors.Referee_BadQuestion(question.level, levels));
            require(question.level <= levels, Errors.Referee_BadQuestion(question.level, levels));
            got <<= question.level;
        } else if (subject == Subject.LANES) {
            require(trees.length > SumTree.HASH_BYTES, Errors.Referee_WrongLength(trees.length, SumTree.HASH_BYTES));
            bytes32 hash = sha256(abi.encodePacked(ModelShape.TREES_DOMAIN, trees));
            require(hash == modelHash, Errors.Referee_NotModel(hash, modelHash));
            (bool ok,, uint256 number) = TreeScore.prefix(trees[:trees.length - SumTree.HASH_BYTES]);
            // what has the hash of a model of trees, but is none, has no lanes: that is asked for as a model
            require(ok, Errors.Referee_BadQuestion(number, TreeScore.MAX_TREES));
            uint256 chunks = number > TreeScore.CHUNK ? (number + TreeScore.CHUNK - 1) / TreeScore.CHUNK : 0;
            require(question.chunk <= chunks, Errors.Referee_BadQuestion(question.chunk, chunks));
        } else if (subject == Subject.MODEL) {
            return; // of each model there is every tree, as it is counted on
        } else {
            require(subject == Subject.LEAF, Errors.Referee_BadQuestion(uint256(subject), uint256(Subject.MODEL)));
        }
        require(got < most, Errors.Referee_BadQuestion(got, most));
    }

    /// @notice Whether a question goes on where the one before it was answered.
    function isBelow(Question memory before, Question calldata next) internal pure returns (bool) {
        if (before.subject == Subject.NODES) {
            if (next.subject == Subject.LEAF) return next.index >> before.level == before.index;
            bool lower = next.subject == Subject.NODES && next.level < before.level;
            return lower && next.index >> (before.level - next.level) == before.index;
        }
        if (before.subject == Subject.MODEL) return next.subject == Subject.MODEL;
        bool same = next.subject == Subject.LANES && next.index == before.index;
        return same && (before.subject == Subject.LEAF || (before.chunk == 0 && next.chunk != 0));
    }

    /// @notice Reverts unless `data` answers the question.
    function requireGiven(DemandTerms calldata terms, Question memory question, bytes calldata data) internal view {
        if (question.subject == Subject.NODES) _nodes(terms, question, data);
        else if (question.subject == Subject.LEAF) _leaf(terms, question, data);
        else if (question.subject == Subject.LANES) _lanes(terms, question, data);
        else _model(terms, question, data);
    }

    /* EVIDENCE */

    /// @dev The nodes so many levels below, each with hash and entry; the node's own entry; hash and entry of each sibling up.
    function _nodes(DemandTerms calldata terms, Question memory question, bytes calldata data) private view {
        uint256 sums = RowJudge.sumCount(terms.rules);
        uint256 step = SumTree.HASH_BYTES + SumTree.entryBytes(sums);
        uint256 down = question.level < LEVELS ? question.level : LEVELS;
        uint256 size = step << down;
        uint256 least = size + step - SumTree.HASH_BYTES;
        require(data.length >= least, Errors.Referee_WrongLength(data.length, least));
        _requirePlaces(terms.rules, question, down, data[:size]);
        (bytes32 hash, bytes memory entry) = SumTree.combine(data[:size], step);
        bytes calldata told = data[size:size + entry.length];
        require(keccak256(told) == keccak256(entry), Errors.Referee_DoesNotAdd());
        _requireRoot(terms, hash, question.index, question.level, data[size:]);
    }

    /// @dev Each node has the count of its place, and nothing but zeros are beyond the last row.
    function _requirePlaces(Rules rules, Question memory question, uint256 down, bytes calldata nodes) private pure {
        uint256 sums = RowJudge.sumCount(rules);
        uint256 step = SumTree.HASH_BYTES + SumTree.entryBytes(sums);
        uint256 level = question.level - down;
        uint256 first = uint256(question.index) << down;
        bytes32 padding;
        for (uint256 i = 0; i < 1 << down; i++) {
            uint256 width = SumTree.width(level, first + i, rules.rowCount());
            uint256 at = step * i;
            require(nodes.u64(at + SumTree.HASH_BYTES) == width, Errors.Referee_NotAnswer(level, first + i));
            if (width != 0) continue;
            if (padding == 0) padding = keccak256(abi.encodePacked(SumTree.padding(level, sums), new bytes(step - 32)));
            require(keccak256(nodes[at:at + step]) == padding, Errors.Referee_NotAnswer(level, first + i));
        }
    }

    /// @dev The leaf's own entry, hash and entry of each sibling; its salt; its record.
    function _leaf(DemandTerms calldata terms, Question memory question, bytes calldata data) private view {
        uint256 size = _pathBytes(terms.rules) + SumTree.HASH_BYTES;
        bool fits = data.length >= size && data.length <= size + MAX_RECORD;
        require(fits, Errors.Referee_WrongLength(data.length, size));
        _requireLeaf(terms, question.index, data);
    }

    /// @dev The model's head, number of trees, bases and root over its trees; what {_leaf} shows; the list of chunks of more than
    ///      256 trees; the contributions of all trees, or of the chunk.
    function _lanes(DemandTerms calldata terms, Question memory question, bytes calldata data) private view {
        uint256 size = data.length > Heads.BYTES ? Heads.BYTES + 4 + 8 * data.u8(7) + SumTree.HASH_BYTES : 0;
        require(size != 0 && data.length >= size, Errors.Referee_WrongLength(data.length, size));
        bytes32 hash = sha256(abi.encodePacked(ModelShape.TREES_DOMAIN, data[:size]));
        require(hash == terms.modelHash, Errors.Referee_NotModel(hash, terms.modelHash));
        (, Head memory head, uint256 trees) = TreeScore.prefix(data[:size - SumTree.HASH_BYTES]); // one: see {requireGood}
        data = data[size:];
        size = SumTree.SUM_BYTES * (head.outputs + RowJudge.sumCount(terms.rules)) + SumTree.HASH_BYTES; // the record
        size += _pathBytes(terms.rules) + SumTree.HASH_BYTES;
        require(data.length >= size, Errors.Referee_WrongLength(data.length, size));
        _requireLeaf(terms, question.index, data[:size]);
        bytes32 told = bytes32(data.word(size - SumTree.HASH_BYTES));
        if (trees > TreeScore.CHUNK) return _requireChunk(question.chunk, head.outputs, trees, told, data[size:]);
        _requireLanes(trees, told, data[size:]);
    }

    /// @dev The list of chunks, and the contributions of the one that is asked for.
    function _requireChunk(uint256 chunk, uint256 outputs, uint256 trees, bytes32 told, bytes calldata data) private pure {
        uint256 step = SumTree.HASH_BYTES + 8 * outputs;
        uint256 size = step * ((trees + TreeScore.CHUNK - 1) / TreeScore.CHUNK);
        require(data.length >= size, Errors.Referee_WrongLength(data.length, size));
        bytes32 hash = sha256(data[:size]);
        require(hash == told, Errors.Referee_NotRecord(hash, told));
        if (chunk == 0) {
            require(data.length == size, Errors.Referee_WrongLength(data.length, size));
            return;
        }
        uint256 left = trees - TreeScore.CHUNK * (chunk - 1);
        if (left > TreeScore.CHUNK) left = TreeScore.CHUNK;
        _requireLanes(left, bytes32(data.word(step * (chunk - 1))), data[size:]);
    }

    function _requireLanes(uint256 trees, bytes32 told, bytes calldata lanes) private pure {
        uint256 size = TreeScore.laneBytes(trees);
        require(lanes.length == size, Errors.Referee_WrongLength(lanes.length, size));
        bytes32 hash = sha256(lanes);
        require(hash == told, Errors.Referee_NotRecord(hash, told));
    }

    /// @dev Reverts unless entry, siblings, salt and record are those of a row's leaf.
    function _requireLeaf(DemandTerms calldata terms, uint256 index, bytes calldata data) private view {
        uint256 size = _pathBytes(terms.rules);
        bytes32 hash = sha256(abi.encodePacked(SumTree.LEAF, uint64(index), data[size:])); // below 2^32
        _requireRoot(terms, hash, index, 0, data[:size]);
    }

    /// @dev Reverts unless a node and its path lead to the evidence root, and that says what was attested.
    function _requireRoot(DemandTerms calldata terms, bytes32 hash, uint256 index, uint256 level, bytes calldata path)
        private
        view
    {
        Rules rules = terms.rules;
        uint256 count = rules.rowCount();
        uint256 levels = SumTree.depth(count) - level;
        (bytes32 top, bytes memory total) = SumTree.fold(hash, index, levels, RowJudge.sumCount(rules), path);
        bytes32 root = SumTree.root(top, total);
        require(root == terms.evidenceRoot, Errors.Referee_NotEvidence(root, terms.evidenceRoot));
        require(SumTree.says(total, count, terms.sums), Errors.Referee_DoesNotAdd());
    }

    /// @dev Bytes of the way from a leaf to the top: {SumTree.fold}.
    function _pathBytes(Rules rules) private pure returns (uint256) {
        uint256 size = SumTree.entryBytes(RowJudge.sumCount(rules));
        return size + SumTree.depth(rules.rowCount()) * (SumTree.HASH_BYTES + size);
    }

    /* MODEL */

    /// @dev A linear model whole. Of trees head, number and bases; the siblings of the tree's root up; {TreesProof.path}.
    function _model(DemandTerms calldata terms, Question memory question, bytes calldata data) private view {
        require(data.length > Heads.BYTES, Errors.Referee_WrongLength(data.length, Heads.BYTES));
        bytes32 got;
        bool ok;
        if (data.u8(5) == Heads.LINEAR) {
            got = sha256(abi.encodePacked(ModelShape.LINEAR_DOMAIN, data));
            (ok,,) = LinearScore.evaluate(data, data[:Heads.LABEL_BYTES]); // of any row: whether it is a model
        } else {
            (ok, got) = _way(question, data);
        }
        require(ok, Errors.Referee_NotAnswer(0, question.index));
        require(got == terms.modelHash, Errors.Referee_NotModel(got, terms.modelHash));
    }

    function _way(Question memory question, bytes calldata data) private view returns (bool ok, bytes32 hash) {
        uint256 size = Heads.BYTES + 4 + 8 * data.u8(7);
        require(data.length > size, Errors.Referee_WrongLength(data.length, size));
        bytes calldata prefix = data[:size];
        (bool begins, Head memory head, uint256 trees) = TreeScore.prefix(prefix);
        if (!begins) return (false, 0);
        uint256 above = SumTree.HASH_BYTES * SumTree.depth(trees);
        require(data.length > size + above, Errors.Referee_WrongLength(data.length, size + above));
        bytes32[] calldata siblings;
        assembly ("memory-safe") { // a part of the call, whole as its length was compared
            siblings.offset := add(data.offset, size)
            siblings.length := shr(5, above)
        }
        (ok, hash) = TreeScore.walk(data[size + above:], question.steps, head.features);
        hash = SumTree.up(hash, question.index % trees, trees, siblings);
        hash = sha256(abi.encodePacked(ModelShape.TREES_DOMAIN, prefix, hash));
    }
}
