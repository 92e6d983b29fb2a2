// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {Metrics} from "./Metrics.sol";
import {Verdict} from "../types/Bounty.sol";
import {Attestation, Commitment, Finding} from "../types/Panel.sol";
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

    /// @notice An attestation without its evidence file, and the hashes that all with it share.
    struct Found {
        Attestation attestation;
        bytes32 sumsHash;
        bytes32 digest; // equal attestations have equal ones: verdict, score, sums and evidence root
    }

    /// @notice Takes a finding from the call.
    function take(Finding calldata finding) internal pure returns (Found memory found) {
        found.attestation =
            Attestation(finding.verdict, finding.score, finding.sums, finding.evidenceRoot, 0);
        found.sumsHash = keccak256(abi.encodePacked(finding.sums));
        found.digest = keccak256(
            abi.encode(finding.verdict, finding.score, finding.sums, finding.evidenceRoot)
        );
    }

    /// @notice What a finding says in one word: its verdict in the lowest 8 bits, then its score.
    function brief(Finding calldata finding) internal pure returns (uint256) {
        return uint256(finding.verdict) | (uint256(finding.score) << 8);
    }

    /// @notice The EIP-712 struct hash.
    function structHash(
        uint256 bountyId,
        uint8 candidate,
        uint8 number,
        uint16 seat,
        Attestation memory attestation,
        bytes32 sumsHash
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
                sumsHash,
                attestation.evidenceRoot,
                attestation.evidence
            )
        );
    }

    /// @notice Reverts unless the round knows that verdict, and the score follows from the sums.
    function check(uint256 bountyId, Rules rules, uint8 candidate, Finding calldata finding) internal pure {
        Verdict verdict = finding.verdict;
        bool known = candidate == 0
            ? verdict == Verdict.BAD_ROWS || verdict == Verdict.ROWS_GOOD
            : verdict == Verdict.SCORED || verdict == Verdict.UNSCORABLE || verdict == Verdict.BAD_ROWS;
        require(known, Errors.Panels_WrongVerdict(bountyId, uint256(verdict)));
        if (verdict == Verdict.SCORED) {
            (bool ok, uint256 score) = Metrics.score(
                rules.metric(), rules.classes(), rules.errorBound(), rules.rowCount(), finding.sums
            );
            require(ok && score == finding.score, Errors.Panels_WrongScore(bountyId, finding.score, score));
        } else {
            bool empty = finding.score == 0 && finding.sums.length == 0 && finding.evidenceRoot == 0;
            require(empty, Errors.Panels_WrongScore(bountyId, finding.score, 0));
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
