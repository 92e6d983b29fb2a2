// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {KeyEquation} from "./KeyEquation.sol";
import {IBounties} from "../interfaces/IBounties.sol";
import {Bounty, Entry, EntryFlags, Stage, Submission} from "../types/Bounty.sol";
import {Point} from "../types/Point.sol";

/// @notice All that a contest remembers.
struct Book {
    mapping(uint256 bountyId => Bounty bounty) bounties;
    mapping(uint256 bountyId => mapping(address maker => Entry entry)) entries;
    mapping(uint256 bountyId => address keyLock) keyLocks;
    mapping(uint256 bountyId => address maker) rowsClaimers;
    mapping(uint256 bountyId => uint256 amount) compensations; // token base units for each submission
}

/// @notice Who may do what, and when.
library BountyChecks {
    /// @notice Reverts unless `point` is on the curve with an abscissa below the order.
    function checkPoint(Point calldata point) internal pure {
        require(KeyEquation.ofPoint(point) != address(0), Errors.Bounties_BadPoint(point.x, point.parity));
    }

    /// @notice What is kept of a submission: 176 bits, so that a collision costs 2^88.
    function digestOf(Submission calldata submission) internal pure returns (bytes22) {
        return bytes22(keccak256(abi.encode(submission))); // its first 176 bits
    }

    /// @notice The maker of the best untried claim, the earlier submission at a tie; zero if none may follow.
    function bestOf(Book storage book, uint256 bountyId, Bounty memory bounty, address[] calldata makers, uint256 most)
        internal
        view
        returns (address best)
    {
        require(
            makers.length == bounty.submissions,
            Errors.Bounties_NotAllMakers(bountyId, makers.length, bounty.submissions)
        );
        uint256 score;
        for (uint256 i = 0; i < makers.length; i++) {
            Entry memory entry = book.entries[bountyId][makers[i]];
            require(entry.index == i + 1, Errors.Bounties_NotAllMakers(bountyId, entry.index, i + 1));
            bool untried = entry.flags & (EntryFlags.CLAIMED | EntryFlags.TRIED) == EntryFlags.CLAIMED;
            if (untried && entry.score > score) (best, score) = (makers[i], entry.score);
        }
        if (bounty.tried == most) best = address(0);
    }

    /// @notice Keeps the window of a verdict open until then at least: {IBounties.hold}.
    function hold(Book storage book, address referee, uint256 bountyId, uint40 until) internal {
        // Checks
        require(msg.sender == referee, Errors.Bounties_NotReferee(msg.sender, referee));
        Bounty storage bounty = book.bounties[bountyId];
        requireStage(bountyId, bounty.stage, Stage.WINDOW);

        // Effects
        if (until > bounty.deadline) bounty.deadline = until;
        emit IBounties.WindowHeld(bountyId, bounty.deadline);
    }

    /// @notice Reverts unless the bounty is in the stage.
    function requireStage(uint256 bountyId, Stage got, Stage expected) internal pure {
        require(got == expected, Errors.Bounties_WrongStage(bountyId, uint256(got), uint256(expected)));
    }

    /// @notice Reverts unless the deadline has not passed.
    function requireTime(uint256 bountyId, uint256 deadline) internal view {
        require(block.timestamp <= deadline, Errors.Bounties_AfterDeadline(bountyId, block.timestamp, deadline));
    }

    /// @notice Reverts unless the deadline has passed.
    function requireLate(uint256 bountyId, uint256 deadline) internal view {
        require(block.timestamp > deadline, Errors.Bounties_BeforeDeadline(bountyId, block.timestamp, deadline));
    }

    /// @notice Reverts unless the caller is the requester.
    function requireRequester(uint256 bountyId, address requester) internal view {
        require(msg.sender == requester, Errors.Bounties_NotRequester(bountyId, msg.sender, requester));
    }

    /// @notice Reverts unless `maker` made a submission; returns it.
    function requireEntry(Book storage book, uint256 bountyId, address maker)
        internal
        view
        returns (Entry memory entry)
    {
        entry = book.entries[bountyId][maker];
        require(entry.index != 0, Errors.Bounties_NoSubmission(bountyId, maker));
    }

    /// @notice Reverts unless `maker` is the candidate's.
    function requireCandidate(Book storage book, uint256 bountyId, Bounty memory bounty, address maker) internal view {
        uint8 index = book.entries[bountyId][maker].index;
        require(index != 0 && index == bounty.candidate, Errors.Bounties_NotCandidate(bountyId, maker));
    }

    /// @notice Reverts unless the fields are those of the candidate's submission.
    function requireSubmission(Book storage book, uint256 bountyId, Bounty memory bounty, Submission calldata submission)
        internal
        view
    {
        requireCandidate(book, bountyId, bounty, submission.maker);
        bool same = book.entries[bountyId][submission.maker].digest == digestOf(submission);
        require(same, Errors.Bounties_NotCandidate(bountyId, submission.maker));
    }

    /// @notice Reverts unless the addresses are the same, and not zero.
    function requireKey(uint256 bountyId, address got, address expected) internal pure {
        require(got != address(0) && got == expected, Errors.Bounties_WrongKey(bountyId, got, expected));
    }
}
