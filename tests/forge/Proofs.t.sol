// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProofsMarket} from "./support/ProofsMarket.sol";
import {Shipped} from "./support/Shipped.sol";
import {IProofs} from "../../contracts/interfaces/IProofs.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {ProofRules} from "../../contracts/libraries/ProofRules.sol";
import {ProofTerms, Turn} from "../../contracts/types/Proof.sol";

/// @notice A real proof against the shipped verifier (tests/vectors/proof.json), and who gets what at each end.
contract ProofsTest is ProofsMarket {
    /* PROVE */

    function test_prove__a_valid_proof__pays_at_once_and_only_once() public {
        _commit(MAKER, pledge);
        _commit(CAROL, pledge);
        _openAll();
        _announce(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        assertEq(vault.balanceOf(MAKER), START + REWARD);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_Paid.selector, id));
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        _release(CAROL);
        assertEq(vault.balanceOf(CAROL), START, "who was second gets his bond back");
        PROOFS.close(terms);
        assertEq(vault.balanceOf(terms.requester), START - REWARD);
        assertEq(vault.bucketOf(address(PROOFS), id), 0);
    }

    function test_prove__a_tree__pays() public {
        _otherCircuit("proof_tree");
    }

    function test_prove__a_large_table__pays() public {
        _otherCircuit("proof_large");
    }

    function test_prove__another_payee__reverts_not_proved() public {
        _commit(MAKER, pledge);
        _commit(CAROL, pledge);
        _openAll();
        _announce(CAROL);
        _expectNotProved(CAROL);
        PROOFS.prove(terms, CAROL, pledge, sealedWords, proof);
    }

    function test_prove__another_bounty_or_threshold__reverts_not_proved() public {
        terms.salt = bytes32(uint256(1));
        _reopen();
        terms.salt = 0;
        terms.least = 79; // less than was proved
        _reopen();
    }

    function test_prove__another_chain__reverts_not_proved() public {
        vm.chainId(1);
        _reopen();
    }

    function test_prove__another_contract__reverts_not_proved() public {
        IProofs other = IProofs(Shipped.deploy("Proofs", abi.encode(vault, _verifiers())));
        vm.prank(terms.requester);
        vault.approve(address(other), type(uint256).max);
        vm.prank(terms.requester);
        other.open(terms);
        vm.startPrank(MAKER);
        vault.approve(address(other), type(uint256).max);
        other.commit(terms, pledge);
        skip(terms.committing + 1);
        other.openSheet(terms, MAKER, pledge, 7);
        other.announce(terms);
        uint256 elsewhere = other.bountyIdOf(terms);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_NotProved.selector, elsewhere, MAKER));
        other.prove(terms, MAKER, pledge, sealedWords, proof);
    }

    function test_prove__another_model__reverts_not_proved_or_not_committed() public {
        pledge.model ^= 1; // committed to something else than what is proved
        _commit(MAKER, pledge);
        _openAll();
        _announce(MAKER);
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        pledge.model ^= 1; // what is proved was not committed to
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_NotCommitted.selector, id, MAKER));
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
    }

    function testFuzz_prove__one_bit_changed__reverts_not_proved(uint256 where) public {
        _commit(MAKER, pledge);
        _openAll();
        _announce(MAKER);
        where = bound(where, 0, 8 * proof.length - 1);
        proof[where / 8] ^= bytes1(uint8(1 << (where % 8)));
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
    }

    function test_prove__sealed_words_changed__reverts_not_proved() public {
        _commit(MAKER, pledge);
        _openAll();
        _announce(MAKER);
        for (uint256 i = 0; i < sealedWords.length; i++) {
            sealedWords[i] ^= 1;
            _expectNotProved(MAKER);
            PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
            sealedWords[i] ^= 1;
        }
        uint256[] memory fewer = new uint256[](sealedWords.length - 1);
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, fewer, proof);
    }

    function test_prove__cut_or_empty_proof__reverts_not_proved() public {
        _commit(MAKER, pledge);
        _openAll();
        _announce(MAKER);
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, "");
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, new bytes(proof.length));
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, bytes.concat(proof, new bytes(1)));
    }

    function test_prove__not_announced__reverts_wrong_turn() public {
        _commit(MAKER, pledge);
        _openAll();
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_WrongTurn.selector, id, MAKER, Turn.OPENED));
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
    }

    function test_prove__too_late__reverts_after_deadline_and_burns() public {
        _commit(MAKER, pledge);
        _openAll();
        _announce(MAKER);
        skip(ProofRules.ANNOUNCED_FOR + 1);
        uint256 now_ = vm.getBlockTimestamp();
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_AfterDeadline.selector, id, now_, now_ - 1));
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        _release(MAKER);
        skip(uint256(terms.opening) + terms.proving);
        PROOFS.close(terms);
        assertEq(vault.balanceOf(MAKER), START - BOND);
        assertEq(vault.balanceOf(terms.requester), START);
        assertEq(vault.bucketOf(address(PROOFS), id), 0);
    }

    /* ANNOUNCE */

    function test_announce__before_all_are_served__waits_for_them() public {
        _commit(MAKER, pledge);
        _commit(CAROL, pledge);
        skip(terms.committing + 1);
        PROOFS.openSheet(terms, MAKER, pledge, 7);
        uint256 until = vm.getBlockTimestamp() - 1 + terms.opening;
        _expectBefore(until);
        _announce(MAKER);
        skip(terms.opening - 1);
        _expectBefore(until);
        _announce(MAKER);
        skip(1);
        _announce(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        _release(CAROL);
        assertEq(vault.balanceOf(CAROL), START + BOND, "who got no rows is paid for his trouble");
        skip(terms.proving + ProofRules.ANNOUNCED_FOR);
        PROOFS.close(terms);
        assertEq(vault.bucketOf(address(PROOFS), id), 0);
    }

    /// @dev Who sees a proof on its way to a block can use none of his own: the model is paid for, or not seen.
    function test_announce__while_another_has_announced__waits_and_gets_its_time_back() public {
        _commit(MAKER, pledge);
        _commit(CAROL, pledge);
        _openAll();
        skip(uint256(terms.opening) + terms.proving - 1); // the last second in which one can announce
        _announce(CAROL);
        uint256 until = vm.getBlockTimestamp() + ProofRules.ANNOUNCED_FOR;
        _expectBefore(until);
        _announce(MAKER);
        skip(ProofRules.ANNOUNCED_FOR);
        _expectBefore(until);
        _announce(MAKER);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Proofs_AfterDeadline.selector, id, until + 1, until)
        );
        skip(1);
        _announce(MAKER); // had all of proving but its last second to do so
    }

    function test_announce__and_no_proof__burns_the_bond_and_others_can_prove() public {
        _commit(MAKER, pledge);
        _commit(CAROL, pledge);
        _openAll();
        _announce(CAROL);
        uint256 until = vm.getBlockTimestamp() + ProofRules.ANNOUNCED_FOR;
        skip(ProofRules.ANNOUNCED_FOR);
        _expectBefore(until);
        _release(CAROL);
        skip(1);
        _announce(MAKER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_WrongTurn.selector, id, CAROL, Turn.ANNOUNCED));
        _announce(CAROL); // once a maker
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        _release(CAROL);
        PROOFS.close(terms);
        assertEq(vault.balanceOf(MAKER), START + REWARD);
        assertEq(vault.balanceOf(CAROL), START - BOND, "also if another proves");
        assertEq(vault.balanceOf(terms.requester), START - REWARD);
        assertEq(vault.bucketOf(address(PROOFS), id), 0);
    }

    function test_announce__prolongs_proving__by_what_it_takes() public {
        _commit(MAKER, pledge);
        _commit(CAROL, pledge);
        _openAll();
        _announce(CAROL);
        uint256 end = vm.getBlockTimestamp() - 1 + terms.opening + terms.proving + ProofRules.ANNOUNCED_FOR;
        vm.warp(end);
        _expectBefore(end);
        _release(MAKER);
        _expectBefore(end);
        PROOFS.close(terms);
        _announce(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        assertEq(vault.balanceOf(MAKER), START + REWARD);
    }

    function test_announce__without_rows__reverts_wrong_turn() public {
        _commit(MAKER, pledge);
        skip(uint256(terms.committing) + terms.opening + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_WrongTurn.selector, id, MAKER, Turn.COMMITTED));
        _announce(MAKER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_WrongTurn.selector, id, CAROL, Turn.NONE));
        _announce(CAROL);
    }

    function test_announce__after_payment__reverts_paid() public {
        _commit(MAKER, pledge);
        _commit(CAROL, pledge);
        _openAll();
        _announce(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_Paid.selector, id));
        _announce(CAROL);
    }

    /* ROWS */

    function test_commit__twice_or_too_many_or_late__reverts_wrong_turn_full_after_deadline() public {
        _commit(MAKER, pledge);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_WrongTurn.selector, id, MAKER, Turn.COMMITTED));
        vm.prank(MAKER);
        PROOFS.commit(terms, pledge);
        _commit(CAROL, pledge);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_Full.selector, id, 2));
        PROOFS.commit(terms, pledge);
        skip(terms.committing + 1);
        uint256 now_ = vm.getBlockTimestamp();
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_AfterDeadline.selector, id, now_, now_ - 1));
        PROOFS.commit(terms, pledge);
    }

    function test_openSheet__while_others_may_commit__reverts_before_deadline() public {
        _commit(MAKER, pledge);
        uint256 now_ = vm.getBlockTimestamp();
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Proofs_BeforeDeadline.selector, id, now_, now_ + terms.committing)
        );
        PROOFS.openSheet(terms, MAKER, pledge, 7);
    }

    function test_openSheet__wrong_key__reverts_wrong_key() public {
        _commit(MAKER, pledge);
        skip(terms.committing + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_WrongKey.selector, id, vm.addr(8), vm.addr(7)));
        PROOFS.openSheet(terms, MAKER, pledge, 8);
    }

    function test_silence__of_the_requester__pays_the_maker_both_bonds() public {
        _commit(MAKER, pledge);
        skip(uint256(terms.committing) + terms.opening + 1);
        _release(MAKER);
        assertEq(vault.balanceOf(MAKER), START + BOND);
        skip(terms.proving);
        PROOFS.close(terms);
        assertEq(vault.balanceOf(terms.requester), START - BOND);
        assertEq(vault.bucketOf(address(PROOFS), id), 0);
    }

    function test_decline__a_right_lock__costs_the_requester() public {
        pledge.keyLock = _rightLock(MAKER);
        _commit(MAKER, pledge);
        _decline(MAKER);
        PROOFS.vindicate(terms, MAKER, pledge, 303);
        _release(MAKER);
        assertEq(vault.balanceOf(MAKER), START + BOND);
        skip(uint256(terms.opening) + terms.proving);
        PROOFS.close(terms);
        assertEq(vault.balanceOf(terms.requester), START - BOND);
        assertEq(vault.bucketOf(address(PROOFS), id), 0);
    }

    function test_decline__a_poisoned_lock__costs_the_maker() public {
        _commit(MAKER, pledge); // its lock opens with 7, which the requester can't know
        _decline(MAKER);
        address right = _rightLock(MAKER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_LockIsWrong.selector, id, pledge.keyLock, right));
        PROOFS.vindicate(terms, MAKER, pledge, 303);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Proofs_WrongKey.selector, id, vm.addr(304), vm.addr(303))
        );
        PROOFS.vindicate(terms, MAKER, pledge, 304);
        skip(uint256(terms.opening) + terms.proving);
        _release(MAKER);
        PROOFS.close(terms);
        assertEq(vault.balanceOf(MAKER), START - BOND);
        assertEq(vault.balanceOf(terms.requester), START);
    }

    function test_release__while_the_maker_may_prove__reverts_before_deadline() public {
        _commit(MAKER, pledge);
        _openAll();
        uint256 until = vm.getBlockTimestamp() - 1 + terms.opening + terms.proving;
        address[] memory makers = new address[](1);
        makers[0] = MAKER;
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Proofs_BeforeDeadline.selector, id, vm.getBlockTimestamp(), until)
        );
        PROOFS.release(terms, makers);
    }

    function test_close__nobody_committed__gives_all_back_once() public {
        skip(terms.committing + 1);
        PROOFS.close(terms);
        assertEq(vault.balanceOf(terms.requester), START);
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_Closed.selector, id));
        PROOFS.close(terms);
    }

    /* OPEN */

    function test_open__key_off_its_curve__reverts_bad_reader() public {
        terms.readerX += 1;
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_BadReader.selector, terms.readerX, terms.readerY));
        vm.prank(terms.requester);
        PROOFS.open(terms);
    }

    function test_open__terms_out_of_bounds__revert_with_their_number() public {
        terms.salt = bytes32(uint256(2));
        ProofTerms memory good = terms;
        terms.bond = uint128(REWARD / 64 - 1);
        _refused(4, terms.bond, REWARD / 64);
        terms = good;
        terms.makers = 33;
        _refused(5, 33, 32);
        terms = good;
        terms.least = 101;
        _refused(7, 101, 100);
        terms = good;
        terms.proving = 59;
        _refused(11, 59, 60);
        terms = good;
        terms.circuit = 4;
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_NoVerifier.selector, 4));
        vm.prank(terms.requester);
        PROOFS.open(terms);
    }
}
