// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProofsHouse} from "./support/ProofsHouse.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {ProofRules} from "../../contracts/libraries/ProofRules.sol";
import {Commitment, ProofState} from "../../contracts/types/Proof.sol";

/// @notice The opening of a proved bounty, and what is committed: each bound, on both sides.
contract ProofTermsMoney is ProofsHouse {
    /// @dev (-1, y) is a point of Grumpkin, and (1, y) its generator.
    uint256 internal constant EDGE_Y = 0x1814e5fdb2a97a281bd2340dafa61b7b6da045e4aa564f8ad891854b3e0c0bae;

    /* OPEN */

    function test_open__locks_reward_and_bonds__once() public {
        uint256 id = _open();
        assertEq(id, uint256(keccak256(abi.encode(block.chainid, address(PROOFS), terms))));
        assertEq(_paid(REQUESTER), -6700);
        assertEq(VAULT.bucketOf(address(PROOFS), id), 6700);
        ProofState memory state = PROOFS.stateOf(id);
        assertEq(state.openedAt, block.timestamp);
        assertEq(state.committed + state.opened + state.declined + state.vindicated + state.announced, 0);
        assertFalse(state.paid || state.closed);
        _refuse(abi.encodeWithSelector(Errors.Proofs_Exists.selector, id));
        vm.prank(REQUESTER);
        PROOFS.open(terms);
        terms.salt = bytes32(uint256(9));
        id = PROOFS.bountyIdOf(terms);
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotRequester.selector, id, MAKERS[0], REQUESTER));
        vm.prank(MAKERS[0]);
        PROOFS.open(terms);
    }

    function test_open__unknown_circuit__is_refused() public {
        terms.circuit = 200;
        _refuse(abi.encodeWithSelector(Errors.Proofs_NoVerifier.selector, 200));
        vm.prank(REQUESTER);
        PROOFS.open(terms);
    }

    function test_open__reward_and_bond__within_bounds() public {
        terms.bond = 0;
        terms.reward = 0;
        _cannotOpen(3, 0, 1);
        (terms.reward, terms.bond) = (1, 1);
        _opens();
        terms.reward = 64;
        _opens();
        terms.bond = 64;
        _opens();
        terms.bond = 65;
        _cannotOpen(4, 65, 64);
        (terms.reward, terms.bond) = (65, 1);
        _cannotOpen(4, 1, 2);
        terms.bond = 2;
        _opens();
    }

    function test_open__makers_rows_and_least__within_bounds() public {
        terms.makers = 0;
        _cannotOpen(5, 0, 1);
        terms.makers = 33;
        _cannotOpen(5, 33, 32);
        terms.makers = 32;
        _opens();
        terms.makers = 1;
        _opens();
        terms.rowCount = 0;
        _cannotOpen(8, 0, 1);
        for (uint8 i = 0; i < 4; i++) {
            uint32 most = i == 2 ? 4096 : 512;
            (terms.circuit, terms.rowCount) = (i, most + 1);
            _cannotOpen(8, most + 1, most);
            terms.rowCount = most;
            _opens();
        }
        terms.rowCount = 512;
        terms.least = 512;
        _opens();
        terms.rowCount = 511;
        _cannotOpen(7, 512, 511);
        (terms.rowCount, terms.least) = (1, 1);
        _opens();
        terms.least = 0;
        _cannotOpen(7, 0, 1);
    }

    function test_open__stages__within_bounds() public {
        terms.committing = 59;
        _cannotOpen(9, 59, 60);
        terms.committing = 30 days + 1;
        _cannotOpen(9, 30 days + 1, 30 days);
        terms.committing = 60;
        terms.opening = 59;
        _cannotOpen(10, 59, 60);
        terms.opening = 30 days + 1;
        _cannotOpen(10, 30 days + 1, 30 days);
        terms.opening = 60;
        terms.proving = 59;
        _cannotOpen(11, 59, 60);
        terms.proving = 30 days + 1;
        _cannotOpen(11, 30 days + 1, 30 days);
        terms.proving = 60;
        _opens();
        (terms.committing, terms.opening, terms.proving) = (30 days, 30 days, 30 days);
        _opens();
    }

    function test_open__rows_and_points__within_the_fields() public {
        terms.rows = ProofRules.FIELD;
        _cannotOpen(12, ProofRules.FIELD, ProofRules.FIELD - 1);
        terms.rows = ProofRules.FIELD - 1;
        _opens();
        terms.rows = 0;
        _opens();
        terms.key.parity = 2;
        _cannotOpenBecause(abi.encodeWithSelector(Errors.Proofs_BadPoint.selector, terms.key.x, 2));
        terms.key.parity = 0;
        terms.seal.parity = 2;
        _cannotOpenBecause(abi.encodeWithSelector(Errors.Proofs_BadPoint.selector, terms.seal.x, 2));
    }

    function test_open__reader__is_a_point_of_its_curve_in_its_only_form() public {
        uint256 field = ProofRules.FIELD;
        (uint256 x, uint256 y) = (terms.readerX, terms.readerY);
        _badReader(x + field, y);
        _badReader(x, y + field);
        _badReader(x + field, y + field);
        _badReader(field, y);
        _badReader(x, field);
        _badReader(3, 1); // 1 < 10
        _badReader(3, 5); // 25 > 10
        // five times the generator
        terms.readerX = 0x1b0986d603033be6321c1804f6f8b4b14aef014e65a64d9544a6430582694387;
        terms.readerY = 0x1abea81d71f73426f65a8c459264a01ac86750c6d8f6f4eae608fe0c8e2d982d;
        _opens();
        (terms.readerX, terms.readerY) = (field - 1, EDGE_Y);
        _opens();
        terms.readerY = field - EDGE_Y;
        _opens();
    }

    /* COMMIT */

    function test_commit__what_is_committed__is_checked() public {
        Commitment memory one = _pledge(0);
        _refuse(abi.encodeWithSelector(Errors.Proofs_NotTerms.selector, PROOFS.bountyIdOf(terms)));
        vm.prank(MAKERS[0]);
        PROOFS.commit(terms, one);
        uint256 id = _open();
        one.model = ProofRules.FIELD;
        _cannotCommit(one, abi.encodeWithSelector(Errors.Proofs_BadModel.selector, id, ProofRules.FIELD));
        one.model = ProofRules.FIELD + 1;
        _cannotCommit(one, abi.encodeWithSelector(Errors.Proofs_BadModel.selector, id, ProofRules.FIELD + 1));
        one = _pledge(0);
        one.keyLock = address(0);
        _cannotCommit(one, abi.encodeWithSelector(Errors.Proofs_BadLock.selector, id));
        one = _pledge(0);
        one.blind.parity = 3;
        _cannotCommit(one, abi.encodeWithSelector(Errors.Proofs_BadPoint.selector, one.blind.x, 3));
        one = _pledge(0);
        one.model = ProofRules.FIELD - 1;
        vm.prank(MAKERS[0]);
        PROOFS.commit(terms, one);
    }

    /* INTERNAL */

    function _cannotCommit(Commitment memory commitment, bytes memory why) private {
        _refuse(why);
        vm.prank(MAKERS[0]);
        PROOFS.commit(terms, commitment);
    }

    function _badReader(uint256 x, uint256 y) private {
        (terms.readerX, terms.readerY) = (x, y);
        _cannotOpenBecause(abi.encodeWithSelector(Errors.Proofs_BadReader.selector, x, y));
    }

    function _cannotOpen(uint256 field, uint256 got, uint256 expected) private {
        _cannotOpenBecause(abi.encodeWithSelector(Errors.Proofs_BadTerm.selector, field, got, expected));
    }

    function _cannotOpenBecause(bytes memory why) private {
        _refuse(why);
        vm.prank(REQUESTER);
        PROOFS.open(terms);
    }

    function _opens() private {
        vm.prank(REQUESTER);
        uint256 id = PROOFS.open(terms);
        assertEq(VAULT.bucketOf(address(PROOFS), id), terms.reward + uint256(terms.makers) * terms.bond);
    }

    function _refuse(bytes memory why) private {
        vm.expectRevert(why);
    }
}
