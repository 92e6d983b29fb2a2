// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Sitting} from "../types/Panel.sol";

/// @notice Places of a panel: 16 bits of `seats` and 4 bits of `groups` each.
library Places {
    uint256 internal constant MAX = 7; // places of a panel: 7 * 16 bits

    /// @notice The seat at `place`.
    function seatAt(Sitting memory sitting, uint256 place) internal pure returns (uint256) {
        return (uint256(sitting.seats) >> (16 * place)) & type(uint16).max;
    }

    /// @notice Puts `seat` at `place`, which is empty.
    function put(Sitting memory sitting, uint256 place, uint256 seat) internal pure {
        uint256 cleared = uint256(sitting.seats) & ~(uint256(type(uint16).max) << (16 * place));
        sitting.seats = uint112(cleared | (seat << (16 * place))); // seat < 2^16, place < 7
        sitting.seated |= uint8(1 << place); // place < 7
    }

    /// @notice Whether `mask` has `place`.
    function has(uint8 mask, uint256 place) internal pure returns (bool) {
        return (uint256(mask) >> place) & 1 == 1;
    }

    /// @notice The seats at the places of `mask`, lowest place first.
    function at(Sitting memory sitting, uint256 mask) internal pure returns (uint256[] memory seats) {
        seats = new uint256[](Bits.count(mask));
        uint256 all = sitting.seats;
        uint256 found;
        for (; mask != 0; mask >>= 1) {
            if (mask & 1 == 1) seats[found++] = all & type(uint16).max;
            all >>= 16;
        }
    }

    /// @notice Replacements of this candidate so far.
    function replacements(Sitting memory sitting) internal pure returns (uint256) {
        return sitting.replaced & 15;
    }

    /// @notice Whether silent seats of this very round are, or were, to be replaced.
    function isReplacing(Sitting memory sitting) internal pure returns (bool) {
        return sitting.replaced > 15;
    }

    /// @notice Counts one more replacement, of the candidate and of the round.
    function countReplacement(Sitting memory sitting) internal pure {
        sitting.replaced += 17; // both halves; at most 2 a candidate
    }

    /// @notice The group that `place` revealed.
    function groupOf(Sitting memory sitting, uint256 place) internal pure returns (uint256) {
        return (uint256(sitting.groups) >> (4 * place)) & 15;
    }

    /// @notice The places that revealed `group`.
    function ofGroup(Sitting memory sitting, uint256 group) internal pure returns (uint256 mask) {
        uint256 revealed = sitting.revealed;
        uint256 groups = sitting.groups;
        for (uint256 bit = 1; bit <= revealed; bit <<= 1) {
            if (revealed & bit != 0 && groups & 15 == group) mask |= bit;
            groups >>= 4;
        }
    }

    /// @notice The number of distinct groups.
    function groupCount(Sitting memory sitting) internal pure returns (uint256 count) {
        uint256 revealed = sitting.revealed;
        uint256 groups = sitting.groups;
        for (uint256 bit = 1; bit <= revealed; bit <<= 1) {
            if (revealed & bit != 0 && groups & 15 >= count) count = (groups & 15) + 1;
            groups >>= 4;
        }
    }

    /// @notice The largest group, of equal ones that of the lowest place, and its places; zero places if nobody revealed.
    function largest(Sitting memory sitting) internal pure returns (uint256 group, uint256 mask) {
        uint256 most;
        uint256 left = sitting.revealed;
        for (uint256 place = 0; left >> place != 0; place++) {
            if ((left >> place) & 1 == 0) continue;
            uint256 one = groupOf(sitting, place);
            uint256 its = ofGroup(sitting, one);
            left &= ~its;
            uint256 size = Bits.count(its);
            if (size > most) (most, group, mask) = (size, one, its);
        }
    }
}
