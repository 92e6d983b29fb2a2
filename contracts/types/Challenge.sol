// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CoreTerms, FileTerms, Submission} from "./Bounty.sol";
import {Finding} from "./Panel.sol";
import {Point} from "./Point.sol";

/// @notice A verdict that is disputed: the terms opened, the candidate's submission, and what its panel found.
struct ScoredCase {
    bytes32 salt; // random: nobody can tell from what was committed which row or node is challenged
    CoreTerms core;
    Point key;
    FileTerms files;
    bytes32 datasets; // keccak256(abi.encode(the terms' datasets))
    Submission submission;
    Finding finding;
}

/// @notice One row, and what the evidence says about it. docs/models.md has the formats.
struct RowProof {
    uint256 index;
    bytes32 rowSalt;
    bytes row; // i64 label, then i32 for each feature
    bytes32[] rowSiblings; // from the row's leaf up to the rows' root
    bytes32 leafSalt;
    bytes record; // i128 for each output, u128 for each sum, for trees the hash of what they contribute
    bytes path; // the leaf's own count and sums, then hash, count and sums of each sibling up to the top of the evidence
}

/// @notice A model of trees, as far as one row needs it.
struct TreesProof {
    bytes prefix; // head, number of trees, bases
    bytes32 root; // over the trees; not read if one of them is shown
    uint256 tree; // which one is shown
    bytes path; // empty: none is; i32 leaf, then u16 feature, u8 flags, i32 threshold and the sibling of each node above it
    bytes32[] siblings; // from the tree's root up to that of the model
    bytes chunks; // only of more than 256 trees: hash and i64 partial sums of each chunk
    uint256 chunk; // which of them is shown + 1; zero: none
    bytes lanes; // what its trees, or all of up to 256 trees, contribute
}

/// @notice A node of the evidence, and the way from it to the top.
struct NodeProof {
    uint256 level; // above the leaves
    uint256 index; // among the nodes of its level
    bytes preimage; // what its hash was made of
    bytes path; // as {RowProof.path}, from this node
}

/// @notice What shows that a model's hash is that of no canonical model.
struct ModelProof {
    bool trees; // else `model` is a linear one, whole
    bytes model; // of trees: head, number of trees, bases
    bytes32 root; // over the trees; not read if a node is shown
    uint256 tree; // where the node is; beyond the last tree: what stands there, which should be nothing
    bytes node; // what the lowest node's hash was made of; empty: none is shown
    bytes path; // of each node above it: u16 feature, u8 flags, i32 threshold and the sibling
    uint256 turns; // bit i: below node i of the path, `node` is to its right
    bytes32[] siblings; // from the tree's root up to that of the model
}
