// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Places} from "./Places.sol";
import {Sitting} from "../types/Panel.sol";

/// @notice Distinct attestations of a round while they are opened.
struct Tally {
    uint256 count; // distinct ones
    uint256 stored; // of these, opened in earlier calls
    bytes32[7] digests; // see {Attestations.Found}
    uint256[7] masks; // places that opened each
}

/// @notice Counting equal attestations.
library Tallies {
    using Places for Sitting;

    /// @notice What earlier calls of this round opened.
    function load(mapping(uint256 group => bytes32 digest) storage digests, Sitting memory sitting)
        internal
        view
        returns (Tally memory tally)
    {
        if (sitting.revealed == 0) return tally;
        tally.stored = sitting.groupCount();
        tally.count = tally.stored;
        for (uint256 group = 0; group < tally.count; group++) {
            tally.digests[group] = digests[group];
            tally.masks[group] = sitting.ofGroup(group);
        }
    }

    /// @notice The group of `digest`; the next one if nobody has opened it.
    function groupOf(Tally memory tally, bytes32 digest) internal pure returns (uint256 group) {
        uint256 groups = tally.count;
        while (group < groups && tally.digests[group] != digest) group++;
    }

    /// @notice Counts `place` in `group`; returns how many places it has.
    function add(Tally memory tally, Sitting memory sitting, uint256 place, uint256 group, bytes32 digest)
        internal
        pure
        returns (uint256)
    {
        if (group == tally.count) {
            tally.digests[group] = digest;
            tally.count = group + 1;
        }
        uint256 mask = tally.masks[group] | (1 << place);
        tally.masks[group] = mask;
        sitting.groups |= uint32(group << (4 * place)); // group < 7, place < 7
        sitting.revealed |= uint8(1 << place); // place < 7
        return Bits.count(mask);
    }

    /// @notice The attestation that reached `quorum`; zero if none did.
    function verdict(Tally memory tally, uint256 quorum) internal pure returns (bytes32) {
        for (uint256 group = 0; group < tally.count; group++) {
            if (Bits.count(tally.masks[group]) >= quorum) return tally.digests[group];
        }
        return 0;
    }

    /// @notice Keeps what this call opened for the next one.
    function save(Tally memory tally, mapping(uint256 group => bytes32 digest) storage digests) internal {
        for (uint256 group = tally.stored; group < tally.count; group++) {
            digests[group] = tally.digests[group];
        }
    }
}
