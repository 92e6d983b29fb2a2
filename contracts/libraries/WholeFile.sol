// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Pieces} from "./Pieces.sol";
import {ContentParts} from "../types/Piece.sol";

/// @notice Artifacts that fit a transaction, opened whole as a client opens them: docs/envelope.md, version 1.
library WholeFile {
    bytes32 private constant HEADER = bytes32(bytes17("tessera/envelope\x01")); // magic, version, zeros
    uint256 private constant HEADER_BYTES = 64; // with the nonce
    uint256 private constant ENTRY_BYTES = 64; // of the index, for each piece: plain side, ciphertext's hash

    /// @notice The plain file; `ok` is false if the artifact has another size, header or root than it must, or a piece that
    ///         is not what the index says.
    /// @param key Its scalar, which was checked.
    function open(bytes calldata artifact, uint256 key, bytes32 contentRoot, uint256 length)
        internal
        pure
        returns (bool ok, bytes memory plain)
    {
        uint256 pieces = Pieces.piecesOf(length);
        uint256 end = HEADER_BYTES + length;
        if (length == 0 || artifact.length != end + ENTRY_BYTES * pieces) return (false, plain);
        if (bytes32(artifact[:32]) != HEADER) return (false, plain);
        bytes32 nonce = bytes32(artifact[32:HEADER_BYTES]);
        if (_rootOf(nonce, length, artifact[end:]) != contentRoot) return (false, plain);
        plain = new bytes(length);
        for (uint256 i = 0; i < pieces; i++) {
            bytes calldata entry = artifact[end + ENTRY_BYTES * i:end + ENTRY_BYTES * (i + 1)];
            uint256 from = Pieces.PIECE_BYTES * i;
            uint256 to = from + Pieces.PIECE_BYTES < length ? from + Pieces.PIECE_BYTES : length;
            bytes calldata cipher = artifact[HEADER_BYTES + from:HEADER_BYTES + to];
            if (sha256(cipher) != bytes32(entry[32:])) return (false, plain);
            uint64 index = uint64(i); // pieces fit a transaction
            (bytes32 hash, bytes memory piece) = Pieces.plainHash(key, nonce, index, cipher);
            if (hash != bytes32(entry[:32])) return (false, plain);
            assembly ("memory-safe") { // within `plain`, as its length was compared
                mcopy(add(add(plain, 32), from), add(piece, 32), sub(to, from))
            }
        }
        ok = true;
    }

    /// @notice The root of a tree over leaves, filled up with zeros; they are overwritten.
    /// @param leaves A power of two of them.
    function fold(bytes32[] memory leaves) internal pure returns (bytes32) {
        for (uint256 size = leaves.length / 2; size != 0; size /= 2) {
            for (uint256 i = 0; i < size; i++) {
                leaves[i] = sha256(abi.encodePacked(uint8(1), leaves[2 * i], leaves[2 * i + 1])); // tells nodes from leaves
            }
        }
        return leaves[0];
    }

    /// @dev The content root that an index leads to.
    function _rootOf(bytes32 nonce, uint256 length, bytes calldata index) private pure returns (bytes32) {
        uint64 pieces = uint64(index.length / ENTRY_BYTES); // it fits a transaction
        bytes32[] memory leaves = new bytes32[](1 << Pieces.depthOf(pieces));
        for (uint64 i = 0; i < pieces; i++) {
            // the first byte tells leaves from nodes
            leaves[i] = sha256(abi.encodePacked(uint8(0), i, index[ENTRY_BYTES * i:ENTRY_BYTES * (i + 1)]));
        }
        return Pieces.rootOf(ContentParts(nonce, uint64(length), pieces, fold(leaves))); // 64 bits in the terms
    }
}
