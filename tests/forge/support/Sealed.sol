// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlainChaCha} from "./PlainChaCha.sol";
import {ContentParts, PieceProof} from "../../../contracts/types/Piece.sol";

/// @notice Seals a file as docs/envelope.md says, straight from its text, and proves pieces of it.
library Sealed {
    uint256 internal constant PIECE = 4096;

    /// @notice A sealed file.
    struct File {
        uint256 key;
        bytes32 nonce;
        uint64 length;
        bytes[] ciphers;
        bytes32[] plainHashes;
        bytes32[] leaves; // filled up with zeros
        bytes32 contentRoot;
    }

    function seal(uint256 key, bytes32 nonce, bytes memory plain) internal pure returns (File memory file) {
        (file.key, file.nonce, file.length) = (key, nonce, uint64(plain.length));
        uint256 pieces = (plain.length + PIECE - 1) / PIECE;
        file.ciphers = new bytes[](pieces);
        file.plainHashes = new bytes32[](pieces);
        for (uint256 i = 0; i < pieces; i++) {
            uint256 end = (i + 1) * PIECE < plain.length ? (i + 1) * PIECE : plain.length;
            bytes memory piece = part(plain, i * PIECE, end);
            file.ciphers[i] = crypt(key, nonce, i, piece);
            file.plainHashes[i] = plainHash(key, nonce, i, piece);
        }
        close(file);
    }

    /// @notice Makes the tree and the root of what the file says now, whether it is true or not.
    function close(File memory file) internal pure {
        uint256 pieces = file.ciphers.length;
        uint256 width = 1;
        while (width < pieces) {
            width *= 2;
        }
        file.leaves = new bytes32[](width);
        for (uint256 i = 0; i < pieces; i++) {
            file.leaves[i] = sha256(
                abi.encodePacked(hex"00", uint64(i), file.plainHashes[i], sha256(file.ciphers[i]))
            );
        }
        file.contentRoot = rootOf(ContentParts(file.nonce, file.length, uint64(pieces), treeOf(file.leaves)));
    }

    function proofOf(File memory file, uint256 i) internal pure returns (PieceProof memory) {
        return PieceProof(
            file.key, file.nonce, file.length, uint64(i), file.plainHashes[i], file.ciphers[i], pathOf(file.leaves, i)
        );
    }

    function pathOf(bytes32[] memory row, uint256 i) internal pure returns (bytes32[] memory path) {
        uint256 depth;
        for (uint256 w = row.length; w > 1; w /= 2) {
            depth++;
        }
        path = new bytes32[](depth);
        for (uint256 d = 0; d < depth; d++) {
            path[d] = row[i ^ 1];
            (row, i) = (above(row), i / 2);
        }
    }

    function treeOf(bytes32[] memory row) internal pure returns (bytes32) {
        while (row.length > 1) {
            row = above(row);
        }
        return row[0];
    }

    function above(bytes32[] memory row) internal pure returns (bytes32[] memory up) {
        up = new bytes32[](row.length / 2);
        for (uint256 i = 0; i < up.length; i++) {
            up[i] = sha256(abi.encodePacked(hex"01", row[2 * i], row[2 * i + 1]));
        }
    }

    function rootOf(ContentParts memory parts) internal pure returns (bytes32) {
        bytes memory head = abi.encodePacked("tessera/v1/content", hex"01", parts.nonce);
        return sha256(abi.encodePacked(head, parts.length, parts.pieces, parts.treeRoot));
    }

    function crypt(uint256 key, bytes32 nonce, uint256 i, bytes memory piece) internal pure returns (bytes memory) {
        bytes32 payload = sha256(abi.encodePacked("tessera/v1/payload", key, nonce));
        return PlainChaCha.crypt(payload, bytes12(uint96(i / 16)), uint32(64 * (i % 16)), piece);
    }

    function plainHash(uint256 key, bytes32 nonce, uint256 i, bytes memory piece) internal pure returns (bytes32) {
        bytes32 salt = sha256(abi.encodePacked("tessera/v1/salt", key, nonce, uint64(i)));
        return sha256(abi.encodePacked("tessera/v1/plain", salt, piece));
    }

    function part(bytes memory data, uint256 from, uint256 to) internal pure returns (bytes memory piece) {
        piece = new bytes(to - from);
        for (uint256 i = 0; i < piece.length; i++) {
            piece[i] = data[from + i];
        }
    }
}
