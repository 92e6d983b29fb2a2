// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Stage, TermsRef} from "../../contracts/types/Bounty.sol";
import {Attestation, Commitment, Finding, Phase, Reveal, Round} from "../../contracts/types/Panel.sol";
import {SignedCommitment} from "../../contracts/types/Panel.sol";

/// @notice Counting what a panel says: in which order, in how many calls, and by whom, up to the seventh place.
contract TallyMoney is ContestSteps {
    constructor() ContestSteps(new HookToken()) {}

    /* THE SEVENTH PLACE */

    function test_seventh_place__commits_and_reveals_as_the_others_do() public {
        _seven();
        _judging();
        _draw();
        uint256 id = _id();
        Attestation memory a = _scored(900);
        _commit(6, a);
        SignedCommitment[] memory some = new SignedCommitment[](2);
        (some[0], some[1]) = (_signed(6, a), _signed(5, a));
        PANELS.commitMany(id, some);
        (votes[5], votes[6]) = (a, a);
        voted.push(5);
        assertEq(_sitting().committed, 96);
        for (uint256 place = 0; place < 5; place++) {
            _commit(place, a);
        }
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.REVEALING));
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(1 << 6);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(_sitting().revealed, 64);
        _reveal();
        assertEq(_sitting().revealed, 127);
        assertEq(uint256(_bounty().stage), uint256(Stage.LOCKING));
        assertEq(PANELS.verdictOf(id), _said(a));
    }

    function test_seventh_place__signed_by_its_owner() public {
        _seven();
        _judging();
        _draw();
        SignedCommitment[] memory one = new SignedCommitment[](1);
        one[0] = _signed(6, _scored(900));
        PANELS.commitMany(_id(), one);
        assertEq(_sitting().committed, 64);
    }

    /* COMMITTING */

    function test_commitMany__in_the_second_round__begins_the_chain_anew() public {
        _judging();
        _draw();
        for (uint256 place = 0; place < 3; place++) {
            _commit(place, _scored(uint128(900 + place)));
        }
        _reveal();
        _draw();
        SignedCommitment[] memory one = new SignedCommitment[](1);
        one[0] = _signed(1, _scored(900));
        PANELS.commitMany(_id(), one);
        assertEq(PANELS.commitmentsOf(_id()), keccak256(abi.encode(bytes32(0), uint256(1), one[0].hash)));
    }

    /* COUNTING */

    function test_reveal__the_first_place_alone__counts_in_the_next_call() public {
        _judging();
        _draw();
        _commit(0, _scored(900));
        _commit(1, _scored(900));
        _commit(2, _scored(901));
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(1);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(_sitting().groups, 0);
        (findings, reveals) = _opened(6);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(_sitting().groups, 1 << 8);
        assertEq(_sitting().score, 9e8);
        assertEq(uint256(_bounty().stage), uint256(Stage.LOCKING));
        assertEq(PANELS.verdictOf(_id()), _said(_scored(900)));
    }

    function test_reveal__one_two_one_three_three__is_no_quorum() public {
        uint128[5] memory said = [uint128(900), 901, 900, 902, 902];
        _size(5, 3);
        _judging();
        _draw();
        for (uint256 place = 0; place < 5; place++) {
            _commit(place, _scored(said[place]));
        }
        uint256 before = vm.snapshotState();
        _reveal();
        assertEq(PANELS.roundOf(_id()).number, 2);
        vm.revertToState(before);
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(15);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(_sitting().groups, (1 << 4) | (2 << 12));
        (findings, reveals) = _opened(16);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(PANELS.roundOf(_id()).number, 2);
    }

    function test_reveal__seven_say_seven_things__is_no_quorum() public {
        _seven();
        _judging();
        _draw();
        for (uint256 place = 0; place < 7; place++) {
            _commit(place, _scored(uint128(900 + place)));
        }
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(63);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(_sitting().groups, 0x543210);
        (findings, reveals) = _opened(64);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(PANELS.roundOf(_id()).number, 2);
    }

    function test_reveal__each_with_his_own_evidence__is_one_verdict() public {
        _judging();
        _draw();
        Attestation memory a = _scored(900);
        for (uint256 place = 0; place < 3; place++) {
            a.evidence = keccak256(abi.encode(place));
            _commit(place, a);
        }
        _reveal();
        assertEq(uint256(_bounty().stage), uint256(Stage.LOCKING));
        assertEq(PANELS.verdictOf(_id()), _said(a));
    }

    /* THE LIST OF COMMITMENTS */

    function test_reveal__committed_in_another_order__each_is_found() public {
        _committedBackwards();
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(1);
        PANELS.reveal(_ref(), _committed(), findings, reveals);
        assertEq(_sitting().revealed, 1);
    }

    function test_reveal__not_in_the_list__reverts_not_committed() public {
        _committedBackwards();
        TermsRef memory ref = _ref();
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(1);
        Commitment[] memory list = _committed(); // of the places 2, 1, 0
        bytes32 hash = list[2].hash;
        assembly ("memory-safe") {
            mstore(list, 2)
        }
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NotCommitted.selector, _id(), hash, bytes32(0)));
        PANELS.reveal(ref, list, findings, reveals);
    }

    function test_reveal__finding_beyond_the_list__reverts_no_finding() public {
        _committedBackwards();
        TermsRef memory ref = _ref();
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(1);
        reveals[0].finding = 2;
        Commitment[] memory list = _committed();
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NoFinding.selector, _id(), 2, 1));
        PANELS.reveal(ref, list, findings, reveals);
    }

    function test_reveal__score_below_the_sums__or_zero_of_impossible_ones__reverts_wrong_score() public {
        Attestation memory a = _scored(900);
        a.score -= 1;
        _cannotReveal(a, 9e8);
        a = _scored(1001);
        a.score = 0;
        _cannotReveal(a, 0);
        a.sums = new uint128[](0);
        _cannotReveal(a, 0);
    }

    /* INTERNAL */

    function _size(uint256 size, uint256 quorum) private {
        rules = (rules & ~uint256(0xFFFF << 16)) | (size << 16) | (quorum << 24);
        claimBond = 400;
    }

    /// @dev Panels of seven, for which there must be three seats a place.
    function _seven() private {
        _size(7, 4);
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(vm.addr(OPERATOR + i));
            OPERATORS.join(0);
        }
        vm.warp(block.timestamp + 1);
    }

    function _said(Attestation memory a) private pure returns (bytes32) {
        return keccak256(abi.encode(a.verdict, a.score, a.sums, a.evidenceRoot));
    }

    function _committedBackwards() private {
        _judging();
        _draw();
        for (uint256 i = 0; i < 3; i++) {
            _commit(2 - i, _scored(900));
        }
    }

    function _cannotReveal(Attestation memory a, uint256 right) private {
        uint256 before = vm.snapshotState();
        _judging();
        _draw();
        for (uint256 place = 0; place < 3; place++) {
            _commit(place, a);
        }
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(7);
        TermsRef memory ref = _ref();
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_WrongScore.selector, _id(), a.score, right));
        PANELS.reveal(ref, new Commitment[](0), findings, reveals);
        vm.revertToState(before);
    }

    /// @dev What the owner of the seat at `place` signs, for anybody to send.
    function _signed(uint8 place, Attestation memory a) private view returns (SignedCommitment memory one) {
        bytes32 kind = keccak256(
            "Commitment(uint256 bountyId,uint8 candidate,uint8 round,uint8 place,uint16 seat,bytes32 hash)"
        );
        Round memory round = PANELS.roundOf(_id());
        one.place = place;
        one.hash = keccak256(abi.encode(_digest(place, a), bytes32(uint256(place))));
        bytes memory message = abi.encode(kind, _id(), round.candidate, round.number, place, _seat(place), one.hash);
        (one.r, one.vs) = _sign(keys[_owner(place)], "Tessera Panels", address(PANELS), message);
    }
}
