// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NodeProof, RowProof} from "../../../contracts/types/Challenge.sol";

/// @notice What evidence can be wrong about.
enum Lie {
    NONE,
    RAW, // what the model gives; its contribution follows
    CONTRIBUTION,
    LEAF_SUM, // a leaf's sum is not its record's
    NODE_SUM, // the first node's children do not come to it
    NODE_COUNT,
    ROOT // the panel attests other sums than the root has
}

/// @notice Two to four rows, a linear model of one weight, and evidence of it, which may lie about one thing.
struct SmallEvidence {
    uint256 count; // rows
    Lie lie;
    uint256 at; // row that is lied about
    bytes model;
    bytes32 rowsRoot;
    bytes[4] rows;
    bytes[4] records;
    bytes32[4] rowHashes;
    bytes32[7] hashes; // of four leaves, of two nodes above them, and of the top; of two rows, the first node is the top
    uint64[7] counts;
    uint128[7] sums;
}

/// @notice Made from two random words: one for rows and model, one for what is said of them.
library SmallEvidenceLib {
    bytes32 internal constant SALT = keccak256("salt");

    function make(uint256 luck, uint256 liar) internal pure returns (SmallEvidence memory e) {
        e.count = 2 + luck % 3;
        uint256 kind = (liar >> 8) % 12;
        e.lie = kind < 7 ? Lie(kind) : Lie.NONE;
        e.at = (liar >> 16) % e.count;
        int256 weight = int256((luck >> 8) % 7) - 3; // below 7
        int256 bias = int256((luck >> 16) % 5) - 2; // below 5
        e.model = abi.encodePacked("TSRM", hex"0101_0101", uint16(1), uint64(1), uint16(1), int64(bias)); // a few
        e.model = abi.encodePacked(e.model, uint16(0), uint8(20), int32(0), int64(weight)); // a few
        for (uint256 i = 0; i < e.count; i++) {
            _row(e, i, luck >> (24 + 16 * i), weight, bias);
        }
        e.rowsRoot = _plain(_plain(e.rowHashes[0], e.rowHashes[1]), _plain(e.rowHashes[2], e.rowHashes[3]));
        if (e.count == 2) e.rowsRoot = _plain(e.rowHashes[0], e.rowHashes[1]);
        _node(e, 4, 0);
        if (e.lie == Lie.NODE_SUM) e.sums[4] = e.sums[4] == 0 ? 1 : e.sums[4] - 1;
        if (e.lie == Lie.NODE_COUNT) e.counts[4] += 1;
        _node(e, 5, 2);
        _node(e, 6, 4);
    }

    /// @notice What the panel attests: sum and root.
    function attested(SmallEvidence memory e) internal pure returns (uint128 sum, bytes32 root) {
        uint256 top = e.count == 2 ? 4 : 6;
        sum = e.sums[top];
        root = sha256(abi.encodePacked("tessera/v1/evidence-root", _entry(e, top), e.hashes[top]));
        if (e.lie == Lie.ROOT) sum = sum == 0 ? 1 : sum - 1;
    }

    /// @notice Whether a row or a node disproves it.
    function disproves(SmallEvidence memory e, bool asRow, uint256 level, uint256 index) internal pure returns (bool) {
        if (e.lie == Lie.ROOT) return true; // whatever leads there
        if (e.lie == Lie.NODE_COUNT) return level != 0 || index > 1; // what lies below the node leads to another root
        if (e.lie == Lie.NODE_SUM) return level == 1 && index == 0;
        return asRow && e.lie != Lie.NONE && index == e.at;
    }

    function rowProof(SmallEvidence memory e, uint256 i) internal pure returns (RowProof memory proof) {
        (proof.index, proof.rowSalt, proof.leafSalt) = (i, SALT, SALT);
        (proof.row, proof.record) = (e.rows[i], e.records[i]);
        proof.rowSiblings = new bytes32[](e.count == 2 ? 1 : 2);
        proof.rowSiblings[0] = e.rowHashes[i ^ 1];
        uint256 other = i < 2 ? 2 : 0;
        if (e.count > 2) proof.rowSiblings[1] = _plain(e.rowHashes[other], e.rowHashes[other + 1]);
        proof.path = _path(e, 0, i);
    }

    function nodeProof(SmallEvidence memory e, uint256 level, uint256 i) internal pure returns (NodeProof memory) {
        bytes memory preimage = level == 0
            ? abi.encodePacked(uint8(0), uint64(i), SALT, e.records[i]) // a few
            : _preimage(e, (level == 1 ? 0 : 4) + 2 * i);
        return NodeProof(level, i, preimage, _path(e, level, i));
    }

    function _row(SmallEvidence memory e, uint256 i, uint256 luck, int256 weight, int256 bias) private pure {
        int256 x = int256(luck % 11) - 5; // below 11
        uint256 label = (luck >> 8) % 2;
        int256 raw = bias + weight * x;
        if (e.lie == Lie.RAW && e.at == i) raw = raw > 0 ? int256(-1) : int256(1);
        uint128 correct = (raw > 0 ? 1 : 0) == label ? 1 : 0;
        if (e.lie == Lie.CONTRIBUTION && e.at == i) correct = 1 - correct;
        e.rows[i] = abi.encodePacked(uint64(label), int32(x)); // a few
        e.rowHashes[i] = sha256(abi.encodePacked(uint8(0), uint64(i), SALT, e.rows[i])); // below 4
        e.records[i] = abi.encodePacked(int128(raw), correct); // a few
        e.hashes[i] = sha256(abi.encodePacked(uint8(0), uint64(i), SALT, e.records[i])); // below 4
        (e.counts[i], e.sums[i]) = (1, e.lie == Lie.LEAF_SUM && e.at == i ? 1 - correct : correct);
    }

    function _node(SmallEvidence memory e, uint256 node, uint256 left) private pure {
        e.hashes[node] = sha256(_preimage(e, left));
        e.counts[node] = e.counts[left] + e.counts[left + 1];
        e.sums[node] = e.sums[left] + e.sums[left + 1];
    }

    function _preimage(SmallEvidence memory e, uint256 left) private pure returns (bytes memory) {
        bytes memory first = abi.encodePacked(uint8(1), e.hashes[left], _entry(e, left));
        return abi.encodePacked(first, e.hashes[left + 1], _entry(e, left + 1));
    }

    function _path(SmallEvidence memory e, uint256 level, uint256 i) private pure returns (bytes memory path) {
        uint256 node = level == 0 ? i : level == 1 ? 4 + i : 6;
        path = _entry(e, node);
        uint256 top = e.count == 2 ? 4 : 6;
        while (node != top) {
            path = abi.encodePacked(path, e.hashes[node ^ 1], _entry(e, node ^ 1));
            node = 4 + node / 2;
        }
    }

    function _entry(SmallEvidence memory e, uint256 node) private pure returns (bytes memory) {
        return abi.encodePacked(e.counts[node], e.sums[node]);
    }

    function _plain(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }
}
