// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ChaCha20} from "./ChaCha20.sol";
import {TesseraErrors as Errors} from "./Errors.sol";
import {KeyEquation} from "./KeyEquation.sol";
import {ContentParts, PieceProof} from "../types/Piece.sol";
import {Point} from "../types/Point.sol";

/// @notice Proofs against an artifact: its format is docs/envelope.md, version 1.
/// @dev Nobody can prove anything against who sealed his file as that document says. The key point has one scalar; the
///      content root has one nonce, length, number of pieces and tree; the tree of that depth has one leaf at an index,
///      which has one ciphertext. All else is computed here.
library Pieces {
    uint256 internal constant PIECE_BYTES = 4096;
    uint256 internal constant PIECES_A_SEGMENT = 16;
    uint256 internal constant BLOCKS_A_PIECE = 64; // ChaCha20's have 64 bytes
    uint8 internal constant VERSION = 1;

    /// @notice Returns if one piece shows that the artifact is not what its content root says, else reverts.
    ///
    /// Requirements:
    /// - `proof.key` is the scalar of `keyPoint`;
    /// - the piece is below `contentRoot`;
    /// - its ciphertext has a length that the file's length does not give it, or decrypts to something else than the
    ///   leaf's plain side is the hash of.
    function requireWrong(Point calldata keyPoint, bytes32 contentRoot, PieceProof calldata proof) internal pure {
        address got = KeyEquation.ofScalar(proof.key);
        address expected = KeyEquation.ofPoint(keyPoint);
        require(got != address(0) && got == expected, Errors.Referee_WrongKey(got, expected));
        uint256 pieces = piecesOf(proof.length);
        require(proof.index < pieces, Errors.Referee_NoPiece(proof.index, pieces));
        uint256 depth = depthOf(pieces);
        require(proof.path.length == depth, Errors.Referee_WrongDepth(proof.path.length, depth));
        bytes32 tree = _fold(_leafOf(proof), proof.index, proof.path);
        bytes32 root = rootOf(ContentParts(proof.nonce, proof.length, uint64(pieces), tree)); // fewer than length
        require(root == contentRoot, Errors.Referee_NotInFile(root, contentRoot));

        if (proof.cipher.length != _bytesOf(proof.length, proof.index)) return;
        (bytes32 hash,) = plainHash(proof.key, proof.nonce, proof.index, proof.cipher);
        require(hash != proof.plainHash, Errors.Referee_PieceRight(proof.index));
    }

    /// @notice Returns if the content root has another length than `said`, or a number of pieces that does not belong to it,
    ///         else reverts.
    function requireLie(bytes32 contentRoot, uint256 said, ContentParts calldata parts) internal pure {
        bytes32 root = rootOf(parts);
        require(root == contentRoot, Errors.Referee_NotInFile(root, contentRoot));
        bool honest = parts.length != 0 && parts.length == said && parts.pieces == piecesOf(parts.length);
        require(!honest, Errors.Referee_LengthRight(parts.length, parts.pieces));
    }

    /// @notice The content root of an artifact.
    function rootOf(ContentParts memory parts) internal pure returns (bytes32) {
        return sha256(
            abi.encodePacked("tessera/v1/content", VERSION, parts.nonce, parts.length, parts.pieces, parts.treeRoot)
        );
    }

    /// @notice How many pieces a file of `length` bytes has.
    function piecesOf(uint256 length) internal pure returns (uint256) {
        return (length + PIECE_BYTES - 1) / PIECE_BYTES;
    }

    /// @notice What a piece decrypts to, and the salted hash of that.
    function plainHash(uint256 key, bytes32 nonce, uint64 index, bytes calldata cipher)
        internal
        pure
        returns (bytes32 hash, bytes memory plain)
    {
        bytes32 payload = sha256(abi.encodePacked("tessera/v1/payload", key, nonce));
        bytes32 salt = sha256(abi.encodePacked("tessera/v1/salt", key, nonce, index));
        bytes12 segment = bytes12(uint96(index / PIECES_A_SEGMENT)); // an index has 64 bits
        uint32 counter = uint32(BLOCKS_A_PIECE * (index % PIECES_A_SEGMENT)); // at most 960
        plain = ChaCha20.crypt(payload, segment, counter, cipher);
        hash = sha256(abi.encodePacked("tessera/v1/plain", salt, plain));
    }

    /// @dev The length of piece `index`: only the last is shorter.
    function _bytesOf(uint256 length, uint256 index) private pure returns (uint256) {
        uint256 rest = length - index * PIECE_BYTES;
        return rest < PIECE_BYTES ? rest : PIECE_BYTES;
    }

    function _leafOf(PieceProof calldata proof) private pure returns (bytes32) {
        // the first byte tells leaves from nodes
        return sha256(abi.encodePacked(uint8(0), proof.index, proof.plainHash, sha256(proof.cipher)));
    }

    function _fold(bytes32 node, uint256 index, bytes32[] calldata path) private pure returns (bytes32) {
        for (uint256 i = 0; i < path.length; i++) {
            bool isLeft = (index >> i) & 1 == 0;
            (bytes32 left, bytes32 right) = isLeft ? (node, path[i]) : (path[i], node);
            node = sha256(abi.encodePacked(uint8(1), left, right)); // tells nodes from leaves
        }
        return node;
    }

    /// @notice The depth of a tree of that many leaves: ceil(log2(pieces)).
    function depthOf(uint256 pieces) internal pure returns (uint256 depth) {
        while (1 << depth < pieces) {
            depth++;
        }
    }
}
