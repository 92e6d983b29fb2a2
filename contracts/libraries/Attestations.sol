// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {Metrics} from "./Metrics.sol";
import {Verdict} from "../types/Bounty.sol";
import {Attestation, Commitment} from "../types/Panel.sol";
import {Rules} from "../types/Rules.sol";

/// @notice What evaluators sign, and what of it must hold before it counts.
library Attestations {
    bytes32 internal constant TYPEHASH = keccak256(
        "Attestation(uint256 bountyId,uint8 candidate,uint8 round,uint16 seat,uint8 verdict,uint64 score,uint128[] sums,bytes32 evidenceRoot,bytes32 evidence)"
    );

    bytes32 internal constant COMMITMENT_TYPEHASH = keccak256(
        "Commitment(uint256 bountyId,uint8 candidate,uint8 round,uint8 place,uint16 seat,bytes32 hash)"
    );

    /// @notice The EIP-712 struct hash of a commitment.
    function commitmentHash(
        uint256 bountyId,
        uint8 candidate,
        uint8 number,
        uint8 place,
        uint16 seat,
        bytes32 hash
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(COMMITMENT_TYPEHASH, bountyId, candidate, number, place, seat, hash));
    }

    /// @notice The EIP-712 struct hash.
    function structHash(
        uint256 bountyId,
        uint8 candidate,
        uint8 number,
        uint16 seat,
        Attestation calldata attestation
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TYPEHASH,
                bountyId,
                candidate,
                number,
                seat,
                attestation.verdict,
                attestation.score,
                keccak256(abi.encodePacked(attestation.sums)),
                attestation.evidenceRoot,
                attestation.evidence
            )
        );
    }

    /// @notice Equal attestations have equal digests: verdict, score, sums and evidence root.
    function digest(Attestation calldata attestation) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(attestation.verdict, attestation.score, attestation.sums, attestation.evidenceRoot)
        );
    }

    /// @notice Reverts unless the round knows that verdict, and the score follows from the sums.
    function check(uint256 bountyId, Rules rules, uint8 candidate, Attestation calldata attestation)
        internal
        pure
    {
        Verdict verdict = attestation.verdict;
        bool known = candidate == 0
            ? verdict == Verdict.BAD_ROWS || verdict == Verdict.ROWS_GOOD
            : verdict == Verdict.SCORED || verdict == Verdict.UNSCORABLE || verdict == Verdict.BAD_ROWS;
        require(known, Errors.Panels_WrongVerdict(bountyId, uint256(verdict)));
        if (verdict == Verdict.SCORED) {
            (bool ok, uint256 score) = Metrics.score(
                rules.metric(), rules.classes(), rules.errorBound(), rules.rowCount(), attestation.sums
            );
            require(ok && score == attestation.score, Errors.Panels_WrongScore(bountyId, attestation.score, score));
        } else {
            bool empty = attestation.score == 0 && attestation.sums.length == 0 && attestation.evidenceRoot == 0;
            require(empty, Errors.Panels_WrongScore(bountyId, attestation.score, 0));
        }
    }

    /// @notice The chained hash of commitments; zero if there is none.
    function chain(Commitment[] calldata commitments) internal pure returns (bytes32 chained) {
        for (uint256 i = 0; i < commitments.length; i++) {
            chained = link(chained, commitments[i].place, commitments[i].hash);
        }
    }

    /// @notice The chained hash after one more commitment.
    function link(bytes32 chained, uint256 place, bytes32 hash) internal pure returns (bytes32) {
        return keccak256(abi.encode(chained, place, hash));
    }

    /// @notice What `place` committed to; zero if it did not.
    function find(Commitment[] calldata commitments, uint256 place) internal pure returns (bytes32) {
        for (uint256 i = 0; i < commitments.length; i++) {
            if (commitments[i].place == place) return commitments[i].hash;
        }
        return 0;
    }
}
