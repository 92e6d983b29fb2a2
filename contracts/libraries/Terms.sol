// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BountyTerms, TermsRef} from "../types/Bounty.sol";
import {Point} from "../types/Point.sol";

/// @notice Ids of bounties. Terms are hashed in parts, so that a step passes only what it needs.
library Terms {
    /// @notice The id of the bounty that `ref` names.
    /// @dev keccak256(abi.encode(block.chainid, bounties, ref)), without looking at each field: `open` has done so, and
    ///      whoever passes others passes another bounty. Memory past the free pointer is used, not taken.
    function idOf(address bounties, TermsRef calldata ref) internal view returns (uint256 id) {
        assembly ("memory-safe") { // see @dev
            let start := mload(0x40)
            mstore(start, chainid())
            mstore(add(start, 32), shr(96, shl(96, bounties)))
            calldatacopy(add(start, 64), ref, 256)
            id := keccak256(start, 320)
        }
    }

    /// @notice The id of the bounty of all its terms.
    function idOfAll(address bounties, BountyTerms calldata terms) internal view returns (uint256) {
        bytes32 rows = rowsOf(terms.key, keccak256(abi.encode(terms.files)));
        bytes32 rest = restOf(rows, keccak256(abi.encode(terms.datasets)));
        return uint256(keccak256(abi.encode(block.chainid, bounties, terms.core, rest)));
    }

    /// @notice The hash of the rows' key and of the hash of the files.
    function rowsOf(Point calldata key, bytes32 files) internal pure returns (bytes32) {
        return keccak256(abi.encode(key, files));
    }

    /// @notice {TermsRef.rest}: the hash of {rowsOf} and of the hash of the datasets.
    function restOf(bytes32 rows, bytes32 datasets) internal pure returns (bytes32) {
        return keccak256(abi.encode(rows, datasets));
    }
}
