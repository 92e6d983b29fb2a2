// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PanelChecks} from "./PanelChecks.sol";
import {Places} from "./Places.sol";
import {PanelBook, PanelHouse, Rounds} from "./Rounds.sol";
import {Tallies, Tally} from "./Tallies.sol";
import {IOperators} from "../interfaces/IOperators.sol";
import {IPanels} from "../interfaces/IPanels.sol";
import {Stage, Verdict} from "../types/Bounty.sol";
import {Phase, Round, Sitting} from "../types/Panel.sol";
import {Schedule, Stages} from "../types/Schedule.sol";

/// @notice What happens when evaluators stay silent, seats are short, or a verdict is voided. Events are those of {IPanels}.
/// @dev Linked, not inlined: the code of {Panels} must stay below 24,576 bytes.
library PanelEnds {
    using Places for Sitting;
    using Rounds for PanelBook;
    using Tallies for Tally;

    uint256 internal constant MAX_REPLACEMENTS = 2; // a candidate

    /// @notice Another round of the same candidate.
    function again(PanelBook storage book, PanelHouse memory house, uint256 bountyId, uint40 drawing) external {
        Rounds.again(book, house, bountyId, drawing);
    }

    /// @notice Clears places that did not commit.
    function closeCommits(PanelBook storage book, PanelHouse memory house, uint256 bountyId, Schedule schedule)
        external
    {
        // Checks
        Round memory round = book.rounds[bountyId];
        Sitting memory sitting = book.sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.COMMITTING);
        PanelChecks.requireLate(bountyId, round);

        // Effects
        uint256[] memory silent = sitting.at(sitting.seated & ~sitting.committed);
        sitting.seated = sitting.committed;
        bool replace = sitting.replacements() < MAX_REPLACEMENTS;
        if (replace) {
            sitting.countReplacement();
            round.phase = Phase.DRAWING;
            round.deadline = uint40(block.timestamp) + schedule.length(Stages.DRAWING); // seconds fit 40 bits for 34,000 years
            Rounds.seed(house, round, true);
        }
        book.sittings[bountyId] = sitting;
        if (replace) book.rounds[bountyId] = round;
        else book.openReveals(bountyId, round);
        emit IPanels.CommitsClosed(
            bountyId, round.number, sitting.seated, uint256(round.phase), round.deadline
        );

        // Interactions
        _slashSilent(house.operators, silent);
        if (!replace && sitting.committed == 0) _judge(book, house, bountyId, round, sitting, schedule);
    }

    /// @notice Clears places that did not reveal, and judges.
    function closeReveals(PanelBook storage book, PanelHouse memory house, uint256 bountyId, Schedule schedule)
        external
    {
        // Checks
        Round memory round = book.rounds[bountyId];
        Sitting memory sitting = book.sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.REVEALING);
        PanelChecks.requireLate(bountyId, round);

        // Effects
        uint256[] memory silent = sitting.at(sitting.seated & ~sitting.revealed);
        sitting.seated = sitting.revealed;
        if (sitting.verdict != Verdict.NONE) {
            Tally memory tally = Tallies.load(book.digests[bountyId], sitting);
            book.commitments[bountyId] = tally.verdict(round.quorum);
        }

        // Interactions
        _slashSilent(house.operators, silent);
        _judge(book, house, bountyId, round, sitting, schedule);
    }

    /// @notice Ends a drawing for which there are too few seats.
    function drawFailed(PanelBook storage book, PanelHouse memory house, uint256 bountyId, Schedule schedule) external {
        Round memory round = book.rounds[bountyId];
        Sitting memory sitting = book.sittings[bountyId];
        if (sitting.isReplacing()) {
            // a replacement that can't be drawn: on with those there are
            if (sitting.committed == sitting.seated && sitting.committed != 0) {
                return book.openReveals(bountyId, round);
            }
            if (sitting.committed == 0 && sitting.seated == 0) {
                return _judge(book, house, bountyId, round, sitting, schedule);
            }
            round.phase = Phase.COMMITTING;
            round.mark = uint40(block.timestamp) + schedule.length(Stages.COMMITTING) / 2; // seconds fit 40 bits for 34,000 years
            round.deadline = uint40(block.timestamp) + schedule.length(Stages.COMMITTING); // likewise
            book.rounds[bountyId] = round;
            return;
        }
        Rounds.freeAll(house, sitting);
        book.rounds[bountyId].phase = Phase.NONE;
        house.bounties.drawFailed(bountyId);
    }

    /// @notice Takes the bonds of those who signed a voided verdict, and frees the panel.
    function settle(PanelBook storage book, PanelHouse memory house, uint256 bountyId) external {
        _collect(book, house, bountyId);
    }

    /// @notice Takes the bonds of those who signed a voided verdict; the fresh round that the contest waits for begins.
    function collect(PanelBook storage book, PanelHouse memory house, uint256 bountyId, uint40 drawing) external {
        PanelChecks.requirePhase(bountyId, book.rounds[bountyId], Phase.VOIDED);
        _collect(book, house, bountyId);
        bool waits = house.bounties.bountyOf(bountyId).stage == Stage.JUDGING;
        if (waits) Rounds.again(book, house, bountyId, drawing);
    }

    function _collect(PanelBook storage book, PanelHouse memory house, uint256 bountyId) private {
        // Effects
        Round memory round = book.rounds[bountyId];
        Sitting memory sitting = book.sittings[bountyId];
        address challenger = address(uint160(uint256(book.commitments[bountyId]))); // stored by Panels.slash
        uint256[] memory seats = sitting.at(Rounds.signers(round, sitting));
        book.rounds[bountyId].phase = Phase.NONE; // a voided verdict is nobody's attestation
        emit IPanels.PanelSlashed(bountyId, round.number, challenger);

        // Interactions
        for (uint256 i = 0; i < seats.length; i++) {
            house.operators.slashWhole(seats[i], challenger);
        }
        Rounds.freeAll(house, sitting);
    }

    function _judge(
        PanelBook storage book,
        PanelHouse memory house,
        uint256 bountyId,
        Round memory round,
        Sitting memory sitting,
        Schedule schedule
    ) private {
        bool repeated = book.judge(house, bountyId, round, sitting, schedule);
        if (repeated) Rounds.again(book, house, bountyId, schedule.length(Stages.DRAWING));
    }

    function _slashSilent(IOperators operators, uint256[] memory seats) private {
        if (seats.length == 0) return;
        for (uint256 i = 0; i < seats.length; i++) {
            operators.slashSilent(seats[i]);
        }
        operators.freeSeats(seats);
    }
}
