// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BountyChecks} from "./BountyChecks.sol";
import {TesseraErrors as Errors} from "./Errors.sol";
import {Terms} from "./Terms.sol";
import {IBounties} from "../interfaces/IBounties.sol";
import {IPanels} from "../interfaces/IPanels.sol";
import {IReferee} from "../interfaces/IReferee.sol";
import {FileTerms, TermsRef, Verdict} from "../types/Bounty.sol";
import {ScoredCase} from "../types/Challenge.sol";
import {Finding} from "../types/Panel.sol";

/// @notice What every challenge of a verdict must show before its proof is looked at. Events are those of {IReferee}.
library Challenges {
    /// @notice Remembers in which block a challenge was committed, and when from bit 64; not anew, or a stranger could put it off
    ///         block by block.
    function commit(mapping(bytes32 hash => uint256 number) storage commitments, bytes32 hash) internal {
        require(commitments[hash] == 0, Errors.Referee_Committed(hash));
        commitments[hash] = block.number | (block.timestamp << 64);
        emit IReferee.ChallengeCommitted(hash, msg.sender);
    }

    /// @notice Reverts unless this very call was committed for its sender in an earlier block; forgets it.
    /// @return committed Unix time, seconds.
    function take(mapping(bytes32 hash => uint256 number) storage commitments) internal returns (uint256 committed) {
        bytes32 hash = keccak256(abi.encode(msg.sender, keccak256(msg.data)));
        committed = commitments[hash];
        uint256 number = uint64(committed); // the lowest 64 bits
        require(number != 0 && number < block.number, Errors.Referee_NotCommitted(hash, number));
        committed >>= 64;
        delete commitments[hash];
    }

    /// @notice Reverts unless the case is that of a bounty whose panel found this score for this submission, not after `committed`:
    ///         who signs a lie can't have a challenge of his own in hand.
    /// @dev Stage and window are those of {IBounties.voidVerdict}.
    function requireVerdict(IBounties bounties, IPanels panels, ScoredCase calldata one, uint256 committed)
        internal
        view
        returns (uint256 bountyId, TermsRef memory terms)
    {
        (bountyId, terms) = _require(bounties, panels, one, committed, one.finding.verdict == Verdict.SCORED);
        address maker = one.submission.maker;
        bool right = bounties.candidateOf(bountyId, maker) == BountyChecks.digestOf(one.submission);
        require(right, Errors.Referee_NotCandidate(bountyId, maker));
    }

    /// @notice Reverts unless the case is that of a bounty whose panel found this, and that says something of the rows. Which
    ///         submission it says it of does not matter. As {requireVerdict} otherwise.
    /// @dev Stage and window are those of {IBounties.voidVerdict}.
    function requireRows(IBounties bounties, IPanels panels, ScoredCase calldata one, uint256 committed)
        internal
        view
        returns (uint256 bountyId, TermsRef memory terms)
    {
        bool known = one.finding.verdict == Verdict.BAD_ROWS || saysGood(one);
        return _require(bounties, panels, one, committed, known);
    }

    /// @notice Whether a verdict vouches for the rows: who scores a model has opened them.
    function saysGood(ScoredCase calldata one) internal pure returns (bool) {
        return one.finding.verdict == Verdict.SCORED || one.finding.verdict == Verdict.ROWS_GOOD;
    }

    function _require(IBounties bounties, IPanels panels, ScoredCase calldata one, uint256 committed, bool known)
        private
        view
        returns (uint256 bountyId, TermsRef memory terms)
    {
        bytes32 rows = Terms.rowsOf(one.key, _hashOf(one.files));
        terms = TermsRef(one.core, Terms.restOf(rows, one.datasets));
        bountyId = uint256(keccak256(abi.encode(block.chainid, address(bounties), terms)));
        Finding calldata told = one.finding;
        bytes32 got = keccak256(abi.encode(told.verdict, told.score, told.sums, told.evidenceRoot));
        (bytes32 expected, uint256 since) = panels.standingOf(bountyId);
        require(known && got == expected, Errors.Referee_NotVerdict(bountyId, got, expected));
        require(committed >= since, Errors.Referee_CommittedBefore(bountyId, committed, since));
    }

    /// @dev keccak256(abi.encode(files)), without looking at each field: whoever passes others passes another bounty.
    function _hashOf(FileTerms calldata files) private pure returns (bytes32 hash) {
        assembly ("memory-safe") { // memory past the free pointer is used, not taken; a dispute pays for this
            let start := mload(0x40)
            calldatacopy(start, files, 256)
            hash := keccak256(start, 256)
        }
    }
}
