// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Parent} from "../types/Asset.sol";
import {BountyTerms, TermsRef} from "../types/Bounty.sol";

/// @notice Ids of bounties. Terms are hashed in parts, so that a step passes only what it needs.
library Terms {
    /// @notice The id of the bounty that `ref` names.
    function idOf(address bounties, TermsRef calldata ref) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, bounties, ref)));
    }

    /// @notice The id of the bounty of all its terms.
    function idOfAll(address bounties, BountyTerms calldata terms) internal view returns (uint256) {
        bytes32 rest = restOf(keccak256(abi.encode(terms.files)), terms.datasets);
        return uint256(keccak256(abi.encode(block.chainid, bounties, terms.core, rest)));
    }

    /// @notice {TermsRef.rest}.
    function restOf(bytes32 files, Parent[] calldata datasets) internal pure returns (bytes32) {
        return keccak256(abi.encode(files, datasets));
    }
}
