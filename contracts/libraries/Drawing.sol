// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {BlockHistory} from "./BlockHistory.sol";
import {Places} from "./Places.sol";
import {IBounties} from "../interfaces/IBounties.sol";
import {IOperators} from "../interfaces/IOperators.sol";
import {Round, Sitting} from "../types/Panel.sol";

/// @notice Which seats a draw takes. Everything but who is locked at this moment is fixed with the seed.
library Drawing {
    using Places for Sitting;

    uint256 internal constant SEED_LIFE = 28 hours; // a seed is good no longer than this, and no longer than 8,191 blocks
    uint256 internal constant PROBES_A_CALL = 256; // places that one call of draw looks at
    uint256 internal constant PROBES_A_SEAT = 16; // after so many for each seat, and the deadline, a draw has failed

    /// @notice What a draw is made from.
    struct Source {
        IOperators operators;
        IBounties bounties;
        address requester;
        uint256 bountyId;
        uint256 last; // panel of the round before, 16 bits a place, seat + 1; bit 255 set; zero in a first draw
    }

    /// @notice Whether a draw can go on: enough seats, enough of them free, not too many places looked at in vain.
    /// @return enough Whether the draw can go on.
    /// @return free Seats that joined in time and sit on no panel.
    /// @return live Seats that joined in time.
    /// @dev Leaves the last panel out of `source` for good if too few others are free.
    function census(Source memory source, Round memory round, Sitting memory sitting)
        internal
        view
        returns (bool enough, uint256 free, uint256 live)
    {
        (live, free) = source.operators.census(round.seatCount, round.cutoff);
        uint256 seated = Bits.count(sitting.seated);
        uint256 wanted = round.size - seated;
        bool calm = 3 * (free + seated) >= 2 * live || sitting.isReplacing();
        uint256 most = PROBES_A_SEAT * round.seatCount + PROBES_A_CALL;
        if (most > type(uint16).max) most = type(uint16).max; // where the count of probes stops
        bool spent = round.probes >= most && block.timestamp > round.deadline;
        enough = free >= wanted && calm && !spent;
        uint256 lastFree;
        for (uint256 place = 0; place < Places.MAX && source.last != 0; place++) {
            uint256 seat = (source.last >> (16 * place)) & type(uint16).max;
            if (seat != 0 && _drawable(source, round, seat - 1) != address(0)) lastFree++;
        }
        if (source.last != 0 && free < wanted + lastFree) source.last = 1 << 255;
    }

    /// @notice Fills empty places, as far as one call goes, and returns the seats it put there.
    function pick(Source memory source, Round memory round, Sitting memory sitting)
        internal
        view
        returns (uint256[] memory drawn)
    {
        bytes32 seed = BlockHistory.hashOf(round.seedBlock);
        uint256 mine; // places filled now
        uint256 probe = round.probes;
        uint256 end = probe + PROBES_A_CALL;
        for (uint256 place = 0; place < round.size; place++) {
            if (Places.has(sitting.seated, place)) continue;
            while (probe < end) {
                uint256 seat = uint256(keccak256(abi.encode(seed, source.bountyId, probe++))) % round.seatCount;
                if (!_fits(source, round, sitting, seat)) continue;
                sitting.put(place, seat);
                mine |= 1 << place;
                break;
            }
        }
        // the count stops at the width of its field: 16 * 4,096 looks are past it, and enough to give up
        round.probes = uint16(probe > type(uint16).max ? type(uint16).max : probe);
        return sitting.at(mine);
    }

    function _fits(Source memory source, Round memory round, Sitting memory sitting, uint256 seat)
        private
        view
        returns (bool)
    {
        address owner = _drawable(source, round, seat);
        if (owner == address(0)) return false;
        uint256 seats = sitting.seats;
        for (uint256 seated = sitting.seated; seated != 0; seated >>= 1) {
            if (seated & 1 == 1 && seats & type(uint16).max == seat) return false;
            seats >>= 16;
        }
        for (uint256 last = source.last & type(uint112).max; last != 0; last >>= 16) {
            if (last & type(uint16).max == seat + 1) return false;
        }
        // who held a seat before the bounty was opened can be no party to it; who joined later may be
        bool redraw = source.last != 0 || sitting.isReplacing();
        return !redraw || (owner != source.requester && !source.bounties.isMaker(source.bountyId, owner));
    }

    function _drawable(Source memory source, Round memory round, uint256 seat) private view returns (address) {
        return source.operators.drawable(seat, round.cutoff, round.mark + SEED_LIFE);
    }
}
