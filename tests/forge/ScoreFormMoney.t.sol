// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DemandHouse} from "./support/DemandHouse.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Verdict} from "../../contracts/types/Bounty.sol";

/// @notice What an evidence root must be made of, and which verdicts can be challenged at all, by whom and since when.
contract ScoreFormMoney is DemandHouse {
    bytes private constant LABEL = "tessera/v1/evidence-root";

    uint256 private filed; // challenges

    /* FORMS */

    function test_challengeRoot__form_that_it_must_have() public {
        _isRight(_form(2, 1), true);
        _isRight(_form(1, 1), false);
        _isRight(_form(3, 1), false);
        _isRight(_form(2, 0), false);
        _isRight(_form(2, 2), false);
        for (uint256 at = 0; at < 24; at++) {
            bytes memory other = _form(2, 1);
            other[at] ^= 0x01;
            _isRight(other, false);
        }
        _isRight(bytes.concat(_form(2, 1), "x"), false);
        uint256[7] memory lengths = [uint256(79), 49, 48, 47, 24, 23, 0];
        for (uint256 i = 0; i < 7; i++) {
            bytes memory cut = new bytes(lengths[i]);
            for (uint256 k = 0; k < cut.length; k++) {
                cut[k] = _form(2, 1)[k];
            }
            _isRight(cut, false);
        }
    }

    function test_challengeRoot__of_another_root__reverts_not_evidence() public {
        bytes memory preimage = bytes.concat(_form(2, 1), "x");
        bytes4 error = Errors.Referee_NotEvidence.selector;
        assertEq(_file(preimage), abi.encodeWithSelector(error, sha256(preimage), one.finding.evidenceRoot));
    }

    /* VERDICTS */

    function test_challengeRoot__verdict_without_a_score__reverts_not_verdict() public {
        for (uint256 verdict = 2; verdict < 5; verdict++) {
            one.finding.verdict = Verdict(verdict);
            bytes memory preimage = bytes.concat(_form(2, 1), "x");
            one.finding.evidenceRoot = sha256(preimage);
            assertEq(_file(preimage), _notVerdict(_digest()));
        }
    }

    function test_challengeRoot__another_verdict_than_stands__reverts_not_verdict() public {
        bytes memory preimage = bytes.concat(_form(2, 1), "x");
        one.finding.evidenceRoot = sha256(preimage);
        _tell();
        bytes32 standing = _digest();
        one.finding.score += 1;
        assertEq(_send(preimage), _notVerdict(standing));
    }

    function test_challengeRoot__another_candidate__reverts_not_candidate() public {
        bytes memory preimage = bytes.concat(_form(2, 1), "x");
        one.finding.evidenceRoot = sha256(preimage);
        _tell();
        one.submission.contentLength += 1;
        assertEq(_send(preimage), abi.encodeWithSelector(Errors.Referee_NotCandidate.selector, _bountyId(), MAKER));
    }

    /// @dev Whoever signs a lie can't have a challenge of his own in hand.
    function test_challengeRoot__committed_before_the_verdict__reverts_committed_before() public {
        bytes memory preimage = bytes.concat(_form(2, 1), "x");
        one.finding.evidenceRoot = sha256(preimage);
        uint256 at = block.timestamp;
        for (uint256 since = at + 2; since >= at; since--) {
            court.begins(since);
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_CommittedBefore.selector, _bountyId(), at, since);
            assertEq(_file(preimage), since > at ? reason : bytes(""));
        }
        vm.warp(at + 1);
        assertEq(_file(preimage), "");
        assertEq(court.challenger(), STRANGER);
        assertEq(court.voided(), _bountyId());
    }

    /* INTERNAL */

    function _form(uint64 count, uint128 sum) private pure returns (bytes memory) {
        return bytes.concat(LABEL, abi.encodePacked(count, sum), bytes32("top"));
    }

    function _isRight(bytes memory preimage, bool right) private {
        one.finding.evidenceRoot = sha256(preimage);
        assertEq(_file(preimage), right ? abi.encodeWithSelector(Errors.Referee_RootRight.selector) : bytes(""));
    }

    /// @dev What a challenge is refused with, or nothing.
    function _file(bytes memory preimage) private returns (bytes memory) {
        _tell();
        return _send(preimage);
    }

    function _send(bytes memory preimage) private returns (bytes memory answer) {
        bool ok;
        one.salt = bytes32(++filed);
        bytes memory data = abi.encodeCall(IReferee.challengeRoot, (one, preimage));
        _commit(STRANGER, data);
        vm.prank(STRANGER);
        (ok, answer) = address(referee).call(data);
        assertTrue(ok == (answer.length == 0));
    }

    function _digest() private view returns (bytes32) {
        return keccak256(
            abi.encode(one.finding.verdict, one.finding.score, one.finding.sums, one.finding.evidenceRoot)
        );
    }

    function _notVerdict(bytes32 standing) private view returns (bytes memory) {
        return abi.encodeWithSelector(Errors.Referee_NotVerdict.selector, _bountyId(), _digest(), standing);
    }
}
