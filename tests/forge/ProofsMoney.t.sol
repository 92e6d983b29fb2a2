// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProofsHouse} from "./support/ProofsHouse.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Commitment, Pledge, Turn} from "../../contracts/types/Proof.sol";

/// @notice Proved bounties from end to end with a verifier that is told what to accept: what moves, to the unit and to the
///         second, and who may.
contract ProofsMoney is ProofsHouse {
    /* COMMIT */

    function test_commit__in_time_once_and_while_there_is_a_place__locks_the_bond() public {
        uint256 id = _open();
        vm.warp(opened + 1000); // the last second
        _commit(0);
        assertEq(_paid(MAKERS[0]), -100);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 6800);
        Pledge memory kept = PROOFS.pledgeOf(id, MAKERS[0]);
        assertEq(kept.digest, bytes26(keccak256(abi.encode(_pledge(0)))));
        assertEq(uint8(kept.turn), uint8(Turn.COMMITTED));
        assertEq(PROOFS.stateOf(id).committed, 1);
        Commitment memory again = _pledge(0);
        _wrongTurn(0, Turn.COMMITTED);
        vm.prank(MAKERS[0]);
        PROOFS.commit(terms, again);
        _commit(1);
        _commit(2);
        assertEq(PROOFS.stateOf(id).committed, 3);
        _refuse(abi.encodeWithSelector(Errors.Proofs_Full.selector, id, 3));
        vm.prank(REQUESTER);
        PROOFS.commit(terms, again);
        vm.warp(opened + 1001);
        _refuse(abi.encodeWithSelector(Errors.Proofs_AfterDeadline.selector, id, opened + 1001, opened + 1000));
        vm.prank(REQUESTER);
        PROOFS.commit(terms, again);
    }

    /* OPENING */

    function test_openSheet__when_and_with_what() public {
        uint256 id = _open();
        _commit(0);
        _commit(1);
        vm.warp(opened + 1000);
        _refuse(abi.encodeWithSelector(Errors.Proofs_BeforeDeadline.selector, id, opened + 1000, opened + 1000));
        PROOFS.openSheet(terms, MAKERS[0], _pledge(0), _t(0));
        vm.warp(opened + 1001);
        address got = vm.addr(5);
        _refuse(abi.encodeWithSelector(Errors.Proofs_WrongKey.selector, id, got, _pledge(0).keyLock));
        PROOFS.openSheet(terms, MAKERS[0], _pledge(0), 5);
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotCommitted.selector, id, MAKERS[0]));
        PROOFS.openSheet(terms, MAKERS[0], _pledge(1), _t(1));
        _wrongTurn(2, Turn.NONE);
        PROOFS.openSheet(terms, MAKERS[2], _pledge(2), _t(2));
        PROOFS.openSheet(terms, MAKERS[0], _pledge(0), _t(0));
        assertEq(uint8(_turn(0)), uint8(Turn.OPENED));
        assertEq(PROOFS.stateOf(id).opened, 1);
        _wrongTurn(0, Turn.OPENED);
        PROOFS.openSheet(terms, MAKERS[0], _pledge(0), _t(0));
        vm.warp(opened + 3000); // the last second
        PROOFS.openSheet(terms, MAKERS[1], _pledge(1), _t(1));
        assertEq(PROOFS.stateOf(id).opened, 2);
    }

    function test_openSheet__too_late__is_refused() public {
        uint256 id = _open();
        _commit(0);
        vm.warp(opened + 3001);
        _refuse(abi.encodeWithSelector(Errors.Proofs_AfterDeadline.selector, id, opened + 3001, opened + 3000));
        PROOFS.openSheet(terms, MAKERS[0], _pledge(0), _t(0));
        _refuse(abi.encodeWithSelector(Errors.Proofs_AfterDeadline.selector, id, opened + 3001, opened + 3000));
        vm.prank(REQUESTER);
        PROOFS.decline(terms, MAKERS[0]);
    }

    function test_decline__by_the_requester_of_who_waits() public {
        uint256 id = _open();
        _commit(0);
        _commit(1);
        vm.warp(opened + 1000);
        _refuse(abi.encodeWithSelector(Errors.Proofs_BeforeDeadline.selector, id, opened + 1000, opened + 1000));
        _decline(0);
        vm.warp(opened + 1001);
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotRequester.selector, id, MAKERS[1], REQUESTER));
        vm.prank(MAKERS[1]);
        PROOFS.decline(terms, MAKERS[0]);
        _wrongTurn(2, Turn.NONE);
        _decline(2);
        _decline(0);
        assertEq(uint8(_turn(0)), uint8(Turn.DECLINED));
        _wrongTurn(0, Turn.DECLINED);
        _decline(0);
        _decline(1);
        assertEq(PROOFS.stateOf(id).declined, 2);
    }

    function test_vindicate__a_right_lock__both_bonds_at_once() public {
        uint256 id = _open();
        _commit(0);
        _commit(1);
        vm.warp(opened + 1001);
        _wrongTurn(0, Turn.COMMITTED);
        PROOFS.vindicate(terms, MAKERS[0], _pledge(0), _b(0));
        _decline(0);
        _decline(1);
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotCommitted.selector, id, MAKERS[0]));
        PROOFS.vindicate(terms, MAKERS[0], _pledge(1), _b(1));
        address own = vm.addr(_b(0));
        _refuse(abi.encodeWithSelector(Errors.Proofs_WrongKey.selector, id, vm.addr(8), own));
        PROOFS.vindicate(terms, MAKERS[0], _pledge(0), 8);
        PROOFS.vindicate(terms, MAKERS[0], _pledge(0), _b(0));
        assertEq(uint8(_turn(0)), uint8(Turn.VINDICATED));
        assertEq(PROOFS.stateOf(id).vindicated, 1);
        _release(0);
        assertEq(_paid(MAKERS[0]), 100);
        vm.warp(opened + 6000); // the last second
        PROOFS.vindicate(terms, MAKERS[1], _pledge(1), _b(1));
        assertEq(PROOFS.stateOf(id).vindicated, 2);
        _close(6001);
        assertEq(_paid(REQUESTER), -200);
        _release(1);
        assertEq(_paid(MAKERS[1]), 100);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 0);
    }

    function test_vindicate__wrong_lock_or_too_late__the_bond_burns() public {
        uint256 id = _open();
        poisoned = true;
        _commit(0);
        poisoned = false;
        _commit(1);
        vm.warp(opened + 1001);
        _decline(0);
        _decline(1);
        address right = _pledge(0).keyLock;
        poisoned = true;
        Commitment memory wrong = _pledge(0);
        poisoned = false;
        _refuse(abi.encodeWithSelector(Errors.Proofs_LockIsWrong.selector, id, wrong.keyLock, right));
        PROOFS.vindicate(terms, MAKERS[0], wrong, _b(0));
        vm.warp(opened + 6001);
        _refuse(abi.encodeWithSelector(Errors.Proofs_AfterDeadline.selector, id, opened + 6001, opened + 6000));
        PROOFS.vindicate(terms, MAKERS[1], _pledge(1), _b(1));
        uint256 burned = _burned();
        _release(0);
        _release(1);
        assertEq(_burned() - burned, 200);
        _close(6002);
        assertEq(_paid(REQUESTER), 0);
        assertEq(_paid(MAKERS[0]) + _paid(MAKERS[1]), -200);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 0);
    }

    /* ANNOUNCE */

    function test_announce__when_all_are_served_or_none_can_be() public {
        uint256 id = _open();
        _commit(0);
        _commit(1);
        _commit(2);
        vm.warp(opened + 1001);
        _decline(2);
        _openRows(0);
        _before(id, 3000);
        _announce(0);
        vm.warp(opened + 3000);
        _before(id, 3000);
        _announce(0);
        _openRows(1); // the last second: all are served
        _announce(0);
        Pledge memory kept = PROOFS.pledgeOf(id, MAKERS[0]);
        assertEq(uint8(kept.turn), uint8(Turn.ANNOUNCED));
        assertEq(kept.until, opened + 3000 + 1800);
        assertEq(PROOFS.stateOf(id).until, opened + 4800);
        assertEq(PROOFS.stateOf(id).announced, 1);
    }

    function test_announce__one_was_never_served__after_opening() public {
        _open();
        _commit(0);
        _commit(1);
        vm.warp(opened + 1001);
        _openRows(0);
        vm.warp(opened + 3001);
        _wrongTurn(1, Turn.COMMITTED);
        _announce(1);
        _announce(0);
    }

    function test_announce__one_after_the_other__each_prolongs() public {
        uint256 id = _open();
        _serve(3);
        vm.warp(opened + 6000); // the last second
        _announce(0);
        vm.warp(opened + 7800);
        _before(id, 7800);
        _announce(1);
        vm.warp(opened + 7801);
        _after(id, 7800);
        _announce(1);
    }

    function test_announce__two_in_turn__end_is_an_hour_later() public {
        uint256 id = _open();
        _serve(3);
        vm.warp(opened + 5000);
        _announce(0);
        _wrongTurn(0, Turn.ANNOUNCED);
        _announce(0);
        vm.warp(opened + 6801);
        _announce(1);
        assertEq(PROOFS.stateOf(id).announced, 2);
        vm.warp(opened + 9600);
        _before(id, 9600);
        _release(2);
        vm.prank(MAKERS[2]);
        PROOFS.announce(terms);
        _accept(2);
        _prove(2);
        assertEq(_paid(MAKERS[2]), 6400);
    }

    function test_announce__bounty_that_is_none__is_refused() public {
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotTerms.selector, PROOFS.bountyIdOf(terms)));
        _announce(0);
    }

    /* PROVE */

    function test_prove__what_the_verifier_is_asked__and_pays_once() public {
        uint256 id = _open();
        _serve(2);
        vm.warp(opened + 6000);
        _announce(0);
        _accept(0);
        vm.warp(opened + 7800); // the last second
        _prove(0);
        assertEq(_paid(MAKERS[0]), 6400);
        assertEq(uint8(_turn(0)), uint8(Turn.DONE));
        assertTrue(PROOFS.stateOf(id).paid);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 400);
        _refuse(abi.encodeWithSelector(Errors.Proofs_Paid.selector, id));
        _prove(0);
        _refuse(abi.encodeWithSelector(Errors.Proofs_Paid.selector, id));
        _announce(1);
        _close(7800); // all were served: at once
        assertEq(_paid(REQUESTER), -6400);
        _release(1);
        assertEq(_paid(MAKERS[1]), 0);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 0);
    }

    function test_prove__no_or_reverting_or_wrong_answer__is_refused() public {
        uint256 id = _open();
        _serve(2);
        _wrongTurn(0, Turn.OPENED);
        _prove(0);
        _announce(0);
        bytes memory no = abi.encodeWithSelector(Errors.Proofs_NotProved.selector, id, MAKERS[0]);
        _refuse(no);
        _prove(0);
        verifiers[0].set(bytes32(0), true);
        _refuse(no);
        _prove(0);
        _accept(0);
        sealedWords[1] += 1;
        _refuse(no);
        _prove(0);
        sealedWords[1] -= 1;
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotCommitted.selector, id, MAKERS[0]));
        PROOFS.prove(terms, MAKERS[0], _pledge(1), sealedWords, "proof");
        vm.warp(opened + 1001 + 1801);
        _after(id, 1001 + 1800);
        _prove(0);
    }

    function test_prove__each_circuit__asks_its_own_verifier() public {
        for (uint8 i = 0; i < 4; i++) {
            terms.circuit = i;
            _open();
            _serve(1);
            _announce(0);
            _accept(0);
            _prove(0);
            verifiers[i].set(bytes32(0), false);
            assertEq(_paid(MAKERS[0]), int256(uint256(i) + 1) * 6400);
        }
    }

    function test_prove__without_sealed_words__asks_for_six_inputs() public {
        _open();
        _serve(1);
        delete sealedWords;
        _announce(0);
        _accept(0);
        _prove(0);
        assertEq(_paid(MAKERS[0]), 6400);
    }

    /* RELEASE */

    function test_release__by_turn_and_time() public {
        uint256 id = _open();
        _wrongTurn(0, Turn.NONE);
        _release(0);
        _commit(0);
        _commit(1);
        _commit(2);
        vm.warp(opened + 1001);
        _openRows(1);
        _openRows(2);
        vm.warp(opened + 3000);
        _before(id, 3000);
        _release(0);
        vm.warp(opened + 3001);
        _release(0); // never served
        assertEq(_paid(MAKERS[0]), 100);
        assertEq(uint8(_turn(0)), uint8(Turn.DONE));
        _wrongTurn(0, Turn.DONE);
        _release(0);
        _announce(1);
        vm.warp(opened + 4801);
        _before(id, 4801);
        _release(1);
        vm.warp(opened + 4802);
        uint256 burned = _burned();
        _release(1); // announced in vain: at once
        assertEq(_burned() - burned, 100);
        vm.warp(opened + 7800);
        _before(id, 7800);
        _release(2);
        vm.warp(opened + 7801);
        _release(2);
        assertEq(_burned() - burned, 200);
        assertEq(_paid(MAKERS[1]) + _paid(MAKERS[2]), -200);
        _close(7801);
        assertEq(_paid(REQUESTER), -100);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 0);
    }

    function test_release__after_payment__by_turn() public {
        uint256 id = _open();
        _commit(0);
        _commit(1);
        _commit(2);
        vm.warp(opened + 1001);
        _openRows(0);
        _decline(2);
        _openRows(1);
        _announce(0);
        _accept(0);
        _prove(0);
        _release(1);
        assertEq(_paid(MAKERS[1]), 0, "had the rows, was not first");
        _before(id, 6000 + 1800);
        _release(2);
        _before(id, 6000 + 1800);
        _closeNow();
        vm.warp(opened + 7801);
        _release(2);
        assertEq(_paid(MAKERS[2]), -100, "declined");
        _close(7801);
        assertEq(_paid(REQUESTER), -6400);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 0);
    }

    function test_release__announced_in_vain_and_paid_another__burns() public {
        _open();
        _serve(2);
        _announce(1);
        vm.warp(opened + 1001 + 1801);
        _announce(0);
        _accept(0);
        _prove(0);
        _release(1);
        assertEq(_paid(MAKERS[1]), -100);
    }

    function test_release__several_at_once__each_his() public {
        uint256 id = _open();
        _commit(0);
        _commit(1);
        vm.warp(opened + 3001);
        address[] memory both = new address[](2);
        (both[0], both[1]) = (MAKERS[0], MAKERS[1]);
        PROOFS.release(terms, both);
        assertEq(_paid(MAKERS[0]), 100);
        assertEq(_paid(MAKERS[1]), 100);
        both[0] = both[1];
        _refuse(
            abi.encodeWithSelector(Errors.Proofs_WrongTurn.selector, id, MAKERS[1], uint256(uint8(Turn.DONE)))
        );
        PROOFS.release(terms, both);
        terms.salt = bytes32(uint256(1));
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotTerms.selector, PROOFS.bountyIdOf(terms)));
        PROOFS.release(terms, new address[](0));
    }

    /* CLOSE */

    function test_close__nobody_committed__after_committing_once() public {
        uint256 id = _open();
        vm.warp(opened + 1000);
        _before(id, 1000);
        _closeNow();
        _close(1001);
        assertEq(_paid(REQUESTER), 0);
        assertTrue(PROOFS.stateOf(id).closed);
        _refuse(abi.encodeWithSelector(Errors.Proofs_Closed.selector, id));
        _closeNow();
        terms.salt = bytes32(uint256(1));
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotTerms.selector, PROOFS.bountyIdOf(terms)));
        _closeNow();
    }

    function test_close__nobody_proved__after_proving_with_the_reward() public {
        uint256 id = _open();
        _serve(2);
        vm.warp(opened + 6000);
        _before(id, 6000);
        _closeNow();
        _close(6001);
        assertEq(_paid(REQUESTER), 0);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 200);
    }

    function test_close__some_never_served__their_bonds_stay() public {
        uint256 id = _open();
        _commit(0);
        _commit(1);
        vm.warp(opened + 1001);
        _openRows(0);
        _close(6001);
        assertEq(_paid(REQUESTER), -100);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 300);
        _release(0);
        _release(1);
        assertEq(_paid(MAKERS[0]), -100);
        assertEq(_paid(MAKERS[1]), 100);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 0);
    }

    /* VIEWS */

    function test_views__ids_and_contexts__are_hashes_of_where_they_count() public {
        uint256 pledgeId = uint256(keccak256(abi.encode(block.chainid, address(PROOFS), uint256(5), MAKERS[0])));
        assertEq(PROOFS.pledgeIdOf(5, MAKERS[0]), pledgeId);
        assertEq(PROOFS.contextOf(5, MAKERS[0]), pledgeId >> 8);
        vm.chainId(5);
        assertNotEq(PROOFS.pledgeIdOf(5, MAKERS[0]), pledgeId);
    }

    /* INTERNAL */

    function _wrongTurn(uint256 i, Turn turn) private {
        uint256 id = PROOFS.bountyIdOf(terms);
        _refuse(abi.encodeWithSelector(Errors.Proofs_WrongTurn.selector, id, MAKERS[i], uint256(uint8(turn))));
    }

    function _before(uint256 id, uint256 deadline) private {
        _refuse(
            abi.encodeWithSelector(
                Errors.Proofs_BeforeDeadline.selector, id, vm.getBlockTimestamp(), opened + deadline
            )
        );
    }

    function _after(uint256 id, uint256 deadline) private {
        _refuse(
            abi.encodeWithSelector(
                Errors.Proofs_AfterDeadline.selector, id, vm.getBlockTimestamp(), opened + deadline
            )
        );
    }

    function _refuse(bytes memory why) private {
        vm.expectRevert(why);
    }

    function _close(uint256 at) private {
        vm.warp(opened + at);
        _closeNow();
    }

    function _closeNow() private {
        PROOFS.close(terms);
    }
}
