// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Garbled} from "./support/Garbled.sol";
import {RefereeHouse} from "./support/RefereeHouse.sol";
import {Sealed} from "./support/Sealed.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {ContentParts, PieceProof} from "../../contracts/types/Piece.sol";

/// @notice Random disputes: whatever is wrong is refunded; nothing is proved against who sealed honestly.
contract RefereeFuzz is RefereeHouse {
    using Sealed for Sealed.File;

    /// @dev The seller committed to a ciphertext that no file of this length has: its client would not have opened it.
    function testFuzz_disputePiece__ciphertext_of_another_length__refunds(uint256 length) public {
        length = bound(length, 0, 5000);
        vm.assume(length != 4096);
        Sealed.File memory file = right;
        file.ciphers[0] = _bytes(length);
        file.close();
        Bought memory bought = _bought(file.contentRoot);
        _dispute(bought, file.proofOf(0));
        _requireRefunded(bought);
    }

    /// @dev One bit of one piece's plain side or ciphertext differs from what it should be, and is committed to.
    function testFuzz_disputePiece__any_wrong_bit__refunds(uint256 which, uint256 bit, bool plain) public {
        Sealed.File memory file = right;
        which = bound(which, 0, 2);
        if (plain) file.plainHashes[which] ^= bytes32(1 << bit % 256);
        else file.ciphers[which][bit % file.ciphers[which].length] ^= bytes1(uint8(1 << bit % 8)); // below 256
        file.close();
        Bought memory bought = _bought(file.contentRoot);
        _dispute(bought, file.proofOf(which));
        _requireRefunded(bought);
    }

    /// @dev Whatever is done to a true proof, one thing or several: none passes.
    function testFuzz_disputePiece__honest_seller__is_never_disproved(uint256 which, uint256 what, uint256 word) public {
        Bought memory bought = _bought(right.contentRoot);
        PieceProof memory proof = right.proofOf(which % 3);
        for (uint256 left = what; left != 0; left >>= 8) {
            Garbled.change(proof, left, word);
            word = uint256(keccak256(abi.encode(word)));
        }
        vm.prank(BUYER);
        try referee.disputePiece(bought.id, bought.order, bought.terms, proof) {
            revert("an honest seller was disproved");
        } catch (bytes memory reason) {
            assertTrue(Garbled.isNamed(bytes4(reason)), "not named");
        }
    }

    function testFuzz_disputePiece__other_scalar__reverts_wrong_key(uint256 key) public {
        vm.assume(key != KEY);
        Bought memory bought = _bought(right.contentRoot);
        PieceProof memory proof = right.proofOf(0);
        proof.key = key;
        address got = KeyEquation.ofScalar(key);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_WrongKey.selector, got, vm.addr(KEY)));
        _dispute(bought, proof);
    }

    function testFuzz_disputeLength__pieces_that_the_length_has_not__refunds(uint64 length, uint64 pieces) public {
        vm.assume(length == 0 || pieces != (uint256(length) + 4095) / 4096);
        ContentParts memory parts = ContentParts(NONCE, length, pieces, keccak256("tree"));
        Bought memory bought = _bought(Sealed.rootOf(parts));
        vm.prank(BUYER);
        referee.disputeLength(bought.id, bought.order, bought.terms, parts);
        _requireRefunded(bought);
    }

    function testFuzz_disputeLength__honest_length__reverts_length_right(uint64 length) public {
        length = uint64(bound(length, 1, type(uint64).max)); // within its type
        uint64 pieces = uint64((uint256(length) + 4095) / 4096); // fewer than length
        ContentParts memory parts = ContentParts(NONCE, length, pieces, keccak256("tree"));
        Bought memory bought = _bought(Sealed.rootOf(parts));
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_LengthRight.selector, length, pieces));
        vm.prank(BUYER);
        referee.disputeLength(bought.id, bought.order, bought.terms, parts);
    }

    function testFuzz_disputeLength__other_parts__reverts_not_in_file(uint64 length, uint64 pieces) public {
        vm.assume(length != LENGTH || pieces != 3);
        Bought memory bought = _bought(right.contentRoot);
        ContentParts memory parts = ContentParts(NONCE, length, pieces, Sealed.treeOf(right.leaves));
        vm.expectPartialRevert(Errors.Referee_NotInFile.selector);
        vm.prank(BUYER);
        referee.disputeLength(bought.id, bought.order, bought.terms, parts);
    }
}
