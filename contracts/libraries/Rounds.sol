// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {BlockHistory} from "./BlockHistory.sol";
import {Drawing} from "./Drawing.sol";
import {Places} from "./Places.sol";
import {IBounties} from "../interfaces/IBounties.sol";
import {IOperators} from "../interfaces/IOperators.sol";
import {IPanels} from "../interfaces/IPanels.sol";
import {Verdict} from "../types/Bounty.sol";
import {Phase, Round, RoundOrder, Sitting} from "../types/Panel.sol";
import {Schedule} from "../types/Schedule.sol";

/// @notice All that panels remember.
struct PanelBook {
    mapping(uint256 bountyId => Round round) rounds;
    mapping(uint256 bountyId => Sitting sitting) sittings;
    mapping(uint256 bountyId => bytes32 hash) commitments; // chained; once judged, the verdict's digest; once voided, the challenger
    mapping(uint256 bountyId => mapping(uint256 group => bytes32 digest)) digests; // of rounds revealed in several calls
    mapping(uint256 bountyId => uint256 seats) lastPanels; // see {Drawing.Source}
}

/// @notice The contracts that panels work with.
struct PanelHouse {
    IOperators operators;
    IBounties bounties;
}

/// @notice Beginning and ending rounds. Events are those of {IPanels}.
library Rounds {
    using Places for Sitting;

    uint256 internal constant SEED_DELAY = 4; // blocks from the order of a draw to its seed
    uint256 internal constant REDRAW_AGE = 1 days; // redraws may also use seats that much older than their seed

    /// @notice Begins a round.
    function start(
        PanelBook storage book,
        PanelHouse memory house,
        uint256 bountyId,
        Round memory round,
        uint40 drawing,
        bool redraw
    ) internal {
        round.phase = Phase.DRAWING;
        round.number += 1;
        round.deadline = uint40(block.timestamp) + drawing; // seconds fit 40 bits for 34,000 years
        seed(house, round, redraw);
        book.rounds[bountyId] = round;
        emit IPanels.RoundOpened(bountyId, round.number, round.candidate, round.seedBlock, round.deadline);
    }

    /// @notice Begins a candidate's first round.
    function open(PanelBook storage book, PanelHouse memory house, uint256 bountyId, RoundOrder calldata order)
        internal
    {
        Round memory round = book.rounds[bountyId];
        if (round.number != 0) {
            Sitting memory nobody;
            book.sittings[bountyId] = nobody;
            if (book.lastPanels[bountyId] != 0) book.lastPanels[bountyId] = 0;
        }
        round.candidate = order.candidate;
        round.size = order.size;
        round.quorum = order.quorum;
        round.revealing = order.revealing;
        round.cutoff = order.openedAt;
        start(book, house, bountyId, round, order.drawing, false);
    }

    /// @notice Another round of the same candidate; the last panel's seats are remembered, and freed.
    function again(PanelBook storage book, PanelHouse memory house, uint256 bountyId, uint40 drawing) internal {
        Round memory round = book.rounds[bountyId];
        Sitting memory old = book.sittings[bountyId];
        uint256 last = 1 << 255; // never zero: this draw is a redraw
        for (uint256 place = 0; place < Places.MAX; place++) {
            if (Places.has(old.committed, place)) last |= (old.seatAt(place) + 1) << (16 * place);
        }
        book.lastPanels[bountyId] = last;
        if (round.phase == Phase.JUDGED) freeAll(house, old); // else they were when the round ended
        Sitting memory sitting;
        sitting.replaced = uint8(old.replacements()); // of the candidate; none of the new round
        book.sittings[bountyId] = sitting;
        start(book, house, bountyId, round, drawing, true);
    }

    /// @notice Orders a draw.
    function seed(PanelHouse memory house, Round memory round, bool redraw) internal view {
        // block numbers, times and counts are far below the width of their fields
        round.seedBlock = uint40(block.number + SEED_DELAY);
        round.mark = uint40(block.timestamp); // likewise
        round.seatCount = uint16(house.operators.count()); // at most 4,096
        round.probes = 0;
        uint40 older = uint40(block.timestamp - REDRAW_AGE); // seconds
        if (redraw && older > round.cutoff) round.cutoff = older;
    }

    /// @notice Whether nobody used the seed in time.
    function isStale(Round memory round) internal view returns (bool) {
        return block.number > round.seedBlock + BlockHistory.SERVE_WINDOW
            || block.timestamp > round.mark + Drawing.SEED_LIFE;
    }

    /// @notice Ends the committing stage.
    function openReveals(PanelBook storage book, uint256 bountyId, Round memory round) internal {
        round.phase = Phase.REVEALING;
        round.deadline = uint40(block.timestamp + round.revealing); // seconds fit 40 bits for 34,000 years
        book.rounds[bountyId] = round;
    }

    /// @notice Takes what the round came to to the contest.
    function judge(
        PanelBook storage book,
        PanelHouse memory house,
        uint256 bountyId,
        Round memory round,
        Sitting memory sitting,
        Schedule schedule
    ) internal returns (bool repeated) {
        // Effects
        round.phase = Phase.JUDGED;
        book.rounds[bountyId] = round;
        emit IPanels.Judged(bountyId, round.number, sitting.verdict, sitting.score, sitting.seated);
        if (sitting.verdict == Verdict.NONE) {
            freeAll(house, sitting);
            sitting.seated = 0;
            delete book.commitments[bountyId]; // no verdict has no digest
        }
        book.sittings[bountyId] = sitting;

        // Interactions
        repeated = house.bounties.judged(bountyId, schedule, sitting.verdict, sitting.score);
    }

    /// @notice Ends the round, frees its seats, and tells who signed its verdict.
    function release(PanelBook storage book, PanelHouse memory house, uint256 bountyId)
        internal
        returns (address[] memory owners, bytes32 digest)
    {
        Round memory round = book.rounds[bountyId];
        if (round.phase != Phase.JUDGED) return (owners, digest);
        Sitting memory sitting = book.sittings[bountyId];
        uint256 mask = signers(round, sitting);
        if (mask != 0) digest = book.commitments[bountyId];
        address[7] memory all = house.operators.ownersOf(sitting.seats, mask);
        owners = new address[](Bits.count(mask));
        uint256 found;
        for (uint256 place = 0; mask != 0; place++) {
            if (mask & 1 == 1) owners[found++] = all[place];
            mask >>= 1;
        }
        book.rounds[bountyId].phase = Phase.NONE; // and so nobody sits any more
        freeAll(house, sitting);
        emit IPanels.PanelReleased(bountyId, round.number);
    }

    /// @notice Frees all seats of the panel.
    /// @dev Who calls this sees to it that it happens once: the round is over, or nobody sits any more.
    function freeAll(PanelHouse memory house, Sitting memory sitting) internal {
        if (sitting.seated != 0) house.operators.freeSeats(sitting.at(sitting.seated));
    }

    /// @notice The places of the verdict that stands; none if there is none.
    function signers(Round memory round, Sitting memory sitting) internal pure returns (uint256 mask) {
        if (sitting.verdict != Verdict.NONE) (, mask) = sitting.majority(round.quorum);
    }
}
