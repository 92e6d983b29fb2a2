// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "../../../contracts/libraries/Errors.sol";
import {PieceProof} from "../../../contracts/types/Piece.sol";

/// @notice True proofs of pieces with something about them changed.
library Garbled {
    /// @notice Changes one thing of a proof.
    function change(PieceProof memory proof, uint256 what, uint256 word) internal pure {
        what = what % 8;
        if (what == 0) proof.key = word;
        if (what == 1) proof.nonce = bytes32(word);
        if (what == 2) proof.length = uint64(word % 20_000); // within its type
        if (what == 3) proof.index = uint64(word % 5); // within its type
        if (what == 4) proof.plainHash = bytes32(word);
        if (what == 5) proof.cipher = abi.encodePacked(proof.cipher, word);
        if (what == 6) proof.cipher[word % proof.cipher.length] ^= 0x01;
        if (what != 7) return;
        if (word % 2 == 0) proof.path = new bytes32[](word % 5);
        else if (proof.path.length != 0) proof.path[word % proof.path.length] = bytes32(word);
    }

    /// @notice Whether a dispute of a piece is refused so.
    function isNamed(bytes4 reason) internal pure returns (bool) {
        return reason == Errors.Referee_WrongKey.selector || reason == Errors.Referee_NoPiece.selector
            || reason == Errors.Referee_WrongDepth.selector || reason == Errors.Referee_NotInFile.selector
            || reason == Errors.Referee_PieceRight.selector;
    }
}
