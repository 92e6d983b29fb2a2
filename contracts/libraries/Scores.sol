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
import {ModelProof, NodeProof, RowProof, ScoredCase, TreesProof} from "../types/Challenge.sol";
import {Finding} from "../types/Panel.sol";
import {Rules} from "../types/Rules.sol";

/// @notice Whether what is shown disproves a score. Each function reverts unless it does: with {Errors.Referee_RowRight} or
///         {Errors.Referee_NodeRight} if all of it is right, with another error if it is not what it says it is.
/// @dev What concerns trees and nodes is linked, not inlined: the code of {Referee} must stay below 24,576 bytes.
library Scores {
    using Reads for bytes;

    uint256 private constant LABEL_BYTES = 24; // of an evidence root: "tessera/v1/evidence-root"
    bytes8 private constant ONE = bytes8(uint64(1)); // count of a leaf

    /// @notice One row, and a linear model.
    function linear(ScoredCase calldata one, RowProof calldata shown, bytes calldata model) internal view {
        _requireModel(one, sha256(abi.encodePacked(ModelShape.LINEAR_DOMAIN, model)));
        if (_disprovedAbove(one, shown)) return;
        (bool ok, Head memory head, int256[] memory raw) = LinearScore.evaluate(model, shown.row);
        if (!ok) return; // what is no model has no score
        if (_malformed(one.core.rules, shown, head.outputs, 0)) return;
        for (uint256 o = 0; o < head.outputs; o++) {
            if (raw[o] != shown.record.i128(SumTree.SUM_BYTES * o)) return;
        }
        if (!_judged(one.core.rules, shown, head, raw)) return;
        revert Errors.Referee_RowRight(shown.index);
    }

    /// @notice One row, and as much of a model of trees as is needed.
    function trees(ScoredCase calldata one, RowProof calldata shown, TreesProof calldata proof) external view {
        (bool ok, Head memory head, uint256 count) = TreeScore.prefix(proof.prefix);
        int256 value;
        bytes32 root = proof.root;
        if (ok && proof.path.length != 0) {
            (ok, value, root) = TreeScore.follow(proof.path, shown.row, head.features);
            root = SumTree.up(root, proof.tree, count, proof.siblings);
        }
        _requireModel(one, sha256(abi.encodePacked(ModelShape.TREES_DOMAIN, proof.prefix, root)));
        if (_disprovedAbove(one, shown)) return;
        if (!ok || _malformed(one.core.rules, shown, head.outputs, SumTree.HASH_BYTES)) return;
        int256[] memory raw = new int256[](head.outputs);
        for (uint256 o = 0; o < head.outputs; o++) {
            raw[o] = shown.record.i128(SumTree.SUM_BYTES * o);
        }
        if (!_judged(one.core.rules, shown, head, raw)) return;
        for (uint256 o = 0; o < head.outputs; o++) {
            raw[o] -= TreeScore.baseOf(proof.prefix, o);
        }
        if (_wrongLanes(shown, proof, count, raw, value)) return;
        revert Errors.Referee_RowRight(shown.index);
    }

    /// @notice One node of the evidence.
    function node(ScoredCase calldata one, NodeProof calldata shown) external view {
        Rules rules = one.core.rules;
        uint256 count = rules.rowCount();
        uint256 levels = SumTree.depth(count);
        require(shown.level <= levels, Errors.Referee_NoLeaf(shown.level, levels));
        levels -= shown.level;
        require(shown.index >> levels == 0, Errors.Referee_NoLeaf(shown.index, 1 << levels));
        uint256 sums = RowJudge.sumCount(rules);
        bytes32 hash = sha256(shown.preimage);
        if (_liesAtRoot(one, hash, shown.index, levels, shown.path)) return;
        if (SumTree.width(shown.level, shown.index, count) == 0) {
            // of padding nothing but zeros is below the hash of all padding
            if (hash != SumTree.padding(shown.level, sums)) return;
        } else if (shown.level == 0) {
            if (!_isLeaf(shown)) return;
        } else if (!_isNode(shown, count, sums)) {
            return;
        }
        revert Errors.Referee_NodeRight(shown.level, shown.index);
    }

    /// @notice A model that nobody can have: no row and no evidence is needed.
    function shape(ScoredCase calldata one, ModelProof calldata shown) external view {
        (bool right, bytes32 hash) = ModelShape.look(shown);
        _requireModel(one, hash);
        require(!right, Errors.Referee_ModelRight());
    }

    /// @notice What the evidence root was made of, if that has another form than it must: no other proof fits it then.
    function form(ScoredCase calldata one, bytes calldata preimage) external pure {
        bytes32 hash = sha256(preimage);
        require(hash == one.finding.evidenceRoot, Errors.Referee_NotEvidence(hash, one.finding.evidenceRoot));
        Rules rules = one.core.rules;
        uint256 end = LABEL_BYTES + SumTree.entryBytes(RowJudge.sumCount(rules));
        bool right = preimage.length == end + SumTree.HASH_BYTES;
        // the label has 24 bytes
        right = right && bytes24(preimage[:LABEL_BYTES]) == "tessera/v1/evidence-root";
        right = right && SumTree.says(preimage[LABEL_BYTES:end], rules.rowCount(), one.finding.sums);
        require(!right, Errors.Referee_RootRight());
    }

    /* WHAT EVERY ROW SHOWS */

    function _requireModel(ScoredCase calldata one, bytes32 got) private pure {
        bytes32 expected = one.submission.modelHash;
        require(got == expected, Errors.Referee_NotModel(got, expected));
    }

    /// @dev Reverts unless row and leaf are those of the roots. Whether the root itself is a lie.
    function _disprovedAbove(ScoredCase calldata one, RowProof calldata shown) private view returns (bool) {
        Rules rules = one.core.rules;
        uint256 count = rules.rowCount();
        uint256 size = shown.row.length;
        bool whole = size > Heads.LABEL_BYTES && size % 4 == 0 && size <= Heads.LABEL_BYTES + 4 * Heads.MAX_FEATURES;
        require(whole, Errors.Referee_WrongLength(size, Heads.LABEL_BYTES));
        uint64 index = uint64(shown.index); // below the count of rows, as {SumTree.up} sees to
        bytes32 hash = sha256(abi.encodePacked(SumTree.LEAF, index, shown.rowSalt, shown.row));
        uint256 levels = SumTree.depth(count);
        bytes32 root = SumTree.up(hash, shown.index, count, levels, shown.rowSiblings);
        require(root == one.files.rowsRoot, Errors.Referee_NotRow(root, one.files.rowsRoot));
        hash = sha256(abi.encodePacked(SumTree.LEAF, index, shown.leafSalt, shown.record));
        return _liesAtRoot(one, hash, shown.index, levels, shown.path);
    }

    /// @dev Reverts unless the path leads to the evidence root. Whether that says another count, or other sums, than it must.
    function _liesAtRoot(ScoredCase calldata one, bytes32 hash, uint256 index, uint256 levels, bytes calldata path)
        private
        view
        returns (bool)
    {
        Rules rules = one.core.rules;
        Finding calldata finding = one.finding;
        (bytes32 top, bytes memory total) = SumTree.fold(hash, index, levels, RowJudge.sumCount(rules), path);
        bytes32 root = SumTree.root(top, total);
        require(root == finding.evidenceRoot, Errors.Referee_NotEvidence(root, finding.evidenceRoot));
        return !SumTree.says(total, rules.rowCount(), finding.sums);
    }

    /// @dev Whether the record has another length than it must, or its leaf another count or other sums than it.
    function _malformed(Rules rules, RowProof calldata shown, uint256 outputs, uint256 more)
        private
        pure
        returns (bool)
    {
        uint256 sums = RowJudge.sumCount(rules);
        uint256 from = SumTree.SUM_BYTES * outputs;
        uint256 to = from + SumTree.SUM_BYTES * sums;
        if (shown.record.length != to + more) return true;
        bytes32 told = keccak256(shown.path[:SumTree.entryBytes(sums)]);
        return told != keccak256(abi.encodePacked(ONE, shown.record[from:to]));
    }

    /// @dev Whether the record's contributions follow from raw outputs.
    function _judged(Rules rules, RowProof calldata shown, Head memory head, int256[] memory raw)
        private
        pure
        returns (bool)
    {
        int256 label = shown.row.i64(0);
        uint256 at = SumTree.SUM_BYTES * head.outputs;
        return RowJudge.agrees(rules, shown.record, at, Heads.decide(head, raw), label);
    }

    /* TREES */

    /// @dev Whether lanes or chunks do not come to `sums`, are malformed, or say another value than the tree that is shown.
    function _wrongLanes(
        RowProof calldata shown,
        TreesProof calldata proof,
        uint256 trees_,
        int256[] memory sums,
        int256 value
    ) private pure returns (bool) {
        bytes32 told = bytes32(shown.record.word(shown.record.length - SumTree.HASH_BYTES));
        uint256 first;
        if (trees_ > TreeScore.CHUNK) {
            bytes32 got = sha256(proof.chunks);
            require(got == told, Errors.Referee_NotRecord(got, told));
            if (_wrongChunks(proof.chunks, trees_, sums)) return true;
            if (proof.chunk == 0) return false;
            uint256 chunk = proof.chunk - 1;
            first = chunk * TreeScore.CHUNK;
            require(first < trees_, Errors.Referee_NoLeaf(first, trees_));
            trees_ = trees_ - first < TreeScore.CHUNK ? trees_ - first : TreeScore.CHUNK;
            uint256 at = chunk * (SumTree.HASH_BYTES + 8 * sums.length);
            told = bytes32(proof.chunks.word(at));
            for (uint256 o = 0; o < sums.length; o++) {
                sums[o] = proof.chunks.i64(at + SumTree.HASH_BYTES + 8 * o);
            }
        }
        bytes32 hash = sha256(proof.lanes);
        require(hash == told, Errors.Referee_NotRecord(hash, told));
        if (proof.lanes.length != TreeScore.laneBytes(trees_)) return true;
        int256[] memory added = new int256[](sums.length);
        if (!TreeScore.addLanes(proof.lanes, first, trees_, added)) return true;
        if (keccak256(abi.encodePacked(added)) != keccak256(abi.encodePacked(sums))) return true;
        if (proof.path.length == 0) return false;
        bool here = proof.tree >= first && proof.tree < first + trees_;
        require(here, Errors.Referee_NoLeaf(proof.tree, first + trees_));
        return TreeScore.lane(proof.lanes, proof.tree - first) != value;
    }

    /// @dev Whether the list of chunks has another length than it must, or its partial sums do not come to `sums`.
    function _wrongChunks(bytes calldata chunks, uint256 trees_, int256[] memory sums) private pure returns (bool) {
        uint256 step = SumTree.HASH_BYTES + 8 * sums.length;
        if (chunks.length != step * ((trees_ + TreeScore.CHUNK - 1) / TreeScore.CHUNK)) return true;
        for (uint256 o = 0; o < sums.length; o++) {
            int256 sum;
            for (uint256 at = SumTree.HASH_BYTES + 8 * o; at < chunks.length; at += step) {
                sum += chunks.i64(at);
            }
            if (sum != sums[o]) return true;
        }
        return false;
    }

    /* NODES */

    /// @dev Whether a leaf begins as it must; its record is looked at with its row.
    function _isLeaf(NodeProof calldata shown) private pure returns (bool) {
        uint256 least = 1 + SumTree.COUNT_BYTES + SumTree.HASH_BYTES; // prefix, index, salt
        bool begins = shown.preimage.u8(0) == 0 && shown.preimage.u64(1) == shown.index;
        return shown.preimage.length > least && begins;
    }

    /// @dev Whether an inner node has two children with the counts of their places, padding where there is no row, and sums that
    ///      come to its own.
    function _isNode(NodeProof calldata shown, uint256 count, uint256 sums) private pure returns (bool) {
        bytes calldata data = shown.preimage;
        uint256 size = SumTree.entryBytes(sums);
        uint256 left = 1 + SumTree.HASH_BYTES;
        uint256 right = left + size + SumTree.HASH_BYTES;
        if (data.length != right + size || data.u8(0) != 1) return false;
        uint256 below = shown.level - 1;
        if (data.u64(left) != SumTree.width(below, 2 * shown.index, count)) return false;
        uint256 width = SumTree.width(below, 2 * shown.index + 1, count);
        if (data.u64(right) != width) return false;
        if (shown.path.u64(0) != data.u64(left) + data.u64(right)) return false;
        for (uint256 i = 0; i < sums; i++) {
            uint256 at = SumTree.COUNT_BYTES + SumTree.SUM_BYTES * i;
            uint256 other = data.u128(right + at);
            if (width == 0 && other != 0) return false;
            if (data.u128(left + at) + other != shown.path.u128(at)) return false;
        }
        bytes32 hash = bytes32(data.word(right - SumTree.HASH_BYTES));
        return width != 0 || hash == SumTree.padding(below, sums);
    }
}
