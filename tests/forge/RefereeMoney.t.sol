// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RefereeHouse} from "./support/RefereeHouse.sol";
import {Sealed} from "./support/Sealed.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {ContentParts, PieceProof} from "../../contracts/types/Piece.sol";

/// @notice Disputes of sold files: what is wrong is refunded and punished; nothing is proved against who sealed honestly.
contract RefereeMoney is RefereeHouse {
    using Sealed for Sealed.File;

    uint256 private salt;

    /* A WRONG PIECE */

    function test_disputePiece__wrong_piece__refunds_and_slashes() public {
        Bought memory bought = _bought(wrong.contentRoot);
        _dispute(bought, wrong.proofOf(1));
        _requireRefunded(bought);
    }

    function test_disputePiece__at_the_end_of_the_window__refunds() public {
        Bought memory bought = _bought(wrong.contentRoot);
        vm.warp(block.timestamp + bought.order.disputeWindow);
        _dispute(bought, wrong.proofOf(1));
        _requireRefunded(bought);
    }

    function test_disputePiece__past_the_window__reverts_dispute_over() public {
        Bought memory bought = _bought(wrong.contentRoot);
        PieceProof memory proof = wrong.proofOf(1);
        uint256 end = block.timestamp + bought.order.disputeWindow;
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Exchange_DisputeOver.selector, bought.id, end + 1, end));
        _dispute(bought, proof);
    }

    function test_disputePiece__twice__reverts_not_settled() public {
        Bought memory bought = _bought(wrong.contentRoot);
        PieceProof memory proof = wrong.proofOf(1);
        _dispute(bought, proof);
        vm.expectPartialRevert(Errors.Exchange_NotSettled.selector);
        _dispute(bought, proof);
    }

    function test_disputePiece__another_asks_for_the_buyers_money__reverts_not_buyer() public {
        Bought memory bought = _bought(wrong.contentRoot);
        PieceProof memory proof = wrong.proofOf(1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotBuyer.selector, bought.id, STRANGER, BUYER));
        vm.prank(STRANGER);
        referee.disputePiece(bought.id, bought.order, bought.terms, proof);
        bought.order.buyer = STRANGER;
        vm.expectPartialRevert(Errors.Exchange_NotSettled.selector);
        vm.prank(STRANGER);
        referee.disputePiece(bought.id, bought.order, bought.terms, proof);
    }

    function test_disputePiece__with_other_terms__reverts_not_offered() public {
        Bought memory bought = _bought(right.contentRoot);
        bought.terms.contentRoot = wrong.contentRoot;
        PieceProof memory proof = wrong.proofOf(1);
        vm.expectPartialRevert(Errors.Exchange_NotOffered.selector);
        _dispute(bought, proof);
    }

    function test_disputePiece__ciphertext_of_another_length__refunds() public {
        uint256[4] memory lengths = [uint256(0), 4095, 4097, 99];
        for (uint256 i = 0; i < 4; i++) {
            Sealed.File memory file = right;
            uint256 which = i == 3 ? 2 : 0; // the last piece has 100 bytes
            // each side is true to the other: the length alone is the lie
            file.ciphers[which] = Sealed.crypt(KEY, NONCE, which, _bytes(lengths[i]));
            file.plainHashes[which] = Sealed.plainHash(KEY, NONCE, which, _bytes(lengths[i]));
            file.close();
            Bought memory bought = _bought(file.contentRoot, KEY, i + 1);
            _dispute(bought, file.proofOf(which));
            assertEq(exchange.stateOf(bought.id), bytes32(uint256(1)));
        }
    }

    /// @dev Each piece has a salt, and a place in the stream of its segment, of its own.
    function test_disputePiece__in_the_second_segment__is_decrypted_there() public {
        Sealed.File memory file = Sealed.seal(KEY, NONCE, _bytes(17 * 4096 + 5));
        Bought memory bought = _bought(file.contentRoot);
        for (uint256 i = 15; i < 18; i++) {
            PieceProof memory proof = file.proofOf(i);
            vm.expectRevert(abi.encodeWithSelector(Errors.Referee_PieceRight.selector, i));
            _dispute(bought, proof);
        }
        file.ciphers[17][4] ^= 0x01;
        file.close();
        bought = _bought(file.contentRoot, KEY, 2);
        PieceProof memory wrongOne = file.proofOf(17);
        vm.expectEmit(address(referee));
        emit IReferee.PieceDisproved(bought.id, 17, KEY);
        _dispute(bought, wrongOne);
    }

    function test_disputePiece__other_scalar__reverts_wrong_key() public {
        Bought memory bought = _bought(right.contentRoot);
        PieceProof memory proof = right.proofOf(0);
        proof.key = KEY + 1;
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_WrongKey.selector, vm.addr(KEY + 1), vm.addr(KEY)));
        _dispute(bought, proof);
        proof.key = 0;
        bought.terms.key.x = 0; // neither a scalar nor a point: no address equals another's absence
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_WrongKey.selector, address(0), address(0)));
        _dispute(bought, proof);
    }

    /* NOTHING AGAINST AN HONEST SELLER */

    function test_disputePiece__right_pieces__revert_piece_right() public {
        Bought memory bought = _bought(right.contentRoot);
        for (uint256 i = 0; i < 3; i++) {
            PieceProof memory proof = right.proofOf(i);
            vm.expectRevert(abi.encodeWithSelector(Errors.Referee_PieceRight.selector, i));
            _dispute(bought, proof);
        }
    }

    function test_disputePiece__right_last_piece_a_byte_short__reverts_piece_right() public {
        Sealed.File memory file = Sealed.seal(KEY, NONCE, _bytes(4095));
        Bought memory bought = _bought(file.contentRoot);
        PieceProof memory proof = file.proofOf(0);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_PieceRight.selector, 0));
        _dispute(bought, proof);
    }

    /// @dev A node of the tree is shown as if it were a leaf: of another depth, or as its own sibling's child.
    function test_disputePiece__inner_node_as_leaf__reverts_wrong_depth_or_not_in_file() public {
        Bought memory bought = _bought(right.contentRoot);
        PieceProof memory proof = right.proofOf(0);
        bytes32 top = proof.path[1];
        proof.path = new bytes32[](3);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_WrongDepth.selector, 3, 2));
        _dispute(bought, proof);
        proof.path = new bytes32[](1);
        proof.path[0] = top;
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_WrongDepth.selector, 1, 2));
        _dispute(bought, proof);
        proof.length = 4097; // two pieces: the depth fits, the root does not
        vm.expectPartialRevert(Errors.Referee_NotInFile.selector);
        _dispute(bought, proof);
    }

    /// @dev The row of leaves is filled up: what stands there is no piece.
    function test_disputePiece__padding_as_a_piece__reverts_no_piece() public {
        Bought memory bought = _bought(right.contentRoot);
        PieceProof memory proof = right.proofOf(2);
        proof.index = 3;
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NoPiece.selector, 3, 3));
        _dispute(bought, proof);
        proof.length = 0;
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NoPiece.selector, 3, 0));
        _dispute(bought, proof);
    }

    /// @dev The proof of another's wrong file under the same key says nothing about this one.
    function test_disputePiece__proof_of_another_file__reverts_not_in_file() public {
        Bought memory bought = _bought(right.contentRoot);
        PieceProof memory proof = wrong.proofOf(1);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Referee_NotInFile.selector, wrong.contentRoot, right.contentRoot)
        );
        _dispute(bought, proof);
    }

    /* A LENGTH THAT LIES */

    function test_disputeLength__another_than_the_buyer__reverts_not_buyer() public {
        ContentParts memory parts = ContentParts(NONCE, 1, 2, 0);
        Bought memory bought = _bought(Sealed.rootOf(parts));
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_NotBuyer.selector, bought.id, STRANGER, BUYER));
        vm.prank(STRANGER);
        referee.disputeLength(bought.id, bought.order, bought.terms, parts);
    }

    function test_disputeLength__pieces_that_the_length_has_not__refunds() public {
        _requireLie(4096, 2, true);
        _requireLie(4097, 1, true);
        _requireLie(0, 0, true);
        _requireLie(4096, 1, false);
        _requireLie(4097, 2, false);
        _requireLie(1, 1, false);
    }

    function test_disputeLength__parts_of_another_root__reverts_not_in_file() public {
        Bought memory bought = _bought(right.contentRoot);
        ContentParts memory parts = ContentParts(NONCE, 4096, 2, Sealed.treeOf(right.leaves));
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Referee_NotInFile.selector, Sealed.rootOf(parts), right.contentRoot)
        );
        vm.prank(BUYER);
        referee.disputeLength(bought.id, bought.order, bought.terms, parts);
    }

    function _requireLie(uint64 length, uint64 pieces, bool lies) private {
        ContentParts memory parts = ContentParts(NONCE, length, pieces, keccak256("tree"));
        salt++;
        Bought memory bought = _bought(Sealed.rootOf(parts), KEY, salt);
        if (!lies) vm.expectRevert(abi.encodeWithSelector(Errors.Referee_LengthRight.selector, length, pieces));
        if (lies) vm.expectEmit(address(referee));
        if (lies) emit IReferee.LengthDisproved(bought.id, length, pieces);
        vm.prank(BUYER);
        referee.disputeLength(bought.id, bought.order, bought.terms, parts);
        assertEq(exchange.stateOf(bought.id) == bytes32(uint256(1)), lies);
    }
}
