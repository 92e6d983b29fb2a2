// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AssetTerms} from "../types/Asset.sol";
import {Order} from "../types/Order.sol";
import {ContentParts, PieceProof} from "../types/Piece.sol";

/// @notice Decides disputes by recomputing what is disputed. Nobody is asked, and nobody can be.
/// @dev docs/disputes.md says what can be disproved, and what can't.
interface IReferee {
    /// @notice Emitted when a piece of a sold file was shown to be wrong.
    /// @param key `k` of the file, which is public now.
    event PieceDisproved(uint256 indexed orderId, uint256 index, uint256 key);
    /// @notice Emitted when the length of a sold file was shown to be a lie.
    event LengthDisproved(uint256 indexed orderId, uint256 length, uint256 pieces);

    /// @notice Shows one piece of a sold file that does not decrypt to what the seller committed to: the price of the order
    ///         goes back to its buyer, the listing loses its bond, a quarter of it to him, and is not sold any more.
    ///
    /// Requirements:
    /// - the caller is the buyer of the order, which is settled and in its dispute window ({IExchange.reverse});
    /// - `terms` are those that he ordered under;
    /// - {PieceProof.key} is the scalar of their key, and the piece is below their content root;
    /// - its ciphertext decrypts to something else than the plain side of its leaf, or has a wrong length.
    ///
    /// Emits {PieceDisproved}.
    /// @dev Warning: makes the file's key public. Try it on a node of one's own only, before it is sent.
    function disputePiece(
        uint256 orderId,
        Order calldata order,
        AssetTerms calldata terms,
        PieceProof calldata proof
    ) external;

    /// @notice Shows that the content root of a sold file has a number of pieces that its length does not give. With the
    ///         same consequence; needs no key.
    ///
    /// Emits {LengthDisproved}.
    function disputeLength(
        uint256 orderId,
        Order calldata order,
        AssetTerms calldata terms,
        ContentParts calldata parts
    ) external;
}
