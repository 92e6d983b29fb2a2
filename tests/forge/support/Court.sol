// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TermsRef} from "../../../contracts/types/Bounty.sol";

/// @notice Stands for `Bounties` and `Panels`: knows one verdict about one candidate, and remembers who voided it.
contract Court {
    uint256 public bountyId;
    bytes32 public verdict;
    address public maker;
    bytes22 public candidate;
    uint256 public voided; // bounty
    address public challenger;

    function told(uint256 bountyId_, bytes32 verdict_, address maker_, bytes22 candidate_) external {
        (bountyId, verdict, maker, candidate) = (bountyId_, verdict_, maker_, candidate_);
        (voided, challenger) = (0, address(0));
    }

    function standingOf(uint256 id) external view returns (bytes32 digest, uint256 since) {
        if (id == bountyId) digest = verdict;
        since = 0; // every commitment is younger
    }

    function candidateOf(uint256 id, address of_) external view returns (bytes22) {
        return id == bountyId && of_ == maker ? candidate : bytes22(0);
    }

    function voidVerdict(TermsRef calldata terms, address challenger_) external {
        voided = uint256(keccak256(abi.encode(block.chainid, address(this), terms)));
        challenger = challenger_;
    }
}
