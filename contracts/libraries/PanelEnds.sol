// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {PanelChecks} from "./PanelChecks.sol";
import {Places} from "./Places.sol";
import {PanelBook, PanelHouse, Rounds} from "./Rounds.sol";
import {IOperators} from "../interfaces/IOperators.sol";
import {IPanels} from "../interfaces/IPanels.sol";
import {Bounty, BountyFlags, Stage, Verdict} from "../types/Bounty.sol";
import {Phase, Round, Sitting} from "../types/Panel.sol";
import {Schedule, Stages} from "../types/Schedule.sol";

/// @notice What happens when evaluators stay silent, seats are short, or a verdict is voided. Events are those of {IPanels}.
/// @dev Linked, not inlined: the code of {Panels} must stay below 24,576 bytes.
library PanelEnds {
    using Places for Sitting;
    using Rounds for PanelBook;

    uint256 internal constant MAX_REPLACEMENTS = 2; // a candidate

    /// @notice Another round of the same candidate, the key of whose model is public from now on.
    function reopen(PanelBook storage book, PanelHouse memory house, uint256 bountyId, uint40 drawing) external {
        Rounds.again(book, house, bountyId, drawing);
        book.sittings[bountyId].keyPublic = true;
    }

    /// @notice Judges a round that is revealed and has no quorum, or one of whose candidate the key is public.
    function judgeRest(
        PanelBook storage book,
        PanelHouse memory house,
        uint256 bountyId,
        Round memory round,
        Sitting memory sitting,
        Schedule schedule
    ) external {
        _judge(book, house, bountyId, round, sitting, schedule);
    }

    /// @notice Whether a verdict is left to the round if the signers of the one that stands are taken away.
    function othersStand(PanelBook storage book, uint256 bountyId) external view returns (bool stands) {
        Sitting memory sitting = book.sittings[bountyId];
        sitting.revealed &= ~uint8(Rounds.signers(sitting)); // 7 places
        (stands,) = _standing(book, bountyId, book.rounds[bountyId].quorum, sitting);
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
        Rounds.freeAll(house, _collect(book, house, bountyId, book.rounds[bountyId]));
    }

    /// @notice Takes the bonds of those who signed a voided verdict. If the contest waits, the next verdict of the round stands,
    ///         or a fresh round begins.
    function collect(PanelBook storage book, PanelHouse memory house, uint256 bountyId, Schedule schedule) external {
        Round memory round = book.rounds[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.VOIDED);
        Sitting memory sitting = _collect(book, house, bountyId, round);
        Bounty memory bounty = house.bounties.bountyOf(bountyId);
        bool waits = bounty.stage == Stage.JUDGING;
        if (waits && sitting.keyPublic) {
            (bool stands,) = _standing(book, bountyId, round.quorum, sitting);
            if (stands) return _judge(book, house, bountyId, round, sitting, schedule);
        }
        Rounds.freeAll(house, sitting);
        if (!waits) return;
        Rounds.again(book, house, bountyId, schedule.length(Stages.DRAWING));
        if (bounty.flags & BountyFlags.KEY_PUBLIC != 0) book.sittings[bountyId].keyPublic = true;
    }

    /// @dev Returns who is left on the panel.
    function _collect(PanelBook storage book, PanelHouse memory house, uint256 bountyId, Round memory round)
        private
        returns (Sitting memory sitting)
    {
        // Effects
        sitting = book.sittings[bountyId];
        address challenger = address(uint160(uint256(book.commitments[bountyId]))); // stored by Panels.slash
        uint8 mask = uint8(Rounds.signers(sitting)); // 7 places
        uint256[] memory seats = sitting.at(mask);
        sitting.seated &= ~mask;
        sitting.revealed &= ~mask;
        book.sittings[bountyId] = sitting;
        book.rounds[bountyId].phase = Phase.NONE; // a voided verdict is nobody's attestation
        emit IPanels.PanelSlashed(bountyId, round.number, challenger);

        // Interactions
        for (uint256 i = 0; i < seats.length; i++) {
            house.operators.slashWhole(seats[i], challenger);
        }
        house.operators.freeSeats(seats);
    }

    function _judge(
        PanelBook storage book,
        PanelHouse memory house,
        uint256 bountyId,
        Round memory round,
        Sitting memory sitting,
        Schedule schedule
    ) private {
        (bool stands, uint256 group) = _standing(book, bountyId, round.quorum, sitting);
        if (stands) book.commitments[bountyId] = book.digests[bountyId][group];
        if (sitting.keyPublic) {
            uint256 told = stands ? book.told[bountyId][group] : 0;
            sitting.verdict = Verdict(uint8(told)); // see {Attestations.brief}
            sitting.score = uint64(told >> 8); // likewise
        }
        if (sitting.verdict == Verdict.NONE) {
            Rounds.freeAll(house, sitting);
            sitting.seated = 0;
            delete book.commitments[bountyId]; // no verdict has no digest
        }
        bool repeated = book.judge(house, bountyId, round, sitting, schedule);
        if (repeated) Rounds.again(book, house, bountyId, schedule.length(Stages.DRAWING));
    }

    /// @dev The group that is the verdict of those who are left: one that reached the quorum; with k public also a smaller one, if
    ///      it is the largest and says what can be disproved. Of equal ones it is that of the lowest place, which was drawn.
    function _standing(PanelBook storage book, uint256 bountyId, uint256 quorum, Sitting memory sitting)
        private
        view
        returns (bool stands, uint256 group)
    {
        uint256 mask;
        (group, mask) = sitting.largest();
        uint256 size = Bits.count(mask);
        if (size >= quorum || !sitting.keyPublic) return (size >= quorum, group);
        stands = size != 0;
        uint256 groups = sitting.groupCount();
        for (uint256 other = 0; other < groups; other++) {
            bool scored = uint8(book.told[bountyId][other]) == uint8(Verdict.SCORED); // see {Attestations.brief}
            if (!scored && Bits.count(sitting.ofGroup(other)) == size) stands = false;
        }
    }

    function _slashSilent(IOperators operators, uint256[] memory seats) private {
        if (seats.length == 0) return;
        for (uint256 i = 0; i < seats.length; i++) {
            operators.slashSilent(seats[i]);
        }
        operators.freeSeats(seats);
    }
}
