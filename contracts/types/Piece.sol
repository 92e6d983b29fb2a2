// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice One piece of an encrypted artifact, with all that decrypts it and leads to the content root; docs/envelope.md.
struct PieceProof {
    uint256 key; // k, with k*G the key point of the terms; public from now on
    bytes32 nonce;
    uint64 length; // bytes of the plain file; the number of pieces follows
    uint64 index; // of the piece, from 0
    bytes32 plainHash; // salted, the plain side of the leaf
    bytes cipher; // the piece as it is encrypted
    bytes32[] path; // siblings, bottom-up
}

/// @notice What a content root is the hash of.
struct ContentParts {
    bytes32 nonce;
    uint64 length; // bytes of the plain file
    uint64 pieces; // as the root says it
    bytes32 treeRoot;
}
